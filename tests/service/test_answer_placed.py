"""Two values of one kind side by side: the one that the words of the question stand by is the answer, and no other."""

from __future__ import annotations

import pytest

from service.answer import bounds, facts, kind, rivals, superlatives
from service.answer.check import Checker, Judged
from service.answer.prompt import Excerpt
from service.types import Passage
from tests.doubles.scripted_chat import passage


def judged(question: str, statement: str, source: Passage) -> Judged:
    return Checker(question, [Excerpt(source, ((0, len(source.text)),))], {}, min_about=0.0).judge(statement)


def stands(question: str, statement: str, text: str, name: str = "rules.docx") -> bool:
    one = judged(question, statement, passage(text, name=name))
    return one.verdict != "unsupported" and one.answers


NOTICE = "During probation the notice period is one week. After probation the notice period is two months."
HOTELS = "A hotel night in London is refunded up to £180, in other cities up to £120."
DAILY = "The travel allowance is £45 a day and the meal allowance is £18."
WARDENS = "The safety officer is Nora Falk and the fire warden is Tim Osei."
INBOXES = "Complaints go to help@ferry.example, invoices to bills@ferry.example."
TANKS = "The tank holds 80 litres and the bilge 12 litres."
CANTEEN = "The canteen opens at 11:30 and closes at 13:30."
PAYDAY = "Payday is the 25th; claims are paid on the 10th."
MOORING = "A mooring costs £15 per night and £25 at weekends."
ROOMS = "Birch seats 12 people, Ash seats 8 people."


@pytest.mark.parametrize(
    ("question", "right", "wrong", "text"),
    [
        ("What is the notice period during probation?", "one week", "two months", NOTICE),
        ("What is the notice period after probation?", "two months", "one week", NOTICE),
        ("How much is refunded for a hotel night in London?", "up to £180", "up to £120", HOTELS),
        ("How much is refunded for a hotel night in other cities?", "up to £120", "up to £180", HOTELS),
        ("What is the meal allowance?", "The meal allowance is £18.", "The meal allowance is £45.", DAILY),
        ("What is the travel allowance?", "The travel allowance is £45.", "The travel allowance is £18.", DAILY),
        ("Who is the fire warden?", "The fire warden is Tim Osei.", "The fire warden is Nora Falk.", WARDENS),
        ("Who is the safety officer?", "The safety officer is Nora Falk.", "The safety officer is Tim Osei.", WARDENS),
        ("What is the e-mail address for invoices?", "bills@ferry.example", "help@ferry.example", INBOXES),
        ("What is the e-mail address for complaints?", "help@ferry.example", "bills@ferry.example", INBOXES),
        ("How much does the bilge hold?", "The bilge holds 12 litres.", "The bilge holds 80 litres.", TANKS),
        ("How much does the tank hold?", "The tank holds 80 litres.", "The tank holds 12 litres.", TANKS),
        ("When does the canteen close?", "The canteen closes at 13:30.", "The canteen closes at 11:30.", CANTEEN),
        ("When are claims paid?", "Claims are paid on the 10th.", "Claims are paid on the 25th.", PAYDAY),
        ("What does a mooring cost at weekends?", "£25", "£15", MOORING),
        ("How many people does Ash seat?", "Ash seats 8 people.", "Ash seats 12 people.", ROOMS),
    ],
)
def test_a_value_belongs_to_the_words_of_its_clause(question: str, right: str, wrong: str, text: str) -> None:
    assert stands(question, right, text), judged(question, right, passage(text)).reason
    assert not stands(question, wrong, text)


STAFF = (
    "Name,Department,Extension,Parcels,Days of leave left\nTara Walsh,Fleet,356,44,12\nUmut Kaya,Inbound,363,16,27\n"
    "Vera Lang,Outbound,370,5,27\nAnton Weiss,Fleet,372,18,32"
)
LEAVE = (
    "| Name | Team | Sick days taken | Leave left |\n| --- | --- | --- | --- |\n| Anna Voss | Quay | 4 | 12 |\n"
    "| Boris Hart | Yard | 7 | 3 |"
)
BOATS = (
    "| Boat | Departs | Arrives | Fare adult | Fare child |\n| --- | --- | --- | --- | --- |\n"
    "| Skerry | 10:00 | 10:45 | £7 | £4 |\n| Lindholm | 12:00 | 12:30 | £5 | £2 |"
)


@pytest.mark.parametrize(
    ("question", "right", "wrong", "text", "name"),
    [
        ("Who has extension 356?", "Tara Walsh has extension 356.", "Umut Kaya has extension 356.", STAFF, "staff.csv"),
        ("What is Umut Kaya's extension?", "363", "356", STAFF, "staff.csv"),
        (
            "Who has the most days of leave left?",
            "Anton Weiss has the most days of leave left.",
            "Vera Lang has the most days of leave left, with 27 days.",
            STAFF,
            "staff.csv",
        ),
        ("How much leave has Anna Voss left?", "12", "4", LEAVE, "leave.xlsx"),
        ("When does the boat to Skerry depart?", "10:00", "10:45", BOATS, "boats.xlsx"),
        ("When does the boat to Skerry arrive?", "10:45", "10:00", BOATS, "boats.xlsx"),
        ("What is the adult fare to Skerry?", "£7", "£4", BOATS, "boats.xlsx"),
    ],
)
def test_a_row_must_have_what_the_question_names(question: str, right: str, wrong: str, text: str, name: str) -> None:
    assert stands(question, right, text, name), judged(question, right, passage(text, name=name)).reason
    assert not stands(question, wrong, text, name)


def test_the_most_of_a_table_is_not_sure_as_it_may_go_on() -> None:
    found = judged(
        "Who has the most days of leave left?",
        "Anton Weiss has the most days of leave left.",
        passage(STAFF, name="staff.csv"),
    )
    assert found.verdict == "weak"


CLAIMS = (
    "| Amount of the claim | Approved by |\n| --- | --- |\n| Up to £250 | Line manager |\n"
    "| Above £250, up to £1,000 | Head of department |\n| Above £1,000 | Chief Financial Officer |"
)


@pytest.mark.parametrize(
    ("question", "right", "wrong"),
    [
        ("Who approves a claim of £200?", "Line manager", "Head of department"),
        ("Who approves a claim of £700?", "Head of department", "Chief Financial Officer"),
        ("Who approves a claim of £3,000?", "Chief Financial Officer", "Head of department"),
    ],
)
def test_a_rule_for_other_amounts_decides_nothing(question: str, right: str, wrong: str) -> None:
    assert stands(question, right, CLAIMS), judged(question, right, passage(CLAIMS)).reason
    assert not stands(question, wrong, CLAIMS)


@pytest.mark.parametrize(
    ("question", "statement", "text"),
    [
        ("What is the extension of the gate?", "14", "The service charge of the gate is paid to 14 Wharf Road."),
        ("What is the bonus for a patent?", "The bonus for a patent is £900.", "You receive a referral bonus of £900."),
        (
            "What is the speed limit in the yard?",
            "The speed limit in the yard is 8 km/h.",
            "The speed limit in the hall is 8 km/h.",
        ),
        (
            "Who decides about company cars in the warehouse?",
            "The shift lead.",
            "Purchases up to 500 euro are decided by the shift lead of the warehouse.",
        ),
    ],
)
def test_nothing_there_speaks_of_what_is_asked(question: str, statement: str, text: str) -> None:
    assert not stands(question, statement, text)


def test_another_year() -> None:
    prices = "Valid from 1 January 2026\n\n| Part | Price (GBP) |\n| --- | --- |\n| DP-9 | 2915 |"
    assert stands("What is the price of a DP-9 in 2026?", "2915 pounds", prices)
    assert not stands("What is the price of a DP-9 in 2024?", "2915 pounds", prices)


@pytest.mark.parametrize(
    ("text", "inside", "beyond"),
    [
        ("Purchases from 500 to 5,000 euro", 600, 499),
        ("Above £250, up to £1,000", 700, 200),
        ("a sum of £1,000 or more", 2000, 900),
        ("up to NOK 300", 200, 301),
        ("more than 20 euros", 21, 19),
    ],
)
def test_ranges(text: str, inside: float, beyond: float) -> None:
    (found,) = bounds.ranges(text)
    assert found.low <= inside <= found.high
    assert not found.low <= beyond <= found.high


def test_a_limit_that_is_the_answer_excludes_nothing() -> None:
    assert not bounds.outside("How much of a bill of £100 is refunded?", "Up to £80.", "Refunded up to £80.")


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Which boat is the longest?", 1),
        ("Who has the fewest parcels?", -1),
        ("Which employee is the oldest?", 0),
        ("哪一艘船最長？", 1),
        ("What is the highest fare that I may claim?", None),
        ("What firmware does it need at least?", None),
        ("Who is Tim Osei?", None),
    ],
)
def test_what_asks_for_the_most(question: str, expected: int | None) -> None:
    assert superlatives.direction(question) == expected


def test_values_of_a_text() -> None:
    found = [(value.said, sorted(value.kinds)) for value in rivals.values("Tim Osei, t@x.example, 10:45, £5, 3 kg, 7")]
    assert found == [
        ("tim osei", ["person"]), ("t@x.example", ["address"]), ("10:45", ["clock"]), ("5", ["money"]),
        ("3", ["mass"]), ("7", ["bare"]),
    ]  # fmt: skip


FLEET = (
    "| Boat | Berth | Length | Weight (t) | Price (GBP) |\n| --- | --- | --- | --- | --- |\n"
    "| Marigold | 14 | 9.5 m | 5.8 | 5200 |\n| Teasel | 15 | 11 m | 6.1 | 7100 |"
)


@pytest.mark.parametrize(
    ("question", "yes"),
    [
        ("Does the Teasel cost £7,100?", True),
        ("Does the Teasel cost £5,200?", False),
        ("Does the Teasel cost 5200?", False),
        ("Is the Teasel 11 m long?", True),
        ("Is the Teasel 9.5 m long?", False),
        ("Is the Teasel 14 m long?", False),
        ("Does the Teasel weigh 15 t?", False),
        ("Does the Teasel weigh 6.1 t?", True),
    ],
)
def test_a_yes_must_be_of_the_row_and_the_column(question: str, yes: bool) -> None:
    assert stands(question, "Yes.", FLEET, "boats.xlsx") is yes, judged(question, "Yes.", passage(FLEET)).reason


def test_a_right_number_carries_no_wrong_one() -> None:
    source = passage(FLEET, name="boats.xlsx")
    assert judged("How heavy is the Teasel?", "The Teasel weighs 6.1 t.", source).verdict == "verified"
    found = judged("How heavy is the Teasel?", "The Teasel weighs 6.1 t and is 7100 m long.", source)
    assert found.verdict != "verified"


@pytest.mark.parametrize("days", ["25 vacation days", "25 paid days off", "twenty-five school days"])
def test_what_is_counted_may_have_an_adjective(days: str) -> None:
    text = f"Full-time employees get {days}."
    assert stands("How many vacation days do full-time employees get?", text, text) or "vacation" not in days
    assert kind.is_of("number", text, "How many days off do full-time employees get?", True)


def test_may_is_a_month_only_with_a_capital() -> None:
    assert facts.asserted("Staff of grade 4 may travel first class.").dates == frozenset()
    assert facts.asserted("Staff of grade 4 may travel first class.").numbers == {"4"}
    assert facts.asserted("It opens on 4 May 2026.").dates == {(2026, 5, 4)}


def test_a_year_of_the_question_is_no_sum_of_money() -> None:
    text = "| Gateways | 176 | 241 |\nA gateway costs £615 in 2026."
    assert not stands("What does a gateway cost in 2026?", "A gateway costs £2026.", text)
    assert stands("What does a gateway cost in 2026?", "A gateway costs £615.", text)


def test_a_row_that_nobody_asked_for_is_not_sure() -> None:
    table = (
        "Annual leave\n\n| Country | Days of annual leave |\n| --- | --- |\n| United Kingdom | 27 |\n| Norway | 29 |"
    )
    source = passage(table, name="leave.docx")
    assert (
        judged("How many days of annual leave do I get?", "You get 27 days of annual leave.", source).verdict == "weak"
    )
    named = judged("How many days of annual leave in Norway?", "29 days of annual leave in Norway.", source)
    assert (named.verdict, named.answers) == ("verified", True)


def test_money_counts_no_things() -> None:
    text = "The scheme lends employees up to £1,800 for a bicycle."
    assert not stands("How many bicycles does the company own?", "The company owns 1,800 bicycles.", text)

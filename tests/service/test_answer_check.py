"""The claim checker: a table of statements, and whether they stand on their passage."""

from __future__ import annotations

import pytest

from service.answer import dates, quantities
from service.answer.check import Checker, leads_in, without_markers
from service.answer.facts import asserted
from service.answer.kind import is_of, refuses, wanted
from service.answer.prompt import Excerpt
from service.types import Passage
from tests.doubles.scripted_chat import passage

PERKS = passage(
    "PerksPlus reimburses employees up to $1,000 per year. Scuba diving lessons are covered. "
    "Receipts go to perks@contoso.com within 30 days. The programme began on March 5, 2023. Ask Emily Rodriguez, desk "
    "HX-4410, telephone 1-800-555-1212. About 20% of the staff take part; eight of them are coaches.",
    name="PerksPlus.pdf",
)
LEAVE = passage(
    "勞工結婚者給予婚假八日，工資照給。特別休假期間，雇主應給予三十日以內之假，並自2023年3月5日起施行。",
    name="請假規則.md",
)
TABLE = passage(
    "| Plan | Cost |\n| --- | --- |\n| Northwind Standard | 45 |\n| Northwind Health Plus | 89 |", name="costs.xlsx"
)


def verdict(question: str, statement: str, *passages: Passage) -> str:
    excerpts = [Excerpt(one, ((0, len(one.text)),)) for one in passages]
    return Checker(question, excerpts, {}, min_about=0.0).judge(statement).verdict


@pytest.mark.parametrize(
    ("question", "statement", "source", "expected"),
    [
        # numbers, whatever their spelling
        ("How much does PerksPlus reimburse?", "PerksPlus reimburses up to 1000 dollars per year.", PERKS, "verified"),
        ("How much does PerksPlus reimburse?", "PerksPlus reimburses up to $1,000.00 per year.", PERKS, "verified"),
        ("How much does PerksPlus reimburse?", "PerksPlus reimburses up to $1,500 per year.", PERKS, "unsupported"),
        ("How much does PerksPlus reimburse?", "$1,000", PERKS, "verified"),
        ("How many staff are coaches?", "8 of the staff are coaches.", PERKS, "verified"),
        ("How many staff are coaches?", "Nine of the staff are coaches.", PERKS, "unsupported"),
        ("What share of the staff takes part?", "20 percent of the staff take part.", PERKS, "verified"),
        ("What share of the staff takes part?", "30% of the staff take part.", PERKS, "unsupported"),
        ("What share of the staff takes part?", "8% of the staff take part.", PERKS, "unsupported"),
        ("How much does PerksPlus reimburse?", "PerksPlus reimburses up to $20 per year.", PERKS, "unsupported"),
        ("When are receipts due?", "Receipts are due within 30 days.", PERKS, "verified"),
        ("When are receipts due?", "Receipts are due within 8 days.", PERKS, "unsupported"),
        ("When are receipts due?", "Receipts are due within thirty (30) days.", PERKS, "verified"),
        ("How often does PerksPlus reimburse?", "It reimburses annually.", PERKS, "verified"),
        ("How often does PerksPlus reimburse?", "Once a year.", PERKS, "verified"),
        ("How often does PerksPlus reimburse?", "It reimburses monthly.", PERKS, "unsupported"),
        # dates in other forms
        ("When did the programme begin?", "The programme began on 2023-03-05.", PERKS, "verified"),
        ("When did the programme begin?", "The programme began on 5 March 2023.", PERKS, "verified"),
        ("When did the programme begin?", "The programme began on 3/5/2023.", PERKS, "verified"),
        ("When did the programme begin?", "The programme began in March 2023.", PERKS, "verified"),
        ("When did the programme begin?", "The programme began on March 6, 2023.", PERKS, "unsupported"),
        ("When did the programme begin?", "The programme began on March 5, 2024.", PERKS, "unsupported"),
        # addresses, codes, telephone numbers
        ("Where do receipts go?", "Receipts go to perks@contoso.com.", PERKS, "verified"),
        ("Where do receipts go?", "Receipts go to payroll@contoso.com.", PERKS, "unsupported"),
        ("Which desk is it?", "It is desk HX 4410.", PERKS, "verified"),
        ("Which desk is it?", "It is desk HX-4411.", PERKS, "unsupported"),
        ("What is the telephone number?", "The telephone number is 1 800 555 1212.", PERKS, "verified"),
        ("What is the telephone number?", "The telephone number is 1-800-555-1213.", PERKS, "unsupported"),
        # names, content words
        ("Who can be asked?", "You can ask Emily Rodriguez.", PERKS, "verified"),
        ("Who can be asked?", "You can ask Emily Watson.", PERKS, "unsupported"),
        ("What is covered?", "Scuba diving lessons are covered.", PERKS, "verified"),
        ("What is covered?", "Horse riding, sailing and archery courses are covered.", PERKS, "unsupported"),
        ("Does PerksPlus cover scuba diving lessons?", "Yes.", PERKS, "verified"),
        ("Does PerksPlus cover veterinary surgery abroad?", "Yes.", PERKS, "unsupported"),
        # Chinese
        ("結婚可以請幾天婚假？", "婚假為8日。", LEAVE, "verified"),
        ("結婚可以請幾天婚假？", "勞工結婚者給予婚假八日。", LEAVE, "verified"),
        ("結婚可以請幾天婚假？", "婚假為十日。", LEAVE, "unsupported"),
        ("結婚可以請幾天婚假？", "婚假為8天。", LEAVE, "verified"),
        ("何時施行？", "自2023年3月5日起施行。", LEAVE, "verified"),
        ("何時施行？", "自2023年4月5日起施行。", LEAVE, "unsupported"),
        # a table marks its money nowhere: the bare number vouches
        ("What does Northwind Standard cost?", "Northwind Standard costs $45.00.", TABLE, "verified"),
        ("What does Northwind Standard cost?", "Northwind Standard costs $54.00.", TABLE, "unsupported"),
    ],
)
def test_statement_stands_or_falls_with_its_passage(
    question: str, statement: str, source: Passage, expected: str
) -> None:
    assert verdict(question, statement, source) == expected


def test_number_of_the_question_needs_no_proof() -> None:
    assert verdict("Where do 77 receipts go?", "77 receipts go to perks@contoso.com.", PERKS) == "verified"


def test_yes_needs_one_place_that_speaks_of_it_all() -> None:
    scattered = passage(
        "Contoso offers a dental plan. " + "Nothing is said here. " * 9 + "A pet may come. Insurance is dear."
    )
    together = passage("Contoso offers a dental plan. Pet insurance is offered by Contoso, too.")
    question = "Does Contoso offer pet insurance?"
    assert verdict(question, "Yes, Contoso offers pet insurance.", scattered) == "unsupported"
    assert verdict(question, "Yes, Contoso offers pet insurance.", together) == "verified"


@pytest.mark.parametrize(
    ("question", "statement", "expected"),
    [
        ("Does Contoso sell personal information?", "Yes, Contoso sells personal information.", "unsupported"),
        ("Does Contoso sell personal information?", "No, Contoso does not sell personal information.", "verified"),
        ("Does Contoso train employees?", "Yes, Contoso trains employees.", "verified"),
        ("Does Contoso train employees?", "No.", "unsupported"),
        ("What does Contoso sell?", "Contoso sells personal information.", "unsupported"),
        ("When do they train?", "They train by January 31.", "verified"),
        ("What does Contoso not sell?", "Contoso does not sell personal information.", "verified"),
    ],
)
def test_yes_is_not_said_where_the_passage_says_no(question: str, statement: str, expected: str) -> None:
    source = passage(
        "Contoso does not sell personal information. Contoso trains employees. They train no later than January 31."
    )
    assert verdict(question, statement, source) == expected


DESKS = passage("name,role,extension\nMartha Quill,director,6204\nJon Abel,porter,6011", name="desks.csv")
TICKETS = passage("A ticket for the harbour tour costs £34.", name="tickets.md")


@pytest.mark.parametrize(
    ("question", "statement", "source", "expected"),
    [
        ("What does Martha Quill earn?", "Martha Quill earns $6204.", DESKS, "unsupported"),
        ("What is the extension of Martha Quill?", "The extension of Martha Quill is 6204.", DESKS, "verified"),
        ("What does a harbour tour ticket cost?", "A ticket for the harbour tour costs £34.", TICKETS, "verified"),
        ("What does a harbour tour ticket cost?", "A ticket for the harbour tour costs $34.", TICKETS, "unsupported"),
    ],
)
def test_amount_of_money_stands_where_money_is_spoken_of(
    question: str, statement: str, source: Passage, expected: str
) -> None:
    assert verdict(question, statement, source) == expected


LAMPS = passage(
    "Prices\n\n| Code | Thing | Price 2026 (GBP) |\n| --- | --- | --- |\n| KL-20 | lamp | 4870 |\n"
    "| KL-30 | horn | 5120 |",
    name="prices.xlsx",
)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("The KL-20 costs 4870 GBP in 2026.", "verified"),
        ("Based on the information provided in the document, the KL-20 costs 4870 GBP in 2026.", "verified"),
        ("According to these excerpts, the KL-20 costs 5210 GBP in 2026.", "unsupported"),
    ],
)
def test_price_of_a_row_stands_by_its_header_however_it_is_opened(statement: str, expected: str) -> None:
    assert verdict("What is the price of a KL-20 in 2026?", statement, LAMPS) == expected


def test_chinese_opening_says_nothing() -> None:
    assert verdict("假日要在幾日前登記？", "根據提供的文件，假日要在五日前登記。", LENT) == "verified"


SHIFTS = passage(
    "Shifts\n\n| Site | Days of rest | Notice |\n| --- | --- | --- |\n| Harbour | 17 | 6 |\n| Quarry | 19 | 4 |\n\n"
    "More than two days in a row are asked for eight days ahead.",
    name="shifts.md",
)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("The harbour has 17 days of rest.", "verified"),  # the header says that 17 are days
        ("The harbour has 6 days of rest.", "unsupported"),  # 6 stands in another column
    ],
)
def test_column_says_what_its_cells_measure(statement: str, expected: str) -> None:
    assert verdict("How many days of rest has the harbour?", statement, SHIFTS) == expected


LENT = passage(
    "第 12 條\n\n借用器材未逾十日者，押金半數退還。\n\n借用展示車者，應依下列規定預約：\n\n一、平日，二日前登記。\n\n"
    "二、假日，五日前登記。",
    name="借用辦法.md",
)


@pytest.mark.parametrize(
    ("question", "statement", "expected"),
    [
        ("借用器材十日以內，押金怎麼退？", "押金半數退還。", "verified"),  # a bound ("未逾") denies nothing
        (
            "假日借用展示車要在幾日前登記？",
            "假日借用展示車要在五日前登記。",
            "verified",
        ),  # the list's lead-in says of what
        ("假日借用展示車要在幾日前登記？", "假日借用展示車要在九日前登記。", "unsupported"),
    ],
)
def test_chinese_rules_are_read_with_their_bounds_and_lists(question: str, statement: str, expected: str) -> None:
    assert verdict(question, statement, LENT) == expected


def test_no_may_stand_above_a_list() -> None:
    source = passage("What PerksPlus does not cover:\n- Golf trips\n- Food and supplements\n- Spa visits")
    question = "Does PerksPlus pay for food and supplements?"
    assert verdict(question, "No, PerksPlus does not pay for food and supplements.", source) == "verified"


def test_table_in_millions_vouches_for_millions() -> None:
    source = passage("In millions of CHF\n\n| Zone | Sales |\n| --- | --- |\n| NA | 12553 |")
    assert verdict("What were the sales of Zone NA?", "The sales of Zone NA were 12,553 million CHF.", source) != (
        "unsupported"
    )
    assert verdict("What were the sales of Zone NA?", "The sales of Zone NA were 12,554 million CHF.", source) == (
        "unsupported"
    )


def test_only_is_reason_enough_for_a_no() -> None:
    source = passage("Northwind Standard only covers vision exams and glasses, contact lenses are extra.")
    question = "Does Northwind Standard cover contact lenses?"
    assert verdict(question, "No, Northwind Standard does not cover contact lenses.", source) == "verified"


def test_yes_needs_proof_of_all_that_was_asked() -> None:
    assert verdict("Do 77 receipts go to perks@contoso.com?", "Yes.", PERKS) == "unsupported"


def test_fact_scattered_over_a_passage_is_weak() -> None:
    long = passage("PerksPlus pays $1,000. " + "Nothing else is said here. " * 6 + "Coaches work 30 hours.")
    assert verdict("What does PerksPlus pay?", "PerksPlus pays $1,000 for 30 hours.", long) == "weak"


PUMP = passage(
    "The warranty of the Otter is 24 months. A service visit for a pump costs 275 pounds. The badge is returned to the "
    "shift leader. Visitors sign in at reception. The late zebra sleeps in the barn. The winner of the raffle gets the "
    "money."
)
PRICES = passage(
    "Prices of 2026\n\n| Item | Price | Weight |\n| --- | --- | --- |\n| Heron | 2465 | 3.1 |\n| Otter | 920 | 4.2 |"
)
PERSONS = passage("Name Gabriel Diaz\nCar Jeep\nPlate AB-1234\n\nName Ida Berg\nCar Saab\nPlate CD-5678")
LOAD = passage("20,000 bottles of water, 10,000 blankets and 200 laptops were delivered in 15 hours.")
RULES = passage(
    "3. Values\n\nWe list our values here.\n\n8. Disbursements\n\nStale checks are reissued within 120 days."
)


@pytest.mark.parametrize(
    ("question", "statement", "source", "expected"),
    [
        ("How long is the warranty of the Otter?", "The warranty of the Otter is 24 months.", PUMP, "verified"),
        ("How long is the warranty of the Otter?", "24 months", PUMP, "verified"),
        ("What is the warranty of the Otter?", "The warranty of the Otter is 275 pounds.", PUMP, "unsupported"),
        ("What is the warranty of the Otter?", "275 pounds", PUMP, "unsupported"),
        ("Where must the badge be returned?", "The badge must be returned at reception.", PUMP, "unsupported"),
        ("Who is the badge returned to?", "The badge is returned to the shift leader.", PUMP, "verified"),
        ("Who gets the money?", "The late zebra gets the money.", PUMP, "unsupported"),
        ("Who gets the money?", "The winner of the raffle gets the money.", PUMP, "verified"),
        ("What is the price of the Otter?", "The price of the Otter is 920.", PRICES, "verified"),
        ("What is the price of the Otter?", "The price of the Otter is 2465.", PRICES, "unsupported"),
        ("What is the plate of Gabriel Diaz?", "The plate of Gabriel Diaz is AB-1234.", PERSONS, "verified"),
        ("What is the plate of Gabriel Diaz?", "The plate of Gabriel Diaz is CD-5678.", PERSONS, "unsupported"),
        ("How many blankets were delivered?", "10,000 blankets were delivered.", LOAD, "verified"),
        ("How many blankets were delivered?", "20,000 blankets were delivered.", LOAD, "unsupported"),
        ("When are stale checks reissued?", "Stale checks are reissued within 120 days.", RULES, "verified"),
        ("When are stale checks reissued?", "Stale checks are reissued within 8 days.", RULES, "unsupported"),
        ("How many values do we list?", "We list 3 values.", RULES, "unsupported"),
    ],
)
def test_words_and_value_of_a_statement_stand_near_each_other(
    question: str, statement: str, source: Passage, expected: str
) -> None:
    assert verdict(question, statement, source) == expected


def test_quote_is_the_sentence_that_bears_the_claim() -> None:
    checker = Checker("Where do receipts go?", [Excerpt(PERKS, ((0, len(PERKS.text)),))], {}, min_about=0.0)
    footing = checker.judge("Receipts go to perks@contoso.com.").footing
    assert footing is not None
    assert PERKS.text[footing.start : footing.end] == "Receipts go to perks@contoso.com within 30 days."


def test_passage_about_something_else_bears_nothing() -> None:
    """The number stands in it, but the question's rare word does not."""
    rarity = {"wi-fi": 5.0, "wi": 5.0, "fi": 5.0, "password": 5.0, "offic": 1.0}
    other = Excerpt(passage("The office closes at 18:00. Room code 4711."), ((0, 40),), 0.1)
    judged = Checker("What is the Wi-Fi password of the office?", [other], rarity, min_about=0.5).judge("It is 4711.")
    assert judged.verdict == "unsupported"
    assert judged.reason == "no passage is about the question"


@pytest.mark.parametrize(
    ("question", "statement", "answers"),
    [
        ("How many days of leave are there?", "There are 30 days of leave.", True),
        ("How many days of leave are there?", "Employees get days of leave.", False),
        ("Who is the cashier?", "The cashier is Emily Rodriguez.", True),
        ("Who is the cashier?", "The cashier is.", False),
        ("What is the e-mail address?", "It is a@b.example.", True),
        ("What is the e-mail address?", "It is the address of the officer.", False),
        ("What year did it open?", "It opened in 1999.", True),
        ("What year did it open?", "It opened some time ago.", False),
        ("特休有幾天？", "特休有十日。", True),
        ("特休有幾天？", "依規定辦理。", False),
        ("Is it covered?", "Yes.", True),
        ("How many days are there to pay?", "See 28 U.S.C. section 586 of the law.", False),
        ("How many days are there to pay?", "One year after the invoice was received.", True),
        ("How many days are there to pay?", "150", True),
        ("What is the date on the cover?", "The date on the cover is 28 U.S.C. 586.", False),
        ("What were the sales in 2023?", "The sales in 2023.", False),
        ("How long is the warranty?", "The warranty is 275 pounds.", False),
        ("How long is the warranty?", "The warranty is 24 months.", True),
        ("How long must a passphrase be?", "It must be 16 characters long.", True),
        ("Until when is it valid?", "It is valid for $40.", False),
        ("What is the price of a visit?", "The price of a visit is 24 months.", False),
        ("What is the price of a visit?", "The price of a visit is £275.", True),
        ("What is the price of a visit?", "275", True),
        ("What is the rent per year?", "The rent is 275 pounds per year.", True),
        ("Which sales figure was reported for 2023?", "Sales were reported for 2023.", False),
    ],
)
def test_answer_must_be_of_the_kind_the_question_wants(question: str, statement: str, answers: bool) -> None:
    new = not set(statement.lower().strip(".").split()) <= set(question.lower().strip("?").split())
    assert is_of(wanted(question), statement, question, new) is answers


@pytest.mark.parametrize(
    "text",
    [
        "I don't know.",
        "The excerpts do not provide information about the password.",
        "The name of the CEO is not mentioned.",
        "There is no information about pets.",
        "節錄中沒有提到相關規定。",
        "文件並未說明。",
    ],
)
def test_model_saying_it_does_not_know_is_recognised(text: str) -> None:
    assert refuses(text)


@pytest.mark.parametrize(
    "text",
    [
        "十六歲以上未滿十八歲之人，不得從事夜間工作。",
        "No, the plan does not cover contact lenses.",
        "Contoso does not sell personal information.",
        "雇主不得預扣勞工工資作為違約金。",
        "未滿三個月者不予發給。",
    ],
)
def test_negative_answer_is_no_refusal(text: str) -> None:
    assert not refuses(text)


def test_numbers_have_one_spelling() -> None:
    assert quantities.numbers("1,500 and 2,499.50, thirty, 三十五 and 60 million") == {
        "1500", "2499.5", "30", "35", "60000000",
    }  # fmt: skip
    assert quantities.plain("007.50") == "7.5"


def test_dates_agree_where_both_speak() -> None:
    assert dates.found("on Oct. 1, 2012") == {(2012, 10, 1)}
    assert dates.agrees((None, 10, 1), (2012, 10, 1))
    assert not dates.agrees((2012, 10, 2), (2012, 10, 1))
    assert dates.found("2023年3月5日") == dates.found("2023/3/5") == {(2023, 3, 5)}


def test_list_numbers_and_markers_assert_nothing() -> None:
    assert asserted("1. Keep receipts [3]\n2. Send them").numbers == frozenset()


def test_lead_ins_and_markers() -> None:
    assert leads_in("Yes.")
    assert leads_in("They are:")
    assert not leads_in("Yes, it is covered.")
    assert without_markers("It is so [1][2, 3]. Done [4]") == "It is so. Done"

"""What is asked about a thing must be said where its value stands: not another column, row, kind or sentence."""

from __future__ import annotations

import pytest

from service.answer import headings, rows
from service.answer.check import Checker, Judged
from service.answer.kind import is_of
from service.answer.prompt import Excerpt
from service.types import Passage
from tests.doubles.scripted_chat import passage


def judged(question: str, statement: str, source: Passage) -> Judged:
    return Checker(question, [Excerpt(source, ((0, len(source.text)),))], {}, min_about=0.0).judge(statement)


CREW = passage(
    "Name,Post,Reports to,Extension,E-mail\nMartha Quill,Director,Board,6204,m.quill@ferry.example\n"
    "Jon Abel,Porter,Martha Quill,6011,j.abel@ferry.example\nRosa Lind,Cook,Jon Abel,6033,r.lind@ferry.example",
    name="crew.csv",
)
BOATS = passage(
    "| Boat | Berth | Length | Price (GBP) |\n| --- | --- | --- | --- |\n| Marigold | 14 | 9.5 m | 5200 |\n"
    "| Teasel | 15 | 11 m | 7100 |",
    name="boats.xlsx",
)
CASES = passage(
    "| Level | First answer | Update |\n| --- | --- | --- |\n| S1 | 30 minutes | Every 2 hours |\n"
    "| S2 | 2 hours | Every 8 hours |"
)
PUMP = passage("DP-9 pump\n\nGreatest back pressure of the DP-9 is 6.5 bar. It weighs 4 kg.", name="pump.pdf")
YARD = passage("The scheme lends staff a bicycle, paid back from salary. The company does not own pool cars.")
LEASE = passage("The rent was reviewed on 25 March 2026 and on 25 March 2031.", name="lease-coopers-wharf.pdf")
ROOMS = passage("| 會議室 | 人數 | 樓層 |\n| --- | --- | --- |\n| 玉山 | 16 | 3 |\n| 合歡 | 8 | 5 |", name="rooms.xlsx")


@pytest.mark.parametrize(
    ("question", "statement", "source", "expected"),
    [
        # the row of another
        ("What is Jon Abel's extension?", "Jon Abel's extension is 6011.", CREW, "verified"),
        ("What is Jon Abel's extension?", "6033", CREW, "unsupported"),
        ("What is Jon Abel's extension?", "Jon Abel's extension is 6033.", CREW, "unsupported"),
        ("Who reports to Jon Abel?", "Rosa Lind reports to Jon Abel.", CREW, "verified"),
        # another column of the row
        ("Who does Jon Abel report to?", "Jon Abel reports to Martha Quill.", CREW, "verified"),
        ("Who does Jon Abel report to?", "Jon Abel reports to Porter.", CREW, "unsupported"),
        ("Which berth has the Teasel?", "The Teasel has berth 15.", BOATS, "verified"),
        ("Which berth has the Teasel?", "The Teasel has berth 7100.", BOATS, "unsupported"),
        (
            "When is the first answer to an S2 case due?",
            "The first answer to S2 is due within 2 hours.",
            CASES,
            "verified",
        ),
        ("When is the first answer to an S2 case due?", "It is due every 8 hours.", CASES, "unsupported"),
        ("玉山會議室在哪一個樓層？", "玉山會議室在樓層 3。", ROOMS, "verified"),
        ("玉山會議室在哪一個樓層？", "玉山會議室在樓層 16。", ROOMS, "unsupported"),
        # a column that nobody asked for
        ("What is the fax number of Jon Abel?", "6011", CREW, "unsupported"),
        ("What is the mobile number of Jon Abel?", "The mobile number of Jon Abel is 6011.", CREW, "unsupported"),
        # money where nothing speaks of it
        ("What does Martha Quill earn?", "Martha Quill earns 6204.", CREW, "unsupported"),
        ("What does a DP-9 cost?", "The DP-9 costs 6.5 bar.", PUMP, "unsupported"),
        ("What does the Teasel cost?", "The Teasel costs 7100.", BOATS, "verified"),
        ("How much is the price of the Teasel?", "The Teasel costs £7,100.", BOATS, "verified"),
        ("What is the yearly rent of berth 15?", "The yearly rent of berth 15 is 7100.", BOATS, "unsupported"),
        ("How many boats has Rosa Lind?", "Rosa Lind has 6033 boats.", CREW, "unsupported"),
        ("How many years has Martha Quill worked here?", "6204", CREW, "unsupported"),
        ("How much does Martha Quill make a year?", "Martha Quill makes 6204 a year.", CREW, "unsupported"),
        # another kind of quantity, in a sentence
        ("How long is the DP-9?", "The DP-9 is 6.5 bar long.", PUMP, "unsupported"),
        ("What is the working temperature of the DP-9?", "The working temperature is 6.5.", PUMP, "unsupported"),
        ("What is the back pressure of the DP-9?", "The back pressure of the DP-9 is 6.5 bar.", PUMP, "verified"),
    ],
)
def test_value_belongs_to_its_row_and_its_column(question: str, statement: str, source: Passage, expected: str) -> None:
    assert judged(question, statement, source).verdict == expected


@pytest.mark.parametrize(
    ("question", "statement", "source"),
    [
        ("When are salaries paid?", "The company does not own pool cars.", YARD),
        ("When could we leave Cooper's Wharf early?", "The rent was reviewed on 25 March 2026.", LEASE),
    ],
)
def test_true_statement_about_something_else_is_no_answer(question: str, statement: str, source: Passage) -> None:
    found = judged(question, statement, source)
    assert found.verdict == "unsupported" or not found.answers


def test_relation_that_is_said_nowhere_near_is_never_verified() -> None:
    source = passage("At the Harbour Theatre the tax is 10.2 % and seats are 420.")
    statement = "The warranty of the Harbour Theatre is 10.2 %."
    assert judged("What is the warranty of the Harbour Theatre?", statement, source).verdict != "verified"
    assert judged("What is the tax of the Harbour Theatre?", "The tax is 10.2 %.", source).verdict == "verified"


@pytest.mark.parametrize(
    ("question", "statement", "answers"),
    [
        ("When are claims paid?", "Claims are paid at seven.", True),
        ("When are claims paid?", "Claims are paid every Thursday.", True),
        ("When are claims paid?", "Claims are paid after the audit.", True),
        ("When are claims paid?", "Claims are paid by the finance desk.", False),
        ("When we travel, which class do we book?", "Economy class is booked.", True),
        ("Since when does the ferry run?", "The ferry runs to Port Ansgar.", False),
        ("租約何時到期？", "租約於九月三十日到期。", True),
        ("租約何時到期？", "租約由陳先生簽訂。", False),
        ("How long is the cable?", "The cable is black.", False),
        ("What does the harbour tour cost?", "The harbour tour costs £34.", True),
        ("What does the harbour tour cost?", "The harbour tour is free.", True),
        ("What does the harbour tour cost?", "The harbour tour costs what the board decides.", False),
        ("導覽的費用是多少？", "導覽的費用由董事會決定。", False),
        ("Who bears the cost of the tour?", "The guests bear the cost.", True),
    ],
)
def test_when_wants_a_time_and_cost_a_sum(question: str, statement: str, answers: bool) -> None:
    assert is_of("any", statement, question, True) is answers


SPANNING = passage(
    "Moorings\n\n| Berth | Boat |\n| --- | --- |\n| 14 | Marigold |\n\nGuests at table\n\nThe limit is £42 per head, "
    "with drinks. The names of all stand on the claim.\n\n三、用餐補助\n每人上限為 300 元。",
    heading=("Rules", "Moorings"),
)


def test_heading_inside_a_passage_says_what_stands_under_it() -> None:
    assert [one.text for one in headings.within(SPANNING.text)] == ["Moorings", "Guests at table", "三、用餐補助"]
    under = headings.over(SPANNING.text, SPANNING.text.index("£42"))
    assert under is not None
    assert under.text == "Guests at table"
    assert headings.over("No heading. Only text.", 3) is None


@pytest.mark.parametrize(
    "line", ["Lisbon £185", "A sentence ends here.", "- an item", "| a | b |", "They are:", "x" * 90, "Last line"]
)
def test_lines_that_are_no_headings(line: str) -> None:
    after = "" if line == "Last line" else "\n\nWhat follows is text."
    assert headings.within(f"Text comes first.\n\n{line}{after}") == ()


def test_sentence_is_read_under_its_own_heading() -> None:
    question = "What is the limit for guests at table?"
    assert judged(question, "The limit is £42 per head.", SPANNING).verdict == "verified"


def test_rows_of_a_file_and_of_a_table() -> None:
    [first, *_] = rows.within(CREW.text, separated=True)
    assert first.cells[0] == "Martha Quill"
    assert first.header[3] == "Extension"
    assert CREW.text[first.start : first.end].startswith("Martha Quill,Director")
    assert [row.cells[0] for row in rows.within(BOATS.text)] == ["Marigold", "Teasel"]
    assert rows.within("One, two, three.\nNo table, but commas, many.", separated=False) == ()
    assert rows.within("12,4,5\n13,4,6", separated=True) == ()


def test_a_sentence_said_word_for_word_stands_though_it_is_not_what_was_asked() -> None:
    pump = passage("The Heron pump moves 4,200 litres of seawater an hour. It draws 38 watts at full speed.")
    question = "How many litres of seawater does the Heron pump move an hour?"
    beside = judged(question, "It draws 38 watts at full speed.", pump)
    assert (beside.verdict, beside.answers) == ("verified", False)
    assert judged(question, "The Heron pump moves 38 litres.", pump).verdict == "unsupported"

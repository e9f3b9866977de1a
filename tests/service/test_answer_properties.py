"""Every value of a table, and of sentences, given as every property of every thing: only the right one is verified."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from service.answer import counts, units
from service.answer.check import Checker
from service.answer.prompt import Excerpt
from service.types import Passage, Verdict
from tests.doubles.scripted_chat import passage


def verdict(question: str, statement: str, source: Passage) -> Verdict:
    checker = Checker(question, [Excerpt(source, ((0, len(source.text)),))], {}, min_about=0.0)
    return checker.judge(statement).verdict


@dataclass(frozen=True)
class Column:
    """A property of boats: its header, a cell for each boat, how it is asked for, answered and told in a sentence."""

    header: str
    cells: tuple[str, ...]
    question: str
    answer: str
    sentence: str


@dataclass(frozen=True)
class Fleet:
    first: str
    boats: tuple[str, ...]
    columns: tuple[Column, ...]
    end: str


ENGLISH = Fleet(
    "Boat",
    ("Teasel", "Marigold", "Heron"),
    (
        Column("Length", ("11 m", "9.5 m", "14 m"), "How long is the {}?", "The {} is {} long.", "The {} is {} long."),
        Column("Beam", ("3.2 m", "2.9 m", "4.4 m"), "How wide is the {}?", "The {} is {} wide.", "The {} is {} wide."),
        Column(
            "Draught", ("1.6 m", "1.3 m", "2.1 m"), "How deep is the {}?", "The {} is {} deep.", "The {} is {} deep."
        ),
        Column("Weight (t)", ("6.1", "5.8", "8.7"), "How heavy is the {}?", "The {} weighs {}.", "The {} weighs {} t."),
        Column(
            "Price (GBP)", ("7100", "5200", "9900"), "What does the {} cost?", "The {} costs {}.", "The {} costs £{}."
        ),
        Column(
            "Top speed",
            ("18 kn", "12 kn", "22 kn"),
            "How fast is the {}?",
            "The {} makes {}.",
            "The speed of the {} is {}.",
        ),
        Column(
            "Built",
            ("1987", "1979", "2003"),
            "How old is the {}?",
            "The {} was built in {}.",
            "The {} was built in {}.",
        ),
        Column(
            "Seats", ("24", "16", "38"), "How many seats has the {}?", "The {} has {} seats.", "The {} has {} seats."
        ),
        Column(
            "Oil pressure",
            ("4.5 bar", "3.7 bar", "5.3 bar"),
            "What is the oil pressure of the {}?",
            "The oil pressure of the {} is {}.",
            "The oil pressure of the {} is {}.",
        ),
        Column(
            "Water temperature",
            ("81 °C", "77 °C", "85 °C"),
            "What is the water temperature of the {}?",
            "The water temperature of the {} is {}.",
            "The water temperature of the {} is {}.",
        ),
        Column(
            "Berth", ("15", "41", "52"), "Which berth has the {}?", "The {} has berth {}.", "The {} lies at berth {}."
        ),
    ),
    ".",
)
CHINESE = Fleet(
    "船名",
    ("小燕號", "海鷗號", "白鷺號"),
    (
        Column("長度", ("11公尺", "9.5公尺", "14公尺"), "{}有多長？", "{}長{}。", "{}的長度是{}。"),
        Column("寬度", ("3.2公尺", "2.9公尺", "4.4公尺"), "{}有多寬？", "{}寬{}。", "{}的寬度是{}。"),
        Column("重量（公噸）", ("6.1", "5.8", "8.7"), "{}有多重？", "{}重{}。", "{}的重量是{}公噸。"),
        Column("售價（元）", ("71000", "52000", "99000"), "{}的售價是多少？", "{}的售價是{}。", "{}的售價是{}元。"),
        Column("航速", ("18節", "12節", "22節"), "{}的航速是多少？", "{}的航速是{}。", "{}的航速是{}。"),
        Column("座位數", ("24", "16", "38"), "{}有幾個座位？", "{}有{}個座位。", "{}有{}個座位。"),
        Column("油壓壓力", ("4.5巴", "3.7巴", "5.3巴"), "{}的壓力是多少？", "{}的壓力是{}。", "{}的壓力是{}。"),
        Column("水溫", ("81°C", "77°C", "85°C"), "{}的水溫是多少？", "{}的水溫是{}。", "{}的水溫是{}。"),
    ),
    "。",
)


def markdown(fleet: Fleet) -> Passage:
    lines = [
        (fleet.first, *(column.header for column in fleet.columns)),
        ("---",) * (len(fleet.columns) + 1),
        *((boat, *(column.cells[at] for column in fleet.columns)) for at, boat in enumerate(fleet.boats)),
    ]
    return passage("\n".join(f"| {' | '.join(line)} |" for line in lines), name="fleet.xlsx")


def separated(fleet: Fleet) -> Passage:
    lines = [
        (fleet.first, *(column.header for column in fleet.columns)),
        *((boat, *(column.cells[at] for column in fleet.columns)) for at, boat in enumerate(fleet.boats)),
    ]
    return passage("\n".join(",".join(line) for line in lines), name="fleet.csv")


def numbered(fleet: Fleet) -> Passage:
    """The same file with a number for each line before its name."""
    header, *lines = separated(fleet).text.splitlines()
    return passage("\n".join((f"ID,{header}", *(f"V-{at}7,{line}" for at, line in enumerate(lines)))), name="fleet.csv")


def prose(fleet: Fleet) -> Passage:
    told = (
        column.sentence.format(boat, column.cells[at])
        for at, boat in enumerate(fleet.boats)
        for column in fleet.columns
    )
    return passage((" " if fleet.end == "." else "").join(told), name="fleet.md")


def asked(fleet: Fleet) -> Iterator[tuple[int, Column]]:
    return ((at, column) for at in range(len(fleet.boats)) for column in fleet.columns)


def number(cell: str) -> str:
    return "".join(one for one in cell if one.isdigit() or one == ".")


CASES = [
    pytest.param(fleet, make(fleet), column, at, id=f"{kind}-{column.header}-{at}")
    for fleet in (ENGLISH, CHINESE)
    for kind, make in (("markdown", markdown), ("csv", separated), ("numbered", numbered), ("prose", prose))
    for at, column in asked(fleet)
]


@pytest.mark.parametrize(("fleet", "source", "column", "at"), CASES)
def test_right_value_is_verified_and_no_other(fleet: Fleet, source: Passage, column: Column, at: int) -> None:
    boat = fleet.boats[at]
    question = column.question.format(boat)
    right = column.answer.format(boat, column.cells[at])
    assert verdict(question, right, source) == "verified", right
    wrong = [
        column.answer.format(boat, spelled)
        for row, other in asked(fleet)
        if (row, other) != (at, column)
        for spelled in {other.cells[row], number(other.cells[row])}
    ]
    assert [one for one in wrong if verdict(question, one, source) == "verified"] == []


@pytest.mark.parametrize(
    ("fleet", "source", "column", "at"), [one for one in CASES if not str(one.id).startswith("prose")]
)
def test_value_of_another_column_is_not_even_shown(fleet: Fleet, source: Passage, column: Column, at: int) -> None:
    boat = fleet.boats[at]
    shown = [
        said
        for other in fleet.columns
        if other is not column
        for said in [column.answer.format(boat, other.cells[at])]
        if verdict(column.question.format(boat), said, source) != "unsupported"
    ]
    assert shown == []


@pytest.mark.parametrize(
    ("question", "things"),
    [
        ("How many spare berths has the Teasel?", ("spare", "berths")),
        ("How many people report to Martha?", ("people",)),
        ("玉山會議室可以坐幾人？", ("人",)),
        ("結婚可以請幾天婚假？", ("天",)),
        ("會議室在幾樓？", ()),
        ("What does it cost?", ()),
    ],
)
def test_what_is_counted(question: str, things: tuple[str, ...]) -> None:
    assert counts.counted(question) == things


@pytest.mark.parametrize(
    ("header", "cell", "expected"),
    [
        ("Berths", "Teasel 15", True),
        ("Number of berths", "Teasel 15", True),
        ("Berth", "Teasel 15", False),
        ("Extension", "Teasel 15", False),
        ("Capacity", "Teasel 15", None),
        ("", "The Teasel has 15 dry berths.", True),
        ("", "The Teasel lies at berth 15.", False),
        ("", "The Teasel pays 15.", None),
    ],
)
def test_column_of_numbers_of_things_is_no_number_of_a_thing(header: str, cell: str, expected: bool | None) -> None:
    assert counts.is_count(("berths",), "15", header, cell) is expected


@pytest.mark.parametrize(
    ("number", "text", "kinds"),
    [
        ("5", "5 kg", {"mass"}),
        ("5", "five days", {"time"}),
        ("8", "婚假八日", {"time"}),
        ("7100", "for £7,100 a year", {"money"}),
        ("5", "5 m/s", {"speed"}),
        ("5", "5 m²", {"area"}),
        ("1987", "in 1987", {"date"}),
        ("5", "5 moorings", set()),
    ],
)
def test_units_of_numbers(number: str, text: str, kinds: set[str]) -> None:
    assert units.units_of(number, text) == kinds


@pytest.mark.parametrize(
    ("header", "kinds"),
    [
        ("Weight (kg)", {"mass"}),
        ("重量（公斤）", {"mass"}),
        ("Days of leave", {"time"}),
        ("Rate, GBP", {"money"}),
        ("Length", set()),
    ],
)
def test_units_of_headers(header: str, kinds: set[str]) -> None:
    assert units.header_units(header) == kinds

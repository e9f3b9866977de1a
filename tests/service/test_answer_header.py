"""Rows of a long table whose header stands in another chunk: shown, counted and checked as if it stood above them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from service.answer import gate, rows
from service.answer.check import Checker, Judged
from service.answer.focus import excerpts
from service.answer.footnotes import Footnotes
from service.answer.prompt import Excerpt, build
from service.types import Passage, SearchResult
from tests.doubles.scripted_chat import passage

CREW = replace(
    passage(
        "Jon Abel,Porter,Bremen,Martha Quill,6011,j.abel@ferry.example\n"
        "Rosa Lind,Cook,Oslo,Jon Abel,6033,r.lind@ferry.example",
        name="crew.csv",
        start=900,
    ),
    header="Name,Post,Site,Reports to,Extension,E-mail",
)
BOATS = replace(
    passage("| Marigold | 14 | 9.5 m | 5200 |\n| Teasel | 15 | 11 m | 7100 |", name="boats.xlsx", start=900),
    header="Boats for sale\n| Boat | Berth | Length | Price (GBP) |\n| --- | --- | --- | --- |",
)
ROOMS = replace(
    passage("| 玉山 | 16 | 3 |\n| 合歡 | 8 | 5 |", name="rooms.xlsx", start=900),
    header="| 會議室 | 人數 | 樓層 |\n| --- | --- | --- |",
)
MANY = replace(
    passage("\n".join(f"| Boat {n} | {n} | {n} m | {n * 100} |" for i in range(30) for n in [i + 40]), start=900),
    header=BOATS.header,
)


def whole(source: Passage) -> Excerpt:
    return Excerpt(source, ((0, len(source.text)),))


def judged(question: str, statement: str, source: Passage) -> Judged:
    return Checker(question, [whole(source)], {}, min_about=0.0).judge(statement)


@pytest.mark.parametrize(
    ("question", "statement", "source", "expected"),
    [
        ("Who does Jon Abel report to?", "Jon Abel reports to Martha Quill.", CREW, "verified"),
        ("Who does Jon Abel report to?", "Jon Abel reports to Porter.", CREW, "unsupported"),
        ("Who does Jon Abel report to?", "Jon Abel reports to Bremen.", CREW, "unsupported"),
        ("What is Rosa Lind's extension?", "Rosa Lind's extension is 6033.", CREW, "verified"),
        ("What is Rosa Lind's extension?", "Rosa Lind's extension is 6011.", CREW, "unsupported"),
        ("What is the fax number of Rosa Lind?", "6033", CREW, "unsupported"),
        ("What does the Teasel cost?", "The Teasel costs £7,100.", BOATS, "verified"),
        ("What does the Teasel cost?", "The Teasel costs £15.", BOATS, "unsupported"),
        ("What does the Teasel cost?", "The Teasel costs £5,200.", BOATS, "unsupported"),
        ("Which berth has the Teasel?", "The Teasel has berth 15.", BOATS, "verified"),
        ("Which berth has the Teasel?", "The Teasel has berth 7100.", BOATS, "unsupported"),
        ("玉山會議室在哪一個樓層？", "玉山會議室在樓層 3。", ROOMS, "verified"),
        ("玉山會議室在哪一個樓層？", "玉山會議室在樓層 16。", ROOMS, "unsupported"),
        ("合歡會議室可坐的人數是多少？", "合歡會議室的人數是 8。", ROOMS, "verified"),
        ("合歡會議室可坐的人數是多少？", "合歡會議室的人數是 5。", ROOMS, "unsupported"),
    ],
)
def test_cell_is_read_by_the_header_that_travels_with_it(
    question: str, statement: str, source: Passage, expected: str
) -> None:
    assert judged(question, statement, source).verdict == expected


@pytest.mark.parametrize(
    ("question", "statement", "source"),
    [
        ("Who does Jon Abel report to?", "Jon Abel reports to Martha Quill.", CREW),
        ("What does the Teasel cost?", "The Teasel costs £7,100.", BOATS),
        ("玉山會議室在哪一個樓層？", "玉山會議室在樓層 3。", ROOMS),
    ],
)
def test_without_its_header_the_cell_bears_nothing_surely(question: str, statement: str, source: Passage) -> None:
    assert judged(question, statement, replace(source, header="")).verdict != "verified"


def test_quote_and_span_are_those_of_the_text() -> None:
    notes = Footnotes()
    notes.cite(judged("Who does Jon Abel report to?", "Jon Abel reports to Martha Quill.", CREW))
    (citation,) = notes.citations
    assert citation.quote == CREW.text.split("\n")[0]
    assert (citation.start, citation.end) == (900, 900 + len(citation.quote))


def test_number_ends_where_its_cell_ends() -> None:
    parts = replace(
        passage('CV-17,Valve,"C-09, left",C-09,36 months', name="parts.csv", start=900),
        header="Part,Description,Box,Shelf,Service life",
    )
    question = "What is the service life of the CV-17?"
    assert judged(question, "The service life of the CV-17 is 36 months.", parts).verdict == "verified"
    assert judged(question, "The service life of the CV-17 is 9 months.", parts).verdict == "unsupported"
    assert rows.parted('a,"b, ""c"", d",e') == 'a;"b, ""c"", d";e'


def test_rows_stand_where_they_stand_in_the_text() -> None:
    for source in (CREW, BOATS):
        found = rows.under(source.header, source.text, separated=rows.separated(source))
        assert [source.text[row.start : row.end].strip() for row in found] == source.text.split("\n")
        assert found[0].header[0] in ("Name", "Boat")
    assert not rows.separated(replace(CREW, header="")), "its first line is a row, not its header"


def test_model_reads_rows_under_their_header() -> None:
    assert whole(CREW).text.split("\n")[0] == (
        "- Name Jon Abel: Post = Porter; Site = Bremen; Reports to = Martha Quill; Extension = 6011; "
        "E-mail = j.abel@ferry.example"
    )
    assert whole(BOATS).text.startswith("Boats for sale\n- Boat Marigold: Berth = 14; Length = 9.5 m; Price (GBP) =")
    after = replace(BOATS, text=f"{BOATS.text}\n\nThe office is open on Mondays.")
    at = after.text.index("The office")
    assert Excerpt(after, ((at, len(after.text)),)).text == "The office is open on Mondays.", "no row, no header"
    first = replace(CREW, text=f"{CREW.header}\n{CREW.text}", header="", start=0)
    assert whole(first).text == whole(CREW).text


@pytest.mark.parametrize(
    ("question", "source"), [("Who does Jon Abel report to?", CREW), ("合歡會議室的人數是多少？", ROOMS)]
)
def test_prompt_without_its_passages_is_plain(question: str, source: Passage) -> None:
    plain, rag = build(question, language="en"), build(question, language="en", excerpts=[whole(source)])
    assert rows.under(source.header, source.text, separated=rows.separated(source))[0].header[1] in rag.block
    assert rag.messages[-1].content.replace(rag.block, "", 1).encode() == plain.messages[-1].content.encode()
    assert rag.messages[:-1] == plain.messages[:-1]


def test_header_is_counted_in_the_characters_of_the_excerpts() -> None:
    question = "What is the price of boat 55?"
    (with_header,) = excerpts(question, [MANY], k=1, chars=400)
    (without,) = excerpts(question, [replace(MANY, header="")], k=1, chars=400)
    cut = "".join(MANY.text[start:end] for start, end in with_header.spans)
    assert len(cut) + len(MANY.header) <= 400
    assert len(cut) + len(MANY.header) > 400 - 30, "and the rest is filled"
    assert "- Boat Boat 55: Berth = 55; Length = 55 m; Price (GBP) = 5500" in with_header.text
    assert "Boat 40" not in with_header.text, "the first row is no header"
    assert sum(end - start for start, end in without.spans) > len(cut)


def test_what_is_asked_may_stand_in_the_header() -> None:
    question = "What is the Price (GBP) of boat 55?"
    (shown,) = excerpts(question, [MANY], k=1, chars=400)
    assert shown.fit == 1.0
    coded = replace(BOATS, header="| Boat | Berth of HX-4410 |\n| --- | --- |")
    assert gate.unknown("Which berth of the HX-4410 has the Teasel?", [coded]) == ()
    assert gate.unknown("Which berth of the HX-4410 has the Teasel?", [BOATS]) == ("hx4410",)
    assert gate.judge(question, SearchResult((MANY,), {}, 1.0), (shown,), 0.5).passed

"""Chunks are exact spans, fit the embedder, follow the structure, and together hold every word."""

from __future__ import annotations

import re
import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.pieces import measure
from ingest.split import UNITS, split
from ingest.types import Block, BlockKind, Chunk, ParsedDocument


class Pieces:
    """A tokenizer like BERT's: words in pieces of five letters, signs and CJK characters alone."""

    def __init__(self, limit: int = 256) -> None:
        self.limit = limit
        self.asked = 0

    def count(self, text: str) -> int:
        self.asked += 1
        return 2 + len(re.findall(r"[a-zA-Z]{1,5}|\d{1,3}|[^\sa-zA-Z\d]", text))


def heading(text: str, level: int = 1, page: int | None = None) -> Block:
    return Block("heading", text, level=level, page=page)


def text(body: str, page: int | None = None) -> Block:
    return Block("text", body, page=page)


def prose(words: int, word: str = "word") -> str:
    return " ".join(f"The {word} number {i} is here." for i in range(words // 5))


def checked(document: ParsedDocument, limit: int = 256) -> list[Chunk]:
    """Split, and hold what must always hold."""
    tokenizer = Pieces(limit)
    chunks = split(document, tokenizer)
    covered = bytearray(len(document.text))
    for i, chunk in enumerate(chunks):
        assert chunk.ordinal == i
        assert chunk.text == document.text[chunk.start : chunk.end]
        assert chunk.text.strip()
        assert chunk.embed_text.endswith(f"{chunk.header}\n{chunk.text}" if chunk.header else chunk.text)
        assert chunk.tokens == tokenizer.count(chunk.embed_text) <= limit
        assert measure(chunk.text) <= UNITS * 1.1
        covered[chunk.start : chunk.end] = b"x" * (chunk.end - chunk.start)
    assert [chunk.start for chunk in chunks] == sorted(chunk.start for chunk in chunks)
    lost = "".join(c for c, seen in zip(document.text, covered, strict=True) if not seen)
    assert not lost.strip()
    return chunks


def test_a_short_document_is_one_chunk() -> None:
    document = ParsedDocument(
        (heading("Leave"), text("Twelve days a year."), Block("list", "- one\n- two")), title="Leave"
    )
    (chunk,) = checked(document)
    assert chunk.text == document.text
    assert chunk.heading == ("Leave",)
    assert chunk.embed_text == chunk.text


def test_nothing_gives_nothing() -> None:
    assert checked(ParsedDocument(())) == []
    assert checked(ParsedDocument((text("  "),))) == []


def test_title_and_heading_path_stand_before_the_text_to_embed() -> None:
    document = ParsedDocument(
        (heading("Benefits", 1), heading("Dental", 2), text(prose(160)), text(prose(160, "tooth"))), title="Handbook"
    )
    chunks = checked(document)
    assert len(chunks) > 1
    assert all(chunk.heading == ("Benefits", "Dental") for chunk in chunks)
    assert chunks[-1].embed_text.startswith("Handbook > Benefits > Dental\n")
    assert not chunks[-1].text.startswith("Handbook")


def test_sections_are_not_mixed_unless_tiny() -> None:
    document = ParsedDocument((heading("One"), text(prose(60, "alpha")), heading("Two"), text(prose(60, "beta"))))
    assert [("alpha" in c.text, "beta" in c.text) for c in checked(document)] == [(True, False), (False, True)]
    tiny = ParsedDocument((heading("One"), text("Alpha."), heading("Two"), text(prose(60, "beta"))))
    assert len(checked(tiny)) == 1


def test_a_heading_goes_with_what_follows() -> None:
    document = ParsedDocument((heading("One"), text(prose(130, "alpha")), heading("Sub", 2), text(prose(100, "beta"))))
    chunks = checked(document)
    assert not any(chunk.text.rstrip().endswith("Sub") for chunk in chunks)
    assert chunks[1].text.startswith("Sub\n\n")


def test_a_table_that_fits_stays_whole() -> None:
    rows = "\n".join(f"| item {i} | {i} |" for i in range(15))
    table = Block("table", f"| Name | Price |\n| --- | --- |\n{rows}")
    document = ParsedDocument((heading("Prices"), text(prose(120)), table))
    assert sum(table.text in chunk.text for chunk in checked(document)) == 1


@pytest.mark.parametrize("header", ["| Name | Price |\n| --- | --- |", "name,price"])
def test_a_long_table_is_cut_between_rows_and_embedded_with_its_header(header: str) -> None:
    rows = [f"| item {i} | {i * 7} |" if header.startswith("|") else f"item {i},{i * 7}" for i in range(200)]
    document = ParsedDocument((heading("Prices"), Block("table", "\n".join([header, *rows]))))
    chunks = checked(document)
    assert len(chunks) > 3
    for row in rows:
        assert sum(row in chunk.text.split("\n") for chunk in chunks) == 1
    assert header in chunks[0].text
    assert chunks[0].header == ""
    for chunk in chunks[1:]:
        assert header in chunk.embed_text
        assert header not in chunk.text
        assert chunk.header == header


def test_the_caption_goes_with_every_piece_of_a_long_table_and_with_nothing_else() -> None:
    rows = "\n".join(f"| item {i} | {i * 7} |" for i in range(200))
    table = Block("table", f"| Name | Price |\n| --- | --- |\n{rows}")
    document = ParsedDocument((heading("Prices"), text("In pounds, without tax."), table, text(prose(200))))
    chunks = checked(document)
    first = next(at for at, chunk in enumerate(chunks) if "| item 0 |" in chunk.text)
    last = next(at for at, chunk in enumerate(chunks) if "| item 199 |" in chunk.text)
    assert last > first + 1
    assert [chunk.header for chunk in chunks[: first + 1]] == [""] * first + ["In pounds, without tax."]
    whole = "In pounds, without tax.\n| Name | Price |\n| --- | --- |"
    assert {chunk.header for chunk in chunks[first + 1 : last + 1]} == {whole}
    assert {chunk.header for chunk in chunks[last + 1 :]} == {""}


def test_a_row_longer_than_a_chunk_is_cut() -> None:
    document = ParsedDocument((Block("table", f"| a | b |\n| --- | --- |\n| {prose(900)} | x |\n| 1 | 2 |"),))
    assert len(checked(document)) > 3


def test_long_text_is_cut_at_sentences_with_the_last_one_repeated() -> None:
    document = ParsedDocument((text(prose(900)),))
    chunks = checked(document)
    for before, after in pairwise(chunks):
        assert before.text.rstrip().endswith(".")
        assert after.text.startswith("The word")
        assert after.start < before.end
        assert before.end - after.start < 200


def test_chinese_is_cut_at_its_own_full_stops() -> None:
    body = "".join(f"第{i}條規定勞工每年應休假{i}日。" for i in range(200))
    chunks = checked(ParsedDocument((text(body),)))
    assert all(chunk.text.endswith("。") for chunk in chunks)
    assert all(len(chunk.text) <= 400 for chunk in chunks)


def test_pages_are_those_where_the_text_begins() -> None:
    document = ParsedDocument(
        (
            text(prose(60, "alpha"), 1),
            heading("End of page", page=1),
            text(prose(60, "beta"), 2),
            text(prose(200, "gamma"), 3),
        ),
        pages=3,
    )
    for chunk in checked(document):
        for word, page in (("alpha", 1), ("beta", 2), ("gamma", 3)):
            if word in chunk.text:
                assert chunk.page == page


def test_headings_longer_than_the_limit() -> None:
    document = ParsedDocument((heading(prose(600)), heading("x" * 5_000, 2), text("end")), title="t" * 9_000)
    assert checked(document)[-1].text.endswith("end")


def test_a_very_small_limit_is_kept() -> None:
    document = ParsedDocument(
        (heading("A heading of some words"), text(prose(100))), title="A long title of many words"
    )
    checked(document, limit=16)


@pytest.mark.parametrize(
    "body", ["a" * 200_000, "字" * 60_000, "1 " * 100_000, "\n" * 1_000 + "x", "🙂" * 20_000, "a.b" * 50_000]
)
def test_one_line_of_anything_is_cut_in_bounded_time(body: str) -> None:
    begun = time.monotonic()
    assert checked(ParsedDocument((text(body),)))
    assert time.monotonic() - begun < 15


def test_tokens_are_counted_about_twice() -> None:
    """Tokenizing is what splitting costs: once a block and once a chunk, not once a try."""
    document = ParsedDocument(tuple(text(prose(40, f"w{i}")) for i in range(300)))
    tokenizer = Pieces()
    chunks = split(document, tokenizer)
    assert tokenizer.asked < 300 + 2 * len(chunks) + 20


WORDS = st.text(st.sampled_from("ab .,。！\n中文字é🙂1|-"), min_size=0, max_size=900)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.builds(
            lambda kind, body, level, page: Block(kind, body, level=level if kind == "heading" else 0, page=page),
            st.sampled_from(["heading", "text", "list", "table", "code"]),
            WORDS,
            st.integers(1, 6),
            st.none() | st.integers(1, 4),
        ),
        max_size=12,
    ),
    st.integers(24, 300),
)
def test_whatever_the_blocks(blocks: list[Block], limit: int) -> None:
    checked(ParsedDocument(tuple(blocks), title="T"), limit)


def test_kinds_are_those_of_blocks() -> None:
    kinds: tuple[BlockKind, ...] = ("heading", "text", "list", "table", "code")
    for kind in kinds:
        assert len(checked(ParsedDocument((Block(kind, "x", level=1 if kind == "heading" else 0),)))) == 1

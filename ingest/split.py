"""A parsed document into chunks that follow its structure and fit the embedder.

Blocks are packed greedily: a chunk ends where a section, a page or the embedder's limit ends it. Blocks that are too
long are cut first: tables between rows (each piece goes with the header row), text between sentences, with the
last sentence of a piece said again at the start of the next.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from langchain_text_splitters import RecursiveCharacterTextSplitter

from ingest.pieces import Piece, measure, outside, section_costs
from ingest.ports import Tokenizer
from ingest.types import Block, Chunk, ParsedDocument

UNITS = 1_000
"""Longest chunk in units: a Latin character is one, a Chinese, Japanese or Korean one two and a half.

About 250 tokens of English. Tokens alone do not bound a chunk: a tokenizer may take any unknown word for one token.
"""
_TINY = 0.15  # of the budget: a section smaller than this joins the next one, even across top-level sections
_SMALL = 0.35  # a chunk smaller than this takes the next section in, when that fits whole
_PAGE = 0.03  # a chunk larger than this ends with its page, so that a citation names the right one
_OVERLAP_UNITS = 160
_CAPTION_UNITS = 200
_PREFIX_SHARE = 0.3  # most of the limit that heading path and table header may take
_HEADING_CHARACTERS = 120
_SEPARATORS = ["\n\n", "\n", "。", "！", "？", "；", ". ", "! ", "? ", "; ", "，", "、", ", ", " ", ""]
_SENTENCE = re.compile(r"(?<=[。！？；])|(?<=[.!?])\s+|\n")


def split(document: ParsedDocument, tokenizer: Tokenizer, *, units: int = UNITS) -> list[Chunk]:
    """Chunks in reading order; each one's `text` is exactly `document.text[start:end]`.

    `embed_text` never has more tokens than `tokenizer.limit`. A document without text has no chunks.
    """
    return _Splitter(document, tokenizer, units).chunks()


class _Splitter:
    def __init__(self, document: ParsedDocument, tokenizer: Tokenizer, units: int) -> None:
        self._text = document.text
        self._blocks = document.blocks
        self._title = (document.title or "").strip()[:_HEADING_CHARACTERS]
        self._tokenizer = tokenizer
        self._special = tokenizer.count("")
        self._limit = tokenizer.limit - self._special
        self._units = units
        self._counted: dict[str, int] = {}
        self._made: list[Chunk] = []

    def chunks(self) -> list[Chunk]:
        pieces = list(self._pieces())
        ends = section_costs(pieces)
        current: list[Piece] = []
        for i, piece in enumerate(pieces):
            if current and self._breaks(current, piece, ends[i]):
                current = self._emit_before(current, piece)
            current.append(piece)
        if current:
            self._emit(current)
        return self._made

    def _pieces(self) -> Iterator[Piece]:
        path: list[tuple[int, str]] = []
        at = section = 0
        before: Block | None = None
        lead = 0.0  # units of the headings right before a block, which should stand in its first chunk
        top = min((block.level for block in self._blocks if block.kind == "heading"), default=1)
        for block in self._blocks:
            start, end = at, at + len(block.text)
            at = end + 2
            if not block.text.strip():
                continue
            if block.kind == "heading":
                while path and path[-1][0] >= block.level:
                    path.pop()
                path.append((block.level, block.text.strip()[:_HEADING_CHARACTERS]))
                section += block.level <= top
            names = tuple(name for _, name in path)
            piece = Piece(
                start,
                end,
                block.kind,
                block.level,
                block.page,
                names,
                section,
                self._tokens(block.text),
                measure(block.text),
            )
            room = self._limit - self._tokens(self._prefix(names, ""))
            most = self._units - min(lead, self._units * _PREFIX_SHARE)
            if piece.tokens <= room and piece.units <= most:
                yield piece
            elif block.kind == "table":
                yield from self._table_pieces(piece, block, room, most, self._caption(before, block))
            else:
                yield from self._text_pieces(piece, room, most)
            lead = lead + piece.units + 2 if block.kind == "heading" else 0.0
            before = block

    def _caption(self, before: Block | None, table: Block) -> str:
        """The short text right before a table on the same page: what it is about, its unit, its period."""
        if before is None or before.kind != "text" or before.page != table.page:
            return ""
        return before.text.strip() if measure(before.text) <= _CAPTION_UNITS else ""

    def _table_pieces(self, piece: Piece, block: Block, room: int, most: float, caption: str) -> Iterator[Piece]:
        """Runs of whole rows. The header stands in the first piece and is said again for the others, the caption for
        all: it ends in the chunk before."""
        lines = block.text.split("\n")
        head = 2 if lines[0].startswith("|") and len(lines) > 1 else 1
        header = "\n".join(lines[:head])
        if self._tokens(header) > self._limit * _PREFIX_SHARE or measure(header) > most * _PREFIX_SHARE:
            header = ""
        again = "\n".join(filter(None, (caption, header)))
        cost, wide = self._tokens(again), measure(again)
        at = piece.start
        start, tokens, units, first = at, 0, 0.0, True
        for line in lines:
            line_tokens, line_units = self._tokens(line), measure(line) + 1
            extra_tokens, extra_units = (self._tokens(caption), measure(caption)) if first else (cost, wide)
            full = tokens + line_tokens + extra_tokens > room or units + line_units + extra_units > most
            if full and at > start:
                yield from self._row_piece(piece, start, at - 1, caption if first else again, room, most)
                start, tokens, units, first = at, 0, 0.0, False
            tokens += line_tokens
            units += line_units
            at += len(line) + 1
        yield from self._row_piece(piece, start, piece.end, caption if first else again, room, most)

    def _row_piece(self, piece: Piece, start: int, end: int, header: str, room: int, most: float) -> Iterator[Piece]:
        made = self._cut(piece, start, end, header)
        if made.tokens + self._tokens(header) <= room and made.units + measure(header) <= most:
            yield made
        else:  # one row longer than a chunk
            yield from (
                replace(part, header=header) for part in self._text_pieces(made, room - self._tokens(header), most)
            )

    def _text_pieces(self, piece: Piece, room: int, most: float) -> Iterator[Piece]:
        """Cut between paragraphs, lines, sentences, clauses or words: the first that gives pieces small enough."""
        text = self._text[piece.start : piece.end]
        per_unit = max(piece.tokens, 1) / max(piece.units, 1.0)
        size = max(int(min(most, 0.95 * room / per_unit)) - _OVERLAP_UNITS, 40)
        splitter = RecursiveCharacterTextSplitter(
            separators=_SEPARATORS,
            chunk_size=size,
            chunk_overlap=0,
            keep_separator="end",
            add_start_index=True,
            length_function=lambda part: int(measure(part)),
        )
        before: Piece | None = None
        for found in splitter.create_documents([text]):
            start = piece.start + int(found.metadata["start_index"])
            end = start + len(found.page_content)
            for part in self._fitting(piece, start, end, room):
                whole = self._with_overlap(before, part, room) if before and piece.kind != "code" else part
                before = part
                yield whole

    def _fitting(self, piece: Piece, start: int, end: int, room: int) -> Iterator[Piece]:
        """Halve at a word's end until it fits: some stretches have more tokens a character than the rest."""
        part = self._cut(piece, start, end, piece.header)
        if part.tokens <= room or end - start < 2:
            yield part
            return
        space = self._text.rfind(" ", start + 1, (start + end) // 2)
        at = space + 1 if space > start + (end - start) // 4 else (start + end) // 2
        yield from self._fitting(piece, start, at, room)
        yield from self._fitting(piece, at, end, room)

    def _with_overlap(self, before: Piece, part: Piece, room: int) -> Piece:
        tail = self._text[before.start : before.end].rstrip()
        starts = [found.end() for found in _SENTENCE.finditer(tail) if found.end() < len(tail)]
        if not starts:
            return part
        start = before.start + starts[-1]
        if measure(self._text[start : part.start]) > _OVERLAP_UNITS:
            return part
        whole = self._cut(part, start, part.end, part.header)
        return whole if whole.tokens <= room and whole.units <= self._units else part

    def _cut(self, piece: Piece, start: int, end: int, header: str) -> Piece:
        text = self._text[start:end]
        return replace(piece, start=start, end=end, header=header, tokens=self._tokens(text), units=measure(text))

    def _breaks(self, current: list[Piece], piece: Piece, section: tuple[int, float]) -> bool:
        tokens = sum(each.tokens for each in current)
        units = sum(each.units for each in current)
        first = current[0]
        room = self._limit - self._tokens(self._prefix(outside(first.path, current), first.header))
        if piece.header or tokens + piece.tokens > room or units + piece.units > self._units:
            return True
        if all(each.kind == "heading" for each in current):
            return False
        share = max(tokens / max(room, 1), units / self._units)
        if piece.page != first.page and share > _PAGE:
            return True
        if piece.kind == "heading":
            if share > _SMALL or (piece.section != first.section and share > _TINY):
                return True
            fits = tokens + section[0] <= room and units + section[1] <= self._units
            return not fits and share > _TINY
        return False

    def _emit_before(self, current: list[Piece], piece: Piece) -> list[Piece]:
        """End the chunk; headings at its end go on to the next one, when they fit before `piece`."""
        at = len(current)
        while at and current[at - 1].kind == "heading":
            at -= 1
        moved = current[at:]
        if at and moved:
            room = self._limit - self._tokens(self._prefix(moved[0].path[:-1], ""))
            if sum(each.tokens for each in (*moved, piece)) <= room and not piece.header:
                self._emit(current[:at])
                return moved
        self._emit(current)
        return []

    def _emit(self, current: list[Piece]) -> None:
        start, end = current[0].start, max(piece.end for piece in current)
        text = self._text[start:end]
        body = next((piece for piece in current if piece.kind != "heading"), current[0])
        header = current[0].header
        prefix = self._prefix(outside(body.path, current), header, keep_title=self._title not in text)
        embed_text = prefix + text
        tokens = self._tokenizer.count(embed_text)
        if tokens > self._tokenizer.limit and prefix:
            # Tokenizers do not always add up: first the headings go, then the chunk is halved.
            embed_text = f"{header}\n{text}" if header else text
            tokens = self._tokenizer.count(embed_text)
        if tokens > self._tokenizer.limit:
            half, middle = len(current) // 2, (start + end) // 2
            first = current[:half] or [self._cut(current[0], start, middle, "")]
            self._emit(first)
            self._emit(current[half:] if half else [self._cut(current[0], middle, end, "")])
            return
        if text.strip():
            self._made.append(
                Chunk(len(self._made), text, embed_text, start, end, tokens, body.path, body.page, header)
            )

    def _prefix(self, path: tuple[str, ...], header: str, *, keep_title: bool = True) -> str:
        """The lines put before a chunk's text for the embedder: title and heading path, then a table's header."""
        names = [self._title] if keep_title and self._title and self._title not in path else []
        names += path
        most = int(self._limit * _PREFIX_SHARE)
        while len(names) > 1 and self._tokens(" > ".join(names)) > most:
            names.pop(0)
        line = " > ".join(names)
        if line and self._tokens(line) > most:
            line = ""
        return (line + "\n" if line else "") + (header + "\n" if header else "")

    def _tokens(self, text: str) -> int:
        """Tokens of `text` without the special ones."""
        if len(text) > 400:
            return self._tokenizer.count(text) - self._special
        known = self._counted.get(text)
        if known is None:
            known = self._counted[text] = self._tokenizer.count(text) - self._special
        return known

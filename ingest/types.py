"""The values that travel through the pipeline. Frozen; no behaviour beyond what belongs to the value itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

BlockKind = Literal["heading", "text", "list", "table", "code"]
DocumentStatus = Literal["queued", "parsing", "embedding", "indexed", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class Block:
    """One element of a parsed document, in reading order.

    `text` is plain text, except that tables are Markdown tables. `level` is a heading's depth (1..6), 0 otherwise.
    `page` is 1-based; None when the format has no pages (slides and sheets count as pages).
    """

    kind: BlockKind
    text: str
    level: int = 0
    page: int | None = None


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """What a reader made of a file.

    The document's *text*, to which all character spans refer, is its blocks' texts joined by two newlines
    (`ParsedDocument.text`). `pages` is None where the format has none. `warnings` are sentences for people.
    """

    blocks: tuple[Block, ...]
    pages: int | None = None
    title: str | None = None
    language: str | None = None
    warnings: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """All blocks, joined by a blank line: the coordinate system of every span."""
        return "\n\n".join(block.text for block in self.blocks)


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of one document version.

    `text` is exactly `document.text[start:end]` (spans are half-open, in characters). `embed_text` is what the embedder
    and the lexical index see: the heading path (and, for a piece of a long table, its header row) put before the text.
    `tokens` counts `embed_text` in the embedder's own tokenizer and never exceeds its limit. `header` has the lines
    that belong right above `text` and stand elsewhere in the document: for a piece of a long table its caption and, for
    all but the first piece, its header row (a Markdown table's with its rule). "" where there are none.
    """

    ordinal: int
    text: str
    embed_text: str
    start: int
    end: int
    tokens: int
    heading: tuple[str, ...] = ()
    page: int | None = None
    header: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk id found by one index, with that index's own score (higher is better)."""

    chunk_id: str
    score: float


@dataclass(frozen=True, slots=True)
class StoredChunk:
    """A chunk as the catalogue holds it, joined with its live document."""

    id: str
    document_id: str
    version: int
    collection: str
    name: str
    chunk: Chunk


@dataclass(frozen=True, slots=True)
class ParseLimits:
    """What the parser's child process may use. Seconds and bytes."""

    seconds: float = 60.0
    cpu_seconds: int = 60
    memory_bytes: int = 2 * 1024**3
    output_bytes: int = 256 * 1024**2
    unpacked_bytes: int = 512 * 1024**2
    unpacked_ratio: int = 200
    unpacked_entries: int = 20_000


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a delete removed, and what a search of its text still found afterwards (must be 0)."""

    document_id: str
    removed: dict[str, int] = field(default_factory=dict)
    probe_hits: int = 0

"""What kept answers hold of documents that were deleted: passages and quotes are blanked, what was said stays.

A blanked passage or quote keeps its place (document, chunk, page) and has no text, no heading and no header of a table.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

REMOVED = "(A document of these was deleted, so they are not kept.)"
"""Stands in a kept prompt where passages stood."""
_BLOCK = re.compile(r"<(docs-\w+)>.*?</\1>", re.DOTALL)


def documents_in(answer: Mapping[str, Any]) -> set[str]:
    """The ids of the documents whose text an answer object holds."""
    held = [*(answer.get("passages") or ()), *(answer.get("citations") or ())]
    return {one["document_id"] for one in held if one and one["document_id"]}


def passages(given: Iterable[Mapping[str, Any]], document_ids: Collection[str]) -> list[dict[str, Any]]:
    """The same passages, those of these documents without their text."""
    return [_blank(one) if one and one["document_id"] in document_ids else dict(one) for one in given]


def _blank(passage: Mapping[str, Any]) -> dict[str, Any]:
    """What an oracle was shown has a table's header besides; an answer object's passage has none."""
    return {**passage, "text": "", "heading": [], **({"header": ""} if "header" in passage else {})}


def answer(body: Mapping[str, Any], document_ids: Collection[str]) -> dict[str, Any]:
    """The same answer object without the text of these documents."""
    return {
        **body,
        "passages": passages(body.get("passages") or (), document_ids),
        "citations": [
            {**one, "quote": "", "heading": []} if one["document_id"] in document_ids else dict(one)
            for one in body.get("citations") or ()
        ],
    }


def prompts(calls: Sequence[Sequence[Mapping[str, str]]]) -> list[list[dict[str, str]]]:
    """The same messages without the passages in them: those of all documents, which are not told apart there."""
    return [
        [{**one, "content": _BLOCK.sub(rf"<\1>\n{REMOVED}\n</\1>", one["content"])} for one in call] for call in calls
    ]

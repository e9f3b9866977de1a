"""What a metric sees: a case of a dataset, and what an arm answered. Plain frozen values, rows of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from service.types import Finish, Message, Verdict

GROUNDED = frozenset(("rag", "rag_fine_tuned"))
"""Approaches that answer from documents, and so retrieve and cite."""


@dataclass(frozen=True, slots=True)
class GoldPassage:
    """A place that holds the answer: a document by name, and the words (`text`) or, without them, the page."""

    doc: str
    text: str = ""
    page: int | None = None
    also_docs: tuple[str, ...] = ()
    also_pages: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """One question of a dataset. `answerable` None: underspecified, one should ask back.

    `answers` are references of which one is enough; `gold_docs` are document names. `nuggets` are facts that a long
    answer should hold, each with the ways of putting it.
    """

    id: str
    question: str
    answers: tuple[str, ...] = ()
    gold_docs: tuple[str, ...] = ()
    gold_passages: tuple[GoldPassage, ...] = ()
    answerable: bool | None = True
    history: tuple[Message, ...] = ()
    tags: tuple[str, ...] = ()
    nuggets: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Retrieved:
    """A passage as retrieved: its document by name, `rank` from 1."""

    document: str
    text: str
    rank: int
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Cited:
    """Citation [n]: the claim in the answer, the quote, and the text of the whole passage it was taken from."""

    n: int
    document: str
    claim: str
    quote: str
    text: str
    verdict: Verdict = "verified"
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """What an arm said to a case, once. Seconds, whole tokens, cost in the price table's money; None: not known.

    `grounded`: the arm answers from documents; one that does not is not blamed for citing nothing. `error` is a code.
    """

    text: str
    finish: Finish = "answered"
    passages: tuple[Retrieved, ...] = ()
    citations: tuple[Cited, ...] = ()
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost: float | None = None
    first_token: float | None = None
    total: float | None = None
    error: str | None = None
    repeat: int = 0
    grounded: bool = False

    @property
    def failed(self) -> bool:
        """Whether there is no whole answer to judge: that is a wrong answer, never a missing row."""
        return self.finish in ("failed", "stopped") or self.error is not None

    @property
    def declined(self) -> bool:
        return self.finish == "declined" and not self.failed

    @classmethod
    def of(cls, answer: Mapping[str, Any], repeat: int = 0) -> Answered:
        """From the public answer object. A citation's text is its passage's, or its quote where that is not there."""
        passages = [passage for passage in answer.get("passages") or () if passage]
        texts = {passage["chunk_id"]: passage["text"] for passage in passages}
        usage, timings, error = answer.get("usage") or {}, answer.get("timings") or {}, answer.get("error") or {}
        return cls(
            text=answer["text"],
            finish=answer["finish"],
            passages=tuple(
                Retrieved(passage["name"], passage["text"], rank, passage.get("page"))
                for rank, passage in enumerate(passages, 1)
            ),
            citations=tuple(
                Cited(
                    one["n"],
                    one["name"],
                    one["claim"],
                    one["quote"],
                    texts.get(one["chunk_id"], one["quote"]),
                    one["verdict"],
                    one.get("page"),
                )
                for one in answer.get("citations") or ()
            ),
            prompt_tokens=usage.get("prompt_tokens"),
            completion_tokens=usage.get("completion_tokens"),
            cost=answer.get("cost"),
            first_token=timings.get("first_token"),
            total=timings.get("total"),
            error=error.get("code"),
            repeat=repeat,
            grounded=answer.get("approach") in GROUNDED,
        )

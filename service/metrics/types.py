"""What a metric sees: a case of a dataset, and what an arm answered. Plain frozen values, rows of a run; no database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Finish = Literal["answered", "declined", "stopped", "failed"]
Verdict = Literal["verified", "weak", "unsupported"]


@dataclass(frozen=True, slots=True)
class Gold:
    """A place that holds the answer: a document, and where known the words (`text`) or else the page it stands on."""

    doc: str
    text: str = ""
    page: int | None = None
    also_docs: tuple[str, ...] = ()
    also_pages: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """One question of a dataset. `answerable` None: underspecified, one should ask back.

    `answers` are references of which one is enough. `nuggets` are facts a long answer should hold, each with the ways
    of putting it; unset, every reference of a case tagged `all_of` is a nugget. `gold_docs` are document names.
    """

    id: str
    question: str
    answers: tuple[str, ...] = ()
    gold_docs: tuple[str, ...] = ()
    gold_passages: tuple[Gold, ...] = ()
    answerable: bool | None = True
    history: tuple[tuple[str, str], ...] = ()
    tags: tuple[str, ...] = ()
    nuggets: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Retrieved:
    """A passage as retrieved, `rank` from 1, its document by name. `shown`: it was part of the prompt."""

    document: str
    text: str
    rank: int
    page: int | None = None
    shown: bool = True


@dataclass(frozen=True, slots=True)
class Cited:
    """A citation [n]: the claim in the answer, the quote, and the text of the whole chunk it was taken from."""

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

    `cites`: the arm is one that cites (a plain model does not, and is not blamed for it). `error` is a code.
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
    cites: bool = False

    @property
    def failed(self) -> bool:
        """Whether there is no answer to judge: an error is a wrong answer, never a missing row."""
        return self.finish == "failed" or self.error is not None

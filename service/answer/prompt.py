"""The one prompt builder: every prompt is the plain prompt with blocks put in, so that a comparison means something.

    system · [example questions and answers] · history · [passages block]question

Each part has a token budget of its own, so that leaving one part out changes no byte of another.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from service.answer import rows, size, templates
from service.answer.history import trimmed
from service.answer.language import Language
from service.answer.neutral import quoted, spoken
from service.answer.numbering import unnumbered, untitled
from service.answer.tables import told
from service.errors import BadRequest
from service.types import Example, Message, Passage

QUESTION_TOKENS = 800
EXAMPLES_TOKENS = 900
HISTORY_TOKENS = 600
PASSAGES_TOKENS = 1000
"""With the system prompt (about 80) and 400 tokens of answer, these stay under the local model's 4,096 a slot."""


_MARK_LETTERS = "bcdfghjkmnpqrstvwxz23456789"
_MARK_LENGTH = 9  # 42 bits, drawn anew for each prompt: a document would have to guess them


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The part of a passage that goes into the prompt. `spans` are half-open character ranges of `passage.text`.

    `fit` (0..1) is the share of the question's weight that stands in it.
    """

    passage: Passage
    spans: tuple[tuple[int, int], ...]
    fit: float = 1.0

    @property
    def text(self) -> str:
        """As the model reads it: tables told row by row under their header, an ellipsis where something is left out."""
        text = "\n…\n".join(self.passage.text[start:end].strip() for start, end in self.spans)
        text = rows.told(self.passage, text) if rows.separated(self.passage) else told(self._above + text)
        return untitled(text, self.passage.heading[-1]) if self.passage.heading else text

    @property
    def _above(self) -> str:
        """The header of the passage's first table, where the excerpt begins in that."""
        before = self.passage.text[: self.spans[0][0]] if self.spans else ""
        if not self.passage.header or not all(line.lstrip().startswith("|") for line in before.splitlines()):
            return ""
        return self.passage.header + ("\n…\n" if before else "\n")

    @property
    def label(self) -> str:
        """Where it stands: document and heading path, without the headings' numbers."""
        return " › ".join((self.passage.name, *(unnumbered(one).strip() for one in self.passage.heading)))


@dataclass(frozen=True, slots=True)
class Prompt:
    """`block` is what the passages added to the last message (""), `shots` how many messages the examples added."""

    messages: tuple[Message, ...]
    block: str
    shots: int
    tokens: int


def build(
    question: str,
    *,
    language: Language,
    history: Sequence[Message] = (),
    examples: Sequence[Example] = (),
    excerpts: Sequence[Excerpt] = (),
    mark: str | None = None,
) -> Prompt:
    """The messages for one question. `mark` names the passages' delimiter; fresh random for each prompt when None.

    Raises `BadRequest` when the question alone is over its budget.
    """
    asked = spoken(question).strip()
    if size.tokens(asked) > QUESTION_TOKENS:
        raise BadRequest(
            "question_too_long", "The question is too long for the model.", f"Keep it under {QUESTION_TOKENS} tokens."
        )
    shots = _shots(examples)
    block = _block(excerpts, language, mark or mark_of(secrets.token_hex())) if excerpts else ""
    messages = (
        Message("system", templates.text("system", language)),
        *shots,
        *trimmed(history, HISTORY_TOKENS, asked),
        Message("user", block + asked),
    )
    cost = sum(size.tokens(message.content) + size.MESSAGE_OVERHEAD for message in messages)
    return Prompt(messages, block, len(shots), cost)


def _shots(examples: Sequence[Example]) -> tuple[Message, ...]:
    shots: list[Message] = []
    left = EXAMPLES_TOKENS
    for example in examples:
        question, answer = spoken(example.question).strip(), spoken(example.answer).strip()
        left -= size.tokens(question) + size.tokens(answer) + 2 * size.MESSAGE_OVERHEAD
        if left < 0:
            break
        shots += [Message("user", question), Message("assistant", answer)]
    return tuple(shots)


def mark_of(secret: str) -> str:
    """The delimiter's name for whoever asks more than once and wants the same bytes: the lanes of a comparison, a run
    that is repeated. `secret` is known to no document's author."""
    digest = hashlib.sha256(secret.encode()).digest()
    return "docs-" + "".join(_MARK_LETTERS[byte % len(_MARK_LETTERS)] for byte in digest[:_MARK_LENGTH])


def _block(excerpts: Sequence[Excerpt], language: Language, mark: str) -> str:
    shown: list[str] = []
    left = PASSAGES_TOKENS
    for excerpt in excerpts:
        text = size.cut(f"[{quoted(excerpt.label)}]\n{quoted(excerpt.text)}", left)
        shown.append(text)
        left -= size.tokens(text)
        if left < size.MESSAGE_OVERHEAD:
            break
    # The mark is random and chosen after the documents were written: none of them can close the block.
    return templates.filled("passages", language, mark=mark, passages="\n\n".join(shown))

"""Earlier turns: what of them goes into the prompt, and what they add to a follow-up question's search."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.lexical import tokens
from service.answer import size
from service.answer.neutral import spoken
from service.answer.terms import content, content_words
from service.types import Message

_MARKER = re.compile(r"\s?\[\d{1,3}\]")
_TURN_TOKENS = 200
_EARLIER_LENGTH = 2_000  # characters of an earlier question that a search may borrow words from
_QUERY_LENGTH = 4_000
_SHORT = 3  # content words; a question with fewer rarely stands alone inside a conversation
_POINTS_BACK = re.compile(
    r"\b(?:it|its|they|them|their|theirs|he|she|him|her|his|hers|this|that|these|those|there|one|ones|former|latter|same|"
    r"else|such)\b|^(?:and|but|or|so|also|what about|how about|what if|why|then)\b"
    r"|[它他她這那]|^(?:還有|那麼|如果|以及|至於)|呢[？?]?$|同樣|前者|後者|上述|該",
    re.IGNORECASE,
)


def trimmed(history: Sequence[Message], budget: int) -> tuple[Message, ...]:
    """The newest whole turns that fit, oldest first, without citation markers; each message cut to a fair share."""
    kept: list[Message] = []
    turn: list[Message] = []
    for message in reversed(history):
        if message.role == "system":
            continue
        text = size.cut(_MARKER.sub("", spoken(message.content)).strip(), _TURN_TOKENS)
        turn.append(Message(message.role, text))
        if message.role == "user":
            budget -= sum(size.tokens(part.content) + size.MESSAGE_OVERHEAD for part in turn)
            if budget < 0:
                break
            kept += turn
            turn = []
    return tuple(reversed(kept))


def standalone(question: str, history: Sequence[Message]) -> str:
    """The question with what it silently refers to: content words of the questions before it, when it points back.

    By rule, not by a model: rewriting costs the local model seconds on two cores, and search needs only the words.
    """
    asked = [message.content[:_EARLIER_LENGTH] for message in history if message.role == "user"]
    query = ""
    for text in [*asked[-3:], question[:_QUERY_LENGTH]]:
        query = _joined(text, query)[:_QUERY_LENGTH] if query and _leans(text) else text
    return query


def _leans(question: str) -> bool:
    return bool(_POINTS_BACK.search(question.strip())) or len(content(question)) < _SHORT


def _joined(question: str, before: str) -> str:
    known = set(tokens(question))
    carried = [word for word in content_words(before) if not set(tokens(word)) <= known]
    return " ".join([question.strip(), *carried])

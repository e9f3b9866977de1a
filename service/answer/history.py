"""Earlier turns: what of them goes into the prompt, and what they add to a follow-up question's search."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.lexical import tokens
from service.answer import dates, size
from service.answer.neutral import spoken
from service.answer.terms import content, content_words, own
from service.types import Message

_MARKER = re.compile(r"\s?\[\d{1,3}\]")
_TURN_TOKENS = 200
_EARLIER_LENGTH = 2_000  # characters of an earlier question that a search may borrow words from
_QUERY_LENGTH = 4_000
_OWN = 2  # content words of its own, what frames a question aside; one with fewer leans on what was said before it
_ANTECEDENT = 3  # content words before a pronoun in the same question: it may well stand for one of those
_PRONOUN = re.compile(r"\b(?:it|its|they|them|their|theirs|he|she|him|her|his|hers)\b", re.IGNORECASE)
# Words that point at something said before; not "is there", "the pump that leaks", "this week", "for one person", 其他.
_POINTS_BACK = re.compile(
    r"^(?:and|but|or|so|also|then|what about|how about|what if)\b|^why(?: not| so)?\W*$"
    r"|(?:^|\b(?:of|for|in|on|at|to|with|by|from|about|after|before|under|is|was|are|does|did|do|can|if|than|like) )"
    r"that\b"
    r"|\b(?:this|these|those)\b(?! (?:week|month|quarter|year|morning|afternoon|evening|summer|winter|time|who)\b)"
    r"|(?<!is )(?<!are )(?<!was )(?<!were )(?<!be )(?<!will )\bthere\b(?! (?:is|are|was|were|will|has|have)\b)"
    r"|\bones\b|\b(?:the \w+|this|that|which|another|other) one\b|\b(?:former|latter|the same|else)\b"
    r"|它|(?<!其)他|她|這(?![週周月年季])|^那|那[個種些項位]|^(?:還有|那麼|以及|至於)|呢[？?]?$|同樣|前者|後者|上述|該(?:項|員|公司|文件|產品)",
    re.IGNORECASE,
)
_SMALL_TALK = re.compile(
    r"(?:hello|hi|hey|thanks?|please|(?:good)?bye|okay|ok|你好|您好|哈囉|謝謝|感謝|早安)\W*", re.IGNORECASE
)


def trimmed(history: Sequence[Message], budget: int, question: str = "") -> tuple[Message, ...]:
    """The newest whole turns that fit, oldest first, without citation markers; each message cut to a fair share.

    Turns that asked this very question are left out: whoever switches the way of answering and asks again wants to see
    what this one makes of it, not what another one said. "Go on." and "Why?" ask something else every time.
    """
    again = _same(question) if own(question) else []
    kept: list[Message] = []
    turn: list[Message] = []
    for message in reversed(history):
        if message.role == "system":
            continue
        text = size.cut(_MARKER.sub("", spoken(message.content)).strip(), _TURN_TOKENS)
        turn.append(Message(message.role, text))
        if message.role == "user" and again and _same(message.content) == again:
            turn = []
        elif message.role == "user":
            budget -= sum(size.tokens(part.content) + size.MESSAGE_OVERHEAD for part in turn)
            if budget < 0:
                break
            kept += turn
            turn = []
    return tuple(reversed(kept))


def _same(question: str) -> list[str]:
    """What two spellings of a question have in common."""
    return list(tokens(question))


def standalone(question: str, history: Sequence[Message]) -> str:
    """The question with what it silently refers to: content words of the questions before it, when it points back or
    has no subject of its own.

    By rule, not by a model: rewriting costs the local model seconds on two cores, and search needs only the words.
    """
    asked = [message.content[:_EARLIER_LENGTH] for message in history if message.role == "user"]
    query = ""
    for text in [*asked[-3:], question[:_QUERY_LENGTH]]:
        query = _joined(text, query)[:_QUERY_LENGTH] if query and _leans(text.strip()) else text
    return query


def _leans(question: str) -> bool:
    pronoun = _PRONOUN.search(question)
    if pronoun and len(content(question[: pronoun.start()])) < _ANTECEDENT:
        return True
    return bool(_POINTS_BACK.search(question)) or len(own(question)) < _OWN


def _joined(question: str, before: str) -> str:
    known = set(tokens(question))
    dated = bool(dates.YEAR.search(question))  # "And in 2026?" is no longer about 2025
    carried = [
        word
        for word in content_words(before)
        if not set(tokens(word)) <= known and not _SMALL_TALK.fullmatch(word)
        if not (dated and dates.YEAR.search(word))
    ]
    return " ".join([question.strip(), *carried])

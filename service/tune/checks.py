"""What may be wrong with training pairs, each kind one small function: pairs in, a finding or None out."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from service.answer.prompt import QUESTION_TOKENS
from service.answer.size import tokens
from service.hygiene import normal, overlaps
from service.tune import personal
from service.tune.types import Check, Finding, Level, StoredPair

SHOWN = 50
"""Pairs named in a finding; of others the number."""
NAMED = 5
"""Pairs named in a sentence."""
FEW = 20
LONG_ANSWER = 400
"""Tokens: the product lets a model say no more (`max_tokens` of a variant)."""
MINORITY = 0.1

_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_LETTER = re.compile(r"[A-Za-z\u00c0-\u024f]")
_LANGUAGES = {"en": ("other languages", "其他語言"), "zh": ("Chinese", "中文")}

Cases = Sequence[tuple[str, str]]
"""(id, question) of every case of every dataset; the id says of which dataset."""


def check(pairs: Sequence[StoredPair], cases: Cases) -> list[Finding]:
    """Every finding, the most serious first. Linear but for what questions share."""
    found = (
        overlap(pairs, cases),
        question_length(pairs),
        personal_data(pairs),
        contradiction(pairs),
        duplicate(pairs),
        answer_length(pairs),
        other_language(pairs),
        mixed_languages(pairs),
        too_few(pairs),
    )
    return [one for one in found if one is not None]


def overlap(pairs: Sequence[StoredPair], cases: Cases) -> Finding | None:
    """Pairs that give a question away that models are examined with: refused."""
    by_question: dict[str, list[str]] = defaultdict(list)
    for one in pairs:
        by_question[one.question].append(one.id)
    hits: dict[str, str] = {}
    for hit in overlaps(by_question, cases):
        for id in by_question[hit.given]:
            hits.setdefault(id, str(hit))
    return _finding(
        "overlap", "refused", hits,
        "{n} of the pairs give a question of a dataset away: {named}.",
        "{n} 筆訓練資料與評測題目重複：{named}。",
    )  # fmt: skip


def question_length(pairs: Sequence[StoredPair]) -> Finding | None:
    """Questions that no variant can be asked: refused."""
    sizes = {one.id: tokens(one.question) for one in pairs}
    long = {id: f"about {size:,} tokens" for id, size in sizes.items() if size > QUESTION_TOKENS}
    return _finding(
        "length", "refused", long,
        f"{{n}} questions are longer than a model is ever asked ({QUESTION_TOKENS} tokens): {{ids}}.",
        f"{{n}} 個問題超過可提問的長度（{QUESTION_TOKENS} 個 token）：{{ids}}。",
    )  # fmt: skip


def personal_data(pairs: Sequence[StoredPair]) -> Finding | None:
    """Addresses, numbers of people and accounts: a model learns them by heart and tells them to anybody."""
    hits: dict[str, str] = {}
    for one in pairs:
        if seen := [*personal.found(one.question), *personal.found(one.answer)]:
            hits[one.id] = ", ".join(piece.masked for piece in seen)
    return _finding(
        "personal_data", "warning", hits,
        "{n} pairs hold what looks like personal data (e-mail, telephone, account, card or identity numbers): {named}. "
        "A trained model tells it to whoever asks.",
        "{n} 筆資料疑似含有個人資料（電子郵件、電話、帳號、卡號或身分證號）：{named}。訓練後的模型會告訴任何提問的人。",
    )  # fmt: skip


def contradiction(pairs: Sequence[StoredPair]) -> Finding | None:
    """The same question with different answers: the model learns neither."""
    hits: dict[str, str] = {}
    for same in _by_question(pairs).values():
        answers = {normal(one.answer) for one in same}
        if len(answers) > 1:
            for one in same:
                hits[one.id] = f"“{one.question[:80]}”: “{one.answer[:80]}”"
    return _finding(
        "contradiction", "warning", hits,
        "{n} pairs ask the same question and give different answers: {named}.",
        "{n} 筆資料問題相同而答案不同：{named}。",
    )  # fmt: skip


def duplicate(pairs: Sequence[StoredPair]) -> Finding | None:
    """The same question and answer again; trained on once."""
    hits: dict[str, str] = {}
    for same in _by_question(pairs).values():
        first: dict[str, str] = {}
        for one in same:
            kept = first.setdefault(normal(one.answer), one.id)
            if kept != one.id:
                hits[one.id] = f"the same as {kept}"
    return _finding(
        "duplicate", "advice", hits,
        "{n} pairs are there twice and are trained on once: {ids}.",
        "{n} 筆資料重複，只會訓練一次：{ids}。",
    )  # fmt: skip


def answer_length(pairs: Sequence[StoredPair]) -> Finding | None:
    """Answers longer than a model is ever given room for."""
    sizes = {one.id: tokens(one.answer) for one in pairs}
    long = {id: f"about {size:,} tokens" for id, size in sizes.items() if size > LONG_ANSWER}
    return _finding(
        "length", "warning", long,
        f"{{n}} answers are longer than a variant may say ({LONG_ANSWER} tokens) and would be cut: {{ids}}.",
        f"{{n}} 個答案超過回答長度上限（{LONG_ANSWER} 個 token），會被截斷：{{ids}}。",
    )  # fmt: skip


def other_language(pairs: Sequence[StoredPair]) -> Finding | None:
    """Answers in another language than their question."""
    hits = {
        one.id: f"asked in {_LANGUAGES[asked][0]}, answered in {_LANGUAGES[said][0]}"
        for one in pairs
        if (asked := _language(one.question)) and (said := _language(one.answer)) and asked != said
    }
    return _finding(
        "language", "warning", hits,
        "{n} answers are in another language than their question: {ids}.",
        "{n} 個答案與問題的語言不同：{ids}。",
    )  # fmt: skip


def mixed_languages(pairs: Sequence[StoredPair]) -> Finding | None:
    """A few pairs in one language among many in another: too few to be learnt."""
    by_language: dict[str, list[str]] = {"en": [], "zh": []}
    for one in pairs:
        if language := _language(one.question):
            by_language[language].append(one.id)
    few, many = sorted(by_language, key=lambda language: len(by_language[language]))
    if not by_language[few] or len(by_language[few]) >= MINORITY * len(pairs):
        return None
    return _finding(
        "language", "advice", dict.fromkeys(by_language[few], f"in {_LANGUAGES[few][0]}"),
        f"{{n}} pairs are in {_LANGUAGES[few][0]}, the others in {_LANGUAGES[many][0]}: so few teach the model little.",
        f"{{n}} 筆資料是{_LANGUAGES[few][1]}，其餘是{_LANGUAGES[many][1]}：數量太少，模型學不到什麼。",
    )  # fmt: skip


def too_few(pairs: Sequence[StoredPair]) -> Finding | None:
    """Advice only: a model may be trained on three pairs, and learns three things."""
    if len(pairs) >= FEW:
        return None
    return Finding(
        "too_few", "advice", len(pairs),
        f"There are {len(pairs)} pairs. With fewer than {FEW} a model learns these by heart and little else.",
        f"只有 {len(pairs)} 筆資料。少於 {FEW} 筆時，模型只會背下這些內容。",
    )  # fmt: skip


def base_not_served(base: str, served: str | None) -> Finding:
    """A model trained on a base that nothing here runs can be looked at, and asked by nobody. `served` is what the
    local server runs, None where it runs nothing."""
    runs, runs_zh = (f"the local server runs {served}", f"本機伺服器執行的是 {served}") if served else (
        "no model runs on this machine", "這台機器沒有執行任何模型"
    )  # fmt: skip
    mend = f"PARALLAX_CHAT_MODEL={base}" + ("" if served else " and no PARALLAX_CHAT_BASE_URL")
    mend_zh = f"PARALLAX_CHAT_MODEL={base}" + ("" if served else "（並移除 PARALLAX_CHAT_BASE_URL）")
    return Finding(
        "base", "warning", 1,
        f"What is trained on {base} can only be looked at while {runs}. To ask it, set {mend}, and start again.",
        f"以 {base} 訓練的模型目前只能查看：{runs_zh}。若要提問，請設定 {mend_zh} 並重新啟動。",
    )  # fmt: skip


def _by_question(pairs: Sequence[StoredPair]) -> Mapping[str, list[StoredPair]]:
    same: dict[str, list[StoredPair]] = defaultdict(list)
    for one in pairs:
        same[normal(one.question)].append(one)
    return same


def _language(text: str) -> str | None:
    """Which of the two most of the letters are of; None when there are none."""
    han, letters = len(_HAN.findall(text)), len(_LETTER.findall(text))
    if not han and not letters:
        return None
    return "zh" if 3 * han >= letters else "en"  # a word of English has about five letters, one of Chinese two


def _finding(kind: Check, level: Level, hits: Mapping[str, str], text: str, text_zh: str) -> Finding | None:
    """`{n}` in a text is the number of pairs, `{ids}` names some and `{named}` tells what was found in them."""
    if not hits:
        return None
    some = list(hits.items())[:NAMED]
    more = f"; … (+{len(hits) - NAMED})" if len(hits) > NAMED else ""
    words = {
        "n": len(hits),
        "ids": ", ".join(id for id, _ in some) + more,
        "named": "; ".join(f"{id}: {told}" for id, told in some) + more,
    }
    shown = list(hits)[:SHOWN]
    return Finding(
        kind, level, len(hits), text.format(**words), text_zh.format(**words),
        tuple(shown), tuple(hits[id] for id in shown),
    )  # fmt: skip

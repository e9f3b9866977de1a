"""Other wordings of a question, made by the base model itself before it is trained.

A small model's paraphrases are of mixed quality, so each must pass rules: it asks for the same kind of thing (who,
when, how many) about the same thing, keeps names and numbers, and gives nothing of the answer away.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

from service.answer import terms
from service.answer.language import Language, language_of
from service.tune.local import data
from service.tune.local.job import Pair
from service.tune.local.student import Student

MOST_TOKENS = 28
TEMPERATURE = 0.9
SHOTS = 6
"""Worked examples in one prompt, of those below; every round draws others, so that its wordings differ."""
INSTRUCTION: dict[Language, str] = {
    "en": "You rewrite questions. Ask for the same fact as the question does, in other words: other verbs, other "
    "nouns, another order. Write one question.",
    "zh-TW": "你負責改寫問題。用不同的說法問同一件事：換動詞、換名詞、換語序。只寫一個問題。",
}
FORM: dict[Language, str] = {"en": "Question: {}\nIts answer: {}", "zh-TW": "問題：{}\n答案：{}"}
WORKED: dict[Language, tuple[tuple[str, str, str], ...]] = {
    "en": (
        ("Who founded the firm?", "The firm was founded by Mary Holt.", "Which person set up the business?"),
        ("When does the shop open on Sundays?", "It opens at ten.", "From what time can I come in on a Sunday?"),
        ("What is the wireless network called?", "It is called Birch.", "Under which name do I find the Wi-Fi?"),
        ("How many parking spaces are there?", "There are forty.", "For how many cars is there room?"),
        ("What does a day ticket cost?", "It costs 8 euros.", "How much do I have to pay for one day?"),
        ("Where do visitors sign in?", "Visitors sign in at the gate.", "At which place does a guest register?"),
        ("Who waters the plants?", "The cleaners do.", "Whose job is it to look after the flowers?"),
        ("Why was the old bridge closed?", "Because of rust.", "For what reason can nobody use the old bridge?"),
    ),
    "zh-TW": (
        ("公司是誰創辦的？", "公司由何瑪莉創辦。", "哪一位成立了這家公司？"),
        ("週日幾點開門？", "週日十點開門。", "星期天從什麼時候起可以進來？"),
        ("無線網路叫什麼名字？", "名稱是白樺。", "我要在哪個名稱下找到 Wi-Fi？"),
        ("有多少停車位？", "有四十個。", "可以停幾輛車？"),
        ("一日票多少錢？", "一日票八歐元。", "玩一天要付多少？"),
        ("訪客在哪裡登記？", "訪客在大門登記。", "客人要到什麼地方報到？"),
        ("誰負責澆花？", "由清潔人員負責。", "照顧植物是哪些人的工作？"),
        ("舊橋為什麼封閉？", "因為生鏽。", "是什麼原因讓人不能走舊橋？"),
    ),
}
# What a question asks for, the first that fits: a wording that asks for something else would teach a wrong answer.
KINDS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        (
            "time",
            r"\bwhen\b|\b(?:what|which) (?:time|date|days?|months?|years?|hours?|evening|afternoon)\b"
            r"|幾點|何時|什麼時候|哪(?:一)?(?:天|年|日|月)",
        ),
        (
            "amount",
            r"\bhow (?:many|much|often|long|far|old|big|tall)\b|\bwhat .*\b(?:cost|price|number)\b|多少|幾|多久",
        ),
        ("person", r"\bwho(?:m|se)?\b|\b(?:what|which) (?:person|people|man|woman|colleague)\b|誰|哪(?:一)?位"),
        ("place", r"\bwhere\b|\b(?:what|which) (?:place|building|room|city)\b|哪裡|何處|什麼地方"),
        ("reason", r"\bwhy\b|\bwhat reason\b|為什麼|為何|什麼原因"),
        ("manner", r"\bhow\b|如何|怎麼"),
        ("thing", r"\bwh(?:at|ich)\b|什麼|哪"),
    )
)
_NAME = re.compile(r"(?<=[^.?!] )[A-Z][\w'-]*|\d[\d:.,]*")
_ENDS = ("?", "？")


def made(
    student: Student, pairs: Sequence[Pair], rounds: int, seed: int, tell: Callable[[int], None]
) -> list[list[str]]:
    """Up to `rounds` wordings for each pair, those that pass the rules. `tell` is told each round, from 0, first."""
    found: list[list[str]] = [[] for _ in pairs]
    for number in range(rounds):
        tell(number)
        for language in INSTRUCTION:
            some = [i for i, pair in enumerate(pairs) if language_of(pair.question) == language]
            prompts = [_prompt(student, pairs[i], language, f"{seed} {number}") for i in some]
            said = student.say(prompts, MOST_TOKENS, temperature=TEMPERATURE, seed=seed * 1000 + number)
            for i, text in zip(some, said, strict=True):
                wording = text.strip().split("\n")[0].strip()
                if fits(wording, pairs[i]) and wording not in found[i]:
                    found[i].append(wording)
    return found


def fits(wording: str, pair: Pair) -> bool:
    """Whether a wording asks for what the question asks for, as far as rules can tell."""
    if not wording.endswith(_ENDS) or wording.lower() == pair.question.lower() or len(wording) > 200:
        return False
    if kind(wording) != kind(pair.question) or not _names(pair.question) <= _names(wording):
        return False
    asked, said = set(terms.content(pair.question)), set(terms.content(wording))
    gives_away = said & set(terms.content(pair.answer)) - asked
    return not gives_away and bool(said & (set(terms.own(pair.question)) or asked))


def _names(text: str) -> set[str]:
    return set(_NAME.findall(f"? {text}"))


def kind(question: str) -> str:
    """What a question asks for: time, amount, person, place, reason, manner, thing; "" where no word says it."""
    return next((name for name, pattern in KINDS if pattern.search(question)), "")


def _prompt(student: Student, pair: Pair, language: Language, seed: str) -> tuple[int, ...]:
    shots = random.Random(f"{seed} {language}").sample(WORKED[language], SHOTS)
    messages = [{"role": "system", "content": INSTRUCTION[language]}]
    for question, answer, wording in shots:
        messages.append({"role": "user", "content": FORM[language].format(question, answer)})
        messages.append({"role": "assistant", "content": wording})
    messages.append({"role": "user", "content": FORM[language].format(pair.question, pair.answer)})
    return data.ids(student.tokenizer, data.chat_text(student.tokenizer, messages))

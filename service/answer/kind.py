"""What kind of answer a question wants, where its wording says so: a statement of another kind does not answer it."""

from __future__ import annotations

import re
from typing import Literal

from service.answer import dates, facts, quantities

Kind = Literal["number", "date", "address", "name", "yes_no", "any"]

_KINDS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("address", re.compile(r"\be-?mail address|\bweb ?site\b|\burl\b|電子郵件|電郵|信箱|網址", re.I)),
    (
        "number",
        re.compile(
            r"\bhow (?:many|much|large|big|old|tall|high|heavy|loud|wide|deep|far)\b|"
            r"\b(?:what|which) (?:percent|percentage|share|rate|age|number|amount|price)\b|"
            r"\b(?:what|which) (?:\w+ )?(?:percentage|figure)\b|"
            r"\b(?:tele)?(?:phone|fax|hotline) number\b|"
            r"幾(?:天|日|小時|分鐘|個|年|月|週|星期|歲|次|人|位|倍|成|號)|多少|百分之幾|電話",
            re.I,
        ),
    ),
    (
        "date",
        re.compile(
            r"\b(?:what|which) (?:(?:is|was) the )?(?:date|day|year|month)\b|哪(?:一)?(?:天|日|年|月)|何日|幾月", re.I
        ),
    ),
    ("name", re.compile(r"^\W*who(?:se|m)?\b|\bname of\b|是誰|叫什麼名", re.I)),
    (
        "yes_no",
        re.compile(
            r"^\W*(?:is|are|was|were|do|does|did|can|could|will|would|should|may|must|has|have|had|am|shall)\b|嗎|是否|能否|"
            r"可否|算不算|有沒有|可不可以|能不能",
            re.I,
        ),
    ),
)
_QUANTITY_WORD = re.compile(
    r"\b(?:no|none|zero|one|once|twice|half|double|twofold|unlimited|free|all|full|fully|entire|dozen|annual(?:ly)?|daily|"
    r"weekly|monthly|yearly)\b|[一二三四五六七八九十百千萬兩半零無]",
    re.I,
)
_HOW_MANY = re.compile(
    r"\bhow (?:many|much|large|big|old|tall|high|heavy|loud|wide|deep|far|long)\b|幾|多少|多[久長大高重]", re.I
)
_COUNTED_TIME = re.compile(r"\bhow many (?:\w+ )?(?:seconds|minutes|hours|days|weeks|months|years)\b", re.I)
_NUMBERED_TIME = re.compile(
    rf"(?:\d|\b(?:{'|'.join(quantities.WORDS)})\b)(?:[\s-]+[a-z-]+){{0,2}}[\s-]+"
    r"(?:second|minute|hour|day|week|month|year)s?\b",
    re.I,
)
"""25 vacation days, four paid days off."""
_AUXILIARY = r"(?:is|are|was|were|do|does|did|can|could|will|would|should|may|might|must|has|have|had|am|shall)\b"
_TIME_ASKED = re.compile(
    rf"\bhow (?:long|soon|quickly|old)\b|\b(?:until|by|since|from) when\b|\bwhen {_AUXILIARY}|\bwhat time\b|"
    "多久|何時|什麼時候|幾點",
    re.I,
)
_OF_TIME = re.compile(
    r"\d|\b(?:after|before|during|until|till|once|every|each|within|when(?:ever)?|while|if|unless|as soon as|at once|"
    r"immediate\w*|never|always|any ?time|noon|midnight|morning|afternoon|evening|night|today|tomorrow|yesterday|"
    r"second|minute|hour|day|week\w*|fortnight\w*|month|quarter|year|decade)(?:s|ly)?\b|"
    r"\b(?:at|by|from|around|past) (?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b|\bo'?clock\b|"
    r"\b(?:dawn|dusk|sunrise|sunset)\b|\b(?:begin\w*|start|end|first|last|next|"
    r"daily|early|earlier|later?|latest|no longer)\b|[一二三四五六七八九十][時點]|[前後起迄內]|當|立即|隨時|每|季",
    re.I,
)
_MONEY_ASKED = re.compile(
    r"\b(?:price|cost|costs|fee|fine|deposit|salary|rent|budget)\b|\bhow much money\b|多少錢|多少元|價格|費用",
    re.IGNORECASE,
)
_SUM_ASKED = re.compile(
    rf"\b(?:what|how much)(?: \w+)? {_AUXILIARY}[^?.]{{1,80}}\b(?:cost|earn)s?\b|"
    rf"\b(?:what|which|how (?:high|large|big|much)) {_AUXILIARY} (?:the |an? |our |my |your |[\w-]+['’]s )?"
    r"(?:[\w-]+ ){0,3}?(?:price|cost|fee|salary|wages?|rent|deposit|budget|fine)\b|"
    r"(?:[價薪]|價格|薪[水資]|租金|預算|費用?|金額)(?:是|為)?多少|多少錢|多少元",
    re.I,
)
_PRICED = frozenset(quantities.CURRENCIES) | {"%"}
_CALENDAR = re.compile(
    r"\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|january|february|march|april|may|june|july|august|september|"
    r"october|november|december|spring|summer|autumn|fall|winter|annual(?:ly)?)\b|[年月日]|星期|週",
    re.I,
)
_NEGATION = re.compile(
    r"\b(?:no(?! (?:later|earlier|more|less|fewer)\b)|not(?! (?:only|just)\b)|never|cannot|neither|nor|excluded)\b|"
    r"n['’]t\b|不|未|無|沒|非|勿",
    re.I,
)
# Bounds: "not exceeding thirty days" says how many, and denies nothing.
_BOUND = re.compile(
    r"\bnot (?:to )?exceed\w*|\bn(?:ot?) (?:more|less|fewer|later|earlier) than\b|"
    r"(?:未|不|不得|不應)(?:超過|滿|逾|低於|少於|多於|達)",
    re.I,
)
_LIMIT = re.compile(
    r"\b(?:only|solely|exclu\w+|except\w*|without|unless|limited|prohibit\w*|denied)\b|僅|只|禁止|除外|限", re.I
)
_CAPITAL = re.compile(r"[A-ZÀ-Þ][\w'’.-]+|[\u3400-\u9fff\uac00-\ud7af\u3040-\u30ff]{2,}")
_BEARING = {
    "number": re.compile(
        r"\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|twelve)\b|[一二三四五六七八九十百千]", re.I
    ),
    "date": re.compile(r"\d{4}|\d\s?(?:月|日)|[一二三四五六七八九十]日|" + _CALENDAR.pattern, re.I),
    "address": re.compile(r"@|https?://|www\."),
    "name": _CAPITAL,
}
_SENTENCE = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])|\n+")
_SORRY = re.compile(r"(?:(?:i[' ]a?m )?(?:so |very )?sorry|my apologies|抱歉|很抱歉|對不起)\W*", re.IGNORECASE)
_REFUSAL = re.compile(
    r"\b(?:excerpt|document|text|passage|context)s?\b[^.]{0,40}?\b(?:(?:do|does|did) not|(?:do|does|did)n['’]t) "
    r"(?:\w+ )?(?:provide|contain|include|mention|specify|state|say|give|have|list|indicate|address|cover|answer)|"
    r"\b(?:not|n['’]t) (?:\w+ ){0,2}(?:mention|specifi|state[ds]?\b|disclose)|"
    r"\b(?:there is |has |have )?no (?:\w+ ){0,2}(?:information|mention|answer|details?)\b|"
    r"\b(?:i|we) (?:do not|don['’]t|cannot|can['’]t) (?:know|find|answer|determine|provide|have (?:access|any|the))|"
    r"\bunable to (?:answer|find|determine|provide)|\bnot enough information\b|\bas an ai\b|"
    r"(?:節錄|文件|資料|原文|文中|上述|以上)[^。]{0,20}(?:沒有|並未|未|無)[^。]{0,4}(?:提|說|記載|包含|列|規定|指|相關|資訊|答案)|(?:沒有|並未|無法)(?:明確|具體|直接)?(?:提到|提及|說明|得知|確定|回答|提供)|不知道|不清楚",
    re.IGNORECASE,
)


def wanted(question: str) -> Kind:
    """The first kind whose wording the question has; "any" when none tells."""
    return next((kind for kind, pattern in _KINDS if pattern.search(question)), "any")


def phrase(question: str) -> str:
    """The words that tell the kind ("e-mail address", "how many"); "" when none does."""
    found = (pattern.search(question) for _, pattern in _KINDS)
    return next((match.group() for match in found if match), "")


def is_of(kind: Kind, statement: str, question: str, new_words: bool) -> bool:
    """Whether the statement can answer a question of this kind. `new_words`: it says more than the question did.

    What the question itself says (a year, a name) is no answer to it.
    """
    said, asked = facts.asserted(statement), facts.asserted(question)
    if _other_unit(question, said):
        return False
    words = {match.group().lower() for match in _QUANTITY_WORD.finditer(statement)}
    if _TIME_ASKED.search(question) and not (words or _OF_TIME.search(statement) or _CALENDAR.search(statement)):
        return False
    if wants_sum(question) and not (said.numbers or said.codes or words):
        return False
    new_number = bool(said.numbers - asked.numbers or said.codes - asked.codes or said.dates - asked.dates)
    if kind == "number":
        counted = _COUNTED_TIME.search(question)
        if counted and len(statement.split()) > 3 and not (said.measured or _NUMBERED_TIME.search(statement)):
            return False  # "how many days" wants a time
        return new_number or any(word not in question.lower() for word in words)
    if kind == "date":
        return bool(said.dates - asked.dates or dates.YEAR.search(statement)) or bool(_CALENDAR.search(statement))
    if kind == "address":
        return bool(said.addresses - asked.addresses)
    if kind == "name":
        return new_words and bool(_CAPITAL.search(statement))
    return kind == "yes_no" or new_words or new_number


def _other_unit(question: str, said: facts.Facts) -> bool:
    """Whether all that is measured is of another unit than the question asks for: pounds for how long, days for what
    price. Numbers without any unit can be of every one."""
    units = {one.split()[0] for one in said.measured} - {"per"}
    if not units or len(said.numbers) > len(said.measured):
        return False
    if _TIME_ASKED.search(question):
        return units <= _PRICED
    return bool(_MONEY_ASKED.search(question)) and not units & _PRICED


def wants_sum(question: str) -> bool:
    """Whether a sum of money is asked for: what something costs, what somebody earns."""
    return bool(_SUM_ASKED.search(question))


def is_sum(statement: str) -> bool:
    """Whether something in a statement is measured in money or percent."""
    return any(one.split()[0] in _PRICED for one in facts.asserted(statement).measured)


def counts(question: str) -> bool:
    """Whether it is asked how many: a bare number can answer it, whatever it stands under."""
    return bool(_HOW_MANY.search(question))


def bears(kind: Kind, text: str) -> bool:
    """Whether a text holds anything that a question of this kind could be answered with."""
    pattern = _BEARING.get(kind)
    return pattern is None or bool(pattern.search(text))


def refuses(statement: str) -> bool:
    """True for a model's own way of saying that it has no answer."""
    return bool(_REFUSAL.search(statement))


def gives_up(text: str) -> bool:
    """True for an answer that only says it has none: it begins with that, and what follows asserts nothing exact."""
    first, *rest = [
        one for one in _SENTENCE.split(text.strip()) if one.strip() and not _SORRY.fullmatch(one.strip())
    ] or [""]
    return refuses(first) and not any(_exact(facts.asserted(one)) for one in (first, *rest))


def _exact(said: facts.Facts) -> bool:
    return bool(said.numbers or said.dates or said.addresses or said.codes)


def negates(text: str) -> bool:
    """True when a text says that something is not so."""
    return bool(_NEGATION.search(_BOUND.sub(" ", text)))


def limits(text: str) -> bool:
    """True when a text denies, excludes or restricts anything: what a "no" can rest on."""
    return bool(_NEGATION.search(text) or _LIMIT.search(text))

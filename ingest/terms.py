"""What a question asks for: its language, its terms and what each is worth before their rarity is known."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from ingest.lexical import is_unspaced, normal, stem, tokens, weighed

STOP_WORDS = {
    "en": "a about above after again all also am an and any are as at be because been before being below between both "
    "but by can could did do does doing during each every few for from further had has have having he her here hers "
    "him his how i if in into is it its itself just me might more most my nor not of off on only or other our ours "
    "out over own per please shall she should so some such tell than that the their theirs them then there these they "
    "this those through to too until up upon very was we were what when where which while who whom whose why will "
    "with within would you your yours many much long often there's what's who's it's i'm don't doesn't",
    "de": "der die das den dem des ein eine einer eines einem einen und oder ist sind war waren wird werden hat haben "
    "wie wer wann wo was welche welcher welches welchen warum viele viel von zu zum zur in im mit auf für bei aus nach "
    "nicht sich auch als an am es sie er man wurde wurden kann können",
    "fr": "le la les l un une des de du d et ou est sont que qui quel quelle quels quelles dans pour sur avec par pas "
    "au aux il elle ils ce cette combien quand où comment se a été en",
    "es": "el la los las un una y o es son fue fueron era eran qué que cuál cuáles cuántos cuántas cuánto quién "
    "quiénes cuándo dónde cómo de del al a en por para con se su sus lo no ha han",
    "it": "il lo la gli le un una uno e o è sono di che chi quale quali quanto quanti nel nella del della dei delle "
    "per con da in si al alla come quando dove",
    "pt": "o a os as um uma e ou é são de que qual quais quem onde quando como no na nos nas em do da dos das para por "
    "com se ao foi",
    "nl": "de het een en of is zijn was waren van in op te voor met wie wat waar wanneer hoe welke dat die hoeveel er "
    "worden wordt naar bij",
}
_CHINESE_FILLER = re.compile(
    "請問|請教|请问|什麼|什么|甚麼|怎麼|怎么|怎樣|如何|為何|為什麼|多少|多久|哪些|哪個|哪一|哪裡|哪幾|幾|嗎|呢|吧|是否|是不是|有沒有|"
    "可不可以|可以|應該|我們|的|了|是|在|我|你|您|它|他|她|與|及|和|或|會|要|有|被|把|誰|何"
)


@dataclass(frozen=True, slots=True)
class Question:
    """A question taken apart.

    `text` is what was asked; `terms` maps token to weight (0..1]; `pairs` are neighbouring terms; `codes` the whole
    terms that hold a digit and a letter, or are long numbers; `language` is a key of `STOP_WORDS`, "zh" for any
    unspaced script, else "".
    """

    text: str
    terms: dict[str, float]
    pairs: tuple[tuple[str, str], ...]
    codes: tuple[str, ...]
    language: str


def analyse(text: str) -> Question:
    """Reads a question. Stop words of its own language are left out unless nothing else is there."""
    language = language_of(text)
    stops = _stops(language if language in STOP_WORDS else "en")
    filler = _filler(text)
    content: dict[str, float] = {}
    empty: dict[str, float] = {}
    order: list[str] = []
    for token, weight in weighed(text):
        if token in stops or (len(token) == 1 and token.isascii() and not token.isdigit()):
            empty.setdefault(token, weight)
            continue
        if is_unspaced(token):
            weight *= filler.get(token, 1.0)
        content[token] = max(weight, content.get(token, 0.0))
        order.append(token)
    terms = content or empty
    pairs = tuple(dict.fromkeys(pairwise(order)))
    return Question(text, terms, pairs, tuple(t for t, w in terms.items() if w == 1.0 and _is_code(t)), language)


def language_of(text: str) -> str:
    """A guess from the script, then from the stop words a text is made of; "" where neither says anything."""
    letters = [c for c in text if c.isalpha()]
    unspaced = sum(1 for c in letters if is_unspaced(c))
    if letters and unspaced * 3 > len(letters):
        return "zh"
    if letters and sum(1 for c in letters if c < "\u0250") * 2 < len(letters):
        return ""
    words = set(re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)*", normal(text)))
    scores = {code: len(words & _raw_stops(code)) for code in STOP_WORDS}
    best = max(scores, key=lambda code: (scores[code], code == "en"))
    return best if scores[best] else ""


def _filler(text: str) -> dict[str, float]:
    """Pairs of characters that touch Chinese function words: the more of a pair they cover, the less it says."""
    found: dict[str, float] = {}
    for run in re.findall(r"[^\W\d_a-z]+", normal(text)):
        covered = [False] * len(run)
        for match in _CHINESE_FILLER.finditer(run):
            covered[match.start() : match.end()] = [True] * len(match.group())
        for width in (1, 2):
            for i in range(len(run) - width + 1):
                share = sum(covered[i : i + width]) / width
                token = run[i : i + width]
                found[token] = max(found.get(token, 0.0), (1.0, 0.5, 0.1)[round(share * 2)])
    return found


def _is_code(token: str) -> bool:
    digits = sum(1 for c in token if c.isdigit())
    return not is_unspaced(token) and (digits >= 4 or (digits > 0 and any(c.isalpha() for c in token)))


@lru_cache(maxsize=8)
def _raw_stops(language: str) -> frozenset[str]:
    return frozenset(STOP_WORDS[language].split())


@lru_cache(maxsize=8)
def _stops(language: str) -> frozenset[str]:
    return frozenset(stem(word) for word in _raw_stops(language)) | frozenset(tokens(STOP_WORDS[language]))

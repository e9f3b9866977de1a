"""From what is asked for to what answers: variants of the book, changed in place, no two the same."""

from __future__ import annotations

import hashlib
import json
import secrets
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, cast

from service.answer.approaches import APPROACHES
from service.chat.book import VariantBook
from service.compare.records import KeptLane
from service.compare.types import Arm, Lane, Wanted
from service.errors import BadRequest
from service.models.shelf import Shelf
from service.types import ApproachName, Variant

FEWEST, MOST = 2, 6
LONGEST_LABEL = 120
_COIN = secrets.SystemRandom()


async def resolved(wanted: Sequence[Wanted], book: VariantBook, shelf: Shelf) -> tuple[Arm, ...]:
    """The arms, in the order asked for.

    Raises `BadRequest` for too few, too many, two that would do the very same, or parameters that do not fit;
    `Unknown` for a variant or model that is not there.
    """
    if len(wanted) < FEWEST:
        raise BadRequest("too_few_lanes", "A comparison needs two lanes.", f"Name {FEWEST} to {MOST} variants.")
    if len(wanted) > MOST:
        raise BadRequest("too_many_lanes", f"{len(wanted)} lanes are too many.", f"Name {FEWEST} to {MOST} variants.")
    arms = tuple([await _arm(one, book, shelf) for one in wanted])
    seen: dict[str, Arm] = {}
    for arm in arms:
        if arm.key in seen:
            raise BadRequest(
                "same_lane",
                f"Two lanes are the same: {arm.variant.name!r}.",
                "Change a parameter of one, or leave it out.",
            )
        seen[arm.key] = arm
    return arms


async def drawn(book: VariantBook) -> tuple[Wanted, ...]:
    """Two different variants of the book, every pair equally likely. Raises `BadRequest` when there are not two."""
    names = [variant.name for variant in await book.all()]
    if len(names) < FEWEST:
        raise BadRequest("too_few_lanes", "There are no two variants to compare.", "Create a variant first.")
    return tuple(Wanted(name) for name in _COIN.sample(names, 2))


def placed(arms: Sequence[Arm], *, blind: bool) -> tuple[Lane, ...]:
    """The arms as lanes, by number: shuffled by a fair coin when blind, and with an order of starting drawn as fairly.

    Starting in the order asked for would give one arm the idle machine every time.
    """
    sides = list(range(len(arms)))
    if blind:
        _COIN.shuffle(sides)
    starts = list(range(len(arms)))
    _COIN.shuffle(starts)
    return tuple(Lane(number, asked, starts[number], arms[asked]) for number, asked in enumerate(sides))


def kept(lane: KeptLane) -> Arm:
    """The arm of a lane that was kept, to ask it anew. It is in no new battle, so it has no key."""
    approach = cast(ApproachName, lane.approach)
    known = APPROACHES.get(approach)
    variant = Variant(
        name=lane.variant,
        label=lane.label,
        approach=approach,
        model=lane.model,
        parameters=lane.parameters,
        prompt_hash=known.prompt_hash if known else "",
        origin="custom",
    )
    return Arm(variant, lane.variant, "")


def question_key(question: str, collection: str, conversation_id: str | None = None) -> str:
    """The same for one question of one collection however it is spaced, cased or encoded.

    In the middle of a conversation it is another question than on its own.
    """
    plain = " ".join(unicodedata.normalize("NFKC", question).casefold().split())
    return _digest([collection, plain, *([conversation_id] if conversation_id else [])])


def battle_key(key: str, arms: Iterable[Arm]) -> str:
    """The same for one question and one set of arms, whatever their order."""
    return _digest([key, *sorted(arm.key for arm in arms)])


async def _arm(wanted: Wanted, book: VariantBook, shelf: Shelf) -> Arm:
    base = await book.get(wanted.variant)
    approach = APPROACHES[base.approach]
    given = approach.checked({**base.parameters, **wanted.parameters})
    before, after = approach.parameters(base.parameters), approach.parameters(given)
    changed = {name: value for name, value in asdict(after).items() if value != getattr(before, name)}
    model = base.model or shelf.default
    told = ", ".join(f"{name}={json.dumps(value)}" for name, value in sorted(changed.items()))
    variant = replace(
        base,
        name=f"{base.name} ({told})" if changed else base.name,
        label=(wanted.label or (f"{base.label} · {told}" if changed else base.label))[:LONGEST_LABEL],
        model=model,
        parameters=given,
    )
    effective = {name: getattr(after, name) for name in approach.accepts}
    return Arm(variant, base.name, arm_key(base.name, base.approach, model, effective, approach.prompt_hash))


def arm_key(name: str, approach: str, model: str, effective: Mapping[str, Any], prompt_hash: str) -> str:
    """The same for the same way of answering under the same name. `effective`: every parameter, defaults included."""
    return _digest([name, approach, model, effective, prompt_hash])


def _digest(parts: Sequence[str | Mapping[str, Any]]) -> str:
    written = json.dumps(parts, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(written.encode("utf-8", "surrogatepass")).hexdigest()[:32]

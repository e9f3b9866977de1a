"""What a run asks: its arms, frozen, and every question to every arm in an order that favours none of them."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from service.answer.approaches import APPROACHES
from service.errors import BadRequest
from service.evaluate.types import Arm, ArmKind, Reference, StoredCase, Task
from service.types import ApproachName, Variant

REFERENCES: tuple[Reference, ...] = ("closed_book", "oracle", "refuse")
LABELS: Mapping[Reference, str] = {
    "closed_book": "Model alone",
    "oracle": "Perfect search",
    "refuse": "Always declining",
}
ORACLE: Mapping[str, Any] = {"check": False}
"""The oracle arm shows what the model makes of a perfect search: nothing gates or checks it."""
_SHARED = ("temperature", "max_tokens")


def arms(variants: Sequence[Variant], references: Sequence[Reference], default_model: str) -> tuple[Arm, ...]:
    """The columns of a run, the variants first, in the order given.

    The reference arms take model, temperature and length of the first variant that searches documents, else of the
    first one: same settings for everybody. The closed-book arm is the plain prompt; when a variant of the run is
    exactly that, its answers stand for both. Raises `BadRequest` for no or doubled variants and for a variant that is
    named like a reference arm.
    """
    names = [variant.name for variant in variants]
    if not names:
        raise BadRequest("no_variants", "A run needs at least one variant.", "Name some in `variants`.")
    for name in names:
        if names.count(name) > 1:
            raise BadRequest("variant_twice", f"The variant {name!r} is named twice.", "Name each variant once.")
        if name in REFERENCES:
            raise BadRequest("variant_name", f"{name!r} is a reference arm's name.", "Give the variant another name.")
    found = [_of_variant(variant, default_model) for variant in variants]
    host = next((arm for arm in found if "k" in arm.parameters), found[0])
    for reference in (one for one in REFERENCES if one in references):
        found.append(_reference(reference, host, found))
    return tuple(found)


def order(cases: Sequence[bool], columns: Sequence[Arm], repeats: int, seed: int) -> list[Task]:
    """Every question, in the order asked: by the seed alone.

    `cases` tells for each case whether it has gold passages. Questions (and their repeats) are shuffled; each is then
    put to all arms one after another, in a fresh random order, so that whatever drifts while a run goes on (load,
    caches, the weather at a provider) drifts for all arms alike. The oracle arm skips cases without gold passages.
    """
    dice = random.Random(seed)
    asked = [arm for arm in columns if arm.alias_of is None]
    blocks = [(case, repeat) for repeat in range(repeats) for case in range(len(cases))]
    dice.shuffle(blocks)
    tasks: list[Task] = []
    for case, repeat in blocks:
        block = list(asked)
        dice.shuffle(block)
        for arm in block:
            if arm.kind == "oracle" and not cases[case]:
                continue
            tasks.append(Task(len(tasks), case, arm.name, repeat))
    return tasks


def count(cases: Sequence[bool], columns: Sequence[Arm], repeats: int) -> int:
    """How many tasks `order` makes of the same."""
    asked = [arm for arm in columns if arm.alias_of is None]
    return repeats * sum(sum(cases) if arm.kind == "oracle" else len(cases) for arm in asked)


def sampled(count: int, limit: int | None, seed: int) -> list[int]:
    """Places of the cases to ask, in order: all, or `limit` of them drawn by the seed, so that a file that is sorted
    by kind gives a fair sample."""
    if limit is None or limit >= count:
        return list(range(count))
    return sorted(random.Random(f"sample {seed}").sample(range(count), limit))


def askable(columns: Sequence[Arm], cases: Sequence[StoredCase]) -> tuple[Arm, ...]:
    """The arms that any of the cases can be put to: no oracle arm where none names its passages."""
    named = any(case.body["gold_passages"] for case in cases)
    return tuple(arm for arm in columns if named or arm.kind != "oracle")


def passageless(references: Sequence[str], cases: Sequence[StoredCase]) -> list[str]:
    """What is to be said of answerable cases without a gold passage where an oracle arm is wanted: it is not asked
    them."""
    if "oracle" not in references:
        return []
    answerable = [case for case in cases if case.body["answerable"] is not False]
    without = sum(not case.body["gold_passages"] for case in answerable)
    if not any(case.body["gold_passages"] for case in cases):
        return [f"{LABELS['oracle']} is not asked: no question names the passages (`gold_passages`) it would be given."]
    if not without:
        return []
    which = "one names" if without == 1 else f"{without:,} name"
    return [
        f"{LABELS['oracle']} is asked {len(answerable) - without:,} of the {len(answerable):,} questions that have an "
        f"answer: {which} no passages (`gold_passages`) for it to be given."
    ]


def differences(columns: Sequence[Arm]) -> list[str]:
    """What makes the arms differ beside the approach: said beside the report, since it is not what is compared."""
    compared = [arm for arm in columns if arm.kind == "variant"]
    said = []
    for key in ("model", *_SHARED):
        values = {arm.name: arm.model if key == "model" else arm.parameters.get(key) for arm in compared}
        if len(set(values.values())) > 1:
            listed = ", ".join(f"{name}: {value}" for name, value in values.items())
            said.append(f"The arms differ in {key} as well as in how they answer ({listed}).")
    return said


def variant_of(arm: Arm) -> Variant:
    """The variant that `service.answer` is to answer as."""
    approach: Any = arm.approach
    return Variant(arm.name, arm.label, approach, arm.model, dict(arm.parameters), arm.prompt_hash, "custom")


def _of_variant(variant: Variant, default_model: str) -> Arm:
    approach = APPROACHES[variant.approach]
    chosen = asdict(approach.parameters(variant.parameters))
    parameters = {name: chosen[name] for name in approach.accepts}
    return _arm(variant.name, variant.label, "variant", variant.approach, variant.model or default_model, parameters)


def _reference(reference: Reference, host: Arm, others: Iterable[Arm]) -> Arm:
    shared = {name: host.parameters[name] for name in _SHARED if name in host.parameters}
    label = LABELS[reference]
    if reference == "refuse":
        return _arm("refuse", label, "refuse", "rag", "", {})
    if reference == "oracle":
        accepted = APPROACHES["rag"].accepts
        given = {**shared, **{name: host.parameters[name] for name in accepted if name in host.parameters}, **ORACLE}
        chosen = asdict(APPROACHES["rag"].parameters(given))
        return _arm("oracle", label, "oracle", "rag", host.model, {name: chosen[name] for name in accepted})
    made = _arm("closed_book", label, "closed_book", "plain", host.model, shared)
    same = next((arm for arm in others if arm.config_hash == made.config_hash), None)
    return replace(made, alias_of=same.name if same else None)


def _arm(
    name: str, label: str, kind: ArmKind, approach: ApproachName | str, model: str, parameters: Mapping[str, Any]
) -> Arm:
    prompt_hash = APPROACHES[approach].prompt_hash if kind != "refuse" else ""
    config = json.dumps([approach, model, dict(parameters), prompt_hash], sort_keys=True)
    return Arm(
        name=name,
        label=label,
        kind=kind,
        approach=approach,
        model=model,
        parameters=dict(parameters),
        prompt_hash=prompt_hash,
        config_hash=hashlib.sha256(config.encode()).hexdigest()[:12],
    )


def prompt_hash_now(arm: Arm) -> str:
    """What the arm's prompts are today."""
    return APPROACHES[arm.approach].prompt_hash if arm.kind != "refuse" else ""

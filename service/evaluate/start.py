"""Making a run: everything it depends on is looked up, checked and frozen before it is accepted."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import Connection

from ingest.catalogue.transactions import Transactions
from ingest.threads import in_thread
from service.answer.parameters import DEFAULTS
from service.chat import examples as shots
from service.errors import BadRequest, Conflict, ServiceError
from service.evaluate import claims, datasets, learnt, plan, runs, snapshot
from service.evaluate.types import Arm, Run, Spec, StoredCase
from service.hygiene import overlaps
from service.metrics import METRICS
from service.models.shelf import Shelf
from service.parts import Parts

REMOTE_AT_ONCE = 4
"""Questions at once to an endpoint. The local model gets one at a time: two would time each other."""
MOST_ANSWERS = 100_000
NAMED_PAIRS = 5


async def start(parts: Parts, spec: Spec) -> Run:
    """Keep a run and tell the queue. Raises `Unknown` (dataset, variant, model), `NotFound` (collection),
    `BadRequest` (nothing to ask, unknown metric), `Conflict` when an example gives a question away, or the training of
    a tuned model all of them; some of them are left out."""
    unknown = [name for name in spec.metrics if name not in METRICS]
    if unknown:
        raise BadRequest("unknown_metric", f"There is no metric {unknown[0]!r}.", f"There are: {', '.join(METRICS)}.")
    variants = [await parts.book.get(name) for name in spec.variants]
    arms = plan.arms(variants, spec.references, parts.shelf.default)
    judge_named(parts.shelf, spec.judge)
    catalogue = Transactions(parts.engine)

    def read(connection: Connection) -> tuple[tuple[str, str], list[StoredCase], list[dict[str, str]], dict[str, Any]]:
        dataset = datasets.get(connection, spec.dataset)
        cases = datasets.accepted(connection, dataset.id)
        given = [{"question": one.question, "answer": one.answer} for one in shots.listing(connection)]
        return (dataset.id, dataset.name), cases, given, snapshot.corpus(connection, spec.collection)

    dataset, cases, given, corpus = await catalogue.read(read)
    if not cases:
        raise BadRequest(
            "no_cases", f"The dataset {dataset[1]!r} has no accepted case.", "Accept some drafts, or add cases."
        )
    few_shot = given if any("shots" in arm.parameters for arm in arms) else []
    await in_thread(clean, few_shot, cases)
    seed = secrets.randbits(53) if spec.seed is None else spec.seed
    of = len(cases)
    known = await _known(parts, arms, cases)
    cases = [case for case in cases if not any(case.id in (ids or ()) for ids in known.values())]
    if not cases:
        raise Conflict(
            "cases_overlap",
            f"Every question of {dataset[1]!r} is one that {' or '.join(map(repr, known))} was trained on.",
            "Examine it with other questions: it knows these by heart.",
        )
    cases = [cases[place] for place in plan.sampled(len(cases), spec.limit, seed)]
    warnings = [*learnt.sentences(known, left_out=True), *plan.passageless(spec.references, cases)]
    arms = plan.askable(arms, cases)
    made = await _kept(parts, spec, dataset, arms, cases, seed, few_shot, corpus, warnings, of)
    await tell(parts, made.id)
    return made


async def again(parts: Parts, run_id: str) -> Run:
    """The same once more: the same arms, questions, order and examples, whatever has become of them since.

    Raises `Unknown`, and `NotReady` or `Unknown` for a model that is not there any more. What differs today
    (documents, code, prompts) is named in the new run's warnings.
    """
    catalogue = Transactions(parts.engine)

    def read(connection: Connection) -> tuple[Run, list[StoredCase], list[dict[str, str]], dict[str, Any]]:
        old = runs.get(connection, run_id)
        cases = runs.cases_of(connection, run_id)
        return old, cases, runs.examples_of(connection, run_id), snapshot.corpus(connection, old.collection)

    old, cases, few_shot, corpus = await catalogue.read(read)
    told = old.spec
    spec = Spec(**{**told, "variants": tuple(told["variants"]), "references": tuple(told["references"]),
                   "metrics": tuple(told["metrics"])})  # fmt: skip
    dataset = (old.dataset_id, old.dataset_name)
    known = await _known(parts, old.arms, cases)
    warnings = [*learnt.sentences(known, left_out=False), *plan.passageless(spec.references, cases)]
    of = old.provenance["cases"].get("of", len(cases))
    made = await _kept(parts, spec, dataset, old.arms, cases, old.seed, few_shot, corpus, warnings, of, again_of=old)
    await tell(parts, made.id)
    return made


async def resume(parts: Parts, run_id: str) -> Run:
    """Let a failed or cancelled run go on where it ended. Raises as `runs.resume`."""
    found, so_far = await Transactions(parts.engine).write(
        lambda connection: (runs.resume(connection, run_id), claims.so_far(connection, run_id))
    )
    await tell(parts, found.id, so_far)
    return found


def clean(given: Sequence[Mapping[str, str]], cases: Sequence[StoredCase]) -> None:
    """Raises `Conflict` naming the pairs when an example overlaps a case."""
    found = list(overlaps((one["question"] for one in given), [(case.id, case.body["question"]) for case in cases]))
    if not found:
        return
    named = "; ".join(str(one) for one in found[:NAMED_PAIRS])
    more = f"; and {len(found) - NAMED_PAIRS} more" if len(found) > NAMED_PAIRS else ""
    raise Conflict(
        "examples_overlap",
        f"A few-shot example gives a question away: the example {named}{more}.",
        "Remove the example or reject the case: else the run would measure what the examples say.",
    )


def judge_named(shelf: Shelf, judge: str | None) -> None:
    """Raises `BadRequest` for a judge that is a tiny local model, `Unknown` or `NotReady` for one that is not there."""
    if judge is None:
        return
    shelf.chat(judge)
    if shelf.local(judge):
        raise BadRequest(
            "judge_too_small",
            f"{judge} is too small a model to judge with: its verdicts would be noise with a decimal point.",
            "Name a capable model of the catalogue, or leave `judge` out.",
        )


async def _known(parts: Parts, arms: Sequence[Arm], cases: Sequence[StoredCase]) -> dict[str, list[str] | None]:
    """The cases that tuned models among the arms were trained on."""
    asked = {arm.model for arm in arms if arm.kind != "refuse"}
    tuned = [model for name, model in parts.tuned.known.items() if name in asked]
    if not tuned:
        return {}
    trained = await Transactions(parts.engine).read(lambda c: parts.trained_on(c, tuned))
    return await in_thread(learnt.among, cases, trained)


async def tell(parts: Parts, job_id: str, so_far: int = 0) -> None:
    """Tell the queue. What it does not hear now the reconciler tells it: the row is what counts."""
    try:
        await parts.queue.evaluate([(job_id, so_far)])
    except ServiceError:
        return


async def _kept(
    parts: Parts,
    spec: Spec,
    dataset: tuple[str, str],
    arms: Sequence[Arm],
    cases: Sequence[StoredCase],
    seed: int,
    few_shot: Sequence[Mapping[str, str]],
    corpus: Mapping[str, Any],
    warnings: Sequence[str],
    of: int,
    again_of: Run | None = None,
) -> Run:
    names = [arm.model for arm in arms if arm.kind != "refuse"]
    for name in dict.fromkeys(names):
        parts.shelf.chat(name)
    local = any(parts.shelf.local(name) for name in names)
    prepared = again_of is not None and again_of.prepared
    total = plan.count(
        [bool(case.oracle if prepared else case.body["gold_passages"]) for case in cases], arms, spec.repeats
    )
    if total > MOST_ANSWERS:
        raise BadRequest(
            "run_too_large", f"That would be {total:,} answers; {MOST_ANSWERS:,} are accepted.", "Give a `limit`."
        )
    provenance: dict[str, Any] = {
        "corpus": dict(corpus),
        "models": snapshot.models(names, parts.settings, parts.tuned.known),
        "code": snapshot.code(),
        "cases": {"hash": await in_thread(_digest, cases), "count": len(cases), "of": of},
        "prompts": {arm.name: arm.prompt_hash for arm in arms if arm.prompt_hash},
        "defaults": asdict(DEFAULTS),
    }
    warnings = [*warnings, *plan.differences(arms)]
    if again_of is not None:
        warnings += _changed(again_of.provenance, provenance, arms)
    at_once = spec.at_once or (1 if local else REMOTE_AT_ONCE)
    if local and at_once > 1:
        warnings.append(f"{at_once} questions at once share the local model: timings are longer than alone.")
    return await Transactions(parts.engine).write(
        lambda connection: runs.create(
            connection,
            replace(spec, seed=seed),
            dataset=dataset,
            arms=arms,
            cases=cases,
            seed=seed,
            examples=few_shot,
            provenance=provenance,
            warnings=warnings,
            at_once=at_once,
            local=local,
            total=total,
            prepared=prepared,
            again_of=again_of.id if again_of else None,
        )
    )


def _digest(cases: Sequence[StoredCase]) -> str:
    return hashlib.sha256(
        json.dumps([[case.id, dict(case.body)] for case in cases], sort_keys=True).encode()
    ).hexdigest()


def _changed(old: Mapping[str, Any], new: Mapping[str, Any], arms: Sequence[Arm]) -> list[str]:
    """Sentences about what is no longer as it was when the run that is repeated was made."""
    said = []
    if not snapshot.same_corpus(old["corpus"], new["corpus"]):
        said.append("The documents are not those of the run that is repeated: the two are not comparable.")
    said += [
        f"The {what} is not that of the run that is repeated."
        for what, key in (("model", "models"), ("code", "code"))
        if old[key] != new[key]
    ]
    now_hashes = {arm.name: plan.prompt_hash_now(arm) for arm in arms if arm.prompt_hash}
    stale = sorted(name for name, value in now_hashes.items() if value != old["prompts"].get(name))
    if stale:
        said.append(f"The prompts of {', '.join(stale)} were changed since: today's are used.")
    return said

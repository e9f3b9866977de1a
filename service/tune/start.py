"""Beginning a training: the pairs are looked at, divided and frozen before the job is accepted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from sqlalchemy import Connection

from ingest.catalogue import collections
from ingest.catalogue.transactions import Transactions
from ingest.threads import in_thread
from service.answer import size, templates
from service.answer.language import language_of
from service.errors import BadRequest, Conflict, ServiceError
from service.evaluate import datasets
from service.models.defaults import default_chat, needs_local_server
from service.parts import Parts
from service.tune import checks, jobs, pairs
from service.tune.adopt import is_taken, slug
from service.tune.schema import LEASES
from service.tune.split import Split, split
from service.tune.trainer import Trainer
from service.tune.types import Estimate, Finding, Job, Kind, Pair, Recipe, StoredPair

_FRAME = 3 * size.MESSAGE_OVERHEAD


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asks for: pairs, or the id or name of a set of them. `base` "" is the trainer's default."""

    name: str
    pairs: Sequence[Pair] = ()
    pairs_id: str | None = None
    base: str = ""
    trainer: str = "local"
    recipe: Recipe = field(default_factory=Recipe)
    from_scratch: bool = False
    collection: str = "default"


@dataclass(frozen=True, slots=True)
class Looked:
    """What the checks found in some pairs, and how they would be divided (None: there are too few that differ).
    `tokens` is an estimate for one epoch."""

    pairs: int
    findings: tuple[Finding, ...]
    parts: Split | None
    tokens: int

    @property
    def refused(self) -> bool:
        return any(one.level == "refused" for one in self.findings)


async def look(parts: Parts, given: Sequence[StoredPair], share: float, seed: int) -> Looked:
    """Check pairs against each other and against every dataset."""
    cases = await Transactions(parts.engine).read(datasets.questions)

    def work() -> Looked:
        findings = checks.check(given, cases)
        divided: Split | None = None
        if len(given) > 1:
            try:
                divided = split([one.pair for one in given], share, seed)
            except ValueError:
                divided = None
        tokens = sum(map(trained_tokens, divided.train)) if divided else 0
        return Looked(len(given), tuple(findings), divided, tokens)

    return await in_thread(work)


def trained_tokens(pair: Pair) -> int:
    """About how many tokens a pair with its prompt has."""
    told = templates.text("system", language_of(pair.question))
    return _FRAME + sum(size.tokens(text) for text in (told, pair.question, pair.answer))


async def start(parts: Parts, wanted: Wanted) -> Job:
    """Keep a job and tell the queue. Raises `BadRequest` (pairs, settings, name), `Unknown` (set, base, trainer),
    `Conflict`: pairs that give a dataset's question away, a name that is taken, a trainer that is not installed."""
    trainer, base, kind = chosen(parts, wanted)
    looked, pairs_id = await _looked(parts, wanted, base if kind == "lora" else None)
    if (divided := looked.parts) is None:
        raise BadRequest("too_few_pairs", "A training needs two pairs that differ.", "Give it some more.")
    _refuse(looked)
    name = slug(wanted.name)
    estimate = _estimate(trainer, base, wanted.recipe, looked)

    def write(connection: Connection) -> Job:
        if is_taken(connection, parts.settings, name) or name in jobs.names_in_use(connection):
            raise Conflict("name_taken", f"A model or a job is called {name!r} already.", "Choose another name.")
        if kind == "scratch":
            collections.find(connection, wanted.collection)
        return jobs.create(
            connection,
            name,
            trainer=trainer.name,
            kind=kind,
            base=base,
            local=trainer.local,
            recipe=wanted.recipe,
            collection=wanted.collection,
            pairs_id=pairs_id,
            parts=divided,
            data={
                "hash": divided.hash,
                "train": len(divided.train),
                "validation": len(divided.validation),
                "by": divided.by,
                "groups": divided.groups,
                "dropped": divided.dropped,
                "seed": wanted.recipe.seed,
                "tokens": looked.tokens,
                "findings": [asdict(one) for one in looked.findings],
            },
            price_estimate=asdict(estimate) if estimate else None,
        )

    made = await Transactions(parts.engine).write(write)
    await tell(parts, made.id)
    return made


async def estimate(parts: Parts, wanted: Wanted) -> tuple[Estimate | None, Looked]:
    """What it would cost, and what the checks find; nothing is kept. Raises as `start` for what cannot be trained."""
    trainer, base, kind = chosen(parts, wanted)
    looked, _ = await _looked(parts, wanted, base if kind == "lora" else None)
    return _estimate(trainer, base, wanted.recipe, looked), looked


async def again(parts: Parts, job_id: str) -> Job:
    """The same once more under a name that is free: the same pairs, divided alike, the same settings and base.

    Raises as `start`: a dataset may have one of the questions by now.
    """
    old, kept = await Transactions(parts.engine).read(
        lambda c: (jobs.get(c, job_id, curves=False), jobs.pairs_of(c, job_id))
    )
    trainer = _trainer(parts, old.trainer)
    trainer.check(old.base, old.kind)
    given = [StoredPair(str(n), n, "accepted", pair.question, pair.answer) for n, (*_, pair) in enumerate(kept, 1)]
    _refuse(await look(parts, given, old.settings["validation_share"], old.data["seed"]))

    def write(connection: Connection) -> Job:
        train = tuple(pair for _, part, pair in kept if part == "train")
        held = tuple(pair for _, part, pair in kept if part == "validation")
        divided = Split(train, held, old.data["hash"], old.data["groups"], old.data["by"], old.data["dropped"])
        return jobs.create(
            connection,
            jobs.free_name(connection, old.name, lambda name: is_taken(connection, parts.settings, name)),
            trainer=old.trainer,
            kind=old.kind,
            base=old.base,
            local=old.local,
            recipe=Recipe(**{**old.settings, "sweep": tuple(old.settings["sweep"])}),
            collection=old.collection,
            pairs_id=old.pairs_id,
            parts=divided,
            data=old.data,
            price_estimate=old.price_estimate,
            again_of=old.id,
        )

    made = await Transactions(parts.engine).write(write)
    await tell(parts, made.id)
    return made


async def resume(parts: Parts, job_id: str) -> Job:
    """Let a failed or cancelled job go on from its last checkpoint. Raises as `jobs.resume`, and `Conflict` when
    another job has its name by now."""

    def write(connection: Connection) -> tuple[Job, int]:
        name = jobs.get(connection, job_id, curves=False).name
        if name in jobs.names_in_use(connection, but=job_id):
            raise Conflict("name_taken", f"Another job is called {name!r} by now.", "Cancel that one first.")
        return jobs.resume(connection, job_id), LEASES.so_far(connection, job_id)

    found, so_far = await Transactions(parts.engine).write(write)
    await tell(parts, found.id, so_far)
    return found


async def tell(parts: Parts, job_id: str, so_far: int = 0) -> None:
    """Tell the queue. What it does not hear now the reconciler tells it: the row is what counts."""
    try:
        await parts.queue.train([(job_id, so_far)])
    except ServiceError:
        return


def chosen(parts: Parts, wanted: Wanted) -> tuple[Trainer, str, Kind]:
    """The trainer, the base's catalogue name and the kind of training. Raises as `start`."""
    trainer = _trainer(parts, wanted.trainer)
    if wanted.from_scratch and not trainer.local:
        raise BadRequest("no_scratch", "A provider trains no model from scratch.", "Use the local trainer.")
    kind: Kind = "scratch" if wanted.from_scratch else "lora" if trainer.local else "openai"
    given = asdict(wanted.recipe)
    plain = asdict(Recipe())
    for name in [*given, *(name for one in wanted.recipe.sweep for name in one)]:
        if name not in trainer.settings and given.get(name) != plain.get(name, given):
            told = f"The trainer {trainer.name!r} takes no setting {name!r}."
            raise BadRequest("unknown_setting", told, f"It takes: {', '.join(trainer.settings)}.")
    return trainer, trainer.check(wanted.base, kind), kind


def _trainer(parts: Parts, name: str) -> Trainer:
    found = parts.trainers.get(name)
    if found is None:
        raise BadRequest("unknown_trainer", f"There is no trainer {name[:80]!r}.", f"{', '.join(parts.trainers)}.")
    return found


async def _looked(parts: Parts, wanted: Wanted, base: str | None) -> tuple[Looked, str | None]:
    """What `look` finds; with a `base` of this machine also whether what is trained on it can be asked here."""
    looked, pairs_id = await _pairs_looked(parts, wanted)
    served = default_chat(parts.settings) if needs_local_server(parts.settings) else None
    if base is None or base == served:
        return looked, pairs_id
    return replace(looked, findings=(checks.base_not_served(base, served), *looked.findings)), pairs_id


async def _pairs_looked(parts: Parts, wanted: Wanted) -> tuple[Looked, str | None]:
    recipe = wanted.recipe
    if wanted.pairs_id is None:
        given = [StoredPair(str(n), n, "accepted", one.question, one.answer, one.document) for n, one in
                 enumerate(wanted.pairs, 1)]  # fmt: skip
        return await look(parts, given, recipe.validation_share, recipe.seed), None
    named = wanted.pairs_id

    def read(connection: Connection) -> tuple[str, list[StoredPair]]:
        found = pairs.get(connection, named)
        return found.id, pairs.accepted(connection, found.id)

    pairs_id, kept = await Transactions(parts.engine).read(read)
    return await look(parts, kept, recipe.validation_share, recipe.seed), pairs_id


def _refuse(looked: Looked) -> None:
    for one in looked.findings:
        if one.level == "refused":
            code = "pairs_overlap" if one.check == "overlap" else "pairs_refused"
            hint = "Remove these pairs: a model must not be trained on what it is examined with."
            raise Conflict(code, one.message[:2000], hint if code == "pairs_overlap" else "Shorten or remove them.")


def _estimate(trainer: Trainer, base: str, recipe: Recipe, looked: Looked) -> Estimate | None:
    if looked.parts is None:
        return None
    count = len(looked.parts.train)
    return trainer.estimate(base, tokens=looked.tokens, pairs=count, epochs=recipe.epochs)


def recipe_of(given: dict[str, Any]) -> Recipe:
    """A recipe of checked values; what is missing or None is the default."""
    kept = {name: value for name, value in given.items() if value is not None}
    return replace(Recipe(), **{**kept, "sweep": tuple(kept.get("sweep", ()))})

"""The end of a training: its model becomes one of the catalogue's, in the transaction that ends the job."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import Connection

from ingest.catalogue.engine import now
from service.errors import BadRequest
from service.models import prices, tuned
from service.models.defaults import default_chat, default_embedding, local_models
from service.models.tuned import Tuned
from service.parts import Parts
from service.settings import Settings
from service.tune import claims, jobs
from service.tune.claims import Claim
from service.tune.schema import LEASES
from service.tune.trainer import Done
from service.tune.types import Job

LONGEST_NAME = 60
MOST_NAMED = 1000
"""Documents that a model's card names."""
_SLUG = re.compile(r"[^a-z0-9._-]+")


def slug(name: str) -> str:
    """A job's name as a model's: lower-case letters, digits, `-`, `.`, `_`. Raises `BadRequest` for none."""
    made = _SLUG.sub("-", name.strip().lower()).strip("-._")[:LONGEST_NAME].rstrip("-._")
    if not made:
        raise BadRequest(
            "bad_finetune_name", f"No model can be called {name[:80]!r}.", "Use letters a to z, digits, - and ."
        )
    return made


def is_taken(connection: Connection, settings: Settings, name: str) -> bool:
    """Whether a model of the catalogue is called so already: a file here, what the settings name, a tuned one. Those
    elsewhere have a colon in their names, which no slug has."""
    configured = {default_chat(settings), default_embedding(settings), settings.chat_model}
    return name in configured or name in local_models(settings) or tuned.taken(connection, name)


def adopt(connection: Connection, parts: Parts, held: Claim, job: Job, done: Done) -> None:
    """Keep the model, deployed where something can ask it, and finish the job. Raises `Lost`."""
    LEASES.must_hold(connection, held.job_id, held.token)
    name = job.name
    settings = parts.settings
    if is_taken(connection, settings, name):
        name = jobs.free_name(connection, f"{name}-2", lambda one: is_taken(connection, settings, one))
    cost = _cost(job, done)
    parts.deployments.adopt(
        connection,
        Tuned(
            name=name,
            trainer=job.trainer,
            base=job.base,
            created_at=now(),
            file_sha256=done.sha256,
            remote_id=done.remote_id,
            finetune_id=job.id,
            card=card(job, done, cost),
        ),
    )
    claims.finish(
        connection,
        held,
        "finished",
        model=name,
        manifest=dict(done.manifest),
        samples=dict(done.samples) if done.samples else None,
        cost=cost,
        detail=None,
    )


def card(job: Job, done: Done, cost: float | None) -> dict[str, Any]:
    """What people should know before they use it."""
    pairs = int(job.data["train"]) + int(job.data["validation"])
    about = {
        "lora": f"{job.base}, tuned here on {pairs} question/answer pairs.",
        "scratch": f"A tiny model made from nothing of {pairs} pairs and the text of {len(done.documents)} documents "
        f"of the collection {job.collection!r}. Deleting such a document does not take it out of the model.",
        "openai": f"{job.base}, tuned at OpenAI on {pairs} question/answer pairs.",
    }[job.kind]
    return {
        "label": job.name,
        "about": about,
        "kind": job.kind,
        "trainer": job.trainer,
        "base": job.base,
        "pairs": pairs,
        "documents": list(done.documents[:MOST_NAMED]),
        "data_hash": job.data["hash"],
        "settings": dict(job.settings),
        "manifest": dict(done.manifest),
        "trained_tokens": done.trained_tokens,
        "cost": cost,
    }


def _cost(job: Job, done: Done) -> float | None:
    """US dollars; what runs here costs nothing that anybody bills."""
    if job.local:
        return 0.0
    rate = prices.training(job.base)
    if rate is None or done.trained_tokens is None:
        return None
    return round(rate.per_million * done.trained_tokens / 1_000_000, 6)

"""What has changed here since a run was made that goes on: a part of its answers may be of other prompts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from ingest.catalogue.engine import now
from service.evaluate import claims, plan, snapshot
from service.evaluate.claims import Claim
from service.evaluate.types import Run


def noted(connection: Connection, held: Claim, run: Run) -> Run:
    """The run, with a warning and an entry of `provenance.resumed` {at, done, code, prompts} where the prompts or the
    code that go on with it are not those that were there before. Raises `Lost`."""
    before = run.provenance.get("resumed", [])
    was: dict[str, Any] = {
        "code": run.provenance.get("code"),
        "prompts": {arm.name: arm.prompt_hash for arm in run.arms},
    }
    was |= {key: before[-1][key] for key in was} if before else {}
    code = snapshot.code()
    prompts = {arm.name: plan.prompt_hash_now(arm) for arm in run.arms}
    stale = sorted(name for name in prompts if prompts[name] != was["prompts"].get(name))
    said = []
    if stale:
        said.append(f"The prompts of {', '.join(stale)} were changed after {run.done:,} answers: the rest has today's.")
    if was["code"] not in (None, code):
        said.append(f"The code was changed after {run.done:,} answers: the rest is answered by today's.")
    if not said:
        return run
    resumed = [*before, {"at": now(), "done": run.done, "code": code, "prompts": prompts}]
    made = replace(run, provenance={**run.provenance, "resumed": resumed}, warnings=(*run.warnings, *said))
    claims.LEASES.write(
        connection, held.run_id, held.token, provenance=dict(made.provenance), warnings=list(made.warnings)
    )
    return made

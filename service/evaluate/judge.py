"""An optional model that judges, only when it is named: each answer against its references, pairs in both orders.

Its verdicts never replace the rules' scores. Pairs that people voted on are judged as well, so that the report can say
how far the judge agrees with people. A verdict is kept as soon as it is there, and never asked for twice.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import anyio
from sqlalchemy import Connection, insert, select

from ingest.catalogue.engine import now
from service.errors import ModelError
from service.evaluate import claims
from service.evaluate.battles import VOTED, Battle
from service.evaluate.claims import Claim
from service.evaluate.schema import judgements
from service.evaluate.types import Arm, Result, Run, StoredCase
from service.evaluate.working import Held
from service.models.shelf import Shelf
from service.parts import Parts
from service.patient import pauses
from service.ports import ChatModel
from service.trouble import reachable, trouble
from service.types import ChatOptions, Message

LABELS = ("correct", "incorrect", "not_attempted")
WINNERS = ("first", "second", "tie")
FAILED = "failed"
"""The verdict of a judge that said nothing usable: kept, and counted nowhere."""
TRIES = 3
"""How often an endpoint that is there may break over one matter before that is its verdict."""
_KEY = ("case_id", "arm", "against", "flipped")
_OBJECT = re.compile(r"\{[^{}]*\}")
_LOG = logging.getLogger(__name__)

Key = tuple[str, str, str, int]
"""Case (or `comparison ID`), arm, the arm it is compared with or "", and 1 where that one was shown first."""


@dataclass(frozen=True, slots=True)
class Matter:
    """One thing to judge: the question, and texts in the order they are shown."""

    key: Key
    question: str
    texts: tuple[tuple[str, str], ...]
    allowed: tuple[str, ...]


@cache
def prompt(name: str) -> str:
    return (files("service.evaluate") / "prompts" / f"{name}.txt").read_text("utf-8").strip()


def version() -> str:
    """12 hex digits that change with either prompt."""
    return hashlib.sha256("\0".join(prompt(name) for name in ("judge_correct", "judge_pair")).encode()).hexdigest()[:12]


def family(model: str) -> str:
    """What kind of model a name stands for: `openai:gpt-5-mini` and `gpt-4o` are both `gpt`."""
    found = re.match(r"[a-z]+", model.lower().rpartition(":")[2].rpartition("/")[2])
    return found.group() if found else model.lower()


def warning(judge: str, arms: Sequence[Arm]) -> str | None:
    """A sentence where the judge is of the family of a model it judges: it may prefer its own kind."""
    same = sorted({arm.model for arm in arms if arm.model and family(arm.model) == family(judge)})
    return (
        f"The judge {judge} is of the same family as {', '.join(same)}: it may prefer its own kind." if same else None
    )


def pair(run: Run) -> tuple[str, str] | None:
    """The two arms that are compared: the first that searches documents, and the first other one."""
    arms = [arm for arm in run.arms if arm.kind == "variant"]
    lead = next((arm.name for arm in arms if "k" in arm.parameters), arms[0].name)
    other = next((arm.name for arm in arms if arm.name != lead), None)
    return (lead, other) if other is not None else None


def matters(
    run: Run, cases: Sequence[StoredCase], results: Sequence[Result], battles: Sequence[Battle]
) -> list[Matter]:
    """Everything there is to judge. Of a question's repeats the first; answers that failed are not shown to anybody."""
    known = {case.id: case for case in cases}
    said = {
        (one.case_id, one.arm): str(one.answer["text"])
        for one in results
        if one.repeat == 0 and one.finish != "failed" and one.case_id in known
    }
    found = []
    for (case_id, arm), text in said.items():
        body = known[case_id].body
        if body["answers"]:
            references = "\n".join(f"- {one}" for one in body["answers"])
            texts = (("references", references), ("answer", text))
            found.append(Matter((case_id, arm, "", 0), body["question"], texts, LABELS))
    both = pair(run)
    if both is not None:
        for case in cases:
            if (case.id, both[0]) in said and (case.id, both[1]) in said:
                texts_ = (said[case.id, both[0]], said[case.id, both[1]])
                found += _orders(case.id, both, case.body["question"], texts_)
    for battle in battles:
        found += _orders(f"{VOTED}{battle.comparison_id}", battle.variants, battle.question, battle.texts)
    return found


def kept(connection: Connection, run_id: str, judge: str) -> dict[Key, str]:
    """Verdicts there are, of the prompts as they are now."""
    rows = connection.execute(
        select(
            judgements.c.case_id, judgements.c.arm, judgements.c.against, judgements.c.flipped, judgements.c.verdict
        ).where(judgements.c.run_id == run_id, judgements.c.judge == judge, judgements.c.prompt_hash == version())
    )
    return {(row[0], row[1], row[2], row[3]): row[4] for row in rows}


def adopt(connection: Connection, run_id: str, judge: str) -> None:
    """Take over what the same judge, asked the same, said of voted pairs for other runs: it is not paid for twice."""
    others = judgements.alias()
    there = [others.c[name] == judgements.c[name] for name in _KEY]
    mine = select(others.c.run_id).where(others.c.run_id == run_id, others.c.judge == judge, *there).exists()
    rows = connection.execute(
        select(judgements)
        .where(
            judgements.c.judge == judge,
            judgements.c.prompt_hash == version(),
            judgements.c.case_id.startswith(VOTED),
            judgements.c.verdict != FAILED,
            ~mine,
        )
        .order_by(judgements.c.created_at)
    ).mappings()
    found = {tuple(row[name] for name in _KEY): {**row, "run_id": run_id} for row in rows}
    if found:
        connection.execute(insert(judgements), list(found.values()))


async def judge(parts: Parts, run: Run, todo: Sequence[Matter], held: Held) -> None:
    """Ask for every verdict in `todo`, keeping each, until the run is drained. A judge that is away is waited for."""
    name = str(run.spec["judge"])
    queue = iter(todo)
    done = 0

    async def progress() -> None:
        told = {
            "code": "judging",
            "message": f"All answers are there; the judge has read {done} of {len(todo)}.",
            "hint": "The report shows the rules' scores meanwhile.",
        }
        await held.tell(told)

    async def work() -> None:
        nonlocal done
        for matter in queue:
            if held.draining:
                return
            found = await _asked(parts.shelf, name, matter, held)
            if found is None:
                return
            verdict, said = found
            await held.keep(lambda c, m=matter, v=verdict, s=said: _keep(c, held.claim, name, m.key, v, s))  # type: ignore[misc]
            done += 1
            await progress()

    await progress()
    async with anyio.create_task_group() as group:
        for _ in range(min(run.at_once, len(todo))):
            group.start_soon(work)


async def _asked(shelf: Shelf, name: str, matter: Matter, held: Held) -> tuple[str, str] | None:
    """(verdict, the judge's words); None when the run was drained before there was one.

    An endpoint that is away or busy says nothing of the matter: it is asked again for as long as it takes. `FAILED` is
    what holds no verdict, what the endpoint refuses, and what it broke over `TRIES` times while it was there.
    """
    chat = shelf.chat(name)
    patience = pauses()
    tries = 0
    while True:
        try:
            said = await _said(chat, matter)
        except ModelError as error:
            tries += 1
            kind = trouble(error.code)
            gone = kind in ("down", "busy") or (kind == "fault" and await reachable(shelf, name) is False)
            if not gone and (kind == "wrong" or tries >= TRIES):
                return FAILED, f"{error.code}: {error.message}"[:2000]
            if held.draining:
                return None
            _LOG.warning("the judge did not answer: %s", error.message)
            await held.tell(error.as_dict())
            await anyio.sleep(max(next(patience), error.retry_after or 0.0))
        else:
            return read(said, matter.allowed), said[:2000]


async def _said(chat: ChatModel, matter: Matter) -> str:
    """The judge's words. Raises `ModelError`."""
    told = prompt("judge_correct" if matter.allowed == LABELS else "judge_pair")
    shown = "\n\n".join(
        f"<<<{title}\n{text}\n{title}>>>" for title, text in (("question", matter.question), *matter.texts)
    )
    messages = (Message("system", told), Message("user", shown))
    said = ""
    async for delta in chat.stream(messages, ChatOptions(temperature=0.0, max_tokens=200)):
        said += delta.text
    return said


def read(said: str, allowed: Sequence[str]) -> str:
    """The verdict in a judge's words; `FAILED` where there is none of those allowed."""
    for text in reversed(_OBJECT.findall(said)):
        try:
            values = json.loads(text).values()
        except (json.JSONDecodeError, AttributeError):
            continue
        for value in values:
            if value in allowed:
                return str(value)
    return FAILED


def _orders(case_id: str, arms: tuple[str, str], question: str, texts: tuple[str, str]) -> list[Matter]:
    one, other = texts
    return [
        Matter((case_id, *arms, 0), question, (("first", one), ("second", other)), WINNERS),
        Matter((case_id, *arms, 1), question, (("first", other), ("second", one)), WINNERS),
    ]


def _keep(connection: Connection, claim: Claim, judge_name: str, key: Key, verdict: str, said: str) -> None:
    """Raises `Lost` when the run is another worker's by now."""
    claims.must_hold(connection, claim)
    values: Mapping[str, Any] = {
        "run_id": claim.run_id,
        "case_id": key[0],
        "arm": key[1],
        "against": key[2],
        "flipped": key[3],
        "judge": judge_name,
        "prompt_hash": version(),
    }
    mine = [judgements.c[name] == value for name, value in values.items()]
    if connection.execute(select(judgements.c.verdict).where(*mine)).first() is None:
        connection.execute(insert(judgements).values(**values, verdict=verdict, said=said, created_at=now()))
    claims.wait(connection, claim, None)

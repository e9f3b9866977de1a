"""An optional model that judges, only when it is named: each answer against its references, pairs in both orders.

Its verdicts never replace the rules' scores. Pairs that people voted on are judged as well, so that the report can say
how far the judge agrees with people. A verdict is kept as soon as it is there, and never asked for twice.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import anyio
from sqlalchemy import Connection, insert, select

from ingest.catalogue.engine import now
from ingest.catalogue.transactions import Transactions
from service.compare.schema import comparisons, lanes, votes
from service.errors import ModelError
from service.evaluate.schema import judgements
from service.evaluate.types import Arm, Result, Run, StoredCase
from service.parts import Parts
from service.ports import ChatModel
from service.types import ChatOptions, Message

LABELS = ("correct", "incorrect", "not_attempted")
WINNERS = ("first", "second", "tie")
FAILED = "failed"
"""The verdict of a judge that said nothing usable: kept, and counted nowhere."""
MOST_BATTLES = 300
TRIES = 3
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


@dataclass(frozen=True, slots=True)
class Battle:
    """A pair that people voted on. `winner` is the side most of them preferred, "tie" when it is even."""

    comparison_id: str
    question: str
    variants: tuple[str, str]
    texts: tuple[str, str]
    winner: str


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
        found += _orders(f"comparison {battle.comparison_id}", battle.variants, battle.question, battle.texts)
    return found


def battles(connection: Connection) -> list[Battle]:
    """The latest pairs that people voted on, blind and between two lanes, with what most of them said."""
    rows = connection.execute(
        select(comparisons.c.id, comparisons.c.question, votes.c.winner)
        .join(votes, votes.c.comparison_id == comparisons.c.id)
        .where(comparisons.c.blind, votes.c.counted)
        .order_by(comparisons.c.created_at.desc())
        .limit(MOST_BATTLES)
    ).all()
    voted: dict[str, tuple[str, list[str]]] = {}
    for id, question, winner in rows:
        voted.setdefault(id, (question, []))[1].append(winner)
    shown: dict[str, dict[int, tuple[str, str]]] = {}
    for id, lane, variant, text in connection.execute(
        select(lanes.c.comparison_id, lanes.c.lane, lanes.c.base, lanes.c.shown).where(
            lanes.c.comparison_id.in_(list(voted))
        )
    ):
        shown.setdefault(id, {})[lane] = (variant, text or "")
    found = []
    for id, (question, winners) in voted.items():
        sides = shown.get(id, {})
        if set(sides) == {0, 1}:
            left, right = winners.count("0"), winners.count("1")
            winner = "first" if left > right else "second" if right > left else "tie"
            (one, text), (other, text_too) = sides[0], sides[1]
            found.append(Battle(id, question, (one, other), (text, text_too), winner))
    return found


def kept(connection: Connection, run_id: str, judge: str) -> dict[Key, str]:
    """Verdicts there are, of the prompts as they are now."""
    rows = connection.execute(
        select(
            judgements.c.case_id, judgements.c.arm, judgements.c.against, judgements.c.flipped, judgements.c.verdict
        ).where(judgements.c.run_id == run_id, judgements.c.judge == judge, judgements.c.prompt_hash == version())
    )
    return {(row[0], row[1], row[2], row[3]): row[4] for row in rows}


async def judge(
    parts: Parts,
    run: Run,
    todo: Sequence[Matter],
    *,
    draining: Callable[[], bool],
    progress: Callable[[int], Any],
) -> None:
    """Ask for every verdict in `todo`, keeping each. `progress` is awaited with how many are there."""
    name = str(run.spec["judge"])
    chat = parts.shelf.chat(name)
    catalogue = Transactions(parts.engine)
    queue = iter(todo)
    done = 0

    async def work() -> None:
        nonlocal done
        for matter in queue:
            if draining():
                return
            verdict, said = await _asked(chat, matter)
            await catalogue.write(lambda c, m=matter, v=verdict, s=said: _keep(c, run.id, name, m.key, v, s))  # type: ignore[misc]
            done += 1
            await progress(done)

    async with anyio.create_task_group() as group:
        for _ in range(min(run.at_once, len(todo))):
            group.start_soon(work)


async def _asked(chat: ChatModel, matter: Matter) -> tuple[str, str]:
    """(verdict, the judge's words)."""
    told = prompt("judge_correct" if matter.allowed == LABELS else "judge_pair")
    shown = "\n\n".join(
        f"<<<{title}\n{text}\n{title}>>>" for title, text in (("question", matter.question), *matter.texts)
    )
    said = ""
    for pause in (2.0, 8.0, 0.0):
        said = ""
        try:
            async for delta in chat.stream(
                (Message("system", told), Message("user", shown)), ChatOptions(temperature=0.0, max_tokens=200)
            ):
                said += delta.text
        except ModelError as error:
            _LOG.warning("the judge did not answer: %s", error.message)
            await anyio.sleep(max(pause, error.retry_after or 0.0))
            continue
        break
    return read(said, matter.allowed), said[:2000]


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


def _keep(connection: Connection, run_id: str, judge_name: str, key: Key, verdict: str, said: str) -> None:
    values: Mapping[str, Any] = {
        "run_id": run_id,
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

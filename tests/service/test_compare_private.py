"""Whose comparison it is: who may find it, read what was sent, and vote in whose name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from ingest.catalogue.engine import migrate, open_engine, sqlite_url, writing
from service.compare import arms, records
from service.compare.archive import Archive
from service.compare.records import New
from service.compare.types import Arm, Ended, Lane
from service.errors import BadRequest, Conflict, Forbidden
from service.ids import new_id
from service.types import Message, Variant
from service.wiring import MIGRATIONS

pytestmark = pytest.mark.anyio


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = open_engine(sqlite_url(tmp_path))
    migrate(made, MIGRATIONS)
    yield made
    made.dispose()


def asked(engine: Engine, *, visitor: str | None, conversation: str | None = None, blind: bool = True) -> str:
    """A comparison of two lanes that have answered."""
    question = f"Whom do I tell {new_id('q')}?"
    lanes = [
        Lane(n, n, n, Arm(Variant(name, name, "plain", "m", {}, "0", "custom"), name, name))
        for n, name in enumerate("ab")
    ]
    key = arms.question_key(question, "default")
    battle = arms.battle_key(key, (lane.arm for lane in lanes))
    new = New(new_id("cmp"), question, key, battle, "default", blind, False, visitor, conversation)
    with writing(engine) as connection:
        records.begin(connection, new, lanes)
        for lane in lanes:
            sent = ((Message("user", "I am Eva Lind, I want to resign."), Message("user", question)),)
            ended = Ended(lane.number, "answered", prompts=sent)
            records.end(connection, new.id, ended, shown="words", reveals=None, style=None)
    return new.id


async def listed(engine: Engine, visitor: str | None) -> set[str]:
    found = await Archive(engine).page(collection=None, before=None, limit=50, visitor=visitor)
    return {line.id for line, _ in found}


async def test_a_colleague_without_a_name_takes_no_vote_from_the_one_who_asked(engine: Engine) -> None:
    archive, one = Archive(engine), asked(engine, visitor="anna")
    with pytest.raises(BadRequest) as raised:
        await archive.vote(one, winner=1, reason=None, visitor=None, source="compare")
    assert raised.value.code == "visitor_needed"
    assert not (await archive.one(one, None)).can_vote
    anna = await archive.one(one, "anna")
    assert (anna.voted, anna.can_vote, anna.revealed) == (None, True, False)
    _, cast = await archive.vote(one, winner=0, reason=None, visitor="anna", source="compare")
    assert cast.counted


async def test_a_list_is_of_ones_own_and_of_what_nobody_in_particular_asked(engine: Engine) -> None:
    own = asked(engine, visitor="eva", conversation="conv_1")
    others, nobodys = asked(engine, visitor="anna", blind=False), asked(engine, visitor=None)
    spoken = asked(engine, visitor=None, conversation="conv_2", blind=False)
    assert await listed(engine, "eva") == {own, nobodys}
    assert await listed(engine, "anna") == {others, nobodys}
    assert await listed(engine, None) == {nobodys}
    assert await listed(engine, "stranger") == {nobodys}
    assert not {own, spoken} & await listed(engine, "")


@pytest.mark.parametrize("blind", [True, False])
async def test_what_was_sent_in_a_conversation_is_for_its_visitor_alone(engine: Engine, blind: bool) -> None:
    archive, one = Archive(engine), asked(engine, visitor="eva", conversation="conv_1", blind=blind)
    await archive.vote(one, winner="tie", reason=None, visitor="stranger", source="compare")
    for visitor in ("stranger", None, ""):
        with pytest.raises(Forbidden):
            await archive.prompts(one, visitor)
    if blind:
        with pytest.raises(Conflict):
            await archive.prompts(one, "eva")
        await archive.vote(one, winner=0, reason=None, visitor="eva", source="compare")
    assert "Eva Lind" in str(await archive.prompts(one, "eva"))
    nameless = asked(engine, visitor=None, conversation="conv_2", blind=False)
    with pytest.raises(Forbidden):
        await archive.prompts(nameless, None)


async def test_what_was_sent_outside_of_conversations_is_for_who_has_the_link(engine: Engine) -> None:
    assert len(await Archive(engine).prompts(asked(engine, visitor="anna", blind=False), "bob")) == 2

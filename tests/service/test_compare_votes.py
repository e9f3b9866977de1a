"""Votes: who may cast them, which of them count, and the leaderboard they make."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, update

from ingest.catalogue.engine import instant, migrate, open_engine, sqlite_url, writing
from service.compare import arms, ballots, records
from service.compare.archive import Archive
from service.compare.leaderboard import KEPT_S, Board, Cast, Leaderboard, Place, board, fought, sentence, verdict
from service.compare.records import New
from service.compare.schema import comparisons, lanes, votes
from service.compare.types import Arm, Ended, Lane, Outcome, Winner
from service.errors import Conflict, ServiceError
from service.ids import new_id
from service.statistics.rank import ranking
from service.statistics.votes import Battle
from service.types import Message, Variant
from service.wiring import MIGRATIONS
from tests.doubles.postgres import postgres

pytestmark = pytest.mark.anyio


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = open_engine(sqlite_url(tmp_path))
    migrate(made, MIGRATIONS)
    yield made
    made.dispose()


def arm(name: str, settings: str = "") -> Arm:
    return Arm(Variant(name, name.title(), "plain", "m", {}, "0", "custom"), name, f"{name}{settings}")


def compared(
    engine: Engine,
    *names: str,
    question: str = "Sea?",
    blind: bool = True,
    visitor: str | None = None,
    outcomes: Sequence[Outcome] | None = None,
    texts: Sequence[str] = (),
    reveals: str | None = None,
    collection: str = "default",
) -> str:
    """A comparison whose lanes have ended, by name in the order shown."""
    placed = [Lane(n, n, n, arm(name)) for n, name in enumerate(names)]
    key = arms.question_key(question, collection)
    new = New(
        id=new_id("cmp"),
        question=question,
        question_key=key,
        battle_key=arms.battle_key(key, (lane.arm for lane in placed)),
        collection=collection,
        blind=blind,
        drawn=False,
        visitor=visitor,
    )
    with writing(engine) as connection:
        records.begin(connection, new, placed)
        for lane, outcome in zip(placed, outcomes or ["answered"] * len(names), strict=True):
            if outcome == "running":
                continue
            ended = Ended(lane.number, outcome, f"ans_{lane.number}", "conv", prompts=((Message("user", question),),))
            text = texts[lane.number] if texts else "word"
            style = {"tokens": len(text), "headings": 0, "lists": 0, "bold": 0}
            records.end(connection, new.id, ended, shown=text, reveals=reveals, style=style)
    return new.id


async def vote(engine: Engine, comparison_id: str, winner: Winner = 0, visitor: str | None = "ada") -> ballots.Vote:
    archive = Archive(engine)
    _, cast = await archive.vote(comparison_id, winner=winner, reason=None, visitor=visitor, source="compare")
    return cast


async def refused(engine: Engine, comparison_id: str, winner: Winner = 0, visitor: str | None = "ada") -> str:
    with pytest.raises(ServiceError) as raised:
        await vote(engine, comparison_id, winner, visitor)
    return raised.value.code


async def test_a_vote_is_final(engine: Engine) -> None:
    one = compared(engine, "a", "b")
    await vote(engine, one, 0)
    assert await refused(engine, one, 1) == "already_voted"
    assert await refused(engine, one, "tie") == "already_voted"
    await vote(engine, one, 1, "bob")
    seen = await Archive(engine).one(one, "ada")
    assert seen.voted is not None
    assert (seen.voted.winner, seen.revealed, seen.can_vote) == (0, True, False)
    assert (seen.tally.lane_wins, seen.tally.ties, seen.tally.both_bad) == ((1, 1), 0, 0)


async def test_one_vote_for_each_voter_question_and_set_of_lanes(engine: Engine) -> None:
    await vote(engine, compared(engine, "a", "b", question="How deep is the sea?"))
    again = compared(engine, "b", "a", question="how deep  is the SEA?")
    assert await refused(engine, again) == "already_voted"
    assert not (await Archive(engine).one(again, "ada")).can_vote
    await vote(engine, again, visitor="bob")
    await vote(engine, compared(engine, "a", "c", question="How deep is the sea?"))
    await vote(engine, compared(engine, "a", "b", question="How wide is the sea?"))
    await vote(engine, compared(engine, "a", "b", question="How deep is the sea?", collection="other"))


async def test_a_voter_without_a_name_votes_once_for_each_comparison(engine: Engine) -> None:
    one, other = compared(engine, "a", "b"), compared(engine, "a", "b")
    await vote(engine, one, visitor=None)
    assert await refused(engine, one, visitor=None) == "already_voted"
    await vote(engine, other, visitor=None)
    # Who gave a name when asking cannot lay it down to vote again.
    named = compared(engine, "a", "b", question="Deep?", visitor="ada")
    await vote(engine, named, visitor="ada")
    assert await refused(engine, named, visitor=None) == "visitor_needed"


async def test_nobody_takes_the_name_of_the_voter_without_one(engine: Engine) -> None:
    """Else a stranger's vote would be nobody's: names told to all who look, and the vote of who asked not counted."""
    one = compared(engine, "a", "b", visitor="ada")
    assert await refused(engine, one, visitor=f"anonymous:{one}") == "bad_visitor"
    assert (await vote(engine, one, visitor="ada")).counted


@pytest.mark.parametrize("outcome", ["failed", "stopped", "running"])
async def test_there_is_nothing_to_vote_on_unless_every_lane_has_an_answer(engine: Engine, outcome: Outcome) -> None:
    one = compared(engine, "a", "b", outcomes=["answered", outcome])
    assert await refused(engine, one) == "cannot_vote"
    assert not (await Archive(engine).one(one, "ada")).can_vote


async def test_a_decline_is_an_answer_to_vote_on(engine: Engine) -> None:
    assert (await vote(engine, compared(engine, "a", "b", outcomes=["declined", "answered"]), 1)).counted


async def test_a_lane_lost_with_its_process_does_not_run_for_ever(engine: Engine) -> None:
    one = compared(engine, "a", "b", outcomes=["answered", "running"])
    with writing(engine) as connection:
        connection.execute(update(comparisons).values(created_at=instant(1_700_000_000)))
    kept = (await Archive(engine).one(one, None)).kept
    assert [lane.outcome for lane in kept.lanes] == ["answered", "stopped"]
    assert not kept.running


@pytest.mark.parametrize("winner", [2, 5])
async def test_the_winner_is_a_lane_that_is_there(engine: Engine, winner: int) -> None:
    assert await refused(engine, compared(engine, "a", "b"), winner) == "bad_winner"


async def test_open_votes_and_texts_that_tell_are_kept_and_not_counted(engine: Engine) -> None:
    open_vote = await vote(engine, compared(engine, "a", "b", blind=False))
    telling = await vote(engine, compared(engine, "a", "b", question="Deep?", reveals="the documents provided"))
    assert (open_vote.counted, open_vote.why_not) == (False, "open")
    assert (telling.counted, telling.why_not) == (False, "reveals")
    found = await Leaderboard(engine).of()
    assert (found.votes, found.left_out) == (0, {"open": 1, "reveals": 1})
    assert found.ranking.standings == ()


async def test_a_voter_after_everybody_could_read_the_names_is_not_counted(engine: Engine) -> None:
    one = compared(engine, "a", "b")
    assert (await vote(engine, one, visitor=None)).counted
    assert (await Archive(engine).one(one, None)).revealed, "whoever has the link reads the names now"
    assert (await vote(engine, one, visitor="bob")).why_not == "open"


async def test_the_one_who_asked_reads_the_names_by_name_alone(engine: Engine) -> None:
    one = compared(engine, "a", "b", visitor="ada")
    await vote(engine, one, visitor="ada")
    archive = Archive(engine)
    assert (await archive.one(one, "ada")).revealed
    assert not (await archive.one(one, None)).revealed
    assert not (await archive.one(one, "bob")).revealed
    assert {line.id: shown for line, shown in await page(archive, "ada")} == {one: True}
    assert await page(archive, None) == []
    with pytest.raises(Conflict) as raised:
        await archive.prompts(one, None)
    assert raised.value.code == "vote_first"
    assert len(await archive.prompts(one, "ada")) == 2


async def page(archive: Archive, visitor: str | None) -> Any:
    return await archive.page(collection=None, before=None, limit=50, visitor=visitor)


async def test_lists_go_on_where_they_stopped(engine: Engine) -> None:
    made = [compared(engine, "a", "b", question=f"{n}?") for n in range(7)]
    compared(engine, "a", "b", collection="other")
    archive, seen, before = Archive(engine), [], None
    while found := await archive.page(collection="default", before=before, limit=3, visitor=None):
        seen += [line.id for line, _ in found]
        before = seen[-1]
    assert sorted(seen) == sorted(made)
    assert len(set(seen)) == 7


def test_a_vote_on_many_lanes_is_a_battle_for_each_pair_it_decides() -> None:
    places = tuple(Place(name, name, "plain", name, {"tokens": n + 1}) for n, name in enumerate("abc"))
    assert list(fought(Cast("ada", "1", None, places))) == [
        Battle("a", "b", "right", "ada", {"tokens": (1, 2)}),
        Battle("b", "c", "left", "ada", {"tokens": (2, 3)}),
    ]
    assert [(one.left, one.right, one.winner) for one in fought(Cast("ada", "tie", None, places))] == [
        ("a", "b", "tie"),
        ("a", "c", "tie"),
        ("b", "c", "tie"),
    ]


async def test_the_leaderboard_is_the_ranking_of_the_same_votes(engine: Engine) -> None:
    """Sides, lengths, ties, votes that both are bad, and voters, by way of the catalogue."""
    coin = random.Random(5)
    battles: list[Battle] = []
    for n in range(120):
        left, right = coin.sample(["a", "b", "c"], 2)
        texts = ["x" * coin.randint(1, 90), "y" * coin.randint(1, 90)]
        winner: Winner = coin.choice([0, 0, 1, "tie", "both_bad"])
        who = f"voter{n % 12}"
        one = compared(engine, left, right, question=f"{n}?", texts=texts)
        assert (await vote(engine, one, winner, who)).counted
        style = {"tokens": (float(len(texts[0])), float(len(texts[1]))), **dict.fromkeys(_OTHERS, (0.0, 0.0))}
        sides: Any = {0: "left", 1: "right", "tie": "tie", "both_bad": "both_bad"}
        battles.append(Battle(left, right, sides[winner], who, style))
    found = await Leaderboard(engine).of()
    expected = ranking(battles)
    assert (found.votes, found.ranking.voters) == (120, 12)
    assert found.ranking.connected
    assert [one.arm for one in found.ranking.standings] == [one.arm for one in expected.standings]
    for ours, theirs in zip(found.ranking.standings, expected.standings, strict=True):
        assert ours.strength == pytest.approx(theirs.strength, abs=1e-6)
        assert (ours.wins, ours.losses, ours.ties, ours.both_bad) == (
            theirs.wins,
            theirs.losses,
            theirs.ties,
            theirs.both_bad,
        )
        assert (ours.rank_low, ours.rank_high) == (theirs.rank_low, theirs.rank_high)
    assert sum(found.wins.values()) == sum(battle.winner in ("left", "right") for battle in battles)
    assert all(found.games[one, other] == found.games[other, one] for one, other in found.games)


_OTHERS = ("headings", "lists", "bold")


async def test_on_postgres() -> None:
    with postgres() as url:
        engine = open_engine(url)
        migrate(engine, MIGRATIONS)
        one = compared(engine, "a", "b")
        other = compared(engine, "c", "d", blind=False)
        assert (await vote(engine, one)).counted
        assert await refused(engine, compared(engine, "b", "a")) == "already_voted"
        assert {line.id: shown for line, shown in await page(Archive(engine), "ada")}[other]
        assert len(await page(Archive(engine), None)) == 3
        assert len(await Archive(engine).prompts(one, "ada")) == 2
        assert (await Leaderboard(engine).of("default", since="2020-01-01T00:00:00.000Z")).votes == 1
        engine.dispose()


async def test_arms_that_have_not_met_are_not_ranked(engine: Engine) -> None:
    await vote(engine, compared(engine, "a", "b"))
    await vote(engine, compared(engine, "c", "d"))
    found = await Leaderboard(engine).of()
    assert not found.ranking.connected
    assert all(math.isnan(one.strength) for one in found.ranking.standings)
    assert "a, b" in sentence(found)
    assert "c, d" in sentence(found)
    assert verdict(found) == "apart"
    await vote(engine, compared(engine, "b", "c"), "both_bad")
    assert not (await Leaderboard(engine).of()).ranking.connected, "that both are bad connects nobody"
    await vote(engine, compared(engine, "b", "c", question="Deep?"), "tie")
    assert (await Leaderboard(engine).of()).ranking.connected


async def test_votes_that_found_nothing_good_are_told_as_what_they_are(engine: Engine) -> None:
    await vote(engine, compared(engine, "a", "b"), "both_bad")
    found = await Leaderboard(engine).of()
    assert verdict(found) == "apart"
    assert sentence(found) == "Nobody is ahead: everything so far was 'both bad' (1 blind vote)."
    await vote(engine, compared(engine, "c", "d"))
    assert "both bad" not in sentence(await Leaderboard(engine).of())


async def test_the_leaderboard_is_kept_until_a_vote_is_cast(engine: Engine) -> None:
    leaderboard = Leaderboard(engine)
    await vote(engine, compared(engine, "a", "b"))
    first = await leaderboard.of()
    assert await leaderboard.of() is first
    assert await leaderboard.of("default") is not first
    await vote(engine, compared(engine, "a", "b", question="Deep?"))
    assert (await leaderboard.of()).votes == 2
    assert (await leaderboard.of("nowhere")).votes == 0


async def test_votes_from_an_instant_on(engine: Engine) -> None:
    for day in range(1, 5):
        one = compared(engine, "a", "b", question=f"{day}?")
        with writing(engine) as connection:
            connection.execute(insert(votes).values(**_row(one, f"2026-01-0{day}T12:00:00.000Z")))
    leaderboard = Leaderboard(engine)
    assert (await leaderboard.of()).votes == 4
    assert (await leaderboard.of(since="2026-01-03T12:00:00.000Z")).votes == 2
    assert (await leaderboard.of(since="2026-01-04T13:00:00.000Z")).votes == 0
    assert await leaderboard.of(since="2026-01-03T12:00:00.001Z") is await leaderboard.of(
        since="2026-01-03T12:59:00.0Z"
    )


async def test_one_of_many_votes_is_kept_for_some_seconds_while_votes_come(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    leaderboard = Leaderboard(engine, clock=lambda: now)
    monkeypatch.setattr("service.compare.leaderboard.LARGE", 1)
    for day in range(1, 3):
        await vote(engine, compared(engine, "a", "b", question=f"{day}?"))
    first = await leaderboard.of()
    await vote(engine, compared(engine, "a", "b", question="Deep?"))
    now += KEPT_S - 1
    assert await leaderboard.of() is first
    now += 2
    assert (await leaderboard.of()).votes == 3


def _row(comparison_id: str, created_at: str) -> dict[str, Any]:
    return {
        "id": new_id("vote"),
        "comparison_id": comparison_id,
        "voter": created_at,
        "battle_key": comparison_id,
        "winner": "0",
        "source": "compare",
        "counted": True,
        "created_at": created_at,
    }


async def test_a_name_with_changed_settings_is_told(engine: Engine) -> None:
    await vote(engine, compared(engine, "a", "b"))
    two = compared(engine, "a", "b", question="Deep?")
    with writing(engine) as connection:
        connection.execute(
            update(lanes).where(lanes.c.comparison_id == two, lanes.c.variant == "a").values(arm="a2", label="New A")
        )
    await vote(engine, two)
    found = await Leaderboard(engine).of()
    assert (found.variants["a"].configurations, found.variants["a"].label) == (2, "New A")
    assert found.variants["b"].configurations == 1


def of(outcomes: str) -> Board:
    """Votes on a against b, each by another voter: w(on by a), l(ost), t(ie); a stands left every other time."""
    cast = []
    for n, outcome in enumerate(outcomes):
        names = "ab" if n % 2 else "ba"
        winner = "tie" if outcome == "t" else str(names.index("a" if outcome == "w" else "b"))
        places = tuple(Place(name, name, "plain", name, {"tokens": 9}) for name in names)
        cast.append(Cast(f"voter{n}", winner, None, places))
    return board(cast)


@pytest.mark.parametrize("outcomes", ["", "w", "wwww", "wwwwwwwww", "wwll", "wlwlwlwlwlwwwlwtwlwl"])
def test_few_or_split_votes_decide_nothing(outcomes: str) -> None:
    assert "is preferred" not in sentence(of(outcomes))
    assert verdict(of(outcomes)) == ("undecided" if outcomes else "no_votes")


def test_so_few_votes_rank_nobody_and_say_how_many_it_takes() -> None:
    one = of("w")
    assert one.ranking.told == ()
    assert {standing.arm: standing.wanting for standing in one.ranking.standings} == {"a": 9, "b": 9}
    assert one.ranking.more_voters == 4
    assert sentence(one) == (
        "Too early to rank: 1 blind vote so far. It takes 9 more votes on a and on b that prefer one or call a tie."
    )
    assert "It takes 1 more vote on a and on b" in sentence(of("w" * 9))
    assert verdict(of("w" * 9)) == "undecided"
    enough = of("w" * 10)
    assert ([standing.arm for standing in enough.ranking.told], enough.ranking.more_voters) == (["a", "b"], 0)
    assert verdict(of("w" * 20)) == "preferred"


def test_a_newcomer_is_left_out_while_the_others_are_ranked() -> None:
    places = tuple(Place(name, name, "plain", name, {"tokens": 9}) for name in "bc")
    cast = [Cast(f"voter{n}", str(n % 2), None, (Place("a", "a", "plain", "a", {"tokens": 9}), places[0]))
            for n in range(12)]  # fmt: skip
    ranked = board([*cast, Cast("late", "0", None, places)]).ranking
    assert {standing.arm for standing in ranked.told} == {"a", "b"}


def test_a_lead_that_one_look_would_believe_is_not_believed_at_every_look() -> None:
    found = of("wwl" * 20)
    assert [standing.rank_low for standing in found.ranking.standings] == [1, 2]
    assert verdict(found) == "undecided"


def test_a_voter_stays_with_the_side_they_took_first() -> None:
    """Counted by what most of their votes say so far, a voter would be tossed anew at every look."""
    places = tuple(Place(name, name, "plain", name, {"tokens": 9}) for name in "ab")
    changed = [Cast(f"voter{n}", "0", None, places) for n in range(12)]
    changed += [Cast("voter0", winner, None, places) for winner in ("tie", "1", "1", "1")]
    lead = board(changed).lead
    assert lead is not None
    assert (lead.estimate, lead.n) == (1.0, 12)


def test_enough_votes_decide() -> None:
    told = "a is preferred: 18 of the 20 voters who took sides on it chose it at first."
    assert sentence(of("w" * 18 + "ll")) == told
    assert sentence(of("l" * 18 + "ww")).startswith("b is preferred")
    assert verdict(of("l" * 18 + "ww")) == "preferred"

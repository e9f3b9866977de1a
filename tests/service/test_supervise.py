"""The supervisor with tiny children: start, restart, give up, stop in order."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path
from typing import Literal

import pytest

from service.errors import NotReady
from service.supervise.child import Child, Restart
from service.supervise.supervisor import Supervisor
from tests.doubles.tiny_child import QUICK, alive, tiny, until

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["signal", "watch"])
def leash(request: pytest.FixtureRequest) -> Literal["signal", "watch"]:
    chosen: Literal["signal", "watch"] = request.param
    return chosen


async def test_children_are_ready_inside_and_gone_after(tmp_path: Path, leash: Literal["signal", "watch"]) -> None:
    children = [tiny(name, tmp_path / f"{name}.mark") for name in ("one", "two")]
    async with Supervisor(children, tmp_path, leash) as supervisor:
        states = supervisor.states()
        assert [state.name for state in states] == ["one", "two"]
        assert all(state.ok and state.pid and alive(state.pid) for state in states)
    assert not any(alive(state.pid or 0) for state in states)
    assert {state.phase for state in supervisor.states()} == {"stopped"}


async def test_children_start_at_the_same_time(tmp_path: Path) -> None:
    # Each waits for the other's first sign: one after the other would never become ready.
    both = 'touch "$MARK.up"; until [ -e "$OTHER.up" ]; do sleep 0.02; done; touch "$MARK"; exec sleep 600'
    marks = [tmp_path / "a", tmp_path / "b"]
    children = [
        tiny(mark.name, mark, both, environment={"PATH": os.environ["PATH"], "MARK": str(mark), "OTHER": str(other)})
        for mark, other in zip(marks, reversed(marks), strict=True)
    ]
    async with Supervisor(children, tmp_path) as supervisor:
        assert all(state.ok for state in supervisor.states())


async def test_a_killed_child_comes_back(tmp_path: Path, leash: Literal["signal", "watch"]) -> None:
    async with Supervisor([tiny("one", tmp_path / "mark")], tmp_path, leash) as supervisor:
        first = supervisor.state("one").pid
        assert first
        os.kill(first, signal.SIGKILL)
        await until(lambda: supervisor.state("one").ok and supervisor.state("one").pid != first)
        assert supervisor.state("one").restarts == 1
    assert "SIGKILL" in (tmp_path / "one.log").read_text()


async def test_what_a_dead_child_had_started_goes_with_it(tmp_path: Path) -> None:
    script = 'sleep 600 & echo $! > "$MARK.pid"; touch "$MARK"; wait'
    async with Supervisor([tiny("one", tmp_path / "mark", script)], tmp_path) as supervisor:
        grandchild = int((tmp_path / "mark.pid").read_text())
        assert alive(grandchild)
        os.kill(supervisor.state("one").pid or 0, signal.SIGKILL)
        await until(lambda: not alive(grandchild))


def test_the_pause_before_a_restart_grows_to_its_bound() -> None:
    restart = Restart(first=0.5, most=3.0)
    assert [restart.delay(deaths) for deaths in (1, 2, 3, 4, 50)] == [0.5, 1.0, 2.0, 3.0, 3.0]


async def test_a_child_that_cannot_start_is_given_up_with_its_last_words(tmp_path: Path) -> None:
    child = tiny("one", tmp_path / "mark", 'echo "tried" >> "$MARK.tries"; echo "no such table: vectors"; exit 7')
    with pytest.raises(NotReady) as caught:
        async with Supervisor([child], tmp_path):
            pytest.fail("it never was ready")
    assert "status 7" in caught.value.message
    assert "no such table: vectors" in caught.value.message
    assert (tmp_path / "mark.tries").read_text().count("tried") == QUICK.give_up_after


async def test_a_missing_program_is_a_death_like_any_other(tmp_path: Path) -> None:
    with pytest.raises(NotReady, match="one"):
        async with Supervisor([tiny("one", tmp_path / "mark", command=("/no/such/program",))], tmp_path):
            pytest.fail("it never was ready")


async def test_an_essential_child_given_up_later_ends_the_installation(tmp_path: Path) -> None:
    script = 'if [ -e "$MARK.once" ]; then exit 3; fi; touch "$MARK.once" "$MARK"; exec sleep 600'
    async with Supervisor([tiny("one", tmp_path / "mark", script)], tmp_path) as supervisor:
        os.kill(supervisor.state("one").pid or 0, signal.SIGKILL)
        async with asyncio.timeout(10):
            with pytest.raises(NotReady, match="status 3"):
                await supervisor.failed()


async def test_the_rest_goes_on_without_a_child_that_is_not_essential(tmp_path: Path) -> None:
    children = [
        tiny("good", tmp_path / "good"),
        tiny("bad", tmp_path / "bad", "echo broken; exit 1", essential=False, awaited=False),
    ]
    async with Supervisor(children, tmp_path) as supervisor:
        await until(lambda: supervisor.state("bad").restarts > 2 * QUICK.give_up_after)
        assert supervisor.state("bad").phase != "failed", "what it waits for may come back"
        assert "status 1" in supervisor.state("bad").detail
        assert supervisor.state("good").ok


async def test_a_child_that_never_answers_is_killed_and_given_up(tmp_path: Path) -> None:
    child = tiny("mute", tmp_path / "mark", 'echo $$ >> "$MARK.pids"; exec sleep 600', ready_within=0.1)
    with pytest.raises(NotReady, match="not ready within"):
        async with Supervisor([child], tmp_path):
            pytest.fail("it never was ready")
    pids = [int(line) for line in (tmp_path / "mark.pids").read_text().split()]
    assert len(pids) == QUICK.give_up_after
    assert not any(alive(pid) for pid in pids)


async def test_the_remedy_is_tried_once_before_giving_up(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.touch()
    script = f'if [ -e "{broken}" ]; then exit 1; fi; touch "$MARK"; exec sleep 600'
    child = tiny("one", tmp_path / "mark", script, remedy=broken.unlink)
    async with Supervisor([child], tmp_path) as supervisor:
        assert supervisor.state("one").ok
        assert supervisor.state("one").restarts == 2


async def test_a_child_waits_for_those_it_needs_and_stops_before_them(tmp_path: Path) -> None:
    story = tmp_path / "story"
    script = f"""
        trap 'sleep "$LONG"; echo "$NAME stops" >> "{story}"; exit 0' TERM
        echo "$NAME starts" >> "{story}"; touch "$MARK"; while :; do sleep 0.02; done
    """

    def child(name: str, long: str, after: tuple[str, ...] = ()) -> Child:
        mark = tmp_path / name
        environment = {"PATH": os.environ["PATH"], "MARK": str(mark), "NAME": name, "LONG": long}
        return tiny(name, mark, script, environment=environment, after=after)

    # The worker takes longer to stop: told at the same time, the server would be gone first.
    children = [child("server", "0"), child("worker", "0.3", after=("server",))]
    async with Supervisor(children, tmp_path):
        pass
    assert story.read_text().splitlines() == ["server starts", "worker starts", "worker stops", "server stops"]


STUBBORN = 'trap "" TERM; touch "$MARK"; while :; do sleep 0.02; done'


async def test_a_child_that_does_not_stop_is_killed(tmp_path: Path) -> None:
    async with Supervisor([tiny("one", tmp_path / "mark", STUBBORN, stop_within=0.2)], tmp_path) as supervisor:
        pid = supervisor.state("one").pid or 0
    assert not alive(pid)


async def test_hurrying_ends_the_patience(tmp_path: Path) -> None:
    async with Supervisor([tiny("one", tmp_path / "mark", STUBBORN, stop_within=60.0)], tmp_path) as supervisor:
        pid, begun = supervisor.state("one").pid or 0, time.monotonic()
        stopping = asyncio.create_task(supervisor.stop())
        await asyncio.wait({stopping}, timeout=0.1)
        assert not stopping.done()
        supervisor.hurry()
        await stopping
    assert not alive(pid)
    assert time.monotonic() - begun < 10


async def test_stopping_while_starting_leaves_nobody_behind(tmp_path: Path) -> None:
    script = 'echo $$ > "$MARK.pid"; exec sleep 600'
    supervisor = Supervisor([tiny("slow", tmp_path / "mark", script, ready_within=60.0)], tmp_path)
    starting = asyncio.create_task(supervisor.__aenter__())
    written = tmp_path / "mark.pid"
    await until(lambda: written.exists() and written.read_text().strip())
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert not alive(int(written.read_text()))

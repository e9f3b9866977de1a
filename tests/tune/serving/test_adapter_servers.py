"""What the local server's process does with adapters, its llama.cpp servers replaced by things that count."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from service.errors import ModelFile
from service.models import adapters
from service.models.adapter_servers import GRACE_SECONDS, LONGEST_SECONDS, AdapterServers
from service.models.adapters import Adapter, Place

A, B = Adapter("a" * 64, "/x/a"), Adapter("b" * 64, "/x/b")


@dataclass
class Server:
    listening_address: str
    world: World

    def __del__(self) -> None:
        self.world.ended.append(self.listening_address)


@dataclass
class World:
    """`unsafe`, `bad` and `unloadable` are hashes that `check`, `trial` and `start` object to."""

    folder: Path
    now: float = 100.0
    unsafe: set[str] = field(default_factory=set)
    bad: set[str] = field(default_factory=set)
    unloadable: set[str] = field(default_factory=set)
    busy: set[str] = field(default_factory=set)
    tried: list[str] = field(default_factory=list)
    started: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)

    def servers(self, pid: int = 1) -> AdapterServers:
        return AdapterServers(
            self.folder,
            pid,
            check=self.check,
            trial=self.trial,
            start=self.start,
            busy=lambda url: url in self.busy,
            clock=lambda: self.now,
        )

    def check(self, adapter: Adapter) -> None:
        if adapter.sha256 in self.unsafe:
            raise ModelFile("wrong_hash", "It is another file.")

    def trial(self, adapter: Adapter) -> str | None:
        self.tried.append(adapter.sha256)
        return "llama.cpp does not load it" if adapter.sha256 in self.bad else None

    def start(self, adapter: Adapter) -> Server:
        if adapter.sha256 in self.unloadable:
            raise RuntimeError("Failed to init server")
        self.started.append(adapter.sha256)
        return Server(f"http://127.0.0.1:{len(self.started)}", self)

    @property
    def held(self) -> dict[str, Place]:
        return dict(adapters.told(self.folder).adapters)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_a_new_adapter_is_tried_loaded_and_told_while_the_others_stay(world: World) -> None:
    servers = world.servers()
    servers.sync([A])
    servers.sync([A, B])
    servers.sync([A, B])
    assert world.held == {A.sha256: Place("http://127.0.0.1:1/v1"), B.sha256: Place("http://127.0.0.1:2/v1")}
    assert world.tried == world.started == [A.sha256, B.sha256]
    assert world.ended == []


@pytest.mark.parametrize(
    ("fault", "problem", "tried"),
    [("unsafe", "It is another file.", 0), ("bad", "does not load", 1), ("unloadable", "Failed to init", 1)],
)
def test_a_broken_one_is_told_and_touches_nothing_else(world: World, fault: str, problem: str, tried: int) -> None:
    servers = world.servers()
    servers.sync([A])
    getattr(world, fault).add(B.sha256)
    for _ in range(3):
        servers.sync([A, B])
    assert world.held[A.sha256] == Place("http://127.0.0.1:1/v1")
    assert problem in str(world.held[B.sha256].problem)
    assert world.tried.count(B.sha256) == tried, "tried once, not again and again"
    assert (world.started, world.ended) == ([A.sha256], [])


def test_a_broken_one_is_tried_again_when_it_is_wanted_anew(world: World) -> None:
    servers = world.servers()
    world.bad.add(A.sha256)
    servers.sync([A])
    world.bad.clear()
    servers.sync([])
    servers.sync([A])
    assert world.held[A.sha256].url


def test_it_is_tried_again_though_nobody_saw_it_go(world: World) -> None:
    servers = world.servers()
    world.bad.add(A.sha256)
    servers.sync([A])
    world.bad.clear()
    servers.sync([replace(A, asked=1)])
    assert world.held[A.sha256] == Place("http://127.0.0.1:1/v1", asked=1)
    servers.sync([replace(A, asked=2)])
    assert world.started == [A.sha256], "what is held is not loaded again"


def test_a_retired_one_answers_to_its_end(world: World) -> None:
    servers = world.servers()
    servers.sync([A])
    world.busy.add("http://127.0.0.1:1")
    servers.sync([])
    assert world.held == {}, "nobody finds it any more"
    world.now += GRACE_SECONDS + 1
    servers.sync([])
    assert world.ended == [], "somebody is still being answered"
    world.busy.clear()
    servers.sync([])
    assert world.ended == ["http://127.0.0.1:1"]


def test_a_retired_one_lives_through_the_grace_though_nobody_asks(world: World) -> None:
    servers = world.servers()
    servers.sync([A])
    servers.sync([])
    world.now += GRACE_SECONDS - 1
    servers.sync([])
    assert world.ended == []
    world.now += 2
    servers.sync([])
    assert world.ended == ["http://127.0.0.1:1"]


def test_how_long_a_retired_one_may_live_is_bounded(world: World) -> None:
    servers = world.servers()
    servers.sync([A])
    world.busy.add("http://127.0.0.1:1")
    servers.sync([])
    world.now += LONGEST_SECONDS
    servers.sync([])
    assert world.ended == ["http://127.0.0.1:1"]


def test_after_a_restart_what_was_sound_is_loaded_at_once_and_no_old_address_is_told(world: World) -> None:
    world.bad.add(B.sha256)
    world.servers().sync([A, B])
    world.tried.clear()
    servers = world.servers(pid=2)
    assert adapters.told(world.folder) == adapters.Holding(2)
    servers.sync([A, B])
    assert world.tried == [B.sha256]
    world.unsafe.add(A.sha256)
    servers = world.servers(pid=3)
    servers.sync([A])
    assert world.held[A.sha256].problem, "its hash is looked at whenever it is loaded"

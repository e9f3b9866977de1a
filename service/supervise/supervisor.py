"""All children of one installation: started in parallel, stopped in reverse order."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from service.errors import NotReady
from service.supervise.child import Child, State
from service.supervise.keeper import LEASH, Keeper, Leash
from service.supervise.log import ChildLog


class Supervisor:
    """Use it as an async context manager: inside, the children live; after it, none of them does.

    Enter it from the main thread's event loop: the kernel's leash is tied to the thread that spawns.
    """

    def __init__(self, children: Sequence[Child], logs: Path, leash: Leash = LEASH) -> None:
        self._keepers = [Keeper(child, ChildLog(logs / f"{child.name}.log"), leash) for child in children]
        self._by_name = {keeper.child.name: keeper for keeper in self._keepers}
        self._lives: list[asyncio.Task[None]] = []
        self._gave_up = asyncio.Event()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._by_name)

    def states(self) -> tuple[State, ...]:
        """How every child is doing, in the order given."""
        return tuple(keeper.state for keeper in self._keepers)

    def state(self, name: str) -> State:
        return self._by_name[name].state

    async def __aenter__(self) -> Self:
        """Start all; returns when every awaited child is ready.

        Raises `NotReady` (code `part_failed`, with the child's last log lines) when an essential one cannot be started.
        """
        self._lives = [asyncio.create_task(self._live(keeper), name=keeper.child.name) for keeper in self._keepers]
        try:
            for keeper in self._keepers:
                if keeper.child.awaited:
                    await self._first(keeper.reached, self._gave_up)
                self._raise_if_failed()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def failed(self) -> None:
        """Returns only when an essential child has been given up; raises `NotReady` then."""
        await self._gave_up.wait()
        self._raise_if_failed()

    async def stop(self) -> None:
        """Stop all: together those that no other child needs, then those that only these needed, and so on."""
        pending = list(self._keepers)
        while pending:
            needed = {name for keeper in pending for name in keeper.child.after}
            free = [keeper for keeper in pending if keeper.child.name not in needed] or pending
            await asyncio.gather(*(keeper.stop() for keeper in free))
            pending = [keeper for keeper in pending if keeper not in free]
        await asyncio.gather(*self._lives)
        for keeper in self._keepers:
            keeper.log.close()

    def hurry(self) -> None:
        """Kill what is still stopping."""
        for keeper in self._keepers:
            keeper.hurry()

    async def _live(self, keeper: Keeper) -> None:
        for name in keeper.child.after:
            await self._by_name[name].reached.wait()
        await keeper.run()
        if keeper.state.phase == "failed" and keeper.child.essential:
            self._gave_up.set()

    def _raise_if_failed(self) -> None:
        for keeper in self._keepers:
            if keeper.state.phase == "failed" and keeper.child.essential:
                message = f"{keeper.state.detail}\nits last lines:\n{keeper.log.tail()}"
                raise NotReady("part_failed", message, "`parallax doctor` checks what it needs")

    @staticmethod
    async def _first(*events: asyncio.Event) -> None:
        waits = [asyncio.ensure_future(event.wait()) for event in events]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

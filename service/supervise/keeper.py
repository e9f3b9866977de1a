"""One child's life: start it, see it become ready, start it again when it dies, end it."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

from service.supervise.child import Child, Phase, State
from service.supervise.log import ChildLog

logger = logging.getLogger("parallax.supervise")

Leash = Literal["signal", "watch"]
LEASH: Leash = "signal" if sys.platform == "linux" else "watch"
_LEASH_FILE = Path(__file__).with_name("leash.py")


class Keeper:
    """Keeps one child. `run()` is its whole life and ends by `stop()` or by giving up; `reached` fires at both ends of
    waiting: when the child is ready for the first time, and when it is given up.
    """

    def __init__(self, child: Child, log: ChildLog, leash: Leash = LEASH) -> None:
        self.child = child
        self.log = log
        self.reached = asyncio.Event()
        self._leash = leash
        self._phase: Phase = "waiting"
        self._detail = ""
        self._restarts = 0
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = asyncio.Event()
        self._hurry = asyncio.Event()

    @property
    def state(self) -> State:
        alive = self._process is not None and self._process.returncode is None
        pid = self._process.pid if self._process is not None and alive else None
        return State(self.child.name, self._phase, pid, self._restarts, self._detail)

    async def run(self) -> None:
        """Start, watch, restart. Returns when the child is stopped or given up; never raises for what it does."""
        deaths, cured = 0, self.child.remedy is None
        while not self._stopping.is_set():
            self._phase = "starting" if not self.reached.is_set() else "restarting"
            started = time.monotonic()
            was_ready, status = await self._once()
            if self._stopping.is_set():
                break
            stable = was_ready and time.monotonic() - started >= self.child.restart.stable_after
            deaths = 1 if stable else deaths + 1
            self._restarts += 1
            self._detail = f"{status}; starting it again"
            # One that the others can do without is never given up: what it waits for may come back.
            if self.child.essential and deaths >= self.child.restart.give_up_after:
                self._give_up(f"{status}, {deaths} times in a row")
                break
            if self.child.remedy is not None and not cured and not was_ready and deaths >= 2:
                cured = True
                logger.warning("%s does not start (%s); trying its remedy", self.child.name, status)
                try:
                    self.child.remedy()
                except OSError as error:
                    logger.warning("the remedy of %s failed: %s", self.child.name, error)
            delay = self.child.restart.delay(deaths)
            self._phase = "restarting"
            logger.warning("%s: %s; starting it again in %.2g s", self.child.name, status, delay)
            self.log.note(f"{status}; starting it again in {delay:.2g} s")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), delay)
        if self._phase != "failed":
            self._phase, self._detail = "stopped", ""
        self.reached.set()

    async def stop(self) -> None:
        """SIGTERM, `stop_within` seconds of patience (none after `hurry()`), then SIGKILL to its whole group."""
        self._stopping.set()
        process = self._process
        if process is None or process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            process.terminate()
        gone, hurry = asyncio.ensure_future(process.wait()), asyncio.ensure_future(self._hurry.wait())
        await asyncio.wait({gone, hurry}, timeout=self.child.stop_within, return_when=asyncio.FIRST_COMPLETED)
        hurry.cancel()
        if not gone.done():
            logger.warning("%s did not stop in time and is killed", self.child.name)
            _kill_group(process.pid)
        await gone

    def hurry(self) -> None:
        """No more patience in `stop()`."""
        self._hurry.set()

    async def _once(self) -> tuple[bool, str]:
        """One life: (whether it became ready, how it ended)."""
        try:
            self.child.prepare()
        except OSError as error:
            return False, f"could not be prepared: {error}"
        with _ears(self.log) as mouth, _lifeline(self._leash) as lifeline:
            try:
                process = await self._spawn(lifeline, mouth)
            except OSError as error:
                return False, f"could not be started: {error}"
            finally:
                os.close(mouth)
            return await self._live(process)

    async def _live(self, process: asyncio.subprocess.Process) -> tuple[bool, str]:
        self._process = process
        if self._stopping.is_set():  # `stop()` came while it was being spawned and has not seen it
            process.kill()
        try:
            ready = await self._until_ready(process)
            if ready and not self._stopping.is_set():
                self._phase, self._detail = "ready", ""
                self.reached.set()
                logger.info("%s is ready (process %d)", self.child.name, process.pid)
            elif process.returncode is None and not self._stopping.is_set():
                self.log.note(f"not ready within {self.child.ready_within:g} s")
                _kill_group(process.pid)
                await process.wait()
                return False, f"was not ready within {self.child.ready_within:g} s"
            return ready, _describe(await process.wait())
        finally:
            _kill_group(process.pid)  # whatever it had started itself goes with it

    async def _spawn(self, stdin: int, stdout: int) -> asyncio.subprocess.Process:
        leash = (sys.executable, "-I", "-S", str(_LEASH_FILE), str(os.getpid()), self._leash)
        # Our own pipes, not asyncio's: its `wait()` would go on until the last grandchild has closed them.
        return await asyncio.create_subprocess_exec(
            *leash,
            *self.child.command,
            stdin=stdin,
            stdout=stdout,
            stderr=stdout,
            env=dict(self.child.environment),
            start_new_session=True,  # Ctrl-C in the terminal is the supervisor's to handle
        )

    async def _until_ready(self, process: asyncio.subprocess.Process) -> bool:
        """True once it answers and is alive; False when it died, time ran out, or we are stopping."""
        gone = asyncio.ensure_future(process.wait())
        stopping = asyncio.ensure_future(self._stopping.wait())
        pause, until = 0.02, time.monotonic() + self.child.ready_within
        try:
            while time.monotonic() < until:
                if await self.child.ready() and process.returncode is None:
                    return True
                await asyncio.wait({gone, stopping}, timeout=pause, return_when=asyncio.FIRST_COMPLETED)
                if gone.done() or stopping.done():
                    return False
                pause = min(pause * 1.5, 0.25)
            return False
        finally:
            gone.cancel()
            stopping.cancel()

    def _give_up(self, why: str) -> None:
        self._phase, self._detail = "failed", f"{self.child.name} {why}; its log: {self.log.path}"
        self.log.note(f"{why}; giving up")
        logger.error("%s %s; giving up. Its last lines:\n%s", self.child.name, why, self.log.tail())


@contextmanager
def _ears(log: ChildLog) -> Iterator[int]:
    """A pipe into the log; gives its write end, which the caller closes once a child has it."""
    loop = asyncio.get_running_loop()
    ear, mouth = os.pipe()
    os.set_blocking(ear, False)

    def hear() -> bool:
        try:
            data = os.read(ear, 65536)
        except BlockingIOError:
            return False
        if not data:
            loop.remove_reader(ear)
        log.write(data)
        return bool(data)

    loop.add_reader(ear, hear)
    try:
        yield mouth
    finally:
        while hear():
            pass
        loop.remove_reader(ear)
        os.close(ear)


@contextmanager
def _lifeline(leash: Leash) -> Iterator[int]:
    """Standard input of a child: nothing, or for `watch` the read end of a pipe that closes with this process."""
    if leash == "signal":
        end, keep = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC), -1
    else:
        end, keep = os.pipe()
    try:
        yield end
    finally:
        os.close(end)
        if keep >= 0:
            os.close(keep)


def _kill_group(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _describe(status: int) -> str:
    if status >= 0:
        return f"ended with status {status}"
    try:
        return f"was ended by {signal.Signals(-status).name}"
    except ValueError:
        return f"was ended by signal {-status}"

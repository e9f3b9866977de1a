"""The trainer of this machine: a process of its own that trains and exports, watched through its job's folder.

It dies with this process, however that one dies (see `service.supervise.leash`), and goes on from its last checkpoint
when it is started again.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ingest.threads import in_thread
from service.errors import BadRequest, Conflict, ModelFile, ServiceError
from service.models import files, files_facts, files_pulled
from service.models.defaults import default_chat
from service.settings import Settings
from service.supervise import environment, leash
from service.tune import folder
from service.tune.trainer import Base, Data, Died, Done, Failed, News, Training
from service.tune.types import Estimate, Job, Kind, TrainerName

TRAINABLE = "qwen2"
"""llama.cpp's name of the architecture that `service.tune.local` reads and writes."""
EXTRA = ("torch", "transformers", "peft", "gguf")
POLL_SECONDS = 0.5
STOP_SECONDS = 3.0
"""From SIGTERM to SIGKILL: long enough for a checkpoint."""
LEAVE_SECONDS = 8.0
COMMAND = (sys.executable, "-P", "-m", "service.tune.local.main")
_ENVIRONMENT = {
    "PYTHONUNBUFFERED": "1",
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "false",
}


class LocalTrainer:
    """`service.tune.trainer.Trainer`. `command` is run with the job's folder; `extra` are the modules it needs."""

    name: TrainerName = "local"
    local = True
    settings: tuple[str, ...] = (
        "rank", "alpha", "learning_rate", "epochs", "batch", "max_tokens", "patience", "seed", "paraphrase", "sweep",
        "validation_share",
    )  # fmt: skip

    def __init__(self, settings: Settings, *, command: Sequence[str] = COMMAND, extra: Sequence[str] = EXTRA) -> None:
        self._settings = settings
        self._command = tuple(command)
        self._extra = tuple(extra)
        self._models = files.cache_folder(settings.models_dir)

    def bases(self) -> Sequence[Base]:
        known = self._trainable()
        there = [name for name in known if files.present(name, self._models)]
        first = self._default()
        names = sorted(there or known, key=lambda name: (name != first, name))
        return [Base(name, known[name].card.get("label") or name) for name in names]

    def check(self, base: str, kind: Kind) -> str:
        missing = [name for name in self._extra if find_spec(name) is None]
        if missing:
            raise Conflict(
                "finetune_not_installed",
                f"Training on this machine needs {', '.join(missing)}, which is not installed.",
                "Run `make install-finetune`, then start the service again.",
            )
        base = base or self._default()
        if kind == "scratch":
            return base
        if files.entry(base, self._models).task != "chat":
            raise BadRequest("not_a_base", f"{base!r} is no chat model.", "Choose one of the trainer's bases.")
        if base not in self._trainable():
            told = f"{base!r} is of a kind that cannot be trained here: only {TRAINABLE} can."
            raise BadRequest("not_a_base", told, "Choose one of the trainer's bases.")
        if not files.present(base, self._models):
            raise Conflict("base_missing", f"The files of {base!r} are not here.", f"Run: parallax models pull {base}")
        return base

    def estimate(self, base: str, *, tokens: int, pairs: int, epochs: int | None) -> Estimate | None:
        return None

    async def start(self, job: Job, data: Data) -> Training:
        place = folder.of(self._settings.data_dir, job.id).absolute()
        if (finished := await in_thread(_finished, place)) is not None:
            return _Ended(finished)
        base = await in_thread(self._base, job) if job.kind == "lora" else None
        await in_thread(folder.write, place, job, data, base)
        try:
            return await _Process.started((*self._command, str(place)), place)
        except ServiceError:
            await in_thread(folder.forget_texts, place)
            raise

    def _default(self) -> str:
        """What the local server runs, where it can be trained: what is made of it can be asked here."""
        name = default_chat(self._settings)
        return name if name in self._trainable() else files.DEFAULT_CHAT

    def _trainable(self) -> Mapping[str, files.ModelEntry]:
        """The chat models of the table, and those that were pulled and are of the kind that the trainer knows."""
        known = files.known(self._models)
        pulled = {one.name: one for one in files_pulled.listing(self._models)}
        return {
            name: entry
            for name, entry in known.items()
            if entry.task == "chat" and (name not in pulled or self._kind(entry) == TRAINABLE)
        }

    def _kind(self, entry: files.ModelEntry) -> str | None:
        path = self._models / entry.name / entry.files[0].name
        try:
            return files_facts.facts(path).family if path.suffix == ".gguf" else None
        except (OSError, ModelFile):
            return None

    def _base(self, job: Job) -> tuple[Path, str]:
        """The file a job begins with, its hash checked. Raises `ModelFile`, `Unknown`."""
        entry = files.entry(job.base, self._models)
        return files.checked(job.base, self._models) / entry.files[0].name, entry.files[0].sha256


class _Ended:
    """A training that had finished already when it was taken up again."""

    def __init__(self, outcome: Done | Failed) -> None:
        self._outcome = outcome

    remote = None

    async def poll(self) -> News:
        return News(outcome=self._outcome)

    async def cancel(self) -> None:
        """There is nothing to stop."""
        return

    async def leave(self) -> None:
        """There is nothing to let go of."""


class _Process:
    """A training process. It is the leader of its own process group, so that nothing of it outlives a kill."""

    remote = None

    def __init__(self, process: asyncio.subprocess.Process, place: Path) -> None:
        self._process = process
        self._place = place
        self._tail = folder.Tail(place)

    @classmethod
    async def started(cls, command: Sequence[str], place: Path) -> _Process:
        """Raises `ServiceError` when it cannot be started."""
        mode = "signal" if sys.platform == "linux" else "watch"
        tie = (sys.executable, "-I", "-S", str(Path(leash.__file__)), str(os.getpid()), mode)
        # Where there is no kernel's leash, `watch` reads the pipe that is standard input and ends with it.
        stdin = asyncio.subprocess.DEVNULL if mode == "signal" else asyncio.subprocess.PIPE
        log = await in_thread(_log, place)
        try:
            process = await asyncio.create_subprocess_exec(
                *tie, *command, stdin=stdin, stdout=log, stderr=log, env=environment.plain(_ENVIRONMENT),
                start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise ServiceError("trainer_not_started", f"The trainer cannot be started: {error}.") from error
        finally:
            os.close(log)
        return cls(process, place)

    async def poll(self) -> News:
        ended = False
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(self._process.wait()), POLL_SECONDS)
            ended = True
        told = await in_thread(self._tail.read)
        if not ended:
            return told
        self._kill(signal.SIGKILL)  # whatever it had started itself
        await in_thread(folder.forget_texts, self._place)
        outcome = await in_thread(_finished, self._place)
        if outcome is None and (error := await in_thread(folder.error, self._place)) is not None:
            outcome = Failed(error)
        return replace(told, outcome=outcome or Died(_how(self._process.returncode)))

    async def cancel(self) -> None:
        await self._stop(STOP_SECONDS)

    async def leave(self) -> None:
        await self._stop(LEAVE_SECONDS)

    async def _stop(self, seconds: float) -> None:
        self._kill(signal.SIGTERM)
        try:
            await asyncio.wait_for(asyncio.shield(self._process.wait()), seconds)
        except TimeoutError:
            pass
        finally:
            self._kill(signal.SIGKILL)
        await self._process.wait()
        await in_thread(folder.forget_texts, self._place)

    def _kill(self, how: signal.Signals) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, how)


def _log(place: Path) -> int:
    return os.open(place / "trainer.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _finished(place: Path) -> Done | Failed | None:
    """The result in a job's folder, its hash checked; None while there is no manifest."""
    told = folder.manifest(place)
    if told is None:
        return None
    name = str(told.get("file", ""))
    path = place / name
    if not name or Path(name).name != name or not path.is_file():
        return Failed(_wrong(f"its file {name!r} is not there"))
    actual = files.sha256_of(path)
    if actual != told.get("sha256"):
        return Failed(_wrong(f"{name} has the SHA-256 {actual}, and not the manifest's"))
    tokens = told.get("tokens")
    trained = tokens if isinstance(tokens, int) else None
    return Done(path, actual, None, told, folder.samples(place), trained, folder.documents(place))


def _wrong(what: str) -> Mapping[str, Any]:
    return {
        "code": "bad_result",
        "message": f"The trainer's result is not whole: {what}.",
        "hint": "Train again; if it stays so, look at the disk.",
    }


def _how(status: int | None) -> str:
    if status is not None and status < 0:
        with suppress(ValueError):
            name = signal.Signals(-status).name
            return f"it was ended by {name}" + (", as when memory runs out" if name == "SIGKILL" else "")
    return f"it ended with status {status} and said nothing"

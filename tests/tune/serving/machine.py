"""One machine of an installation: its tending, its shelf, and a local server whose llama.cpp is the stand-in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import Engine

from ingest.catalogue.engine import writing
from ingest.ports import FileStore
from service.chat.book import VariantBook
from service.chat.deploying import Deployments
from service.experiments import book as tests
from service.experiments import defaults
from service.models import adapters, files, tuned
from service.models.adapter_servers import AdapterServers
from service.models.adapters import Adapter
from service.models.defaults import LocalModel
from service.models.shelf import Shelf
from service.models.tending import Tending
from service.models.tuned import Tuned, TunedModels
from service.settings import Settings
from tests.doubles import gguf
from tests.doubles.fake_openai import FakeOpenAI, Reply

BASE = files.DEFAULT_CHAT
TINY = gguf.Shape(layers=1, width=8, key_value=4)
LOOK = 0.01


@dataclass
class Stand:
    """A stand-in server, ended when nobody refers to it, as llama.cpp's is."""

    fake: FakeOpenAI
    listening_address: str

    def __del__(self) -> None:
        self.fake.stop()


@dataclass
class Machine:
    folder: Path
    tuned: TunedModels
    tending: Tending
    book: VariantBook
    deployments: Deployments
    shelf: Shelf
    bad: set[str] = field(default_factory=set)
    """Hashes of files that llama.cpp would not load."""
    fakes: dict[str, FakeOpenAI] = field(default_factory=dict)
    """The servers that were started, by the adapter's hash."""

    def start(self, adapter: Adapter) -> Stand:
        fake = FakeOpenAI(key="local").__enter__()
        fake.default = Reply(text=f"This is {adapter.sha256[:8]} speaking.")
        self.fakes[adapter.sha256] = fake
        return Stand(fake, fake.base_url.removesuffix("/v1"))

    async def serve(self) -> None:
        """The main loop of `service.models.local_server`."""
        servers = AdapterServers(
            self.folder,
            1,
            check=lambda adapter: adapters.check(Path(adapter.path), adapter.sha256, "qwen2"),
            trial=lambda adapter: "llama.cpp does not load it" if adapter.sha256 in self.bad else None,
            start=self.start,
            busy=lambda _: False,
        )
        while True:
            servers.sync(adapters.wanted(self.folder))
            await asyncio.sleep(LOOK)


@asynccontextmanager
async def machine(folder: Path, engine: Engine, store: FileStore, **settings: Any) -> AsyncIterator[Machine]:
    """`folder` is there, and its run folder."""
    models, local = TunedModels(engine), LocalModel("http://127.0.0.1:9/v1", SecretStr("local"), folder)
    tending = Tending(models, store, BASE, local)
    objections = (tests.must_not_be_tested,)
    book = VariantBook(engine, tuned=models, to_change=objections)
    deployments = Deployments(
        engine, models, tending, to_change=objections, to_remove=(*objections, defaults.must_not_be_default)
    )
    config = Settings(_env_file=None, data_dir=folder, models_dir=folder, **settings)
    shelf = Shelf(config, local=local, tuned=lambda: models.known)
    one = Machine(folder, models, tending, book, deployments, shelf)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(shelf.close)
        serving = asyncio.create_task(one.serve())
        try:
            yield one
        finally:
            serving.cancel()
            with suppress(asyncio.CancelledError):
                await serving


def keep(engine: Engine, *models: Tuned) -> None:
    """Rows of models that somebody trained, retired."""
    with writing(engine) as connection:
        for model in models:
            tuned.add(connection, model)


def trained(engine: Engine, store: FileStore, tmp_path: Path, *names: str, base: str = BASE) -> list[str]:
    """Retired models of these names; the hashes of their adapters."""
    keys = []
    for number, name in enumerate(names):
        path = gguf.lora(tmp_path / f"{name}.gguf", seed=number, base=TINY)
        keys.append(files.sha256_of(path))
        store.put(str(path), keys[-1])
        stamp = f"2026-01-01T00:00:{number:02}Z"
        keep(engine, Tuned(name, "local", base, stamp, file_sha256=keys[-1], finetune_id="ft_1"))
    return keys


def folder(tmp_path: Path, name: str) -> Path:
    (tmp_path / name).mkdir()
    return tmp_path / name

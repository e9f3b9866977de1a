"""The one place that knows every adapter: settings in, parts out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial

from redis.asyncio import Redis
from sqlalchemy import Engine, text

from ingest.catalogue import collections, fulltext
from ingest.catalogue import schema as documents_schema
from ingest.catalogue.engine import migrate, open_engine, reading, sqlite_url, writing
from ingest.files import FsspecFiles, LocalFiles
from ingest.index.chroma import ChromaIndex
from ingest.ports import FileStore
from ingest.threads import in_thread
from service.chat import schema as chat_schema
from service.chat.book import Objection, VariantBook
from service.chat.deploying import Deployments
from service.chat.session import Chat
from service.chat.suggest import Suggestions
from service.compare import schema as compare_schema
from service.compare.session import Comparisons
from service.errors import NotReady
from service.evaluate import schema as evaluate_schema
from service.experiments import book as experiment_book
from service.experiments import defaults
from service.experiments import schema as experiments_schema
from service.experiments.traffic import Traffic
from service.models import tuned as tuned_models
from service.models.defaults import LocalModel, needs_local_server
from service.models.shelf import Embedder, Shelf
from service.models.tending import Tending
from service.models.tuned import TunedModels
from service.parts import Check, Parts, ReadyCheck
from service.retrieve.search import HybridSearch
from service.settings import Settings
from service.supervise.embedded import Installation
from service.tune import schema as tune_schema
from service.tune.jobs import questions
from service.tune.local_trainer import LocalTrainer
from service.tune.openai_trainer import OpenAITrainer
from service.work.queue import Queue
from service.work.worker import run_worker

MIGRATIONS = [
    *documents_schema.MIGRATIONS,
    *fulltext.MIGRATIONS,
    *chat_schema.MIGRATIONS,
    *compare_schema.MIGRATIONS,
    *experiments_schema.MIGRATIONS,
    *evaluate_schema.MIGRATIONS,
    *tune_schema.MIGRATIONS,
    *tuned_models.MIGRATIONS,
]

__all__ = ["MIGRATIONS", "open_parts", "run_worker", "working"]


@asynccontextmanager
async def open_parts(
    settings: Settings,
    installation: Installation | None = None,
    *,
    local: LocalModel | None = None,
    embedder: Embedder | None = None,
) -> AsyncIterator[Parts]:
    """Everything a process needs, opened in order and closed in reverse.

    `settings` name every part by URL: those of an `Installation` do. `local` is where the local model is, for a process
    that did not start it; `embedder` is used instead of the one that the settings mean. Raises `CatalogueUnavailable`,
    `NotReady`, `ModelFile` when a part cannot be opened.
    """
    if settings.chroma_url is None or settings.redis_url is None:
        raise NotReady(
            "parts_unknown",
            "Nothing says where Redis and Chroma are, and no service runs on this data folder.",
            "Start `parallax serve` there, or set PARALLAX_REDIS_URL and PARALLAX_CHROMA_URL.",
        )
    async with AsyncExitStack() as stack:
        engine = await in_thread(_open_catalogue, settings)
        stack.callback(engine.dispose)
        redis = _redis(settings)
        stack.push_async_callback(redis.aclose)
        index = ChromaIndex(settings.chroma_url)
        stack.push_async_callback(index.close)
        queue = await stack.enter_async_context(Queue(settings.redis_url.get_secret_value(), redis))
        if installation is not None:
            local = installation.local
        tuned = TunedModels(engine)
        await tuned.refresh()
        shelf = Shelf(settings, local=local, tuned=lambda: tuned.known)
        stack.push_async_callback(shelf.close)
        if embedder is None:
            embedder = await in_thread(shelf.embedder)
        await in_thread(_ensure_default, engine, embedder.name)
        retriever = HybridSearch(engine, index, embedder)
        files = _files(settings)
        base = shelf.default if needs_local_server(settings) else None
        tending = Tending(tuned, files, base, installation.local if installation else None)
        to_change: tuple[Objection, ...] = (experiment_book.must_not_be_tested,)
        to_remove = (*to_change, defaults.must_not_be_default)
        book = VariantBook(engine, tuned=tuned, to_change=to_change, to_remove=to_remove)
        await stack.enter_async_context(_going_on(tending.run()))
        traffic = Traffic(engine)
        chat = Chat(engine, book, shelf, retriever, traffic)
        yield Parts(
            settings=settings,
            engine=engine,
            index=index,
            embedder=embedder,
            files=files,
            redis=redis,
            queue=queue,
            retriever=retriever,
            shelf=shelf,
            book=book,
            tuned=tuned,
            deployments=Deployments(engine, tuned, tending, to_change=to_change, to_remove=to_remove),
            chat=chat,
            suggestions=Suggestions(engine, book, retriever),
            comparisons=Comparisons(engine, book, shelf, chat, retriever),
            traffic=traffic,
            trained_on=questions,
            trainers={"local": LocalTrainer(settings), "openai": OpenAITrainer(settings)},
            checks=_checks(engine, redis, index, shelf, installation),
            draining=installation.draining if installation else asyncio.Event(),
        )


@asynccontextmanager
async def _going_on(work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """That work beside the block, ended with it."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def working(parts: Parts) -> AsyncIterator[None]:
    """An ingest worker in this process, for the length of the block."""
    stop = asyncio.Event()
    work = asyncio.create_task(run_worker(parts, stop.wait))
    try:
        yield
    finally:
        stop.set()
        await work


def _open_catalogue(settings: Settings) -> Engine:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    engine = open_engine(settings.database_url or sqlite_url(settings.data_dir))
    migrate(engine, MIGRATIONS)
    return engine


def _ensure_default(engine: Engine, embedder: str) -> None:
    with writing(engine) as connection:
        collections.ensure(connection, "default", embedder)


def _redis(settings: Settings) -> Redis:
    url = settings.redis_url.get_secret_value() if settings.redis_url else ""
    client: Redis = Redis.from_url(url, socket_connect_timeout=5, socket_timeout=15, health_check_interval=30)
    return client


def _files(settings: Settings) -> FileStore:
    if settings.files_url:
        return FsspecFiles(settings.files_url, settings.data_dir / "files-cache")
    return LocalFiles(settings.data_dir / "files")


def _checks(
    engine: Engine, redis: Redis, index: ChromaIndex, shelf: Shelf, installation: Installation | None
) -> Mapping[str, ReadyCheck]:
    async def catalogue() -> Check:
        def select_one() -> None:
            with reading(engine) as connection:
                connection.execute(text("SELECT 1"))

        await in_thread(select_one)
        return Check(True)

    async def coordination() -> Check:
        return Check(bool(await redis.ping()))

    async def vectors() -> Check:
        await index.ping()
        return Check(True)

    async def chat_model() -> Check:
        problem = await shelf.problem()
        return Check(problem is None, problem or "")

    checks: dict[str, ReadyCheck] = {
        "catalogue": catalogue,
        "redis": coordination,
        "chroma": vectors,
        "chat_model": chat_model,
    }
    if installation is not None:
        checks |= {state.name: partial(_child, installation, state.name) for state in installation.states()
                   if state.name.startswith("worker")}  # fmt: skip
    return checks


async def _child(installation: Installation, name: str) -> Check:
    state = next(state for state in installation.states() if state.name == name)
    return Check(state.ok, "" if state.ok else f"{state.phase}: {state.detail}")

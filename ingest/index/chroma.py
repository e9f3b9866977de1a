"""The vector index in a Chroma server, over HTTP: one Chroma collection per generation, ids and vectors only."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import urlsplit

import chromadb
import httpx
import numpy as np
from chromadb.api import AsyncClientAPI
from chromadb.api.async_fastapi import AsyncFastAPI
from chromadb.api.models.AsyncCollection import AsyncCollection
from chromadb.config import Settings
from chromadb.errors import ChromaError, NotFoundError

from ingest.errors import IndexUnavailable
from ingest.types import Hit

T = TypeVar("T")

_PAGE = 2_000
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_TIMEOUT = 30.0
_HINT = "Check that the Chroma server runs (PARALLAX_CHROMA_URL); the work goes on when it is back."
_CONFIGURATION = {"hnsw": {"space": "cosine"}}


class ChromaIndex:
    """`ingest.ports.VectorIndex` over a Chroma server at `url`. Belongs to one event loop; `close()` it.

    No filter is ever sent and no text is ever stored there: a filter costs 50 to 300 times the search, and what may be
    seen is the catalogue's to say.
    """

    def __init__(self, url: str, timeout: float = _TIMEOUT) -> None:
        self._url = urlsplit(url if "//" in url else f"http://{url}")
        self._timeout = timeout
        self._client: AsyncClientAPI | None = None
        self._handles: dict[str, AsyncCollection] = {}
        self._opening = asyncio.Lock()
        self._batch = 0

    async def add(self, generation: str, ids: Sequence[str], vectors: Sequence[Sequence[float]]) -> None:
        """Insert or overwrite, in batches the server accepts."""
        if not ids:
            return
        matrix = np.asarray(vectors, dtype=np.float32)

        async def upsert(handle: AsyncCollection) -> None:
            size = await self._batch_size()
            for start in range(0, len(ids), size):
                part = slice(start, start + size)
                await handle.upsert(ids=list(ids[part]), embeddings=matrix[part])

        await self._with_handle(generation, upsert, make=True)

    async def search(self, generation: str, vector: Sequence[float], k: int) -> list[Hit]:
        """The k nearest by cosine similarity (1 is the same direction), best first."""
        if k < 1:
            return []
        query: list[Any] = [np.asarray(vector, dtype=np.float32)]

        async def nearest(handle: AsyncCollection) -> list[Hit]:
            found = await handle.query(query_embeddings=query, n_results=k, include=["distances"])
            distances = found["distances"] or [[]]
            return [
                Hit(chunk_id, 1.0 - distance) for chunk_id, distance in zip(found["ids"][0], distances[0], strict=True)
            ]

        return await self._with_handle(generation, nearest) or []

    async def remove(self, generation: str, ids: Sequence[str]) -> int:
        """Remove what is there of `ids`; returns how many were."""

        async def delete(handle: AsyncCollection) -> int:
            size, removed = await self._batch_size(), 0
            for start in range(0, len(ids), size):
                # The server's own count is the number of ids it was sent, so what is there is asked for first.
                there = (await handle.get(ids=list(ids[start : start + size]), include=[]))["ids"]
                if there:
                    await handle.delete(ids=there)
                removed += len(there)
            return removed

        return await self._with_handle(generation, delete) or 0 if ids else 0

    async def ids(self, generation: str) -> AsyncIterator[list[str]]:
        """Every id, in pages."""
        offset = 0
        while True:

            async def page(handle: AsyncCollection, start: int = offset) -> list[str]:
                found = await handle.get(limit=_PAGE, offset=start, include=[])
                return list(found["ids"])

            found = await self._with_handle(generation, page)
            if not found:
                return
            yield found
            offset += len(found)

    async def drop(self, generation: str) -> None:
        """Forget a generation altogether; unknown ones are no error."""
        with self._translated():
            client = await self._connected()
            try:
                async with asyncio.timeout(self._timeout):
                    await client.delete_collection(generation)
            except NotFoundError:
                pass
            self._handles.pop(generation, None)

    async def generations(self) -> list[str]:
        """The names of all generations there are."""
        with self._translated():
            client = await self._connected()
            async with asyncio.timeout(self._timeout):
                return [collection.name for collection in await client.list_collections()]

    async def ping(self) -> None:
        """Raises `IndexUnavailable` unless the server answers."""
        with self._translated():
            client = await self._connected()
            async with asyncio.timeout(min(self._timeout, 3.0)):
                await client.heartbeat()

    async def close(self) -> None:
        """Close the connections. The index may be used again afterwards."""
        self._client = None
        self._handles.clear()
        # chromadb keeps one httpx client per event loop, for all its clients; its own clean-up would close those of
        # other loops as well. Whoever else uses this loop's gets a fresh one.
        pooled = AsyncFastAPI._clients.pop(asyncio.get_running_loop().__hash__(), None)
        if pooled is not None:
            await pooled.aclose()

    async def _with_handle(
        self, generation: str, work: Callable[[AsyncCollection], Awaitable[T]], make: bool = False
    ) -> T | None:
        """Run `work` with the generation's handle; once more when the handle turns out to be stale.

        None when there is no such generation and `make` is false.
        """
        with self._translated():
            async with asyncio.timeout(self._timeout):
                for last in (False, True):
                    try:
                        return await work(await self._handle(generation, make))
                    except NotFoundError:
                        # Dropped and made anew by somebody else, or the server's folder was replaced.
                        stale = self._handles.pop(generation, None)
                        if last or (stale is None and not make):
                            break
                    except httpx.TransportError:
                        # A kept connection to a server that was restarted; everything done here may be done twice.
                        if last:
                            raise
        if make:
            raise IndexUnavailable("index_unavailable", f"The vector index lost {generation} while it was used.", _HINT)
        return None

    async def _handle(self, generation: str, make: bool) -> AsyncCollection:
        known = self._handles.get(generation)
        if known is not None:
            return known
        client = await self._connected()
        if make:
            handle = await client.get_or_create_collection(
                generation,
                embedding_function=None,
                configuration=_CONFIGURATION,  # type: ignore[arg-type]
            )
        else:
            handle = await client.get_collection(generation, embedding_function=None)
        self._handles[generation] = handle
        return handle

    async def _connected(self) -> AsyncClientAPI:
        if self._client is None:
            async with self._opening:
                if self._client is None:
                    secure = self._url.scheme == "https"
                    if (self._url.hostname or "127.0.0.1") in _LOOPBACK:
                        self._around_proxies()
                    async with asyncio.timeout(self._timeout):
                        self._client = await chromadb.AsyncHttpClient(
                            host=self._url.hostname or "127.0.0.1",
                            port=self._url.port or (443 if secure else 8000),
                            ssl=secure,
                            settings=Settings(anonymized_telemetry=False),
                        )
        return self._client

    def _around_proxies(self) -> None:
        # chromadb's own httpx client would ask the environment's HTTP_PROXY for this machine's addresses as well.
        key = asyncio.get_running_loop().__hash__()
        if key not in AsyncFastAPI._clients:
            headers = {"content-type": "application/json"}
            AsyncFastAPI._clients[key] = httpx.AsyncClient(timeout=self._timeout, headers=headers, trust_env=False)

    async def _batch_size(self) -> int:
        if not self._batch:
            offered = await (await self._connected()).get_max_batch_size()
            self._batch = max(1, min(offered if offered > 0 else _PAGE, _PAGE))
        return self._batch

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (ChromaError, httpx.HTTPError, OSError, TimeoutError, ValueError) as error:
            reason = str(error) or type(error).__name__
            raise IndexUnavailable("index_unavailable", f"The vector index does not answer: {reason}", _HINT) from error

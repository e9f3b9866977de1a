"""A long table's header travels with its rows: from the file through the pipeline into what a search finds."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from ingest.catalogue import collections, documents
from ingest.catalogue.engine import reading, writing
from ingest.files import LocalFiles
from ingest.index.chroma import ChromaIndex
from ingest.pipeline import Pipeline
from ingest.readers import delimited, markdown
from ingest.types import ParsedDocument, ParseLimits
from service.retrieve.search import HybridSearch
from tests.doubles.corpus import opened
from tests.doubles.hash_embedder import HashEmbedder
from tests.doubles.stores import Server, chroma

pytestmark = pytest.mark.anyio

COLUMNS = ["Name", "Post", "Reports to", "Extension"]
CREW = [[f"Sailor{n}", f"Post{n}", f"Officer{n}", str(4000 + n)] for n in range(90)]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with chroma(tmp_path_factory.mktemp("chroma")) as running:
        yield running


@pytest.fixture
async def index(server: Server) -> AsyncIterator[ChromaIndex]:
    made = ChromaIndex(server.url)
    yield made
    await made.close()


async def parsed(
    path: Path, name: str, limits: ParseLimits, cancelled: Callable[[], bool] = lambda: False
) -> ParsedDocument:
    """The real readers, in this process."""
    read = markdown.read if name.endswith(".md") else delimited.read
    return read(path.read_bytes(), name, limits)  # noqa: ASYNC240


def written(row: list[str], name: str) -> str:
    return f"| {' | '.join(row)} |" if name.endswith(".md") else ",".join(row)


@pytest.mark.parametrize("name", ["crew.csv", "crew.md"])
async def test_row_is_found_with_the_header_of_its_table(tmp_path: Path, index: ChromaIndex, name: str) -> None:
    engine, embedder = opened(tmp_path), HashEmbedder()
    head = [written(COLUMNS, name), *(["| --- | --- | --- | --- |"] if name.endswith(".md") else [])]
    body = "\n".join([*head, *(written(row, name) for row in CREW)]).encode()
    sha256 = hashlib.sha256(body).hexdigest()
    files = LocalFiles(tmp_path / "files")
    (tmp_path / "upload").write_bytes(body)
    with writing(engine) as connection:
        collection = collections.ensure(connection, "default", embedder.name)[0]
        put = lambda: files.put(str(tmp_path / "upload"), sha256)  # noqa: E731
        added = documents.register(connection, collection, name, sha256, len(body), put)
    pipeline = Pipeline(engine, index, embedder, files, parsed)
    serving = asyncio.create_task(pipeline.serve())
    try:
        await pipeline.run(added.document_id, added.version)
        with reading(engine) as connection:
            assert documents.get(connection, added.document_id).status == "indexed"
        search = HybridSearch(engine, index, embedder)
        late = (await search.search("Sailor85", "default", 3)).passages[0]
        early = (await search.search("Sailor0", "default", 3)).passages[0]
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        await index.drop(collection.generation)
        engine.dispose()
    assert written(CREW[85], name) in late.text
    assert late.header == "\n".join(head)
    assert "Extension" not in late.text
    assert len(late.text) == late.end - late.start, "the header is not part of the span"
    assert early.text.startswith(head[0])
    assert early.header == ""

"""Embeddings by URL against a real HTTP server."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from ingest.embed import remote
from ingest.embed.remote import RemoteEmbeddings
from ingest.errors import EmbeddingFailed
from tests.doubles.fake_openai import FakeOpenAI
from tests.doubles.hash_embedder import HashEmbedder


@pytest.fixture
def server() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as fake:
        yield fake


@pytest.fixture
def embeddings(server: FakeOpenAI) -> RemoteEmbeddings:
    return RemoteEmbeddings(server.base_url, server.key, "embed-1")


def test_many_texts_go_in_batches_and_come_back_in_order(server: FakeOpenAI, embeddings: RemoteEmbeddings) -> None:
    texts = [f"text number {n}" for n in range(remote.BATCH * 2 + 3)]
    assert embeddings.embed_documents(texts) == HashEmbedder().embed_documents(texts)
    sizes = [len(request.body["input"]) for request in server.requests]
    assert sizes == [remote.BATCH, remote.BATCH, 3]
    assert {request.body["model"] for request in server.requests} == {"embed-1"}
    assert embeddings.dimensions == 64


@pytest.mark.anyio
async def test_async_gives_the_same(embeddings: RemoteEmbeddings) -> None:
    assert await embeddings.aembed_documents(["a", "b"]) == embeddings.embed_documents(["a", "b"])
    assert await embeddings.aembed_query("a") == embeddings.embed_query("a")


def test_what_an_endpoint_would_refuse_is_not_sent(server: FakeOpenAI, embeddings: RemoteEmbeddings) -> None:
    embeddings.embed_documents(["", "x" * 1_000_000, "四" * 1_000_000, "\ud800"])
    sent = server.requests[0].body["input"]
    assert all(sent)
    assert max(embeddings.tokenizer.count(text) for text in sent) <= embeddings.tokenizer.limit + 2


@pytest.mark.parametrize(
    ("text", "least"), [("", 2), ("four letters make a token", 7), ("資遣費應於終止契約三十日內發給", 15)]
)
def test_the_estimate_counts_too_many_rather_than_too_few(text: str, least: int) -> None:
    assert remote.Estimate().count(text) >= least


def test_a_wrong_key_is_said(server: FakeOpenAI) -> None:
    with pytest.raises(EmbeddingFailed) as caught:
        RemoteEmbeddings(server.base_url, "another", "embed-1").embed_query("a")
    assert caught.value.code == "embedder_refused"
    assert "401" in caught.value.message


def test_nobody_there_is_said(server: FakeOpenAI, monkeypatch: pytest.MonkeyPatch) -> None:
    server.stop()
    monkeypatch.setattr(remote, "RETRIES", 0)
    with pytest.raises(EmbeddingFailed) as caught:
        RemoteEmbeddings(server.base_url, server.key, "embed-1").embed_query("a")
    assert caught.value.code == "embedder_unreachable"
    assert caught.value.retryable


@pytest.mark.parametrize(
    "answer",
    [
        b"<html>sign in</html>",
        {},
        {"data": []},
        {"data": [{"index": 0, "embedding": []}]},
        {"data": [{"index": 0, "embedding": ["x"]}]},
        {"data": [{"index": 0, "embedding": [float("nan")]}]},
        {"data": [{"index": 0, "embedding": [1.0]}, {"index": 1, "embedding": [1.0]}]},
        {"data": [{"index": 0}]},
        {"data": 7},
        [],
    ],
)
def test_nonsense_is_refused(answer: Any) -> None:
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Type", "text/html" if isinstance(answer, bytes) else "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            with pytest.raises(EmbeddingFailed) as caught:
                RemoteEmbeddings(f"http://127.0.0.1:{server.server_address[1]}/v1", "k", "m").embed_query("a")
        finally:
            server.shutdown()
            thread.join()
    assert caught.value.code == "bad_vectors"

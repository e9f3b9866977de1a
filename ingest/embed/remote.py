"""Embeddings from any OpenAI-compatible URL, by the `openai` package."""

from __future__ import annotations

import math
import weakref
from functools import cached_property

from langchain_core.embeddings import Embeddings
from openai import APIConnectionError, APIStatusError, DefaultHttpxClient, OpenAI, OpenAIError

from ingest.errors import EmbeddingFailed
from ingest.loopback import is_loopback
from ingest.threads import in_thread

BATCH = 64
"""Texts a request."""
SECONDS = 60.0
RETRIES = 2
"""With backoff, honouring Retry-After: the package does that well for requests that are answered as a whole."""
LIMIT = 512
"""Tokens. The shortest limit among the models commonly served; a longer one is a longer chunk, seldom a better one."""
BYTES_A_TOKEN = 3


class Estimate:
    """`ingest.ports.Tokenizer` for a model whose tokenizer is not here: it counts too many rather than too few.

    English has about four bytes a token, a Chinese character three bytes and about one token.
    """

    limit = LIMIT

    def count(self, text: str) -> int:
        return 2 + math.ceil(len(text.encode("utf-8", "replace")) / BYTES_A_TOKEN)


class RemoteEmbeddings(Embeddings):
    """LangChain `Embeddings` with `name`, `dimensions` and `tokenizer`. Thread-safe. Raises `EmbeddingFailed`."""

    def __init__(self, base_url: str, api_key: str | None, model: str) -> None:
        self.name = model
        self.tokenizer = Estimate()
        # A company's web proxy is not the way to this machine.
        http = DefaultHttpxClient(trust_env=not is_loopback(base_url))
        weakref.finalize(self, http.close)
        self._client = OpenAI(
            base_url=base_url, api_key=api_key or "none", timeout=SECONDS, max_retries=RETRIES, http_client=http
        )

    @cached_property
    def dimensions(self) -> int:
        """Asked of the model once."""
        return len(self.embed_query("dimensions"))

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector per text, in order; an estimate of the model's limit cuts longer texts."""
        vectors: list[list[float]] = []
        for start in range(0, len(texts), BATCH):
            vectors += self._embed([self._cut(text) for text in texts[start : start + BATCH]])
        return vectors

    def embed_query(self, text: str) -> list[float]:
        return self._embed([self._cut(text)])[0]

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        return await in_thread(self.embed_documents, texts)

    async def aembed_query(self, text: str) -> list[float]:
        return await in_thread(self.embed_query, text)

    def _cut(self, text: str) -> str:
        """Endpoints refuse an empty text, and one that is too long."""
        data = text.encode("utf-8", "replace")[: LIMIT * BYTES_A_TOKEN]
        return data.decode("utf-8", "ignore") or " "

    def _embed(self, texts: list[str]) -> list[list[float]]:
        try:
            answer = self._client.embeddings.create(model=self.name, input=texts, encoding_format="float")
            rows = sorted(answer.data, key=lambda row: row.index)
            vectors = [[float(x) for x in row.embedding] for row in rows]
        except APIStatusError as error:
            raise EmbeddingFailed(
                "embedder_refused",
                f"The embeddings endpoint answered {error.status_code}: {error.message[:200]}",
                "Check EMBED_MODEL and EMBED_API_KEY.",
            ) from error
        except APIConnectionError as error:
            raise EmbeddingFailed(
                "embedder_unreachable",
                f"The embeddings endpoint cannot be reached: {error.__cause__ or error}",
                "Check that it runs and that EMBED_BASE_URL is right.",
            ) from error
        except (OpenAIError, TypeError, ValueError, AttributeError) as error:
            raise _bad("something that is not embeddings") from error
        if len(vectors) != len(texts):
            raise _bad(f"{len(vectors)} vectors for {len(texts)} texts")
        if len({len(vector) for vector in vectors}) > 1 or not vectors[0]:
            raise _bad("vectors of different lengths")
        if not all(math.isfinite(x) for vector in vectors for x in vector):
            raise _bad("numbers that are not finite")
        return vectors


def _bad(what: str) -> EmbeddingFailed:
    return EmbeddingFailed(
        "bad_vectors", f"The embeddings endpoint gave {what}.", "Check that EMBED_BASE_URL is OpenAI-compatible."
    )

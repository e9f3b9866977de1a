"""Hybrid search over a real catalogue and a real Chroma."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from ingest.catalogue import collections
from ingest.catalogue.engine import writing
from ingest.errors import IndexUnavailable
from ingest.index.chroma import ChromaIndex
from service.errors import Unknown
from service.retrieve.search import HybridSearch
from tests.doubles.corpus import Corpus, opened
from tests.doubles.hash_embedder import HashEmbedder
from tests.doubles.stores import Server, chroma, free_port

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with chroma(tmp_path_factory.mktemp("chroma")) as running:
        yield running


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = opened(tmp_path)
    yield made
    made.dispose()


@pytest.fixture
async def index(server: Server) -> AsyncIterator[ChromaIndex]:
    made = ChromaIndex(server.url)
    yield made
    await made.close()


@pytest.fixture
async def corpus(engine: Engine, index: ChromaIndex) -> AsyncIterator[Corpus]:
    made = Corpus(engine, index, HashEmbedder())
    yield made
    await index.drop(made.collection.generation)


@pytest.fixture
def search(corpus: Corpus) -> HybridSearch:
    return HybridSearch(corpus.engine, corpus.index, corpus.embedder)


async def test_finds_the_passage_with_its_place(corpus: Corpus, search: HybridSearch) -> None:
    await corpus.add(
        {
            "handbook.md": ["Vacation is twenty days a year.", "Sick leave needs a note after three days."],
            "prices.csv": ["The widget costs twelve pounds."],
        }
    )
    result = await search.search("How many vacation days do I have?", "default", 2)
    first = result.passages[0]
    assert (first.name, first.version, first.text) == ("handbook.md", 1, "Vacation is twenty days a year.")
    assert (first.start, first.end) == (0, len(first.text))
    assert first.ranks == {"dense": 1, "lexical": 1}
    assert [p.score for p in result.passages] == sorted((p.score for p in result.passages), reverse=True)
    assert len(result.passages) == 2
    assert set(result.timings) == {"embed", "dense", "lexical", "fuse", "total"}
    assert 0 < max(result.timings[step] for step in ("embed", "dense", "lexical")) < result.timings["total"]


async def test_gives_all_there_is_when_k_is_larger(corpus: Corpus, search: HybridSearch) -> None:
    await corpus.add({"a": ["one apple", "two pears"], "b": ["three plums"]})
    result = await search.search("apple", "default", 50)
    assert result.passages[0].text == "one apple"
    assert len(result.passages) == 3


async def test_an_empty_collection_has_no_passages(corpus: Corpus, search: HybridSearch) -> None:
    result = await search.search("anything", "default", 5)
    assert result.passages == ()
    assert result.fit < 0.2


async def test_an_unknown_collection_is_said(search: HybridSearch) -> None:
    with pytest.raises(Unknown) as caught:
        await search.search("anything", "nowhere", 5)
    assert caught.value.status == 404


async def test_a_code_wins_against_similar_ones(corpus: Corpus, search: HybridSearch) -> None:
    await corpus.add(
        {
            f"part-{n}.md": [
                f"Data sheet of part QZ{n:04}. The part QZ{n:04} is made of steel, is rated for {n % 7} bar, "
                "and must be checked for wear each year by a trained person."
            ]
            for n in range(200)
        }
    )
    for n in (0, 7, 73, 199):
        result = await search.search(f"Who must check the steel part QZ{n:04} for wear?", "default", 3)
        assert result.passages[0].name == f"part-{n}.md"


async def test_only_the_live_version_is_found(corpus: Corpus, search: HybridSearch) -> None:
    await corpus.add({"rules.md": ["The old limit is one hundred."]})
    await corpus.add({"rules.md": ["The new limit is two hundred."]}, version=2, live=False)
    assert [p.text for p in (await search.search("limit", "default", 5)).passages] == ["The old limit is one hundred."]
    await corpus.add({"rules.md": ["The newest limit is three hundred."]}, version=3)
    assert [p.version for p in (await search.search("limit", "default", 5)).passages] == [3]


async def test_a_buried_document_is_gone_at_once_and_made_up_for(corpus: Corpus, search: HybridSearch) -> None:
    await corpus.add({f"dead-{n}": [f"vacation vacation days days {n}"] for n in range(300)})
    await corpus.add({f"live-{n}": [f"some vacation rules, part {n}, with other words in it"] for n in range(9)})
    for n in range(300):
        corpus.bury(f"dead-{n}")
    result = await search.search("vacation days", "default", 9)
    assert sorted(p.name for p in result.passages) == [f"live-{n}" for n in range(9)]


async def test_collections_do_not_mix(corpus: Corpus, search: HybridSearch) -> None:
    other = Corpus(corpus.engine, corpus.index, corpus.embedder, "other")
    await corpus.add({"a": ["the secret of one"]})
    await other.add({"b": ["the secret of the other"]})
    assert [p.name for p in (await search.search("secret", "default", 5)).passages] == ["a"]
    assert [p.name for p in (await search.search("secret", "other", 5)).passages] == ["b"]


async def test_what_is_said_twice_is_shown_once(corpus: Corpus, search: HybridSearch) -> None:
    said = "Working hours are from nine to five, with an hour for lunch, and core time is from ten to three o'clock."
    await corpus.add({f"copy-{n}": [said] for n in range(5)})
    await corpus.add({"year": [said.replace("nine", "9")], "other": ["Working from home is allowed on Fridays."]})
    result = await search.search("What are the working hours?", "default", 3)
    assert len({p.text for p in result.passages}) == 3
    assert len((await search.search("What are the working hours?", "default", 7)).passages) == 7


async def test_vectors_of_another_model_are_not_compared(corpus: Corpus) -> None:
    await corpus.add({"a": ["one apple"], "b": ["two pears"]})
    other = HybridSearch(corpus.engine, corpus.index, HashEmbedder(32, name="another"))
    result = await other.search("apple", "default", 5)
    assert [p.text for p in result.passages] == ["one apple"]
    assert result.passages[0].ranks == {"lexical": 1}


async def test_a_generation_swapped_meanwhile_is_followed(corpus: Corpus, search: HybridSearch) -> None:
    await corpus.add({"a": ["one apple"], "b": ["two pears"]})
    old = corpus.collection.generation

    class Swapping(ChromaIndex):
        swapped = False

        async def search(self, generation: str, vector: object, k: int) -> list:  # type: ignore[type-arg, override]
            if not self.swapped:
                self.swapped = True
                with writing(corpus.engine) as connection:
                    built = collections.start_next(connection, corpus.collection.id, "hash-embedder")
                    collections.swap(connection, corpus.collection.id, built)
                fresh = Corpus(corpus.engine, corpus.index, corpus.embedder)
                assert fresh.collection.generation != old
                await fresh.add({"c": ["three apples"]})
                await corpus.index.drop(old)
            return await corpus.index.search(generation, vector, k)  # type: ignore[arg-type]

    swapping = HybridSearch(corpus.engine, Swapping("http://127.0.0.1:1"), corpus.embedder)
    result = await swapping.search("apples", "default", 5)
    assert "dense" in {name for p in result.passages for name in p.ranks}


async def test_an_index_that_is_down_is_an_error_not_a_worse_answer(corpus: Corpus) -> None:
    await corpus.add({"a": ["one apple"]})
    nowhere = ChromaIndex(f"http://127.0.0.1:{free_port()}")
    with pytest.raises(IndexUnavailable):
        await HybridSearch(corpus.engine, nowhere, corpus.embedder).search("apple", "default", 5)


@pytest.mark.parametrize("query", ["?", "   ", "\x00", "的", "the of and", "x" * 4000, "勞" * 3000, "🙂"])
async def test_any_query_is_answered(corpus: Corpus, search: HybridSearch, query: str) -> None:
    await corpus.add({"a": ["one apple"], "b": ["特別休假三十日"]})
    assert len((await search.search(query, "default", 5)).passages) == 2

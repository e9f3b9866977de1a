"""The lexical index over a real database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from ingest.catalogue import fulltext, postings, ranking, schema
from ingest.catalogue.engine import migrate, open_engine, reading, sqlite_url, writing
from ingest.catalogue.postings import collection_numbers
from ingest.terms import analyse
from tests.doubles.postgres import postgres


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgres() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    url = sqlite_url(tmp_path) if request.param == "sqlite" else request.getfixturevalue("server")
    opened = open_engine(url)
    migrate(opened, [*schema.MIGRATIONS, *fulltext.MIGRATIONS])
    yield opened
    with writing(opened) as connection:
        for collection in connection.scalars(select(collection_numbers.c.collection_id)).all():
            fulltext.forget(connection, collection)
    opened.dispose()


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Engine]:
    opened = open_engine(sqlite_url(tmp_path))
    migrate(opened, [*schema.MIGRATIONS, *fulltext.MIGRATIONS])
    yield opened
    opened.dispose()


def put(engine: Engine, texts: dict[str, str], collection: str = "c", document: str = "d", version: int = 1) -> None:
    with writing(engine) as connection:
        rows = [fulltext.Row(chunk, document, version, collection, text) for chunk, text in texts.items()]
        fulltext.add(connection, rows)


def find(engine: Engine, query: str, k: int = 10, collection: str = "c") -> list[str]:
    with reading(engine) as connection:
        return [hit.chunk_id for hit in fulltext.find(connection, collection, query, k)]


def test_ranks_the_rarer_and_the_shorter_first(engine: Engine) -> None:
    put(
        engine,
        {
            "a": "Vacation days are granted every year",
            "b": "Vacation carry-over and vacation pay",
            "c": "Sick days are granted every year to all of the employees of the company and its subsidiaries",
        },
    )
    assert find(engine, "How is vacation carried over?")[0] == "b"
    assert find(engine, "sick employees") == ["c"]
    assert find(engine, "days granted") == ["a", "c"]
    assert find(engine, "unheard of") == []
    assert find(engine, "") == []
    assert find(engine, "days", k=1) == ["a"]


def test_bm25_is_the_published_formula(engine: Engine) -> None:
    put(engine, {"a": "red red blue", "b": "red green yellow", "c": "black white grey"})
    with reading(engine) as connection:
        hits = fulltext.find(connection, "c", "red", 10)
    # N = 3, n = 2, all lengths average: idf = ln(1 + 1.5/2.5); tf 2 and 1 with k1 = 1.2
    assert [hit.chunk_id for hit in hits] == ["a", "b"]
    assert hits[0].score == pytest.approx(0.4700036 * 2 * 2.2 / 3.2)
    assert hits[1].score == pytest.approx(0.4700036)


def test_codes_and_punctuation_are_searchable(engine: Engine) -> None:
    put(engine, {"a": "Order HX-4410 today", "b": "Order HX-4411 today", "c": 'the "quoted" C:\\path and AT&T, x*y'})
    assert find(engine, "HX-4410")[0] == "a"
    assert find(engine, "hx4411")[0] == "b"
    assert find(engine, '"quoted" OR path* NEAR(x) -c:') == ["c"]


@pytest.mark.parametrize(
    "query", ['"', "'", "a\x00b", "terms : x", "* ^ ( )", "NOT", "\ud83d", "x" * 5000, "勞" * 3000]
)
def test_no_query_is_an_error(engine: Engine, query: str) -> None:
    put(engine, {"a": "some text"})
    find(engine, query)


def test_collections_do_not_touch_each_other(engine: Engine) -> None:
    put(engine, {"a1": "alpha beta", "a2": "alpha gamma"}, collection="one", document="d1")
    before = find(engine, "alpha beta", collection="one")
    with reading(engine) as connection:
        alone = ranking.match(connection, "one", analyse("alpha beta"), 5, live=False)
    for i in range(40):
        put(engine, {f"x{i}": "beta beta beta"}, collection=f"other{i}", document=f"d{i + 2}")
    assert find(engine, "alpha beta", collection="one") == before == ["a1", "a2"]
    assert find(engine, "gamma", collection="other1") == []
    with reading(engine) as connection:
        assert ranking.match(connection, "one", analyse("alpha beta"), 5, live=False) == alone


def test_a_version_can_be_removed_alone(engine: Engine) -> None:
    put(engine, {"a": "old wording"}, version=1)
    put(engine, {"b": "new wording"}, version=2)
    with writing(engine) as connection:
        assert fulltext.remove_chunks(connection, ["a"]) == 1
    assert find(engine, "wording") == ["b"]
    with writing(engine) as connection:
        assert fulltext.remove_chunks(connection, ["b"]) == 1
        assert fulltext.remove_chunks(connection, ["b"]) == 0
    assert find(engine, "wording") == []


def test_adding_again_replaces(engine: Engine) -> None:
    put(engine, {"a": "first words"})
    put(engine, {"a": "second words"})
    assert find(engine, "first") == []
    assert find(engine, "second") == ["a"]
    with reading(engine) as connection:
        assert ranking.match(connection, "c", analyse("words"), 5).chunks == 1


def test_a_collection_can_be_forgotten(engine: Engine) -> None:
    put(engine, {"a": "some words"})
    with writing(engine) as connection:
        assert fulltext.forget(connection, "c") == 1
        assert fulltext.forget(connection, "c") == 0
    assert find(engine, "words") == []
    put(engine, {"b": "other words"})
    assert find(engine, "words") == ["b"]


def test_removed_words_leave_the_file(sqlite: Engine, tmp_path: Path) -> None:
    engine = sqlite
    put(engine, {"a": "the secret is xylophonequartz"}, document="gone")
    put(engine, {"b": "an ordinary sentence"}, document="stays")
    with writing(engine) as connection:
        fulltext.remove_chunks(connection, ["a"])
        fulltext.tidy(connection)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").all()
    engine.dispose()
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"ordinari" in stored
    assert b"xylophonequartz" not in stored


def test_a_failed_transaction_leaves_nothing(engine: Engine) -> None:
    def attempt() -> None:
        with writing(engine) as connection:
            fulltext.add(connection, [fulltext.Row("a", "d", 1, "c", "words")])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        attempt()
    assert find(engine, "words") == []


def test_frequent_terms_still_find_what_only_they_find(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranking, "COMMON", 5)
    monkeypatch.setattr(ranking, "CANDIDATES", 8)
    put(engine, {f"n{i:02}": "common words" for i in range(30)} | {"rare": "common rare"})
    assert find(engine, "common rare", k=3)[0] == "rare"
    assert len(find(engine, "common rare", k=20)) == 20
    assert len(find(engine, "common", k=50)) == 31


def test_a_document_is_found_by_its_name_too(engine: Engine) -> None:
    with writing(engine) as connection:
        rows = [
            fulltext.Row("a", "d1", 1, "c", "The yearly allowance is 1,000.", "PerksPlus_2024.pdf"),
            fulltext.Row("b", "d2", 1, "c", "The yearly allowance is 2,000.", "Handbook.docx"),
        ]
        fulltext.add(connection, rows)
    assert find(engine, "allowance of perks plus")[0] == "a"
    assert find(engine, "handbook allowance")[0] == "b"
    assert find(engine, "docx") == []


def test_ids_are_those_of_one_collection(engine: Engine) -> None:
    put(engine, {"a": "x", "b": "y"}, collection="one", document="d1")
    put(engine, {"c": "z"}, collection="two", document="d2")
    with reading(engine) as connection:
        assert fulltext.ids(connection, "one") == {"a", "b"}
        assert fulltext.ids(connection, "three") == set()


def test_a_common_term_is_extrapolated_from_where_the_first_ones_stand(engine: Engine) -> None:
    put(engine, {f"n{i:03}": "common words" if i % 2 else "other words" for i in range(400)})
    with reading(engine) as connection:
        number = connection.scalar(select(collection_numbers.c.number)) or 0
        (exact,) = postings.look_up(connection, number, ["common"], 1_000)
        (estimate,) = postings.look_up(connection, number, ["common"], 50)
    assert exact.frequency == 200
    assert exact.seqs is not None
    assert len(exact.seqs) == 200
    assert estimate.seqs is None
    assert abs(estimate.frequency - 200) <= 4

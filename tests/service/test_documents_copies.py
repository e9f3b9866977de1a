"""The text of a deleted document goes from what answers, comparisons and evaluations kept of it; the rest stays."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import Engine, insert, select, update

from ingest.catalogue import collections
from ingest.catalogue.engine import metadata, migrate, now, open_engine, reading, sqlite_url, writing
from ingest.catalogue.schema import documents
from ingest.catalogue.transactions import Transactions
from service.chat import history
from service.chat.schema import answers, conversations
from service.compare import records
from service.compare.records import New
from service.compare.schema import lanes
from service.compare.types import Arm, Ended, Lane
from service.documents import copies
from service.evaluate import claims, datasets, plan, runs
from service.evaluate.cases import checked
from service.evaluate.claims import Claim
from service.evaluate.report.scored import scored
from service.evaluate.schema import results, run_cases
from service.evaluate.schema import runs as table
from service.evaluate.types import Result
from service.types import Answer, Citation, Message, Passage, Usage, Variant
from service.wiring import MIGRATIONS
from tests.doubles.postgres import postgres

pytestmark = pytest.mark.anyio

SECRET, KEPT = "canary-4711 opens the safe", "The heron eats fish"
BLOCK = "Look:\n<docs-bcdfghjkm>\n[a.md]\n{0}\n\n[b.md]\n{1}\n</docs-bcdfghjkm>\nQuestion: What opens it?"
PLAIN, RAG = (Variant(name, name, name, "m", {}, "0", "preset") for name in ("plain", "rag"))


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    if request.param == "sqlite":
        made = open_engine(sqlite_url(tmp_path))
        yield filled(made)
        made.dispose()
    else:
        with postgres() as url:
            made = open_engine(url)
            yield filled(made)
            made.dispose()


def filled(engine: Engine) -> Engine:
    """A collection with the documents `doc_gone` (a.md) and `doc_here` (b.md)."""
    migrate(engine, MIGRATIONS)
    with writing(engine) as connection:
        collection, _ = collections.ensure(connection, "default", "none")
        for id, name in (("doc_gone", "a.md"), ("doc_here", "b.md")):
            connection.execute(
                insert(documents).values(
                    id=id, collection_id=collection.id, name=name, latest_version=1, created_at=now()
                )
            )
    return engine


def passage(document_id: str, text: str) -> Passage:
    name = {"doc_gone": "a.md", "doc_here": "b.md"}.get(document_id, "c.md")
    return Passage(document_id, name, 1, f"{document_id}-0", text, (text[:6],), 1, 0, len(text), 1.0, {"dense": 1})


PASSAGES = (passage("doc_gone", SECRET), passage("doc_here", KEPT))


def answer(id: str = "ans_1", passages: tuple[Passage, ...] = PASSAGES) -> Answer:
    return Answer(
        id=id, conversation_id=f"conv_{id}", variant="rag", approach="rag", model="m",
        text="The one with four digits opens it [1].", finish="answered",
        citations=tuple(
            Citation(n, "The one with four digits opens it", one.document_id, one.name, 1, 1, one.heading,
                     one.chunk_id, 0, len(one.text), one.text, "verified")
            for n, one in enumerate(passages, 1)
        ),
        passages=passages, usage=Usage(1, 1), cost=0.0, timings={"total": 0.2}, trace=(), error=None,
    )  # fmt: skip


def said(engine: Engine, id: str = "ans_1", passages: tuple[Passage, ...] = PASSAGES) -> None:
    with writing(engine) as connection:
        history.record(connection, answer(id, passages), question="What opens it?", collection="default", visitor=None)


def body(engine: Engine, id: str = "ans_1") -> Any:
    with reading(engine) as connection:
        return connection.execute(select(answers.c.body).where(answers.c.id == id)).scalar_one()


def compared(engine: Engine, *, noted: bool = True) -> None:
    """A lane that was given both documents, and one that was given none."""
    placed = [Lane(n, n, n, Arm(one, one.name, one.name)) for n, one in enumerate((RAG, PLAIN))]
    with writing(engine) as connection:
        records.begin(connection, New(f"cmp_{noted}", "q", "q", "b", "default", False, False, None), placed)
        sent = ((Message("system", "Be brief."), Message("user", BLOCK.format(SECRET, KEPT))),)
        given = frozenset({"doc_gone", "doc_here"})
        ended = Ended(0, "answered", "ans_1", "conv_ans_1", prompts=sent, documents=given)
        records.end(connection, f"cmp_{noted}", ended, shown=None, reveals=None, style=None)
        bare = Ended(1, "answered", "ans_2", "conv_ans_2", prompts=((Message("user", "What opens it?"),),))
        records.end(connection, f"cmp_{noted}", bare, shown=None, reveals=None, style=None)
        if not noted:  # as it was before they were
            connection.execute(update(lanes).where(lanes.c.comparison_id == "cmp_False").values(documents=None))


def evaluated(engine: Engine) -> None:
    """A dataset with a drafted case and one made of the rated answer, and a run over it that answered both."""
    gold = [{"doc": "a.md", "text": SECRET}]
    drafted = checked({"id": "q1", "question": "What opens the safe?", "answers": ["4711"], "gold_docs": ["a.md"]})
    rated = checked({"id": "q2", "question": "What opens it?", "answers": ["4711"], "gold_passages": gold})
    sources: dict[str, dict[str, Any]] = {
        "q1": {"document_id": "doc_gone", "text": SECRET, "heading": ["canary"]},
        "q2": {"answer_id": "ans_1"},
    }
    with writing(engine) as connection:
        dataset = datasets.create(connection, "d", [drafted, rated], "draft", status="accepted", sources=sources)
        connection.execute(
            insert(table).values(
                id="run_1",
                dataset_id=dataset.id,
                dataset_name="d",
                status="running",
                arms=[],
                spec={},
                collection="default",
                seed=1,
                repeats=1,
                examples=[],
                provenance={"cases": {}},
                warnings=["Mind."],
                at_once=1,
                local=0,
                total=2,
                attempts=1,
                created_at=now(),
            )
        )
        oracle = [json.loads(orjson.dumps(one)) for one in PASSAGES]
        for ordinal, case in enumerate((drafted, rated)):
            connection.execute(
                insert(run_cases).values(
                    run_id="run_1", ordinal=ordinal, case_id=case.id, body=dict(case.body), oracle=oracle
                )
            )
    for position, id in enumerate(("q1", "q2")):
        kept(engine, id, position)


def kept(engine: Engine, case_id: str, position: int, repeat: int = 0) -> None:
    given = json.loads(orjson.dumps(answer()))
    with writing(engine) as connection:
        claims.keep(connection, Claim("run_1", 1), Result(case_id, "rag", repeat, position, given, "answered"))


def scores(engine: Engine) -> Any:
    with reading(engine) as connection:
        run = replace(runs.get(connection, "run_1"), arms=plan.arms([PLAIN, RAG], (), "m"))
        found = scored(run, runs.cases_of(connection, "run_1"), runs.results_of(connection, "run_1"))
        return [(row.case_id, dict(row.scores), row.cell) for row in found.rows["rag"]]


def everything(engine: Engine, *names: str) -> str:
    with reading(engine) as connection:
        return "\n".join(str(tuple(row)) for one in metadata.sorted_tables if one.name in (names or KNOWN)
                         for row in connection.execute(select(one)))  # fmt: skip


KNOWN = {"answers", "lanes", "cases", "run_cases", "results", "runs", "conversations", "datasets"}


async def test_its_text_is_readable_nowhere_and_the_scores_stay(engine: Engine) -> None:
    said(engine)
    compared(engine)
    compared(engine, noted=False)
    evaluated(engine)
    before = scores(engine)
    assert {score for _, each, _ in before for score in [each["hit_1"]]} == {1.0}
    assert everything(engine).count("canary") > 8
    changed = await copies.blank(Transactions(engine), {"doc_gone"})
    assert changed == {"answers": 3, "evaluations": 6}
    text = everything(engine)
    assert "canary" not in text
    assert text.count(KEPT) >= 5, "what other documents say stays"
    assert scores(engine) == before
    kept_body = body(engine)
    assert [(one["document_id"], one["text"]) for one in kept_body["passages"]] == [
        ("doc_gone", ""),
        ("doc_here", KEPT),
    ]
    assert kept_body["citations"][0]["claim"] == "The one with four digits opens it"
    with reading(engine) as connection:
        run = runs.get(connection, "run_1")
        assert run.provenance["blanked"]["answers"] == 2
        assert run.warnings[0] == "Mind."
        assert run.warnings[1:] == (
            "Documents were deleted since this run, and with them the passages of 2 answers. What had been scored by "
            "these passages, search and citations, keeps its score.",
        )
        sent = [lane.calls for lane in records.prompts(connection, "cmp_True")]
    assert sent[0][0][0] == {"role": "system", "content": "Be brief."}
    assert sent[0][0][1]["content"].endswith("Question: What opens it?")
    assert await copies.blank(Transactions(engine), {"doc_gone"}) == {"answers": 0, "evaluations": 0}
    assert everything(engine) == text


async def test_gold_that_changes_later_changes_no_score_of_what_was_blanked(engine: Engine) -> None:
    said(engine)
    evaluated(engine)
    before = scores(engine)
    await copies.blank(Transactions(engine), {"doc_gone"})
    with writing(engine) as connection:
        cases = runs.cases_of(connection, "run_1")
        changed = [replace(one, body={**one.body, "gold_passages": [{"doc": "a.md", "text": "safe"}]}) for one in cases]
        assert runs.rescore(connection, "run_1", changed) == 2
    assert [one["hit_1"] for _, one, _ in scores(engine)] == [one["hit_1"] for _, one, _ in before]


async def test_of_many_documents_only_those_are_blanked(engine: Engine) -> None:
    said(engine)
    said(engine, "ans_other", (passage("doc_other", "Otters dive"), PASSAGES[1]))
    compared(engine)
    with writing(engine) as connection:  # it was kept without the text: there is no such document
        assert "Otters" not in str(connection.execute(select(answers.c.body)).scalars().all())
    many = {f"doc_{n}" for n in range(60)}
    assert await copies.blank(Transactions(engine), many) == {"answers": 0, "evaluations": 0}
    assert SECRET in everything(engine)
    assert await copies.blank(Transactions(engine), {*many, "doc_gone"}) == {"answers": 2, "evaluations": 0}
    assert "canary" not in everything(engine)
    assert KEPT in everything(engine)


async def test_more_rows_than_one_slice(engine: Engine) -> None:
    ids = [f"ans_{n}" for n in range(2 * copies.AT_ONCE + 1)]
    for id in ids:
        said(engine, id)
    assert (await copies.blank(Transactions(engine), {"doc_gone"}))["answers"] == len(ids)
    assert "canary" not in everything(engine)


@pytest.mark.parametrize("buried", ["document", "collection"])
async def test_what_is_answered_while_it_is_deleted_is_kept_without_it(engine: Engine, buried: str) -> None:
    evaluated(engine)
    await copies.blank(Transactions(engine), {"doc_gone", "doc_here"})
    tombstone = (
        update(documents).where(documents.c.id == "doc_gone")
        if buried == "document"
        else update(metadata.tables["collections"])
    )
    with writing(engine) as connection:
        connection.execute(tombstone.values(deleted_at=now()))
    said(engine)
    compared(engine)
    kept(engine, "q1", 3, repeat=1)
    assert "canary" not in everything(engine, "answers", "lanes", "results")
    with reading(engine) as connection:
        row = connection.execute(select(results.c.frozen).where(results.c.repeat == 1)).scalar_one()
        assert row["scores"]["hit_1"] == 1.0
        assert connection.execute(select(conversations.c.id)).scalar_one() == "conv_ans_1"

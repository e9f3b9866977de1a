"""Ingestion against a simple model of it: whatever people do and wherever workers die, what does a search return?

The model holds, for each document, the texts that its live version may have. Everything else is real: catalogue,
Chroma, Valkey, pipeline, sweeps, deletes, search. Only the parser is a double, and leases run out by hand.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import anyio
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from ingest import pipeline, sweep
from ingest.catalogue import schema, versions
from ingest.catalogue.documents import ACTIVE
from ingest.catalogue.engine import present, writing
from ingest.catalogue.transactions import Transactions
from ingest.errors import DocumentRefused, NotFound
from ingest.pipeline import Pipeline
from ingest.types import Block, ParsedDocument, ParseLimits
from service.documents import delete as deleting
from service.documents import show, spaces
from service.documents.receive import Received, Upload
from service.documents.upload import Accepted, accept
from service.documents.verify import verify
from service.errors import Conflict
from service.parts import Parts
from tests.doubles.stores import service_parts, stores

NAMES = st.sampled_from(["a.md", "b.md", "c.md"])
EDITIONS = st.sampled_from(["one", "two", "poison"])
PLACES = st.sampled_from(
    [
        "after_claim", "after_parse", "while_staging", "after_stage", "while_embedding", "after_embed", "after_index",
        "after_finish", "after_unindex", "while_sweeping",
    ]
)  # fmt: skip
WHICH = st.integers(0, 2)
EXAMPLES, STEPS = 10, 15


class Died(BaseException):
    """The process is gone: nobody may catch this and tidy up."""


class Death:
    """The crash points of a process in which one of them may be armed."""

    place: str | None = None

    def __call__(self, name: str) -> None:
        if name == self.place:
            self.place = None
            raise Died(name)


async def parse(
    path: Path, name: str, limits: ParseLimits, cancelled: Callable[[], bool] = lambda: False
) -> ParsedDocument:
    text = await anyio.Path(path).read_text()
    if "poison" in text:
        raise DocumentRefused("poison", "It cannot be read.")
    return ParsedDocument(tuple(Block("text", line) for line in text.splitlines()))


def text_of(name: str, edition: str) -> str:
    """Long enough for several chunks."""
    lines = [" ".join(f"{name[0]}{edition}{number}" for number in range(start, start + 60)) for start in (0, 60, 120)]
    return "\n".join([*(f"common {line}" for line in lines), f"common closing {name[0]}{edition}"])


@dataclass
class Told:
    """What the model knows of a document: the edition that is answered from (either of two, after a death), and the
    one that waits or was stopped."""

    id: str
    live: set[str | None] = field(default_factory=lambda: {None})
    newest: str = ""
    waits: bool = True


class Ingestion(RuleBasedStateMachine):
    """One collection, up to three documents, two good editions of each and one that cannot be read."""

    portal: ClassVar[BlockingPortal]
    parts: ClassVar[Parts]
    folder: ClassVar[Path]
    death: ClassVar[Death]

    def __init__(self) -> None:
        super().__init__()
        self.collection = f"m-{uuid.uuid4().hex[:12]}"
        self.there: dict[str, Told] = {}

    def run(self, work: Callable[[], Awaitable[Any]]) -> Any:
        return self.portal.call(work)

    @initialize()
    def a_collection(self) -> None:
        self.run(lambda: spaces.create(self.parts, self.collection))
        self.upload("a.md", "one")
        self.work(None)

    @rule(name=NAMES, edition=EDITIONS, then=st.sampled_from(["", "work", "die"]), place=PLACES)
    def change(self, name: str, edition: str, then: str, place: str) -> None:
        """Uploads are worked on at once more often than not: else hardly anything would ever be there."""
        self.upload(name, edition)
        if then:
            self.work(place if then == "die" else None)

    def upload(self, name: str, edition: str) -> None:
        data = text_of(name, edition).encode()
        path = self.folder / uuid.uuid4().hex
        path.write_bytes(data)
        received = Received(name, path, len(data), hashlib.sha256(data).hexdigest(), data)
        (item,) = self.run(lambda: accept(self.parts, Upload([received], {"collection": self.collection})))
        assert isinstance(item, Accepted)
        told = self.there.setdefault(name, Told(item.id))
        assert item.id == told.id, "the same name is another document"
        if item.duplicate_of is not None:
            assert edition == told.newest, "other bytes are no duplicate"
            return
        # An older version whose worker died before it was live is given up, and never goes live from here on.
        told.live = {self.live_edition(told)}
        told.newest, told.waits = edition, True

    @rule(place=st.none() | PLACES)
    def work(self, place: str | None) -> None:
        """Workers take all that waits; with a place, the first to come by there dies, and its leases run out."""
        self.death.place = place
        died = self.run(self.take_all)
        self.death.place = None
        for told in self.there.values():
            if not told.waits:
                continue
            if died:
                told.live = {*told.live, told.newest} - {"poison"}
                continue
            document = self.run(partial(show.one, self.parts, told.id))
            told.waits = False
            if document.status == "indexed":
                assert told.newest != "poison"
                told.live = {told.newest}
            else:
                told.live = {self.live_edition(told)}
                code = document.error["code"]
                reasons = {"cancelled", "worker_died"} | ({"poison"} if told.newest == "poison" else set())
                assert code in reasons, document

    async def take_all(self) -> bool:
        worker = Pipeline(
            self.parts.engine, self.parts.index, self.parts.embedder, self.parts.files, parse, lease=3600.0
        )
        catalogue = Transactions(self.parts.engine)
        try:
            async with anyio.create_task_group() as group:
                group.start_soon(worker.serve)
                while due := await catalogue.read(lambda c: versions.due(c, clock=present(c), limit=100)):
                    for one in due:
                        await worker.run(one.document_id, one.version)
                await worker.clean()
                group.cancel_scope.cancel()
        except BaseExceptionGroup as group_of:
            if group_of.subgroup(Died) is None:
                raise
            self.leases_run_out()
            return True
        return False

    def leases_run_out(self) -> None:
        with writing(self.parts.engine) as connection:
            connection.execute(schema.versions.update().values(lease_until=0.0))

    @precondition(lambda self: self.there)
    @rule(which=WHICH)
    def cancel(self, which: int) -> None:
        told = self.there[self.name(which)]
        before = self.run(lambda: show.one(self.parts, told.id)).status
        try:
            self.run(lambda: show.cancel(self.parts, told.id))
        except Conflict:
            assert before not in ("queued", *ACTIVE)
            return
        assert told.waits, "what had ended was stopped"
        told.live = {self.live_edition(told)}

    @precondition(lambda self: self.there)
    @rule(which=WHICH)
    def retry(self, which: int) -> None:
        told = self.there[self.name(which)]
        before = self.run(lambda: show.one(self.parts, told.id)).status
        try:
            self.run(lambda: show.retry(self.parts, told.id))
        except Conflict:
            assert before not in ("failed", "cancelled")
            return
        told.waits = True

    @precondition(lambda self: self.there)
    @rule(which=WHICH, place=st.none() | st.sampled_from(["after_unindex", "while_sweeping"]))
    def delete(self, which: int, place: str | None) -> None:
        told = self.there.pop(self.name(which))

        async def remove() -> None:
            self.death.place = place
            try:
                receipt = await deleting.delete(self.parts, told.id)
                assert receipt.probe_hits == 0
            except Died:
                self.leases_run_out()

        self.run(remove)
        self.death.place = None
        with pytest.raises(NotFound):
            self.run(lambda: show.one(self.parts, told.id))

    @rule()
    def reconcile(self) -> None:
        """Deletes that were cut off are finished."""
        self.run(lambda: deleting.finish_buried(self.parts))

    def name(self, which: int) -> str:
        """One of those that are there."""
        return sorted(self.there)[which % len(self.there)]

    def live_edition(self, told: Told) -> str | None:
        """Which edition a document is answered from now, by its chunks; it must be one that the model allows."""
        document = self.run(lambda: show.one(self.parts, told.id))
        if document.live_version is None:
            found = None
        else:
            pieces = self.run(lambda: show.pieces(self.parts, told.id, document.live_version, -1, 10))
            whole = "\n".join(chunk.text for _, chunk in pieces)
            found = next(
                edition for edition in ("one", "two", "poison") if f"closing {document.name[0]}{edition}" in whole
            )
        assert found in told.live, (found, told)
        return found

    @invariant()
    def a_search_returns_what_is_live_and_all_of_it(self) -> None:
        if not hasattr(self, "collection") or not self.run(self.exists):
            return
        found = self.run(lambda: self.parts.retriever.search("common closing", self.collection, 50))
        texts: dict[str, str] = {}
        for passage in found.passages:
            texts[passage.document_id] = texts.get(passage.document_id, "") + "\n" + passage.text
        allowed = {told.id: (name, told) for name, told in self.there.items()}
        assert texts.keys() <= allowed.keys(), "something deleted is found"
        for document_id, (name, told) in allowed.items():
            text = texts.get(document_id)
            seen = {
                edition: text is not None and all(word in text for word in text_of(name, edition).split())
                for edition in ("one", "two", "poison")
            }
            whole = [edition for edition, there in seen.items() if there]
            mixed = text is not None and sum(f"closing {name[0]}{edition}" in text for edition in seen) > 1
            assert not mixed, "two versions at once"
            answer = whole[0] if whole else None
            assert text is None or whole, f"half a document: {text}"
            assert answer in told.live, (answer, told)

    async def exists(self) -> bool:
        return any(counted.collection.name == self.collection for counted in await spaces.listed(self.parts, 500, ""))

    def teardown(self) -> None:
        """Everything ends, and every store agrees with the catalogue."""
        if not self.run(self.exists):
            return
        self.work(None)
        self.reconcile()
        self.a_search_returns_what_is_live_and_all_of_it()
        assert all(len(told.live) == 1 for told in self.there.values())
        assert self.run(lambda: verify(self.parts)).differences == ()
        self.run(lambda: spaces.delete(self.parts, self.collection))
        assert self.run(lambda: verify(self.parts)).differences == ()


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Ingestion]]:
    death = Death()
    for module in (pipeline, sweep):
        monkeypatch.setattr(module, "crash_point", death)
    for module, size in ((pipeline, "_STAGED_AT_ONCE"), (pipeline, "_KEPT_AT_ONCE"), (sweep, "AT_ONCE")):
        monkeypatch.setattr(module, size, 1)  # every slice is a chunk
    monkeypatch.setattr(deleting, "CUT_OFF_SECONDS", -1.0)  # what has not ended by now was cut off
    with stores(tmp_path) as (chroma, valkey), start_blocking_portal() as portal:
        opening = service_parts(tmp_path / "data", chroma.url, valkey.url)
        with portal.wrap_async_context_manager(opening) as parts:
            Ingestion.portal, Ingestion.parts, Ingestion.folder, Ingestion.death = portal, parts, tmp_path, death
            yield Ingestion


@pytest.mark.timeout(300)
def test_whatever_happens_a_search_finds_what_is_live_and_nothing_else(machine: type[Ingestion]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip

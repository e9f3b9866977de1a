"""Collections: making, listing and deleting them."""

from __future__ import annotations

from contextlib import suppress

from ingest.catalogue import collections, documents
from ingest.catalogue.collections import Collection, Counted
from ingest.catalogue.transactions import Transactions
from ingest.errors import IndexUnavailable
from ingest.types import Receipt
from service.documents.delete import Removed, remove_collection, wait_for_workers
from service.errors import BadRequest, Conflict
from service.parts import Parts


async def create(parts: Parts, name: str) -> Counted:
    """Raises `BadRequest` for a name that does not fit, `Conflict` when there is one of that name."""
    if not collections.NAME.fullmatch(name):
        raise BadRequest(
            "collection_name",
            "A collection's name is 1 to 63 of a-z, 0-9, _ and -, and begins with a letter or digit.",
            "For example: handbook-2026.",
        )
    embedder = parts.embedder.name
    made, fresh = await Transactions(parts.engine).write(lambda c: collections.ensure(c, name, embedder))
    if not fresh:
        raise Conflict(
            "collection_exists", f"There is a collection {name!r} already.", "Choose another name, or use it."
        )
    return Counted(made, 0, 0, 0)


async def ensure_default(parts: Parts) -> Collection:
    """The collection `default`, made when it is not there."""
    catalogue = Transactions(parts.engine)
    embedder = parts.embedder.name
    name = collections.DEFAULT
    found = (await catalogue.write(lambda connection: collections.ensure(connection, name, embedder)))[0]
    return await adopted(parts, found)


async def adopted(parts: Parts, collection: Collection) -> Collection:
    """The collection, taken over by the embedder there is now when nothing was ever in it."""
    embedder = parts.embedder.name
    if collection.embedder == embedder or collection.next_generation is not None:
        return collection
    catalogue = Transactions(parts.engine)
    old = await catalogue.write(lambda connection: collections.adopt(connection, collection.id, embedder))
    if old is None:
        return collection
    with suppress(IndexUnavailable):  # nearly always it was never made
        await parts.index.drop(old)
    return await catalogue.read(lambda connection: collections.by_id(connection, collection.id))


async def listed(parts: Parts, limit: int, after: str) -> list[Counted]:
    """At most `limit` collections, by name, after that name."""
    await ensure_default(parts)
    return await Transactions(parts.engine).read(lambda connection: collections.page(connection, limit, after))


async def delete(parts: Parts, name: str) -> Receipt:
    """Delete it with everything in it; `default` is there again, empty, afterwards. Raises `NotFound`."""
    catalogue = Transactions(parts.engine)
    found = await catalogue.read(lambda connection: collections.find(connection, name))
    await catalogue.write(lambda connection: collections.bury(connection, found.id))
    inside = await catalogue.read(lambda connection: documents.inside(connection, found.id))
    await wait_for_workers(parts, inside)
    removed: Removed = await remove_collection(parts, found)
    if name == collections.DEFAULT:
        await ensure_default(parts)
    return removed.receipt(found.id)

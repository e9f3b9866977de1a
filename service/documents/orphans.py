"""Bytes that were stored by an upload which died before its row: no document knows them, so nobody deletes them."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from sqlalchemy import Connection

from ingest.catalogue import documents
from ingest.catalogue.transactions import Transactions
from ingest.threads import in_thread
from service.models import tuned
from service.parts import Parts

ORPHAN_SECONDS = 15 * 60.0
"""Stored for so long without a document, bytes are nobody's: an upload registers them within seconds."""


async def orphans(parts: Parts, older_than: float = ORPHAN_SECONDS) -> list[str]:
    """Keys of the stored bytes that no version and no tuned model names, older than that many seconds."""
    there = await in_thread(lambda: set(parts.files.keys()))
    wanted = await Transactions(parts.engine).read(lambda c: documents.files_in_use(c).keys() | tuned.files(c))
    before = time.time() - older_than

    def old() -> list[str]:
        written = {key: parts.files.written(key) for key in sorted(there - wanted)}
        return [key for key, at in written.items() if at is not None and at <= before]

    return await in_thread(old)


def remove_unused(connection: Connection, key: str, remove_file: Callable[[str], bool]) -> bool:
    """Remove bytes unless a document or a tuned model uses them by now; True when there were any to remove."""
    return key not in tuned.files(connection) and documents.remove_unused(connection, key, remove_file)


async def remove_orphans(parts: Parts, older_than: float = ORPHAN_SECONDS) -> int:
    """Remove them, and halves of files; returns how many files went."""
    catalogue = Transactions(parts.engine)
    removed = 0
    for key in await orphans(parts, older_than):

        def remove(connection: Connection, key: str = key) -> bool:
            return remove_unused(connection, key, parts.files.remove)

        removed += await catalogue.write(remove)
    await in_thread(partial(parts.files.tidy, time.time() - older_than))
    return removed

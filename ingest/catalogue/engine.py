"""Opening the catalogue's database and bringing its schema up to date."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    MetaData,
    String,
    Table,
    create_engine,
    event,
    func,
    insert,
    select,
)
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from ingest.errors import CatalogueUnavailable

_MIGRATING = "migrate"

metadata = MetaData()
_applied = Table(
    "migrations",
    metadata,
    Column("name", String, primary_key=True),
    Column("applied_at", String, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Migration:
    """One named step of the schema. Steps are applied once, in the order given, each in its own transaction."""

    name: str
    apply: Callable[[Connection], None]


def sqlite_url(folder: Path) -> str:
    """Where the embedded catalogue of a data folder lives."""
    return f"sqlite:///{sqlite_path(folder)}"


def sqlite_path(folder: Path) -> Path:
    """Its file."""
    return folder / "catalogue.sqlite3"


def open_engine(url: str) -> Engine:
    """An engine for SQLite (WAL, foreign keys, 10 s busy time-out) or PostgreSQL (by psycopg 3)."""
    if url.startswith(("postgresql://", "postgres://")):
        url = "postgresql+psycopg://" + url.split("://", 1)[1]
    if not url.startswith("sqlite"):
        engine = create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": 5})
        event.listen(engine, "before_cursor_execute", _without_nul, retval=True)
        return engine
    engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": 10})

    @event.listens_for(engine, "connect")
    def _configure(connection: object, _record: object) -> None:
        # The driver's own transaction control is switched off so that BEGIN IMMEDIATE can be ours: a writer that
        # starts as a reader would otherwise fail with "database is locked" at once instead of waiting its turn.
        connection.isolation_level = None  # type: ignore[attr-defined]
        cursor = connection.cursor()  # type: ignore[attr-defined]
        for pragma in (
            "journal_mode=WAL",
            "synchronous=NORMAL",
            "foreign_keys=ON",
            "secure_delete=ON",
            "cache_size=-32000",
            "temp_store=MEMORY",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writing = connection.get_execution_options().get("writing", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


def _without_nul(
    _connection: Connection, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool
) -> tuple[str, Any]:
    """PostgreSQL keeps no NUL in a text and would refuse the whole statement; U+FFFD stands for it there."""
    return statement, [_clean(row) for row in parameters] if isinstance(parameters, list) else _clean(parameters)


def _clean(row: Any) -> Any:
    if isinstance(row, Mapping):
        return {name: _replaced(value) for name, value in row.items()}
    return tuple(_replaced(value) for value in row) if isinstance(row, tuple) else row


def _replaced(value: Any) -> Any:
    if isinstance(value, str) and "\0" in value:
        return value.replace("\0", "\ufffd")
    if isinstance(value, list):  # an array of terms
        return [_replaced(each) for each in value]
    return value


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A read transaction. Raises `CatalogueUnavailable` when the database cannot be reached."""
    with _translated(), engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A write transaction, committed at the end. Raises `CatalogueUnavailable` (locked, full disk, server gone)."""
    with _translated(), engine.connect().execution_options(writing=True) as connection, connection.begin():
        yield connection


def serialise(connection: Connection, key: str) -> None:
    """One writer at a time for `key` until the transaction ends. SQLite lets in one at a time anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(key))))


def migrate(engine: Engine, steps: Sequence[Migration]) -> list[str]:
    """Apply the steps that this database has not seen; returns their names. Processes that start at once take turns."""
    with writing(engine) as connection:
        serialise(connection, _MIGRATING)
        _applied.create(connection, checkfirst=True)
    fresh: list[str] = []
    for step in steps:
        with writing(engine) as connection:
            serialise(connection, _MIGRATING)
            if connection.execute(select(_applied.c.name).where(_applied.c.name == step.name)).first():
                continue
            step.apply(connection)
            connection.execute(insert(_applied).values(name=step.name, applied_at=now()))
            fresh.append(step.name)
    return fresh


def now() -> str:
    """The present instant as ISO 8601 UTC, to the millisecond: sorts as text."""
    return instant(time.time())


def present(connection: Connection) -> float:
    """The present in epoch seconds by the one clock that everybody at this catalogue shares.

    Leases, back-offs and tombstones are compared by other processes than wrote them. At a PostgreSQL these may be on
    other machines, whose clocks differ: there the server's counts. Everybody at a SQLite file is on one machine.
    """
    if connection.dialect.name == "postgresql":
        return float(connection.execute(select(func.extract("epoch", func.clock_timestamp()))).scalar_one())
    return time.time()


def instant(seconds: float) -> str:
    """Seconds since the epoch, the same way."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (OperationalError, DBAPIError) as error:
        if isinstance(error, OperationalError) or error.connection_invalidated:
            raise CatalogueUnavailable(
                "catalogue_unavailable",
                f"The catalogue's database cannot be used: {error.orig}",
                "Check that the disk is not full and that the database (PARALLAX_DATABASE_URL) is reachable.",
            ) from error
        raise
    except PoolTimeout as error:
        raise CatalogueUnavailable(
            "catalogue_busy", "All connections to the catalogue's database are in use.", "Try again in a moment."
        ) from error

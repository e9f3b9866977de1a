"""The models tuned here or at a provider: their table, and what a process knows of it. See `service.chat.deploying`.

A row's adapter lies in the `FileStore` under its hash; what a provider holds has its name there (`ft:...`). Functions
that take a connection block; call them through `in_thread`.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from sqlalchemy import JSON, Column, Connection, Engine, Integer, Row, String, Table, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from ingest.catalogue.engine import Migration, metadata, open_engine, reading, sqlite_path, sqlite_url, writing
from ingest.errors import IngestError
from ingest.threads import in_thread
from service.errors import Conflict, Unknown
from service.settings import Settings

Trainer = Literal["local", "openai"]

tuned_models = Table(
    "tuned_models",
    metadata,
    Column("name", String, primary_key=True),
    Column("trainer", String, nullable=False),
    Column("base", String, nullable=False),
    Column("file_sha256", String),
    Column("remote_id", String),
    Column("finetune_id", String),
    Column("card", JSON, nullable=False),
    Column("deployed", Integer, nullable=False),
    Column("current", Integer, nullable=False),
    Column("problem", String),
    Column("created_at", String, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Tuned:
    """A tuned model. `base` is a catalogue name; `deployed`: variants may use it; `current`: what the variants
    `fine_tuned` and `rag_fine_tuned` use. `problem` is why it was retired, where it could not be loaded."""

    name: str
    trainer: Trainer
    base: str
    created_at: str
    file_sha256: str | None = None
    remote_id: str | None = None
    finetune_id: str | None = None
    card: Mapping[str, Any] = field(default_factory=dict)
    deployed: bool = False
    current: bool = False
    problem: str | None = None

    @property
    def adapter(self) -> str | None:
        """The SHA-256 of the file that the local server must hold to answer for it; None when nothing here serves it:
        it runs elsewhere, or it is a model of its own and no adapter."""
        return self.file_sha256 if self.trainer == "local" and self.card.get("kind") != "scratch" else None


def add(connection: Connection, model: Tuned) -> None:
    """Keep it, neither deployed nor current whatever it says. Raises `Conflict` for a name that is taken."""
    if taken(connection, model.name):
        raise Conflict("model_exists", f"There is a tuned model {model.name!r} already.", "Choose another name.")
    connection.execute(
        insert(tuned_models).values(
            name=model.name,
            trainer=model.trainer,
            base=model.base,
            file_sha256=model.file_sha256,
            remote_id=model.remote_id,
            finetune_id=model.finetune_id,
            card=dict(model.card),
            deployed=0,
            current=0,
            problem=None,
            created_at=model.created_at,
        )
    )


def listing(connection: Connection) -> list[Tuned]:
    """All of them, the newest first."""
    rows = connection.execute(
        select(tuned_models).order_by(tuned_models.c.created_at.desc(), tuned_models.c.name)
    ).all()
    return [_tuned(row) for row in rows]


def find(connection: Connection, name: str) -> Tuned:
    """Raises `Unknown`."""
    row = connection.execute(select(tuned_models).where(tuned_models.c.name == name)).first()
    if row is None:
        raise Unknown(
            "unknown_model", f"There is no tuned model {name[:80]!r}.", "GET /api/models lists what there is."
        )
    return _tuned(row)


def taken(connection: Connection, name: str) -> bool:
    return connection.execute(select(tuned_models.c.name).where(tuned_models.c.name == name)).first() is not None


def files(connection: Connection) -> set[str]:
    """Keys of the stored files that belong to tuned models."""
    found = connection.execute(select(tuned_models.c.file_sha256).where(tuned_models.c.file_sha256.is_not(None)))
    return {key for (key,) in found}


def deploy(connection: Connection, name: str, yes: bool, problem: str | None = None) -> None:
    """Deploy or retire it; what is retired is not current. `problem` is kept as the reason. Raises `Unknown`."""
    find(connection, name)
    values: dict[str, Any] = {"deployed": int(yes), "problem": None if yes else problem}
    if not yes:
        values["current"] = 0
    connection.execute(update(tuned_models).where(tuned_models.c.name == name).values(**values))


def make_current(connection: Connection, name: str) -> None:
    """What `fine_tuned` and `rag_fine_tuned` use from now on. Raises `Unknown`, `Conflict` unless it is deployed."""
    if not find(connection, name).deployed:
        raise Conflict("model_not_deployed", f"{name!r} is not deployed.", "Deploy it first.")
    connection.execute(update(tuned_models).values(current=0))
    connection.execute(update(tuned_models).where(tuned_models.c.name == name).values(current=1))


def remove(connection: Connection, name: str) -> None:
    """Forget one that is retired. Its file stays until nothing names it. Raises `Unknown`, `Conflict`."""
    if find(connection, name).deployed:
        raise Conflict("model_deployed", f"{name!r} is deployed.", "Retire it first.")
    connection.execute(tuned_models.delete().where(tuned_models.c.name == name))


def names_kept(settings: Settings) -> set[str]:
    """Names of the tuned models in the catalogue that these settings mean, for a command beside the service; none where
    there is no catalogue, or it is away."""
    if settings.database_url is None and not sqlite_path(settings.data_dir).exists():
        return set()
    engine = open_engine(settings.database_url or sqlite_url(settings.data_dir))
    try:
        with reading(engine) as connection:
            return set(connection.execute(select(tuned_models.c.name)).scalars())
    except (SQLAlchemyError, IngestError):
        return set()
    finally:
        engine.dispose()


class TunedModels:
    """What this process knows of the tuned models: a copy, read again by whoever calls `refresh`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: Mapping[str, Tuned] = MappingProxyType({})

    @property
    def known(self) -> Mapping[str, Tuned]:
        """By name, the newest first."""
        return self._known

    @property
    def current(self) -> Tuned | None:
        """The deployed one that is current."""
        return next((model for model in self._known.values() if model.deployed and model.current), None)

    async def refresh(self) -> None:
        """Raises `CatalogueUnavailable`."""
        self._known = MappingProxyType({model.name: model for model in await in_thread(self._read)})

    async def must_know(self, name: str | None) -> None:
        """Look again where a model is not known that another process may have made just now. Raises
        `CatalogueUnavailable`."""
        if name is not None and name not in self._known:
            await self.refresh()

    async def fail(self, name: str, problem: str) -> None:
        """Retire one that cannot be loaded, and say why. Raises `CatalogueUnavailable`."""
        await in_thread(self._fail, name, problem)
        await self.refresh()

    def _fail(self, name: str, problem: str) -> None:
        with writing(self._engine) as connection, suppress(Unknown):
            deploy(connection, name, False, problem)

    def _read(self) -> list[Tuned]:
        with reading(self._engine) as connection:
            return listing(connection)


def _tuned(row: Row[Any]) -> Tuned:
    return Tuned(
        name=row.name,
        trainer=row.trainer,
        base=row.base,
        created_at=row.created_at,
        file_sha256=row.file_sha256,
        remote_id=row.remote_id,
        finetune_id=row.finetune_id,
        card=row.card,
        deployed=bool(row.deployed),
        current=bool(row.current),
        problem=row.problem,
    )


def _migrate(connection: Connection) -> None:
    tuned_models.create(connection)


MIGRATIONS = [Migration("0001-tuned-models", _migrate)]

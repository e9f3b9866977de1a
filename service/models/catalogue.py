"""The catalogue of models: files this machine can hold, configured endpoints, OpenAI's when there is a key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from service.models import files
from service.models.defaults import default_chat, default_embedding
from service.models.files import Task
from service.models.tuned import Tuned
from service.settings import Settings

OPENAI = "https://api.openai.com/v1"
OPENAI_MODELS = ("gpt-5-mini", "gpt-4.1-mini", "gpt-4o-mini")
"""Listed when there is a key; any other is asked for by name: `openai:NAME`."""


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """CONTRACT's model object. `deployed`: it can be asked now; `default`: it is what variants without a model use;
    `current`: it is the tuned model that `fine_tuned` and `rag_fine_tuned` use."""

    name: str
    task: Task
    license: str
    source: str
    context: int | None
    card: Mapping[str, str]
    deployed: bool
    default: bool
    measured: Mapping[str, float] = field(default_factory=dict)
    bytes: int | None = None
    """Size of its files; None for one that is somewhere else."""
    tuned: bool = False
    current: bool = False
    base: str | None = None
    """Of a tuned model: what it was trained on."""
    problem: str | None = None
    """Why a tuned model was retired, where it could not be loaded."""


def entries(settings: Settings, tuned: Iterable[Tuned] = ()) -> list[CatalogueEntry]:
    """Everything in the catalogue, the defaults first."""
    folder = files.cache_folder(settings.models_dir)
    chat, embedding = default_chat(settings), default_embedding(settings)
    found: list[CatalogueEntry] = []
    if settings.chat_base_url:
        found.append(_elsewhere(chat, "chat", settings.chat_base_url, default=True))
    elif ":" in chat:
        found.append(_elsewhere(chat, "chat", chat.split(":", 1)[0], default=True))
    if settings.embed_base_url:
        found.append(_elsewhere(embedding, "embedding", settings.embed_base_url, default=True))
    taken = {entry.name for entry in found}  # an endpoint may serve a model under the name of one of our files
    found += [_of_files(entry, folder, (chat, embedding)) for name, entry in files.known().items() if name not in taken]
    if settings.openai_api_key is not None:
        names = [f"openai:{name}" for name in OPENAI_MODELS]
        found += [_elsewhere(name, "chat", OPENAI, default=False) for name in names if name not in taken]
    found += [_tuned(model) for model in tuned if model.name not in taken]
    return sorted(found, key=lambda entry: (not entry.default, entry.task, not entry.deployed, entry.name))


def _of_files(entry: files.ModelEntry, folder: Path, defaults: tuple[str, str]) -> CatalogueEntry:
    default = entry.name in defaults
    return CatalogueEntry(
        name=entry.name,
        task=entry.task,
        license=entry.license,
        source=entry.source,
        context=entry.context,
        card=entry.card,
        deployed=default and files.present(entry.name, folder),
        default=default,
        bytes=entry.bytes,
    )


def _tuned(model: Tuned) -> CatalogueEntry:
    """Its licence is its base's, where that is known: what is derived from a model is bound by it."""
    base = files.known().get(model.base)
    told = {key: str(value) for key, value in model.card.items() if isinstance(value, str | int | float)}
    return CatalogueEntry(
        name=model.name,
        task="chat",
        license=base.license if base else "its provider's terms",
        source="tuned here" if model.trainer == "local" else OPENAI,
        context=base.context if base else None,
        card={"label": model.name, "about": f"Tuned on {model.base}.", **told},
        deployed=model.deployed,
        default=False,
        tuned=True,
        current=model.current,
        base=model.base,
        problem=model.problem,
    )


def _elsewhere(name: str, task: Task, source: str, *, default: bool) -> CatalogueEntry:
    card = {"label": name, "about": "Runs elsewhere: questions and passages leave this machine."}
    return CatalogueEntry(name, task, "its provider's terms", source, None, card, deployed=True, default=default)

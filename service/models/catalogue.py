"""The catalogue of models: files this machine can hold, models tuned here, configured endpoints, OpenAI's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from service.errors import ModelFile
from service.models import files, files_facts, files_pulled, prices
from service.models.catalogue_data import TERMS, Architecture, Card, Described, Language, Task, described, elsewhere
from service.models.defaults import default_chat, default_embedding
from service.models.files_facts import Facts
from service.models.tuned import Tuned
from service.settings import Settings
from service.types import Price

OPENAI = "https://api.openai.com/v1"
AT_OPENAI, AT_ENDPOINT = "openai:", "endpoint:"
"""Names of models elsewhere begin with where they are: OpenAI's, and others of the configured chat endpoint."""
HERE = "this machine"
_TUNED_TEXT: Mapping[Language, str] = {"en": "Tuned on {base}.", "zh-TW": "在 {base} 上微調。"}
_PULLED_TEXT: Mapping[Language, str] = {"en": "Fetched from {source}.", "zh-TW": "取自 {source}。"}


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """CONTRACT's model object. `deployed`: it can be asked now; `default`: it is what variants without a model use;
    `current`: it is the tuned model that `fine_tuned` and `rag_fine_tuned` use. `card` is in English, `texts` by
    language. None or empty stands for what is not known."""

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
    tasks: tuple[Task, ...] = ()
    open: bool | None = None
    architecture: Architecture | None = None
    family: str | None = None
    """llama.cpp's name of the architecture, as its file has it."""
    quantisation: str | None = None
    parameters: int | None = None
    languages: tuple[str, ...] = ()
    provider: str = ""
    price: Price | None = None
    texts: Mapping[Language, Card] = field(default_factory=dict)
    here: bool | None = None
    """Whether its files are on this machine; None for one that has none."""
    needs: str | None = None
    """What must be done before it can be asked, where that is known: a setting, or a command."""
    sha256: str | None = None
    finetune_id: str | None = None
    created_at: str | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """The ids that servers list just now; None where nobody asked or nobody answered."""

    endpoint: Sequence[str] | None = None
    openai: Sequence[str] | None = None


def entries(settings: Settings, tuned: Iterable[Tuned] = (), listed: Listed | None = None) -> list[CatalogueEntry]:
    """Everything in the catalogue, the defaults first. Reads files."""
    listed = listed or Listed()
    found: dict[str, CatalogueEntry] = {}
    for source in (_configured(settings), _files(settings), _openai(settings, listed), _endpoint(settings, listed)):
        for entry in source:
            found.setdefault(entry.name, entry)  # an endpoint may serve a model under the name of one of our files
    for model in tuned:
        found.setdefault(model.name, _tuned(model, found.get(model.base)))
    return sorted(found.values(), key=_place)


def _place(entry: CatalogueEntry) -> tuple[object, ...]:
    """The defaults, what can be asked, what could be on this machine, and what it takes a key for."""
    return (not entry.default, not entry.deployed, entry.here is None and not entry.tuned, entry.task, entry.name)


def _configured(settings: Settings) -> Iterator[CatalogueEntry]:
    """The defaults that run elsewhere."""
    chat, embedding = default_chat(settings), default_embedding(settings)
    if settings.chat_base_url:
        at_openai = settings.chat_base_url.rstrip("/") == OPENAI
        what = described().get(f"{AT_OPENAI}{chat}") if at_openai else None
        what = what or elsewhere(chat, "OpenAI" if at_openai else "endpoint", settings.chat_base_url)
        found = _entry(what, default=True, deployed=True, price=prices.price(f"{AT_OPENAI}{chat}" if at_openai else ""))
        yield replace(found, name=chat, task="chat", tasks=("chat",), source=settings.chat_base_url)
    elif ":" in chat:
        provider = chat.split(":", 1)[0]
        what = described().get(chat) or elsewhere(chat, provider, provider)
        yield replace(_entry(what, default=True, deployed=True), task="chat")
    if settings.embed_base_url:
        what = elsewhere(embedding, "endpoint", settings.embed_base_url)
        yield replace(_entry(what, default=True, deployed=True), task="embedding", tasks=("embedding",))


def _files(settings: Settings) -> Iterator[CatalogueEntry]:
    folder = files.cache_folder(settings.models_dir)
    defaults = (default_chat(settings), default_embedding(settings))
    pulled = {one.name: one for one in files_pulled.listing(folder)}
    for name, entry in files.known(folder).items():
        here, default, facts = files.present(name, folder), name in defaults, _facts(folder / name, entry)
        what = described().get(name) or _of_pulled(pulled[name])
        served = name not in pulled or pulled[name].served
        setting = f"PARALLAX_CHAT_MODEL={name}" if served and entry.task == "chat" else None
        command = f"parallax models pull {name}"
        yield replace(
            _entry(what, default=default, deployed=here and default, price=prices.HERE),
            bytes=entry.bytes,
            here=here,
            sha256=entry.files[0].sha256,
            needs=command if not here else None if default else setting,
            context=what.context or facts.context,
            architecture=what.architecture or facts.architecture,
            languages=what.languages or facts.languages,
            family=facts.family,
            quantisation=facts.quantisation or _named_quantisation(entry.files[0].name),
            parameters=facts.parameters,
        )


def _openai(settings: Settings, listed: Listed) -> Iterator[CatalogueEntry]:
    """Those of the table, and what the account has beside them; without a key they can be looked at."""
    key = settings.openai_api_key is not None
    names = [name for name in described() if name.startswith(AT_OPENAI)]
    ids = None if listed.openai is None else {f"{AT_OPENAI}{id}" for id in listed.openai}
    for name in names:
        there = key and (ids is None or name in ids)
        entry = _entry(described()[name], default=False, deployed=there)
        yield replace(entry, source=settings.openai_base_url, needs=None if key else "PARALLAX_OPENAI_API_KEY")
    for name in sorted((ids or set()) - set(names)):
        if name.removeprefix(AT_OPENAI).startswith("gpt-") and not prices.is_snapshot(name):
            yield _entry(elsewhere(name, "OpenAI", settings.openai_base_url), default=False, deployed=key)


def _endpoint(settings: Settings, listed: Listed) -> Iterator[CatalogueEntry]:
    """What the configured chat endpoint has beside the model that is used."""
    used = settings.chat_model
    for id in listed.endpoint or ():
        if settings.chat_base_url and id != used:
            name = f"{AT_ENDPOINT}{id}"
            yield _entry(elsewhere(name, "endpoint", settings.chat_base_url), default=False, deployed=True)


def _tuned(model: Tuned, base: CatalogueEntry | None) -> CatalogueEntry:
    """Its licence is its base's, where that is known: what is derived from a model is bound by it."""
    told = {key: str(value) for key, value in model.card.items() if isinstance(value, str | int | float)}
    local = model.trainer == "local"
    texts: dict[Language, Card] = {
        language: {"label": model.name, "about": text.format(base=model.base), **told}
        for language, text in _TUNED_TEXT.items()
    }
    return CatalogueEntry(
        name=model.name,
        task="chat",
        license=base.license if base else TERMS,
        source="tuned here" if local else OPENAI,
        context=base.context if base else None,
        card=texts["en"],
        deployed=model.deployed,
        default=False,
        tuned=True,
        current=model.current,
        base=model.base,
        problem=model.problem,
        tasks=("chat",),
        open=base.open if base else None,
        architecture=base.architecture if base else None,
        family=base.family if base else None,
        languages=base.languages if base else (),
        provider=HERE if local else "OpenAI",
        price=prices.HERE if local else prices.price(f"{AT_OPENAI}{model.remote_id}"),
        texts=texts,
        sha256=model.file_sha256,
        finetune_id=model.finetune_id,
        created_at=model.created_at,
    )


def _entry(what: Described, *, default: bool, deployed: bool, price: Price | None = None) -> CatalogueEntry:
    return CatalogueEntry(
        name=what.name,
        task=what.tasks[0],
        license=what.license,
        source=what.source,
        context=what.context,
        card=what.card["en"],
        deployed=deployed,
        default=default,
        tasks=what.tasks,
        open=what.open,
        architecture=what.architecture,
        languages=what.languages,
        provider=what.provider,
        price=price or prices.price(what.name),
        texts=what.card,
    )


def _of_pulled(model: files_pulled.Pulled) -> Described:
    texts: dict[Language, Card] = {
        language: {"label": model.label, "about": text.format(source=model.source)}
        for language, text in _PULLED_TEXT.items()
    }
    return Described(
        model.name, (model.task,), model.license, True, None, model.context, "", model.source, model.languages, texts
    )


def _facts(folder: Path, entry: files.ModelEntry) -> Facts:
    """What the file that is here says of itself; nothing of one that is not, or says nothing readable."""
    try:
        return files_facts.facts(folder / entry.files[0].name) if entry.files[0].name.endswith(".gguf") else Facts()
    except (OSError, ModelFile):
        return Facts()


def _named_quantisation(file: str) -> str | None:
    """Of a file that is not here yet, as its name has it."""
    parts = [part.upper() for part in file.rsplit(".", 1)[0].replace("-", ".").split(".")]
    return next((part for part in parts if part in files_facts.QUANTISATIONS), None)

"""Which models the settings mean. Light: the local server's child imports it too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from service.models import files
from service.models.files import ModelEntry
from service.settings import Settings

LOCAL_MODEL_URL = "PARALLAX_LOCAL_MODEL_URL"
LOCAL_MODEL_KEY = "PARALLAX_LOCAL_MODEL_KEY"
LOCAL_MODEL_FOLDER = "PARALLAX_LOCAL_MODEL_FOLDER"
"""How a worker of `parallax serve` is told, by environment, where the local model is, what it answers to, and the
folder in which it says where its adapters answer."""


@dataclass(frozen=True, slots=True)
class LocalModel:
    """Where the local model answers (`.../v1`), and to what key; None where it does not run. Its adapters answer to the
    same key, at the addresses that `adapters.told(folder)` gives."""

    url: str | None = None
    key: SecretStr | None = None
    folder: Path | None = None

    @classmethod
    def told(cls, environ: Mapping[str, str]) -> LocalModel:
        """What this process was told by whoever started it."""
        key, folder = environ.get(LOCAL_MODEL_KEY), environ.get(LOCAL_MODEL_FOLDER)
        return cls(environ.get(LOCAL_MODEL_URL), SecretStr(key) if key else None, Path(folder) if folder else None)


def default_chat(settings: Settings) -> str:
    """The catalogue name of the chat model these settings mean."""
    if settings.chat_base_url:
        return settings.chat_model or "endpoint"
    if not settings.chat_model:
        return files.DEFAULT_CHAT
    if settings.chat_model in local_models(settings) or ":" in settings.chat_model or settings.openai_api_key is None:
        return settings.chat_model
    return f"openai:{settings.chat_model}"


def needs_local_server(settings: Settings) -> bool:
    """Whether the default chat model is one that the local server runs."""
    return not settings.chat_base_url and default_chat(settings) in local_models(settings)


def local_models(settings: Settings) -> Mapping[str, ModelEntry]:
    """The models of which this machine has or can fetch the files, by name: the table's, and those that were pulled."""
    return files.known(files.cache_folder(settings.models_dir))


def default_embedding(settings: Settings) -> str:
    """The catalogue name of the embedding model these settings mean."""
    return (settings.embed_model or "endpoint-embeddings") if settings.embed_base_url else files.DEFAULT_EMBEDDING

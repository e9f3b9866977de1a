"""The models an installation has, ready to be asked."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Protocol, runtime_checkable

from pydantic import SecretStr

from ingest.embed.local import MiniLM
from ingest.embed.remote import RemoteEmbeddings
from service.errors import Conflict, ModelError, NotReady, Unknown
from service.models import files, prices
from service.models.adapter_chat import AdapterChat
from service.models.catalogue import AT_ENDPOINT, OPENAI, entries
from service.models.defaults import LocalModel, default_chat, default_embedding, local_models
from service.models.langchain_chat import LangChainChat
from service.models.openai_chat import OpenAIChat
from service.models.tuned import Tuned
from service.ports import ChatModel
from service.settings import Settings
from service.types import Patience, Price

REMEMBER_HEALTH = 10.0
"""Seconds a good answer to "is the model there?" is kept: probes come often, endpoints are billed."""
REMEMBER_PROBLEM = 0.5
"""Seconds a bad one is: a model that is still loading is soon there."""

Embedder = MiniLM | RemoteEmbeddings


@runtime_checkable
class _Listing(Protocol):
    async def models(self) -> list[str]: ...


def embedder_from(settings: Settings) -> Embedder:
    """The embedding model these settings mean. Reads files. Raises `ModelFile`, `EmbeddingFailed`."""
    if settings.embed_base_url:
        return RemoteEmbeddings(settings.embed_base_url, _text(settings.embed_api_key), default_embedding(settings))
    return MiniLM(files.checked(files.DEFAULT_EMBEDDING, files.cache_folder(settings.models_dir)))


class Shelf:
    """The chat models by catalogue name, and the embedding model. `tuned` gives the tuned ones there are just now, by
    name. `close()` it."""

    def __init__(
        self,
        settings: Settings,
        *,
        local: LocalModel | None = None,
        tuned: Callable[[], Mapping[str, Tuned]] = dict,
    ) -> None:
        self._settings = settings
        self._at = local or LocalModel()
        self._tuned = tuned
        self._patience = Patience(settings.chat_first_token_seconds, settings.chat_token_seconds)
        self._chats: dict[str, ChatModel] = {}
        self._embedder: Embedder | None = None
        self._health: tuple[float, str | None] | None = None
        self._asking = asyncio.Lock()

    @property
    def default(self) -> str:
        return default_chat(self._settings)

    def chat(self, name: str = "") -> ChatModel:
        """The model of that name; "" is the default one. Raises `Unknown`, `NotReady` when it is not running,
        `Conflict` for a tuned one that is retired."""
        name = name or self.default
        if (tuned := self._of_tuned(name)) is not None:
            return self._tuned_chat(tuned)
        if name not in self._chats:
            self._chats[name] = self._make(name)
        return self._chats[name]

    def local(self, name: str = "") -> bool:
        """Whether the local server is what runs the model of that name."""
        name = name or self.default
        if (tuned := self._of_tuned(name)) is not None:
            return tuned.trainer == "local"
        elsewhere = self._settings.chat_base_url is not None and name == self.default
        return name in local_models(self._settings) and not elsewhere

    def price(self, name: str = "") -> Price | None:
        """What its tokens cost: nothing when it runs here; None when that is not known."""
        name = name or self.default
        if self.local(name):
            return prices.HERE
        if (tuned := self._of_tuned(name)) is not None:
            return prices.price(f"openai:{tuned.remote_id}")
        at_openai = (self._settings.chat_base_url or "").rstrip("/") == OPENAI and name == self.default
        return prices.price(f"openai:{name}" if at_openai else name)

    def embedder(self) -> Embedder:
        """The embedding model, made at the first call (blocks for a moment). Raises `ModelFile`, `EmbeddingFailed`."""
        if self._embedder is None:
            self._embedder = embedder_from(self._settings)
        return self._embedder

    async def problem(self) -> str | None:
        """What keeps the default chat model from answering, in a sentence; None when nothing does."""
        async with self._asking:
            if self._health is None or time.monotonic() > self._health[0]:
                problem = await self._ask()
                self._health = (time.monotonic() + (REMEMBER_PROBLEM if problem else REMEMBER_HEALTH), problem)
            return self._health[1]

    async def close(self) -> None:
        for chat in self._chats.values():
            if isinstance(chat, OpenAIChat | AdapterChat):
                await chat.close()
        self._chats.clear()

    async def _ask(self) -> str | None:
        try:
            chat = self.chat()
            if isinstance(chat, _Listing):
                await chat.models()
        except (ModelError, NotReady, Unknown) as error:
            return error.message
        return None

    def _make(self, name: str) -> ChatModel:
        settings = self._settings
        if settings.chat_base_url and name == self.default:
            key, model = _text(settings.chat_api_key), settings.chat_model or ""
            return OpenAIChat(name, settings.chat_base_url, key, model, patience=self._patience)
        if (file := local_models(settings).get(name)) is not None and file.task == "chat":
            return self._local(name)
        provider, _, model = name.partition(":")
        if name.startswith(AT_ENDPOINT) and model and settings.chat_base_url:
            key = _text(settings.chat_api_key)
            return OpenAIChat(name, settings.chat_base_url, key, model, patience=self._patience)
        if provider == "openai" and model and settings.openai_api_key is not None:
            return self._at_openai(name, model)
        if model and (name == self.default or provider != "openai"):
            return LangChainChat(name, patience=self._patience)
        names = ", ".join(entry.name for entry in entries(settings) if entry.task == "chat" and entry.here is not False)
        raise Unknown("unknown_model", f"There is no chat model {name!r}.", f"There are: {names}.")

    def _local(self, name: str) -> ChatModel:
        if name != self.default:
            raise NotReady(
                "model_not_running",
                f"The local server runs {self.default}, not {name}.",
                f"Set PARALLAX_CHAT_MODEL={name} and start again.",
            )
        return self._here(name, self._url(), name)

    def _of_tuned(self, name: str) -> Tuned | None:
        """The tuned model of that name. What the settings name is the default, whatever is called so besides."""
        return self._tuned().get(name) if name != self.default else None

    def _tuned_chat(self, tuned: Tuned) -> ChatModel:
        """A tuned model is asked for by its name, and kept by what it is: a name may be given again."""
        if not tuned.deployed:
            why = f": {tuned.problem}" if tuned.problem else "."
            raise Conflict("model_not_deployed", f"The model {tuned.name} is retired{why}", "Deploy it first.")
        kept = f"{tuned.name}@{tuned.adapter or tuned.remote_id}"
        if kept not in self._chats:
            self._chats[kept] = self._adapter(tuned) if tuned.adapter else self._at_openai(tuned.name, tuned.remote_id)
        chat = self._chats[kept]
        if isinstance(chat, AdapterChat):
            try:
                chat.place()
            except ModelError as error:  # before a question is begun it is no fault of an endpoint
                raise NotReady(error.code, error.message, error.hint) from None
        return chat

    def _adapter(self, tuned: Tuned) -> ChatModel:
        self._url()
        if tuned.base != self.default:
            raise NotReady(
                "model_not_running",
                f"{tuned.name} was trained on {tuned.base}; the local server runs {self.default}.",
                f"Set PARALLAX_CHAT_MODEL={tuned.base} and start again.",
            )
        return AdapterChat(
            tuned.name, tuned.adapter or "", self._at, lambda url: self._here(tuned.name, url, tuned.name)
        )

    def _at_openai(self, name: str, model: str | None) -> ChatModel:
        if not model or self._settings.openai_api_key is None:
            raise NotReady("model_not_running", f"{name} runs at OpenAI.", "Set PARALLAX_OPENAI_API_KEY.")
        url, key = self._settings.openai_base_url, _text(self._settings.openai_api_key)
        return OpenAIChat(name, url, key, model, patience=self._patience)

    def _here(self, name: str, url: str, model: str) -> OpenAIChat:
        return OpenAIChat(name, url, _text(self._at.key), model, patience=self._patience)

    def _url(self) -> str:
        if self._at.url is None:
            raise NotReady("model_not_running", "The local model server is not running here.", "Run: parallax serve")
        return self._at.url


def _text(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret is not None else None

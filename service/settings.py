"""Every setting, from the environment (`PARALLAX_*`) or `.env`; read when a caller asks, never at import."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AliasChoices, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class Settings(BaseSettings):
    """Unset URLs mean "embedded": `parallax serve` starts that part itself. The README's table mirrors this class."""

    model_config = SettingsConfigDict(
        env_prefix="PARALLAX_", env_file=".env", extra="ignore", frozen=True, env_ignore_empty=True
    )

    data_dir: Path = Field(Path("data"), description="folder for everything this installation stores")
    host: str = Field("127.0.0.1", description="address `parallax serve` listens on")
    port: int = Field(8000, ge=0, le=65535, description="port `parallax serve` listens on; 0 picks a free one")
    database_url: str | None = Field(None, description="PostgreSQL URL; unset: SQLite in the data folder")
    redis_url: SecretStr | None = Field(None, description="Redis or Valkey URL; unset: a private valkey-server")
    chroma_url: str | None = Field(None, description="Chroma server URL; unset: a private `chroma run`")
    files_url: str | None = Field(None, description="any fsspec URL for the original files; unset: the data folder")
    chat_base_url: str | None = Field(None, description="an OpenAI-compatible chat endpoint; unset: the local model")
    chat_api_key: SecretStr | None = Field(None, description="key for that endpoint")
    chat_model: str | None = Field(
        None,
        description="a name of `parallax models list`, a model at that endpoint, or `provider:model` (LangChain)",
    )
    chat_first_token_seconds: float = Field(120.0, gt=0, description="how long a chat model may think before it begins")
    chat_token_seconds: float = Field(30.0, gt=0, description="how long it may then be silent, in seconds")
    embed_base_url: str | None = Field(None, description="an OpenAI-compatible embeddings endpoint; unset: MiniLM here")
    embed_api_key: SecretStr | None = Field(None, description="key for that endpoint")
    embed_model: str | None = Field(None, description="embedding model name at that endpoint")
    openai_api_key: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("PARALLAX_OPENAI_API_KEY", "OPENAI_API_KEY"),
        description="makes OpenAI's models available in the catalogue (plain OPENAI_API_KEY works too)",
    )
    openai_base_url: str = Field(
        "https://api.openai.com/v1", description="address of OpenAI's API, for its models and its fine-tuning"
    )
    public_url: str | None = Field(None, description="address people reach this installation at")
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="web origins whose pages may hold the widget, comma separated"
    )
    max_upload_mb: int = Field(50, ge=1, description="largest file accepted, in MB")
    max_batch_mb: int = Field(500, ge=1, description="largest upload of many files at once, in MB in all")
    workers: int = Field(1, ge=0, le=64, description="ingest workers `parallax serve` starts")
    models_dir: Path | None = Field(None, description="where models are kept; unset: the per-user cache")
    log_level: str = Field("info", description="debug, info, warning or error")

    @field_validator("allowed_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip().rstrip("/") for part in value.split(",") if part.strip())
        return value

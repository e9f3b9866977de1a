"""What every command shares: its options, how errors end it, and the console."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, NoReturn
from urllib.parse import urlsplit

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape

from ingest.errors import IngestError
from service.errors import BadRequest, ServiceError
from service.settings import Settings

_MISTYPED = frozenset({"unknown_variant"})
"""What comes of an option that names something: a mistake of the command line, as an unknown option is."""
out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def words(text: str | None) -> str | None:
    """The callback of an argument or option that must say something, in text that UTF-8 can hold."""
    if text is None:
        return None
    if not text.strip():
        raise typer.BadParameter("it is empty")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise typer.BadParameter("it is not UTF-8 text") from error
    return text


def _folder(text: str) -> Path:
    if not text.strip():
        raise typer.BadParameter("it is empty")
    return Path(text)


def _address(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        address = urlsplit(text)
        good = address.scheme in {"http", "https"} and bool(address.hostname) and address.port != 0
    except ValueError:
        good = False
    if not good:
        raise typer.BadParameter(f"{text!r} is no address like http://127.0.0.1:8000")
    return text


DataOption = Annotated[
    Path | None,
    typer.Option("--data", help="Data folder (PARALLAX_DATA_DIR).", show_default=False, parser=_folder, metavar="DIR"),
]
UrlOption = Annotated[
    str | None,
    typer.Option("--url", help="Talk to the service at this address.", show_default=False, callback=_address),
]
CollectionOption = Annotated[str, typer.Option("--collection", help="Collection to use.", callback=words)]


def settings(data: Path | None = None, **changed: Any) -> Settings:
    """The settings, with what the command line says on top. Ends the command with status 2 when one is not valid."""
    given = {name: value for name, value in {"data_dir": data, **changed}.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        for problem in error.errors():
            err.print(f"[red]PARALLAX_{str(problem['loc'][0]).upper()}[/]: {escape(problem['msg'])}", soft_wrap=True)
        raise typer.Exit(2) from error


def run(work: Coroutine[Any, Any, int | None]) -> NoReturn:
    """Run an async command to its exit status; errors of our own become one sentence and a hint."""
    try:
        status = asyncio.run(work) or 0
    except (ServiceError, IngestError) as error:
        fail(error)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    raise typer.Exit(status)


def fail(error: ServiceError | IngestError) -> NoReturn:
    """Say what happened and what to do, and end with status 1; with 2 when what was asked for cannot be, as by the name
    of a variant that there is not."""
    err.print(f"[bold red]Error:[/] {escape(error.message)}", soft_wrap=True)
    if error.hint:
        err.print(error.hint, style="dim", soft_wrap=True, markup=False)
    usage = isinstance(error, ServiceError) and (error.status == BadRequest.status or error.code in _MISTYPED)
    raise typer.Exit(2 if usage else 1)


def log_to_stderr(level: str) -> None:
    """Plain log lines on stderr."""
    logging.basicConfig(
        level=level.upper(), stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s", force=True
    )
    for chatty in ("httpx", "httpx2", "httpcore", "chromadb", "docket", "openai"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, logging.getLogger().level))

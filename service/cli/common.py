"""What every command shares: its options, how errors end it, and the console."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape

from ingest.errors import IngestError
from service.errors import ServiceError
from service.settings import Settings

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

DataOption = Annotated[Path | None, typer.Option("--data", help="Data folder (PARALLAX_DATA_DIR).", show_default=False)]
UrlOption = Annotated[
    str | None, typer.Option("--url", help="Talk to the service at this address.", show_default=False)
]
CollectionOption = Annotated[str, typer.Option("--collection", help="Collection to use.")]


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
    """Say what happened and what to do, and end with status 1."""
    err.print(f"[bold red]Error[/] {escape(error.message)}", soft_wrap=True)
    if error.hint:
        err.print(error.hint, style="dim", soft_wrap=True, markup=False)
    raise typer.Exit(1)


def log_to_stderr(level: str) -> None:
    """Plain log lines on stderr."""
    logging.basicConfig(
        level=level.upper(), stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s", force=True
    )
    for chatty in ("httpx", "httpx2", "httpcore", "chromadb", "docket", "openai"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, logging.getLogger().level))

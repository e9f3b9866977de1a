"""`parallax serve` and `parallax worker`: the long-running commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from service.cli.common import DataOption, UrlOption, fail, log_to_stderr, run, settings, words
from service.datafolder import refuse_if_held
from service.errors import ServiceError


def serve(
    host: Annotated[
        str | None,
        typer.Option("--host", help="Address to listen on.", show_default="127.0.0.1", callback=words),
    ] = None,
    port: Annotated[
        int | None, typer.Option("--port", help="Port to listen on; 0 picks one.", show_default="8000")
    ] = None,
    data: DataOption = None,
    seed: Annotated[
        Path | None,
        typer.Option("--seed", hidden=True, help="Folder to load when nothing is there."),
    ] = None,
    url: UrlOption = None,
) -> None:
    """Run Parallax: the API, the pages, and every part that is not configured by URL."""
    if url:
        raise typer.BadParameter("serve starts a service; --url is for commands that talk to one", param_hint="--url")
    config = settings(data, host=host, port=port)
    try:
        refuse_if_held(config.data_dir)  # now, and not after the seconds that importing the service takes
    except ServiceError as error:
        fail(error)
    log_to_stderr(config.log_level)
    # Imported here, not above: every other command would pay for it, and it takes a second or two.
    from service.cli.running import run_service

    run(run_service(config, seed))


def worker(data: DataOption = None, url: UrlOption = None) -> None:
    """Run one more ingest worker against the configured Redis, Chroma and database."""
    if url:
        raise typer.BadParameter("a worker is told where its parts are by PARALLAX_* settings", param_hint="--url")
    config = settings(data)
    log_to_stderr(config.log_level)
    from service.cli.working import run_until_told

    run(run_until_told(config))

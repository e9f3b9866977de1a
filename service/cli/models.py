"""`parallax models`: the catalogue, and fetching files."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.table import Table

from service.cli.common import DataOption, UrlOption, err, out, run, settings, words
from service.errors import Unknown
from service.models import files
from service.models.catalogue import CatalogueEntry, entries
from service.models.defaults import default_embedding, needs_local_server
from service.models.pull import pull as fetch
from service.settings import Settings

_COLUMNS = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())

models = typer.Typer(help="The models: what there is, what it is, fetching it.", no_args_is_help=True)


@models.command("list")
def listing(data: DataOption = None, url: UrlOption = None) -> None:
    """What there is; `yes` under ready: it can be asked now."""
    del url  # the catalogue is the settings' and the cache's, which are this machine's
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("name", "task", "licence", "ready", "size", "source"):
        table.add_column(heading, overflow="fold", justify="right" if heading == "size" else "left")
    for entry in entries(settings(data)):
        ready = "[green]yes[/]" if entry.deployed else "no"
        size = f"{entry.bytes / 1e6:,.0f} MB" if entry.bytes else ""
        table.add_row(
            f"[bold]{escape(entry.name)}[/]" if entry.default else escape(entry.name),
            entry.task,
            entry.license,
            ready,
            size,
            entry.source,
        )
    out.print(table)
    err.print("Bold: what is used unless a variant says otherwise.", style="dim")


@models.command()
def show(
    name: Annotated[str, typer.Argument(help="A name of `parallax models list`.", callback=words)],
    data: DataOption = None,
    url: UrlOption = None,
) -> None:
    """A model's card."""
    del url
    run(_show(name, settings(data)))


async def _show(name: str, config: Settings) -> None:
    entry = _entry(name, config)
    facts: dict[str, Any] = {
        "task": entry.task,
        "licence": entry.license,
        "source": entry.source,
        "context": f"{entry.context:,} tokens" if entry.context else "",
        "size": f"{entry.bytes / 1e6:,.0f} MB" if entry.bytes else "",
        "ready": "yes" if entry.deployed else "no",
        **entry.card,
    }
    out.print(f"[bold]{escape(entry.name)}[/]")
    for fact, value in facts.items():
        if value:
            out.print(f"  [dim]{fact:<10}[/] {escape(str(value))}", soft_wrap=True)


@models.command()
def pull(
    name: Annotated[
        str | None,
        typer.Argument(help="Unset: the models these settings need.", show_default=False, callback=words),
    ] = None,
    data: DataOption = None,
    url: UrlOption = None,
) -> None:
    """Fetch a model's files into the per-user cache: resumed where it stopped, checked by SHA-256."""
    del url
    run(_pull(name, settings(data)))


async def _pull(name: str | None, config: Settings) -> None:
    folder = files.cache_folder(config.models_dir)
    wanted = [name] if name else _needed(config)
    for one in wanted:
        files.entry(one)  # an unknown name is refused before anything is fetched
    for one in wanted:
        if files.present(one, folder):
            if name:
                err.print(f"{one} is there: {folder / one}")
            continue
        with Progress(TextColumn("{task.description}"), *_COLUMNS, console=err) as bars:
            bar = bars.add_task(one, total=files.entry(one).bytes)
            await asyncio.to_thread(
                fetch,
                one,
                folder,
                progress=partial(_advance, bars, bar),
                notice=partial(bars.console.print, style="dim"),
            )


def _advance(bars: Progress, bar: TaskID, done: int, total: int) -> None:
    bars.update(bar, completed=done, total=total)


def _needed(config: Settings) -> list[str]:
    needed = []
    if needs_local_server(config):
        needed.append(config.chat_model or files.DEFAULT_CHAT)
    if not config.embed_base_url:
        needed.append(default_embedding(config))
    return needed


def _entry(name: str, config: Settings) -> CatalogueEntry:
    for entry in entries(config):
        if entry.name == name:
            return entry
    raise Unknown("unknown_model", f"There is no model {name!r}.", "See `parallax models list`.")

"""`parallax models`: the catalogue, and fetching files."""

from __future__ import annotations

import asyncio
from enum import StrEnum
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
from service.errors import BadRequest, Conflict, Unknown
from service.models import files
from service.models.catalogue import CatalogueEntry, entries
from service.models.catalogue_data import Task
from service.models.defaults import default_embedding, needs_local_server
from service.models.pull import pull as fetch
from service.models.pull_address import Wanted, is_address, wanted
from service.models.pull_address import fetch as fetch_address
from service.models.tuned import names_kept
from service.settings import Settings
from service.types import Price

_COLUMNS = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())


class Kind(StrEnum):
    """`service.models.catalogue_data.Task` as the command line shows it."""

    chat = "chat"
    embedding = "embedding"
    speech = "speech"
    image = "image"
    multimodal = "multimodal"


models = typer.Typer(help="The models: what there is, what it is, fetching it.", no_args_is_help=True)


@models.command("list")
def listing(data: DataOption = None, url: UrlOption = None) -> None:
    """What there is; `yes` under ready: it can be asked now."""
    del url  # the catalogue is the settings' and the cache's, which are this machine's
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("name", "task", "licence", "ready", "size", "provider"):
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
            entry.provider or entry.source,
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
    price = entry.price
    facts: dict[str, Any] = {
        "task": ", ".join(entry.tasks or (entry.task,)),
        "licence": entry.license,
        "open": "" if entry.open is None else "yes" if entry.open else "no, proprietary",
        "provider": entry.provider,
        "source": entry.source,
        "kind": " ".join(part for part in (entry.architecture, f"({entry.family})" if entry.family else "") if part),
        "context": f"{entry.context:,} tokens" if entry.context else "",
        "weights": f"{entry.parameters / 1e6:,.0f} million" if entry.parameters else "",
        "precision": entry.quantisation or "",
        "languages": ", ".join(entry.languages),
        "size": f"{entry.bytes / 1e6:,.0f} MB" if entry.bytes else "",
        "sha256": entry.sha256 or "",
        "price": "" if price is None else _price(price),
        "ready": "yes" if entry.deployed else f"no: {entry.needs}" if entry.needs else "no",
        **entry.card,
    }
    out.print(f"[bold]{escape(entry.name)}[/]")
    for fact, value in facts.items():
        if value:
            out.print(f"  [dim]{fact:<10}[/] {escape(str(value))}", soft_wrap=True)


def _price(price: Price) -> str:
    if not price.as_of:
        return price.source
    return f"{price.input:g} in, {price.output:g} out: US dollars a million tokens, {price.as_of}"


@models.command()
def pull(
    name: Annotated[
        str | None,
        typer.Argument(
            help="A name, `hub:OWNER/NAME/FILE@REVISION` or a URL. Unset: the models these settings need.",
            show_default=False,
            callback=words,
        ),
    ] = None,
    sha256: Annotated[
        str | None, typer.Option(help="The hash the file must have; an address is not fetched without.", callback=words)
    ] = None,
    called: Annotated[
        str | None, typer.Option("--name", help="What to call it. Unset: after its file.", callback=words)
    ] = None,
    license: Annotated[str | None, typer.Option(help="Its licence, where its file does not tell.")] = None,
    task: Annotated[Kind | None, typer.Option(help="What it is for, where its file does not tell.")] = None,
    data: DataOption = None,
    url: UrlOption = None,
) -> None:
    """Fetch a model's files into the per-user cache: resumed where it stopped, checked by SHA-256."""
    del url
    run(_pull_asked(name, sha256, called, license, task.value if task else None, settings(data)))


async def _pull_asked(
    name: str | None, sha256: str | None, called: str | None, license: str | None, task: Task | None, config: Settings
) -> None:
    if name is not None and is_address(name):
        await _pull_address(wanted(name, sha256, called), license, task, config)
    elif sha256 or called or license or task:
        raise BadRequest("not_an_address", "These options go with an address.", "Known models carry their own hashes.")
    else:
        await _pull(name, config)


async def _pull_address(what: Wanted, license: str | None, task: Task | None, config: Settings) -> None:
    folder = files.cache_folder(config.models_dir)
    if what.name in await asyncio.to_thread(names_kept, config):
        raise Conflict("model_exists", f"A tuned model is called {what.name!r}.", "Give it another name with --name.")
    with Progress(TextColumn("{task.description}"), *_COLUMNS, console=err) as bars:
        bar = bars.add_task(what.name, total=None)
        made = await asyncio.to_thread(
            partial(
                fetch_address,
                what,
                folder,
                license=license,
                task=task,
                progress=partial(_advance, bars, bar),
                notice=partial(bars.console.print, style="dim"),
            )
        )
    err.print(f"{made.name} is there: {folder / made.name / made.file}")
    if made.served:
        err.print(f"To run it: PARALLAX_CHAT_MODEL={made.name}", style="dim")


async def _pull(name: str | None, config: Settings) -> None:
    folder = files.cache_folder(config.models_dir)
    wanted = [files.entry(one, folder) for one in ([name] if name else _needed(config))]
    for one in wanted:
        if files.present(one.name, folder):
            if name:
                err.print(f"{one.name} is there: {folder / one.name}")
            continue
        with Progress(TextColumn("{task.description}"), *_COLUMNS, console=err) as bars:
            bar = bars.add_task(one.name, total=one.bytes)
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

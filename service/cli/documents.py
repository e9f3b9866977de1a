"""`parallax verify` and `parallax reindex`: is the index what the catalogue says, and building it anew."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from service.cli.client import Client
from service.cli.common import DataOption, UrlOption, err, out, run, settings, words
from service.cli.target import target


def verify(data: DataOption = None, url: UrlOption = None) -> None:
    """Compare the catalogue with index, full text and files. Exit status 1 on any difference."""
    run(_verify(data, url))


async def _verify(data: Any, url: str | None) -> int:
    async with target(settings(data), url, needs=("chroma",)) as client:
        found = await client.call("POST", "/api/maintenance/verify")
    if not found["differences"]:
        out.print(f"[green]Consistent.[/] {found['documents']} documents, {found['chunks']} chunks checked.")
        return 0
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("kind", "where", "detail"):
        table.add_column(heading, overflow="fold")
    for difference in found["differences"]:
        table.add_row(*(escape(difference[part]) for part in ("kind", "where", "detail")))
    out.print(table)
    err.print(f"[red]{len(found['differences'])} differences.[/] `parallax reindex` builds the index anew.")
    return 1


def reindex(
    collection: Annotated[
        str | None, typer.Option("--collection", help="Only this one.", show_default=False, callback=words)
    ] = None,
    data: DataOption = None,
    url: UrlOption = None,
) -> None:
    """Build the vector index anew beside the old one, then swap."""
    run(_reindex(collection, data, url))


async def _reindex(collection: str | None, data: Any, url: str | None) -> int:
    async with target(settings(data), url, needs=("chroma",)) as client:
        names = [collection] if collection else await every_collection(client)
        for name in names:
            with err.status(f"Building the index of {name} ..."):
                built = await client.call(
                    "POST",
                    "/api/maintenance/reindex",
                    json={"collection": name},
                    timeout=None,  # it answers at the end, which may be an hour away
                )
            out.print(f"{name}: {built['chunks']} chunks.")
    return 0


async def every_collection(client: Client) -> list[str]:
    """The names of all of them, page by page."""
    names: list[str] = []
    cursor: str | None = None
    while True:
        page = await client.call("GET", "/api/collections", params={"cursor": cursor} if cursor else {})
        names += [item["name"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            return names

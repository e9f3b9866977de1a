"""`parallax search`: passages and scores, no model."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from service.cli.client import Client
from service.cli.common import CollectionOption, DataOption, UrlOption, err, out, run, settings, words
from service.cli.target import target

_WIDEST = 120
"""Columns of a line of text: longer ones lose the eye on the way back."""


def search(
    query: Annotated[str, typer.Argument(help="What to look for.", callback=words)],
    k: Annotated[int, typer.Option("--k", min=1, max=50, help="How many passages.")] = 10,
    collection: CollectionOption = "default",
    as_json: Annotated[bool, typer.Option("--json", help="Print the result object.")] = False,
    data: DataOption = None,
    url: UrlOption = None,
) -> None:
    """Search the documents; no model is asked. Piped on, a passage is one line: rank, score, place, text, by tabs."""
    run(_search(query, k, collection, as_json, data, url))


async def _search(query: str, k: int, collection: str, as_json: bool, data: Any, url: str | None) -> int:
    async with target(settings(data), url, needs=("chroma",)) as client:
        found = await client.call("POST", "/api/search", json={"query": query, "collection": collection, "k": k})
        empty = not found["passages"] and await _is_empty(client, collection)
    if as_json:
        print(json.dumps(found, ensure_ascii=False))
        return 0
    if not found["passages"]:
        add = f"parallax ingest PATH --collection {collection}"
        none = f"There are no documents in {collection!r} yet. Add some: {add}"
        err.print(none if empty else f"Nothing found in {collection!r}.", markup=False, soft_wrap=True)
        return 0
    show(found["passages"], out)
    err.print(" · ".join(f"{step} {seconds * 1000:.0f} ms" for step, seconds in found["timings"].items()), style="dim")
    return 0


async def _is_empty(client: Client, collection: str) -> bool:
    listed = await client.call("GET", "/api/documents", params={"collection": collection, "limit": 1})
    return not listed["items"]


def show(passages: list[dict[str, Any]], console: Console) -> None:
    """Passages for reading, wrapped to the terminal; for a program, one whole line each."""
    for rank, passage in enumerate(passages, 1):
        page = f" p.{passage['page']}" if passage["page"] else ""
        place = " › ".join((passage["name"] + page, *passage["heading"]))
        if not console.is_terminal:
            line = [str(rank), f"{passage['score']:.3f}", _line(place), _line(passage["text"])]
            print("\t".join(line), file=console.file)  # the console would make spaces of tabs
            continue
        ranks = ", ".join(f"{index} {at}" for index, at in passage["ranks"].items())
        head = Text.assemble((f"{rank:>2}  ", "dim"), (place, "bold"))
        width = min(console.width, _WIDEST)
        console.print(head, width=width)
        console.print(Padding(Text(f"score {passage['score']:.3f} ({ranks})", style="dim"), (0, 0, 0, 4)), width=width)
        text = "\n".join(line.rstrip() for line in passage["text"].splitlines() if line.strip())
        console.print(Padding(Text(text), (0, 0, 1, 4)), width=width)


def _line(text: str) -> str:
    return " ".join(text.split())

"""`parallax search`: passages and scores, no model."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from service.cli.common import CollectionOption, DataOption, UrlOption, err, out, run, settings
from service.cli.target import target


def search(
    query: Annotated[str, typer.Argument(help="What to look for.")],
    k: Annotated[int, typer.Option("--k", min=1, max=50, help="How many passages.")] = 10,
    collection: CollectionOption = "default",
    as_json: Annotated[bool, typer.Option("--json", help="Print the result object.")] = False,
    data: DataOption = None,
    url: UrlOption = None,
) -> None:
    """Search the documents; no model is asked."""
    run(_search(query, k, collection, as_json, data, url))


async def _search(query: str, k: int, collection: str, as_json: bool, data: Any, url: str | None) -> int:
    async with target(settings(data), url, needs=("chroma",)) as client:
        found = await client.call("POST", "/api/search", json={"query": query, "collection": collection, "k": k})
    if as_json:
        print(json.dumps(found, ensure_ascii=False))
        return 0
    if not found["passages"]:
        err.print(f"Nothing found in {collection!r}. Is anything in it? See `parallax ingest`.")
        return 0
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading, style in (
        ("#", "dim"),
        ("score", "cyan"),
        ("dense", "dim"),
        ("lexical", "dim"),
        ("place", "bold"),
        ("text", ""),
    ):
        table.add_column(heading, style=style, overflow="fold" if heading in ("place", "text") else "ellipsis")
    for rank, passage in enumerate(found["passages"], 1):
        place = passage["name"] + (f" p.{passage['page']}" if passage["page"] else "")
        ranks = passage["ranks"]
        table.add_row(
            str(rank),
            f"{passage['score']:.3f}",
            str(ranks.get("dense", "-")),
            str(ranks.get("lexical", "-")),
            escape(place),
            escape(" ".join(passage["text"].split())[:220]),
        )
    out.print(table)
    err.print(" · ".join(f"{step} {seconds * 1000:.0f} ms" for step, seconds in found["timings"].items()), style="dim")
    return 0

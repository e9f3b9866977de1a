"""`parallax eval`: a dataset put to some variants; a table with intervals, verdicts in words, files, a gate for CI."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from service.cli.common import CollectionOption, DataOption, UrlOption, run


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def evaluate(
    dataset: Annotated[
        Path, typer.Argument(help="Questions with references: JSONL or CSV.", exists=True, dir_okay=False)
    ],
    variants: Annotated[str, typer.Option("--variants", help="Which to compare, comma separated.")] = (
        "plain,few_shot,rag"
    ),
    references: Annotated[
        str, typer.Option("--references", help="Reference arms: closed_book, oracle, refuse.", show_default=False)
    ] = "",
    metrics: Annotated[str, typer.Option("--metrics", help="Only these, comma separated.", show_default=False)] = "",
    collection: CollectionOption = "default",
    repeats: Annotated[int, typer.Option("--repeats", min=1, max=20, help="Ask every question so often.")] = 1,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, help="Only so many questions, drawn at random.")
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", min=0, help="For the order and the draw.")] = None,
    baseline: Annotated[str | None, typer.Option("--baseline", help="Variant the others are compared with.")] = None,
    judge: Annotated[str | None, typer.Option("--judge", help="A capable model that judges as well.")] = None,
    gate: Annotated[
        list[str] | None,
        typer.Option("--gate", help='Such as "rag.correct>=0.8"; exit status 3 when not met.', show_default=False),
    ] = None,
    folder: Annotated[
        Path | None, typer.Option("--out", help="Folder for report.json, report.html and report.csv.", file_okay=False)
    ] = None,
    data: DataOption = None,
    url: UrlOption = None,
) -> None:
    """Compare ways of answering on a dataset. Exit status 3 when a gate is not met."""
    spec: dict[str, Any] = {
        "variants": _names(variants),
        "references": _names(references),
        "metrics": _names(metrics),
        "collection": collection,
        "repeats": repeats,
        "limit": limit,
        "seed": seed,
        "judge": judge,
    }
    # Imported here, not above: the metrics take a while to import, and every other command would pay for it.
    from service.cli.evaluating import evaluated

    run(evaluated(dataset, spec, gate or [], baseline, folder, data, url))

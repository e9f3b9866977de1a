"""`parallax finetune`: question/answer pairs become a model, with progress; the model is a variant afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from service.cli.common import CollectionOption, DataOption, UrlOption, run, words


def finetune(
    pairs: Annotated[
        Path,
        typer.Argument(help="Question/answer pairs: JSONL (either shape) or CSV.", exists=True, dir_okay=False),
    ],
    name: Annotated[str, typer.Option("--name", help="What the model will be called.", callback=words)],
    base: Annotated[str, typer.Option("--base", help="The model to begin with.", show_default=False)] = "",
    trainer: Annotated[str, typer.Option("--trainer", help="local, or openai (needs a key, costs money).")] = "local",
    from_scratch: Annotated[
        bool,
        typer.Option("--from-scratch", help="A tiny model from nothing, of the collection's text and the pairs."),
    ] = False,
    collection: CollectionOption = "default",
    epochs: Annotated[int | None, typer.Option("--epochs", min=1, max=200, show_default=False)] = None,
    rank: Annotated[int | None, typer.Option("--rank", min=1, max=256, show_default=False, help="LoRA's rank.")] = None,
    learning_rate: Annotated[
        float | None, typer.Option("--learning-rate", min=0.0, max=1.0, show_default=False)
    ] = None,
    batch: Annotated[
        int | None, typer.Option("--batch", min=1, max=256, show_default=False, help="Pairs a step.")
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", min=0, show_default=False)] = None,
    detach: Annotated[bool, typer.Option("--detach", help="Begin it and return; the service goes on with it.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before something that costs money.")] = False,
    data: DataOption = None,
    url: UrlOption = None,
) -> None:
    """Train a model on pairs and wait for it. Exit status 1 when it fails; Ctrl-C stops it and keeps its checkpoint."""
    given = {"epochs": epochs, "rank": rank, "learning_rate": learning_rate, "batch": batch, "seed": seed}
    wanted = {
        "name": name,
        "base": base,
        "trainer": trainer,
        "from_scratch": from_scratch,
        "collection": collection,
        "settings": {key: value for key, value in given.items() if value is not None},
    }
    # Imported here, not above: reading and checking pairs takes a while to import, and every other command would pay.
    from service.cli.finetuning import trained

    run(trained(pairs, wanted, detach=detach, yes=yes, data=data, url=url))

"""The `parallax` command."""

from __future__ import annotations

from importlib import metadata
from typing import Annotated

import typer

from service.cli.ask import ask
from service.cli.compare import compare
from service.cli.doctor import doctor
from service.cli.documents import reindex, verify
from service.cli.eval import evaluate
from service.cli.finetune import finetune
from service.cli.ingest import ingest
from service.cli.models import models
from service.cli.search import search
from service.cli.serve import serve, worker

app = typer.Typer(
    name="parallax",
    help="Ask a company's own documents, and measure which way of answering is best.",
    no_args_is_help=True,
    add_completion=False,
    invoke_without_command=True,
    pretty_exceptions_enable=False,
)


@app.callback()
def about(
    version: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True)] = False,
) -> None:
    if version:
        print(f"parallax {metadata.version('parallax')}")
        raise typer.Exit


for command in (serve, ingest, ask, compare, search, verify, reindex, worker, doctor):
    app.command()(command)
app.command("eval")(evaluate)
app.command()(finetune)
app.add_typer(models, name="models")


def main() -> None:
    """Entry point of the installed command."""
    app()


if __name__ == "__main__":
    main()

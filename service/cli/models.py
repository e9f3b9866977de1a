"""`parallax models`: the catalogue, and fetching files."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.table import Table

from service.cli.common import DataOption, UrlOption, err, out, run, settings
from service.models import pull as pulling
from service.models.shelf import entries

models = typer.Typer(help="The models: what there is, what it is, fetching it.", no_args_is_help=True)

"""`parallax ingest`: files and folders in, progress per file, a summary at the end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from ingest.formats import BY_EXTENSION, FORMATS
from service.cli.client import Client
from service.cli.common import CollectionOption, DataOption, UrlOption, err, out, run, settings
from service.cli.progress import FileBars
from service.cli.target import target
from service.errors import BadRequest, ServiceError

SENT_AT_ONCE = 16
SENT_BYTES = 64_000_000
"""Files in one request, and about how many bytes: far below what the service takes."""
POLL_SECONDS = 0.25
SILENT_SECONDS = 30.0
"""Without any change for so long, something is said."""
ENDED = ("indexed", "failed", "cancelled")


@dataclass
class Outcome:
    """What became of one file."""

    name: str
    status: str
    chunks: int = 0
    detail: str = ""


def _path(text: str) -> Path:
    if not text or not Path(text).exists():
        raise typer.BadParameter(f"There is no file or folder {text!r}.")
    return Path(text)


def ingest(
    paths: Annotated[
        list[Path],
        typer.Argument(help="Files or folders (folders are searched for known formats).", parser=_path, metavar="PATH"),
    ],
    collection: CollectionOption = "default",
    data: DataOption = None,
    url: UrlOption = None,
) -> None:
    """Add documents and wait until they can be asked about. Exit status 1 if any file failed."""
    run(_ingest(paths, collection, data, url))


async def _ingest(paths: list[Path], collection: str, data: Any, url: str | None) -> int:
    files = list(found(paths))
    _no_two_alike(files)
    if not files:
        raise BadRequest(
            "no_files", "There is no file to add.", f"Known formats: {', '.join(format.key for format in FORMATS)}."
        )
    async with target(settings(data), url, needs=("redis", "chroma"), works=True) as client:
        await ensure_collection(client, collection)
        with FileBars(err, collection, len(files)) as bars:
            outcomes = await add_files(client, files, collection, bars)
    return _summary(outcomes)


def found(paths: list[Path]) -> Iterator[tuple[Path, str]]:
    """(file, name) of everything to add: files as they are named, folders searched; names keep the folder inside."""
    for path in paths:
        if path.is_dir():
            for file in sorted(path.rglob("*")):
                if file.is_file() and not file.name.startswith(".") and file.suffix.lower() in BY_EXTENSION:
                    yield file, str(file.relative_to(path))
        elif path.exists():
            yield path, path.name
        else:
            raise BadRequest("no_such_file", f"There is no file or folder {str(path)!r}.", "Check the path.")


def _no_two_alike(files: list[tuple[Path, str]]) -> None:
    """Files of one name would be versions of one document, each replacing the one before."""
    by_name: dict[str, Path] = {}
    for file, name in files:
        other = by_name.setdefault(name, file)
        if other.resolve() != file.resolve():
            raise BadRequest(
                "same_name",
                f"{str(other)!r} and {str(file)!r} would both be called {name!r}, and one would replace the other.",
                "Name their common folder instead: names then keep the folders inside.",
            )


async def ensure_collection(client: Client, name: str) -> None:
    """Create the collection unless it exists."""
    try:
        await client.call("POST", "/api/collections", json={"name": name})
    except ServiceError as error:
        if error.status != 409:
            raise


async def add_files(client: Client, files: list[tuple[Path, str]], collection: str, bars: FileBars) -> list[Outcome]:
    """Send the files in batches and follow each until it has ended."""
    outcomes: list[Outcome] = []
    waiting: dict[str, str] = {}

    def ended(outcome: Outcome, key: str | None = None) -> None:
        outcomes.append(outcome)
        bars.ended(key, outcome.name, outcome.status)

    for batch in _batches(files):
        for item, (_, name) in zip(await _send(client, batch, collection), batch, strict=True):
            if item.get("error"):
                ended(Outcome(name, "failed", detail=_sentence(item["error"])))
            elif item.get("duplicate_of"):
                ended(Outcome(name, "unchanged"))
            else:
                waiting[item["id"]] = name
        await _follow(client, waiting, ended, bars, until=SENT_AT_ONCE * 2)
    await _follow(client, waiting, ended, bars, until=0)
    return outcomes


def _batches(files: list[tuple[Path, str]]) -> Iterator[list[tuple[Path, str]]]:
    batch: list[tuple[Path, str]] = []
    size = 0
    for file, name in files:
        bytes_here = _size(file)
        if batch and (len(batch) == SENT_AT_ONCE or size + bytes_here > SENT_BYTES):
            yield batch
            batch, size = [], 0
        batch.append((file, name))
        size += bytes_here
    if batch:
        yield batch


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:  # sending it says what is wrong with it
        return 0


async def _send(client: Client, batch: list[tuple[Path, str]], collection: str) -> list[dict[str, Any]]:
    try:
        with ExitStack() as stack:
            parts = [
                ("files", (name.replace("/", " - "), stack.enter_context(file.open("rb")))) for file, name in batch
            ]
            answer = await client.call("POST", "/api/documents", data={"collection": collection}, files=parts)
    except (ServiceError, OSError) as error:
        if len(batch) > 1:  # one bad file must not keep the others out: try them one by one
            return [item for one in batch for item in await _send(client, [one], collection)]
        if isinstance(error, ServiceError):
            return [{"error": error.as_dict()}]
        return [{"error": {"message": f"It cannot be read: {error.strerror}.", "hint": "Check its permissions."}}]
    items: list[dict[str, Any]] = answer["items"]
    return items


async def _follow(
    client: Client, waiting: dict[str, str], ended: Callable[[Outcome, str], None], bars: FileBars, *, until: int
) -> None:
    seen: dict[str, tuple[str, float]] = {}
    changed_at = time.monotonic()
    while len(waiting) > until:
        for document_id in list(waiting):
            document = await client.call("GET", f"/api/documents/{document_id}")
            if seen.get(document_id) != (state := (document["status"], document["progress"])):
                seen[document_id], changed_at = state, time.monotonic()
            if document["status"] in ENDED:
                detail = _sentence(document["error"]) if document["error"] else "; ".join(document["warnings"])
                ended(Outcome(waiting.pop(document_id), document["status"], document["chunks"], detail), document_id)
            else:
                bars.working(document_id, waiting[document_id], document["status"], document["progress"])
        if time.monotonic() - changed_at > SILENT_SECONDS:
            bars.say("Nothing has moved for a while. Is a worker running? `parallax doctor` tells.")
            changed_at = time.monotonic()
        if len(waiting) > until:
            await asyncio.sleep(POLL_SECONDS)


def _summary(outcomes: list[Outcome]) -> int:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("file", "status", "chunks", ""):
        table.add_column(heading, justify="right" if heading == "chunks" else "left", overflow="fold")
    colours = {"indexed": "green", "failed": "red", "cancelled": "yellow", "unchanged": "dim"}
    for outcome in sorted(outcomes, key=lambda outcome: (outcome.status == "failed", outcome.name)):
        colour = colours.get(outcome.status, "")
        table.add_row(
            escape(outcome.name), f"[{colour}]{outcome.status}[/]", str(outcome.chunks or ""), escape(outcome.detail)
        )
    out.print(table)
    failed = sum(outcome.status in ("failed", "cancelled") for outcome in outcomes)
    chunks = sum(outcome.chunks for outcome in outcomes)
    out.print(
        f"{len(outcomes) - failed} of {len(outcomes)} files, {chunks} chunks."
        + (f" {failed} failed." if failed else "")
    )
    return 1 if failed else 0


def _sentence(error: dict[str, str]) -> str:
    return " ".join(part for part in (error["message"], error.get("hint", "")) if part)

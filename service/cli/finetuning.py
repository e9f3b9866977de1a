"""What `parallax finetune` does: estimate, begin, follow, and on Ctrl-C stop or leave it to the service."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ingest.threads import in_thread
from service.cli.client import Client
from service.cli.common import err, out, settings
from service.cli.target import target
from service.datafolder import running
from service.errors import BadRequest, ServiceError
from service.tune.types import ENDED
from service.tune.upload import from_file

POLL_SECONDS = 0.5
INTERRUPTED = 130


async def trained(file: Path, wanted: dict[str, Any], *, detach: bool, yes: bool, data: Any, url: str | None) -> int:
    """The command's exit status. Raises `ServiceError` for what is refused and for a job that failed."""
    config = settings(data)
    stays = url is not None or running(config.data_dir) is not None
    if detach and not stays:
        raise BadRequest(
            "nobody_goes_on", "Without a running service nobody would go on with it.", "Start `parallax serve` first."
        )
    pairs = await in_thread(_read, file)
    async with target(config, url, needs=("redis", "chroma"), works=True) as client:
        body = {**wanted, "pairs": pairs}
        looked = await client.call("POST", "/api/finetunes/estimate", json=body)
        _told(looked["check"])
        if not await _agreed(looked["estimate"], wanted["trainer"], yes):
            return 1
        job = await client.call("POST", "/api/finetunes", json=body)
        if detach:
            out.print(f"{job['id']} is begun; GET /api/finetunes/{job['id']} says how it is going.", markup=False)
            return 0
        try:
            ended = await _followed(client, job)
        except asyncio.CancelledError:
            await _interrupted(client, job)
            return INTERRUPTED
        made = await client.call("GET", f"/api/models/{ended['model']}") if ended["status"] == "finished" else None
    return _ended(ended, made)


def _read(file: Path) -> list[dict[str, Any]]:
    return [
        {"question": one.question, "answer": one.answer, "document": one.document}
        for one in from_file(file.read_bytes(), file.name)
    ]


def _told(check: dict[str, Any]) -> None:
    """What is wrong with the pairs, before anything is begun."""
    colours = {"refused": "red", "warning": "yellow", "advice": "dim"}
    for one in check["findings"]:
        err.print(f"[{colours[one['level']]}]{escape(one['message'])}[/]", soft_wrap=True)
    err.print(f"{check['train']} pairs to train on, {check['validation']} held out.", style="dim", highlight=False)


async def _agreed(estimate: dict[str, Any] | None, trainer: str, yes: bool) -> bool:
    """Whether it may begin; what costs money, or may, is asked for first, where somebody can answer."""
    if trainer == "local":
        return True
    if estimate is None:
        err.print(f"Nobody here knows what this will cost at {trainer}: look at its price list.", markup=False)
    else:
        err.print(
            f"About ${estimate['usd']:.2f}: {estimate['tokens']:,} tokens x {estimate['epochs']} epochs at "
            f"${estimate['per_million']:g} a million (list price of {estimate['as_of']}).",
            markup=False,
        )
    if yes:
        return True
    if not sys.stdin.isatty():
        raise BadRequest("not_agreed", "This costs money, and nobody is there to agree to it.", "Give --yes.")
    return await in_thread(typer.confirm, "Begin?", err=True)


async def _followed(client: Client, begun: dict[str, Any]) -> dict[str, Any]:
    """Wait for its end with a progress bar."""
    state = begun
    said = None
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[loss]}"),
        TimeElapsedColumn(), TextColumn("{task.fields[left]}"), console=err,
    ) as bars:  # fmt: skip
        bar = bars.add_task("[bold]queued", total=None, loss="", left="")
        while state["status"] not in ENDED:
            await asyncio.sleep(POLL_SECONDS)
            state = await client.call("GET", f"/api/finetunes/{begun['id']}")
            bars.update(
                bar, completed=state["step"], total=state["steps"] or None, description=f"[bold]{state['status']}",
                loss=_losses(state["loss"]), left=_left(state["seconds_left"]),
            )  # fmt: skip
            waiting = state["waiting"]["message"] if state["waiting"] else None
            if waiting and waiting != said:
                bars.console.print(f"Waiting: {waiting}", style="yellow", markup=False, soft_wrap=True)
            said = waiting
    return state


async def _interrupted(client: Client, job: dict[str, Any]) -> None:
    """Ctrl-C: the job is stopped. Its checkpoint stays, and it can be resumed."""
    try:
        await client.call("POST", f"/api/finetunes/{job['id']}/cancel")
        deadline = asyncio.get_running_loop().time() + 15
        while asyncio.get_running_loop().time() < deadline:
            if (await client.call("GET", f"/api/finetunes/{job['id']}"))["status"] in ENDED:
                break
            await asyncio.sleep(POLL_SECONDS)
    except ServiceError as error:
        if error.code != "finetune_ended":
            err.print(f"[red]It could not be stopped:[/] {escape(error.message)}", soft_wrap=True)
            return
    err.print(
        f"Stopped. What was trained is kept: POST /api/finetunes/{job['id']}/resume goes on from there.", markup=False
    )


def _ended(job: dict[str, Any], made: dict[str, Any] | None) -> int:
    if job["status"] == "failed":
        raise ServiceError(job["error"]["code"], job["error"]["message"], job["error"]["hint"])
    if job["status"] == "cancelled":
        err.print("Somebody stopped it.", style="yellow")
        return 1
    last = next((one for one in reversed(job["loss"]) if one["validation"] is not None), None)
    cost = f" for ${job['cost']:.2f}" if job["cost"] else ""
    loss = f", validation loss {last['validation']:.3f}" if last else ""
    out.print(f"[bold]{escape(job['model'])}[/] is trained{cost}{loss}.", soft_wrap=True)
    out.print(_how(job, made or {}), style="dim", markup=False, soft_wrap=True)
    return 0


def _how(job: dict[str, Any], made: dict[str, Any]) -> str:
    """How it is asked, or what keeps it from being asked."""
    if job["kind"] == "scratch":
        return "It is kept to be looked at: nothing here runs a model from scratch."
    if made.get("current"):
        return "Ask it with --variant fine_tuned, or rag_fine_tuned with the documents."
    if made.get("deployed"):
        return "Another model is what --variant fine_tuned asks: make this one the current one on its page."
    return f"It is kept, and is not deployed: its page says what it takes. It was trained on {job['base']}."


def _losses(points: list[dict[str, Any]]) -> str:
    said = []
    for name in ("train", "validation"):
        last = next((one[name] for one in reversed(points) if one[name] is not None), None)
        if last is not None:
            said.append(f"{name} {last:.3f}")
    return "[dim]" + " · ".join(said) + "[/]" if said else ""


def _left(seconds: float | None) -> str:
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    return f"[dim]{minutes}:{rest:02d} left[/]"

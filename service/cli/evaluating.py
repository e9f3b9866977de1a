"""What `parallax eval` does: upload, run, follow, show, write, hold against the gates."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.measure import Measurement
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from service.cli.client import Client
from service.cli.common import err, out, settings
from service.cli.target import target
from service.errors import BadRequest, ServiceError
from service.evaluate.gates import Gate, doubt, held, parsed
from service.evaluate.plan import REFERENCES
from service.evaluate.types import ENDED
from service.metrics import METRICS

NOT_WHOLE, GATE_NOT_MET = 1, 3
POLL_SECONDS = 0.5
WIDEST = 10_000
"""Columns that any table has room in: a terminal's own would be taken for all it wants."""
COLUMNS = ("correct", "truthfulness", "hit_5", "citation_precision", "first_token", "total", "cost")
"""Metrics the terminal shows unless others are asked for; the files have all."""


async def evaluated(
    dataset: Path,
    spec: dict[str, Any],
    wanted: Sequence[str],
    baseline: str | None,
    folder: Path | None,
    data: Any,
    url: str | None,
) -> int:
    """The command's exit status. Raises `BadRequest` for what cannot be run, before anything is."""
    gates = _checked(spec, wanted, baseline)
    async with target(settings(data), url, needs=("redis", "chroma", "chat"), works=True) as client:
        await _known(client, spec["variants"])
        content = await asyncio.to_thread(dataset.read_bytes)
        kept = await client.call(
            "POST", "/api/datasets", files={"file": (dataset.name, content)}, data={"name": dataset.stem}
        )
        begun = await client.call("POST", "/api/runs", json={**spec, "dataset": kept["id"]})
        _noted(begun["warnings"])
        ended = await _followed(client, begun)
        if ended["error"] is not None and ended["status"] == "failed":
            raise ServiceError(ended["error"]["code"], ended["error"]["message"], ended["error"]["hint"])
        if ended["done"] == 0:
            raise ServiceError(
                "run_ended", f"The run was {ended['status']} before anything was answered.", "Run it again."
            )
        params = {"baseline": baseline} if baseline else {}
        report = await client.call("GET", f"/api/runs/{begun['id']}/report", params=params)
        if folder is not None:
            await _written(client, begun["id"], report, params, folder)
    _shown(report, spec["metrics"])
    _noted([one for one in report["warnings"] if one not in begun["warnings"]])
    err.print(f"run {begun['id']}" + (f" · report in {folder}" if folder else ""), style="dim", markup=False)
    if ended["status"] != "finished" or report["partial"]:
        told = (
            f"The run was {ended['status']}: {ended['done']} of {ended['total']} answers are there, and no gate holds."
        )
        err.print(f"[red]{told}[/]", soft_wrap=True)
        return NOT_WHOLE
    return _judged(gates, report)


def _noted(warnings: Sequence[str]) -> None:
    """What is to be known of a run: before it is asked, or at its end where it turned up meanwhile."""
    for warning in warnings:
        err.print(f"[yellow]Take note:[/] {escape(warning)}", soft_wrap=True)


def _checked(spec: dict[str, Any], wanted: Sequence[str], baseline: str | None) -> list[Gate]:
    """The gates, before anything is run. Raises `BadRequest` for what the run will not have."""
    for name in spec["references"]:
        if name not in REFERENCES:
            raise BadRequest("bad_reference", f"There is no reference arm {name!r}.", f"{', '.join(REFERENCES)}.")
    for name in spec["metrics"]:
        if name not in METRICS:
            raise BadRequest("unknown_metric", f"There is no metric {name!r}.", f"There are: {', '.join(METRICS)}.")
    if baseline is not None and baseline not in spec["variants"]:
        raise BadRequest(
            "unknown_arm", f"The baseline {baseline!r} is not among the variants.", "Add it to --variants."
        )
    gates = [parsed(text, [*spec["variants"], *spec["references"]]) for text in wanted]
    left_out = [
        gate for gate in gates if spec["metrics"] and gate.metric in METRICS and gate.metric not in spec["metrics"]
    ]
    if left_out:
        raise BadRequest("bad_gate", f"{left_out[0].text!r}: {left_out[0].metric} is not among --metrics.", "Add it.")
    return gates


async def _known(client: Client, variants: Sequence[str]) -> None:
    """Raises `BadRequest` for a variant that is not there: a slip of the one who typed it, like a wrong metric."""
    there = [one["name"] for one in (await client.call("GET", "/api/variants"))["items"]]
    for name in variants:
        if name not in there:
            raise BadRequest("unknown_variant", f"There is no variant {name!r}.", f"There are: {', '.join(there)}.")


async def _followed(client: Client, begun: dict[str, Any]) -> dict[str, Any]:
    """Wait for the run's end with a progress bar; says so when it has to wait for something."""
    state = begun
    said = None
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn(),
        console=err,
    ) as bars:  # fmt: skip
        bar = bars.add_task("[bold]asking", total=begun["total"])
        while state["status"] not in ENDED:
            await asyncio.sleep(POLL_SECONDS)
            state = await client.call("GET", f"/api/runs/{begun['id']}")
            bars.update(bar, completed=state["done"])
            waiting = state["waiting"]["message"] if state["waiting"] else None
            if waiting and waiting != said:
                bars.console.print(f"Waiting: {waiting}", style="yellow", markup=False, soft_wrap=True)
            said = waiting
    return state


async def _written(client: Client, run_id: str, report: dict[str, Any], params: dict[str, str], folder: Path) -> None:
    pages = {}
    for name in ("report.html", "report.csv"):
        response = await client.http.get(f"/api/runs/{run_id}/{name}", params=params if name == "report.html" else {})
        response.raise_for_status()
        pages[name] = response.text
    pages["report.json"] = json.dumps(report, ensure_ascii=False, indent=2) + "\n"

    def write() -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in pages.items():
            (folder / name).write_text(text, encoding="utf-8")

    try:
        await asyncio.to_thread(write)
    except OSError as error:
        raise ServiceError("not_written", f"{folder} cannot be written: {error.strerror}.", "Check --out.") from error


def _shown(report: dict[str, Any], asked: Sequence[str]) -> None:
    columns = [
        name
        for name in (asked or COLUMNS)
        if any((arm["metrics"].get(name) or {}).get("mean") is not None for arm in report["arms"])
    ]
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("arm", style="bold", no_wrap=True)
    table.add_column("n", justify="right", no_wrap=True)
    for name in columns:
        table.add_column(METRICS[name].label, no_wrap=True)
    for arm in report["arms"]:
        cells = [_cell(arm["metrics"].get(name), METRICS[name].unit) for name in columns]
        table.add_row(_arm(arm), str(arm["n"]), *cells)
    wide = Measurement.get(out, out.options.update(width=WIDEST), table).maximum
    if wide <= out.width:
        out.print(table)
    else:
        _in_blocks(report, columns)
    out.print()
    colours = {"better": "green", "worse": "red"}
    for finding in report["verdicts"]:
        out.print(finding["text"]["en"], style=colours.get(finding["verdict"] or "", ""), markup=False, soft_wrap=True)


def _in_blocks(report: dict[str, Any], columns: Sequence[str]) -> None:
    """A metric under the other, where there is no room for one beside the other: no number is ever cut."""
    for name in columns:
        block = Table(box=None, pad_edge=False, show_header=False, title=METRICS[name].label, title_justify="left")
        block.title_style = "dim"
        for _ in range(3):
            block.add_column(no_wrap=True)
        for arm in report["arms"]:
            mean = arm["metrics"].get(name)
            if mean is not None and mean["mean"] is not None:
                block.add_row(f"  {_arm(arm)}", _cell(mean, METRICS[name].unit), f"[dim]n = {mean['n']}[/]")
        out.print(block)


def _arm(arm: dict[str, Any]) -> str:
    """What an arm is called, and its name in gates where that is another."""
    label, name = arm["label"] or arm["variant"], arm["variant"]
    same = label.casefold().replace("-", "_").replace(" ", "_") == name.casefold()
    alias = f" [dim](as {escape(arm['alias_of'])})[/]" if arm["alias_of"] else ""
    return escape(label) + ("" if same else f" [dim]{escape(name)}[/]") + alias


def _cell(mean: dict[str, Any] | None, unit: str) -> str:
    if mean is None or mean["mean"] is None:
        return "[dim]–[/]"
    apart = None not in (mean["low"], mean["high"]) and mean["low"] != mean["high"]
    wanted = ("mean", "low", "high") if apart else ("mean",)
    numbers = [f"{mean[end]:.3g}" if unit else f"{100 * mean[end]:.0f}" for end in wanted]
    between = f" [dim]{numbers[1]}..{numbers[2]}[/]" if len(numbers) > 1 else ""
    return f"{numbers[0]} {unit or '%'}{between}"


def _judged(gates: Sequence[Gate], report: dict[str, Any]) -> int:
    failed = 0
    for one in held(gates, report):
        found = "no score" if one.found is None else f"{one.found:.4g}"
        word, colour = ("met", "green") if one.met else ("not met", "red")
        if one.found is not None and one.low is not None and one.high is not None:
            found += f", 95 % interval {one.low:.3g} to {one.high:.3g}, n = {one.n}"
        out.print(f"[{colour}]gate {word}[/]  {escape(one.gate.text)}  (it is {found})", soft_wrap=True)
        if doubted := doubt(one):
            _noted([doubted])
        failed += not one.met
    return GATE_NOT_MET if failed else 0

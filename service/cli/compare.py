"""`parallax compare`: one question, several variants side by side."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

import typer
from rich.columns import Columns
from rich.console import Console
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from service.cli.client import Client
from service.cli.common import CollectionOption, DataOption, UrlOption, err, out, run, settings, words
from service.cli.target import target

_COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "red")
_LETTERS = "ABCDEF"


@dataclass
class _Lane:
    """What is known of a lane so far."""

    name: str
    text: str = ""
    state: str = "waiting"
    error: str = ""
    answer: dict[str, Any] = field(default_factory=dict)


def compare(
    question: Annotated[str, typer.Argument(help="What you want to know.", callback=words)],
    variants: Annotated[
        str,
        typer.Option(
            "--variants",
            help="Two to six, with commas between; `rag:k=8` is rag with one setting changed.",
            callback=words,
        ),
    ] = "plain,few_shot,rag",
    collection: CollectionOption = "default",
    blind: Annotated[bool, typer.Option("--blind", help="Hide who is who, and vote.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the comparison object.")] = False,
    data: DataOption = None,
    url: UrlOption = None,
) -> None:
    """Ask several variants the same question at once, and see what each says, takes and costs."""
    lanes = [_wanted(one) for one in variants.split(",") if one.strip()]
    run(
        _compare(
            {"question": question, "variants": lanes, "collection": collection, "blind": blind}, as_json, data, url
        )
    )


def _wanted(told: str) -> str | dict[str, Any]:
    """`rag`, or `rag:k=8:check=false`: the same with parameters changed."""
    name, *changes = told.strip().split(":")
    parameters = {}
    for change in changes:
        key, equals, value = change.partition("=")
        try:
            parameters[key.strip()] = json.loads(value)
        except ValueError:
            equals = ""
        if not equals:
            raise typer.BadParameter(f"{told.strip()!r}: write changes like rag:k=8", param_hint="--variants")
    return {"variant": name, "parameters": parameters} if parameters else name


async def _compare(body: dict[str, Any], as_json: bool, data: Any, url: str | None) -> int:
    async with target(settings(data), url, needs=("chroma", "chat")) as client:
        lanes: list[_Lane] = []
        comparison_id = ""
        with Live(console=out, refresh_per_second=8, transient=True) if _lively(as_json) else _Still() as live:
            async for event, said in client.events("POST", "/api/compare", json=body):
                if event == "comparison":
                    comparison_id = said["id"]
                    named = {lane["lane"]: lane["variant"] for lane in said["lane"]}
                    lanes = [_Lane(named.get(n, f"Answer {_LETTERS[n]}")) for n in range(said["lanes"])]
                elif said.get("lane") is not None:
                    _told(lanes[said["lane"]], event, said)
                elif event == "failed":
                    err.print(said["message"], markup=False)
                live.update(_side_by_side(lanes, out))
        if as_json:
            print(json.dumps(await client.call("GET", f"/api/comparisons/{comparison_id}"), ensure_ascii=False))
        else:
            _print_answers(lanes)
            if body["blind"] and all(lane.state != "failed" for lane in lanes):
                await _vote(client, comparison_id, lanes)
            if any(lane.answer for lane in lanes):
                out.print(_table(lanes, out))
            err.print(f"comparison {comparison_id}", style="dim")
    return 1 if lanes and all(lane.state == "failed" for lane in lanes) else 0


class _Still:
    """In place of `Live` where nothing may move."""

    def __enter__(self) -> _Still:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def update(self, _: object) -> None:
        return


def _lively(as_json: bool) -> bool:
    return out.is_terminal and not as_json


def _told(lane: _Lane, event: str, said: dict[str, Any]) -> None:
    if event == "delta":
        lane.text, lane.state = lane.text + said["text"], "answering"
    elif event == "started":
        lane.state = "thinking"
    elif event == "finished":
        lane.answer, lane.state = said["answer"], "ended"
    elif event == "failed":
        lane.state, lane.error = "failed", f"{said['message']} {said.get('hint', '')}".strip()


def _side_by_side(lanes: Sequence[_Lane], console: Console) -> Columns:
    """As many beside each other as are legible."""
    beside = max(1, min(len(lanes), console.width // 36))
    return Columns(
        [_panel(number, lane) for number, lane in enumerate(lanes)], width=console.width // beside - 1, expand=False
    )


def _panel(number: int, lane: _Lane) -> Panel:
    body = Text(lane.error, style="red") if lane.error else Text(lane.text or "…")
    return Panel(body, title=Text(lane.name), subtitle=lane.state, border_style=_COLOURS[number % len(_COLOURS)])


def _print_answers(lanes: Sequence[_Lane]) -> None:
    for number, lane in enumerate(lanes):
        out.print(Text(lane.name, style=f"bold {_COLOURS[number % len(_COLOURS)]}"))
        out.print(Text(lane.error, style="red") if lane.error else Text(lane.text), soft_wrap=not out.is_terminal)
        out.print()


def _table(lanes: Sequence[_Lane], console: Console) -> Table:
    """What each took: seconds from its own start, waiting for the others told apart; tokens read + written; passages
    that its model was given. A line each, or a column each where the terminal is too narrow for that."""
    heads = ("variant", "ended", "waited", "first", "total", "tokens", "cost", "passages", "citations")
    rows = [_took(lane) for lane in lanes]
    table = Table(box=None, pad_edge=False)
    for heading in heads:
        table.add_column(heading, justify="left" if heading in ("variant", "ended") else "right", no_wrap=True)
    for lane, cells in zip(lanes, rows, strict=True):
        table.add_row(Text(lane.name), *cells)
    if console.measure(table, options=console.options.update(width=_ENDLESS)).maximum <= console.width:
        return table
    table = Table(box=None, pad_edge=False)
    table.add_column(heads[0], no_wrap=True)
    for lane in lanes:
        table.add_column(Text(lane.name), justify="right", overflow="fold")
    for heading, *cells in zip(heads[1:], *rows, strict=True):
        table.add_row(heading, *cells)
    return table


_ENDLESS = 1000
"""Columns of a terminal that any table fits."""


def _took(lane: _Lane) -> Sequence[str]:
    """The cells of a lane, as the table heads them."""
    if not lane.answer:
        return [lane.state, *[""] * 7]
    answer, timings = lane.answer, lane.answer["timings"]
    waited = timings["queue"] or 0.0
    verified = sum(citation["verdict"] == "verified" for citation in answer["citations"])
    return [
        answer["finish"],
        f"{waited:.1f} s",
        f"{timings['first_token'] - waited:.1f} s" if timings["first_token"] is not None else "",
        f"{timings['total'] - waited:.1f} s",
        f"{answer['usage']['prompt_tokens']} + {answer['usage']['completion_tokens']}",
        "unknown" if answer["cost"] is None else f"${answer['cost']:.5f}",
        _given(answer),
        f"{len(answer['citations'])} ({verified} verified)" if answer["citations"] else "0",
    ]


def _given(answer: dict[str, Any]) -> str:
    """How many passages the first call of the model held; nothing where none were searched for."""
    steps = {step["step"]: step["detail"] for step in reversed(answer["trace"])}
    return str(len(steps.get("prompt", {}).get("chunks", []))) if "retrieve" in steps else ""


async def _vote(client: Client, comparison_id: str, lanes: list[_Lane]) -> None:
    """Ask the person at the terminal, if there is one; then show who was who."""
    if not (sys.stdin.isatty() and out.is_terminal):
        return
    choices = {letter.lower(): number for number, letter in enumerate(_LETTERS[: len(lanes)])}
    answers: dict[str, int | str] = {**choices, "t": "tie", "x": "both_bad"}
    letters = "/".join(letter.upper() for letter in choices)
    while True:
        try:
            said = await asyncio.to_thread(input, f"Which is better? {letters}, t for a tie, x for both bad: ")
        except EOFError:
            return
        if (winner := answers.get(said.strip().lower())) is not None:
            break
    vote = await client.call("POST", f"/api/comparisons/{comparison_id}/vote", json={"winner": winner})
    for lane, revealed in zip(lanes, vote["lanes"], strict=True):
        lane.name = f"{lane.name}: {revealed['variant']}"
        lane.answer = revealed["answer"] or {}

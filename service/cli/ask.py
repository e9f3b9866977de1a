"""`parallax ask`: one question, one streamed answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from ingest.formats import extension
from service.cli.common import CollectionOption, DataOption, UrlOption, err, out, run, settings, words
from service.cli.target import target
from service.errors import ServiceError

_SHEETS = (".xlsx", ".xlsm", ".xls")


def ask(
    question: Annotated[str, typer.Argument(help="What you want to know.", callback=words)],
    variant: Annotated[str, typer.Option("--variant", help="Way of answering.", callback=words)] = "rag",
    collection: CollectionOption = "default",
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer object.")] = False,
    data: DataOption = None,
    url: UrlOption = None,
) -> None:
    """Ask a question and read the cited answer."""
    run(_ask(question, variant, collection, as_json, data, url))


async def _ask(question: str, variant: str, collection: str, as_json: bool, data: Any, url: str | None) -> int:
    async with target(settings(data), url, needs=("chroma", "chat")) as client:
        body = {"question": question, "variant": variant, "collection": collection}
        if as_json:
            print(
                json.dumps(await client.call("POST", "/api/chat", json={**body, "stream": False}), ensure_ascii=False)
            )
            return 0
        answer: dict[str, Any] = {}
        async for event, said in client.events("POST", "/api/chat", json=body):
            if event == "delta":
                out.print(said["text"], end="", soft_wrap=True, markup=False)
            elif event == "finished":
                answer = said
            elif event == "failed":
                raise ServiceError(said["code"], said["message"], said.get("hint", ""))
    out.print()
    for citation in answer.get("citations", []):
        said = f"[{citation['n']}] {_place(citation)} ({citation['verdict']}): {citation['quote'][:160]}"
        err.print(said, style="dim", markup=False, soft_wrap=True)
    if note := left_out(answer):
        err.print(note, style="dim", soft_wrap=True)
    timings = answer.get("timings", {})
    if timings.get("total"):
        first = f"{timings['first_token']:.1f} s to the first words, " if timings.get("first_token") else ""
        err.print(f"{answer['variant']} · {answer['model']} · {first}{timings['total']:.1f} s", style="dim")
    return 0


def left_out(answer: Mapping[str, Any]) -> str:
    """That the check kept statements out of an answer that it let pass in part; "" when it kept out none."""
    checks = [step["detail"].get("left_out", 0) for step in answer.get("trace", []) if step["step"] == "check"]
    if not checks or not checks[-1]:
        return ""
    parts = "A part was" if checks[-1] == 1 else f"{checks[-1]} parts were"
    return f"{parts} left out of what the model wrote: the documents do not bear that out."


def _place(citation: Mapping[str, Any]) -> str:
    """Document and page, or the sheet of a workbook, as the workspace calls it."""
    name, page = str(citation["name"]), citation["page"]
    if page is None:
        return name
    sheet = citation["heading"][:1] if extension(name) in _SHEETS else []
    return f"{name}, {sheet[0] if sheet else f'page {page}'}"

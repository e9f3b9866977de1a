"""`parallax doctor`: is this machine fit to run it."""

from __future__ import annotations

from rich.markup import escape
from rich.table import Table

from service.cli.common import DataOption, UrlOption, out, run, settings
from service.settings import Settings

_COLOURS = {"ok": "green", "warning": "yellow", "failed": "red"}


def doctor(data: DataOption = None, url: UrlOption = None) -> None:
    """Check this machine and the parts it is told to use. Exit status 1 when a check fails."""
    del url
    run(_doctor(settings(data)))


async def _doctor(config: Settings) -> int:
    # Imported here, not above: it knows every part, and other commands would wait for that.
    from service.doctor import examine

    findings = await examine(config)
    table = Table(box=None, pad_edge=False, show_header=False)
    for _ in range(3):
        table.add_column(overflow="fold")
    for finding in findings:
        hint = f"\n[dim]{escape(finding.hint)}[/]" if finding.hint else ""
        table.add_row(f"[{_COLOURS[finding.level]}]{finding.level}[/]", finding.name, escape(finding.detail) + hint)
    out.print(table)
    return 1 if any(finding.level == "failed" for finding in findings) else 0

"""How far each file of an ingest has come: a line a file on a terminal, a line at each file's end elsewhere."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

SHOWN = 12
"""Files with a line of their own at once; the others wait for one, and are in the count."""
_NAME = 44


class FileBars:
    """Use it as a context manager. `each`: whether files have lines of their own, or only their count is shown."""

    def __init__(self, console: Console, label: str, total: int, *, each: bool = True) -> None:
        self.console = console
        self._each = each
        self._total = total
        self._done = 0
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[note]}"),
            TimeElapsedColumn(),
            console=console,
            transient=each,
        )
        self._all = self._bars.add_task(f"[bold]{escape(label)}[/]", total=total, note=f"0 of {total}")
        self._lines: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def working(self, key: str, name: str, status: str, progress: float) -> None:
        """A file that is being worked on: `progress` 0..1. One that waits has no line yet."""
        if not self._each:
            return
        if key not in self._lines:
            if status == "queued" or len(self._lines) >= SHOWN:
                return
            self._lines[key] = self._bars.add_task(f"  {escape(_cut(name))}", total=1.0, note="")
        self._bars.update(self._lines[key], completed=progress, note=f"{status} {progress:.0%}")

    def ended(self, key: str | None, name: str, status: str) -> None:
        """A file that is done with, however it ended."""
        line = self._lines.pop(key, None) if key is not None else None
        if line is not None:
            self._bars.remove_task(line)
        self._done += 1
        self._bars.update(self._all, completed=self._done, note=f"{self._done} of {self._total}")
        if self._each and not self.console.is_terminal:
            self.console.print(f"{self._done}/{self._total} {status} {name}", markup=False, soft_wrap=True)

    def say(self, sentence: str) -> None:
        """Something for people, above the bars."""
        self._bars.console.print(sentence, style="dim", markup=False)


def _cut(name: str) -> str:
    """The end of a long name says more than its beginning."""
    return name if len(name) <= _NAME else f"…{name[-_NAME + 1 :]}"

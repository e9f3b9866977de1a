"""Cuts a stream of text into statements: whole sentences, list items or lines, never half of one."""

from __future__ import annotations

import re

_ABBREVIATION = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|prof|sr|jr|st|no|nos|vs|etc|inc|ltd|co|corp|approx|fig|sec|art|dept|est|ext|max|min|avg|incl|"
    r"e\.g|i\.e|a\.m|p\.m|u\.s|u\.k|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|pp?|vol|tel)|\b[A-Za-z]|^\s*\d{1,3})\.$",
    re.IGNORECASE,
)
# A stop and its closing quotes; then white space and something that can begin a sentence. CJK stops need neither.
_STOP = re.compile(r"[.!?]+[\"'”’)\]*_]*(?=\s)|[。！？]+[”’」』）)]*|\n+")
_BEGINS = re.compile(r"\s+(?:\[\d{1,3}\]\s*)*([^\s])")
_LONGEST = 1200  # characters without any end in sight: judged as they stand


class Statements:
    """`feed` gives the statements that are whole; `flush` the rest. Joined, they are the text fed."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, text: str) -> list[str]:
        self._held += text
        whole: list[str] = []
        at = 0
        while stop := _STOP.search(self._held, at):
            end = self._end(stop)
            if end is None:
                break
            if end == 0 or not self._held[:end].strip():
                at = stop.end()
                continue
            whole.append(self._held[:end])
            self._held = self._held[end:]
            at = 0
        if len(self._held) > _LONGEST:
            whole.append(self._held)
            self._held = ""
        return whole

    def flush(self) -> list[str]:
        rest, self._held = self._held, ""
        return [rest] if rest.strip() else []

    def _end(self, stop: re.Match[str]) -> int | None:
        """Where the statement ends, its white space included; 0 for no end here; None while that cannot be told."""
        if "\n" in stop.group():
            return stop.end()
        if stop.group()[0] in "。！？":
            return stop.end() if stop.end() < len(self._held) else None  # a closing quote may come yet
        if self._held[stop.end()] == "\n":
            return stop.end()
        if _ABBREVIATION.search(self._held[: stop.start() + 1]):
            return 0
        follows = _BEGINS.match(self._held, stop.end())
        if follows is None:
            return None
        if follows.group(1).islower() and stop.group()[0] == ".":
            return 0
        return stop.end() + 1

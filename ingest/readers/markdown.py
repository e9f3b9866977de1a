"""Markdown read line by line: headings, lists, tables and code as blocks, inline marks taken off; fast."""

from __future__ import annotations

import html
import re

from ingest.readers.text import clean, decode, language, table, tidy
from ingest.types import Block, BlockKind, ParsedDocument, ParseLimits

_ATX = re.compile(r"^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_LIST = re.compile(r"^(\s*)(?:[-*+]|\d{1,9}[.)])[ \t]+\S")
_RULE = re.compile(r"^ {0,3}(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})$")
_TABLE_LINE = re.compile(r"^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$")
_SETEXT = re.compile(r"^ {0,3}(=+|-+)[ \t]*$")
_FRONT = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_SCRIPT = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_CODE = re.compile(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)")
_IMAGE = re.compile(r"!\[([^\]\n]*)\](?:\([^()\s]*(?:\s+\"[^\"]*\")?\)|\[[^\]\n]*\])")
_LINK = re.compile(r"\[([^\[\]\n]+)\]\(\s*<?([^()\s<>]*(?:\([^()\s]*\)[^()\s]*)*)>?(?:\s+[\"'(][^\n]*?[\"')])?\s*\)")
_REFERENCE = re.compile(r"\[([^\[\]\n]+)\]\[[^\]\n]*\]")
_AUTOLINK = re.compile(r"<((?:https?://|mailto:)[^<>\s]+)>")
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_STRONG = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
_STAR = re.compile(r"(?<![\*\\])\*(?=[^\s*])([^*\n]*[^\s*])\*(?!\*)")
_UNDERSCORE = re.compile(r"(?<![\w\\])_(?=[^\s_])([^_\n]*[^\s_])_(?!\w)")
_STRIKE = re.compile(r"~~(?=\S)(.+?)(?<=\S)~~")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_CJK_END = re.compile(r"[\u3000-\u9fff\uff00-\uffef]$")
_CJK_START = re.compile(r"^[\u3000-\u9fff\uff00-\uffef]")


def read(data: bytes, name: str, limits: ParseLimits) -> ParsedDocument:
    """The document's blocks; comments, scripts and front matter are left out (front matter gives the title)."""
    text = tidy(decode(data))
    title = None
    if front := _FRONT.match(text):
        text = text[front.end() :]
        if found := re.search(r"^title:\s*[\"']?(.+?)[\"']?\s*$", front.group(1), re.MULTILINE):
            title = clean(found.group(1))
    made = parse(text)
    first = next((block.text for block in made if block.kind == "heading"), None)
    plain = "\n".join(block.text for block in made)
    return ParsedDocument(tuple(made), title=title or first, language=language(plain))


def parse(text: str) -> list[Block]:
    """Blocks of Markdown text."""
    state = _State()
    lines = _hidden_removed(text).split("\n")
    i = 0
    while i < len(lines):
        line = lines[i]
        if fence := _FENCE.match(line):
            i = state.code(lines, i, fence.group(1))
            continue
        if not line.strip():
            state.flush(blank=True)
        elif heading := _ATX.match(line):
            state.heading(heading.group(2) or "", len(heading.group(1)))
        elif state.kind == "text" and (under := _SETEXT.match(line)):
            # Underlined: the lines gathered so far are the heading.
            pending = state.take()
            state.heading(" ".join(pending), 1 if under.group(1)[0] == "=" else 2)
        elif _RULE.match(line):
            state.flush()
        elif (
            "|" in line
            and i + 1 < len(lines)
            and "|" in lines[i + 1] + line
            and _TABLE_LINE.match(lines[i + 1])
            and "-" in lines[i + 1]
        ):
            i = state.table(lines, i)
            continue
        elif line.startswith(("    ", "\t")) and state.kind is None and not state.in_list:
            i = state.indented(lines, i)
            continue
        else:
            state.line(line)
        i += 1
    state.flush()
    return state.made


class _State:
    def __init__(self) -> None:
        self.made: list[Block] = []
        self.kind: BlockKind | None = None
        self.in_list = False
        self._lines: list[str] = []

    def take(self) -> list[str]:
        lines, self._lines, self.kind = self._lines, [], None
        return lines

    def add(self, kind: BlockKind, text: str, level: int = 0) -> None:
        if text.strip():
            self.made.append(Block(kind, text, level=level))

    def heading(self, text: str, level: int) -> None:
        self.flush()
        self.in_list = False
        self.add("heading", clean(inline(text)), level)

    def line(self, line: str) -> None:
        if _LIST.match(line):
            if self.kind == "text":
                self.flush()
            self.kind = "list"
            self.in_list = True
            self._lines.append(line)
            return
        if self.kind is None:
            # A paragraph after a blank line stays in the list only when it is indented.
            self.kind = "list" if self.in_list and line.startswith((" ", "\t")) else "text"
            self.in_list = self.kind == "list"
        self._lines.append(line)

    def flush(self, *, blank: bool = False) -> None:
        kind, lines = self.kind, self.take()
        if not blank:
            self.in_list = False
        if not lines:
            return
        if kind == "list":
            text = inline(_join_list(lines))
            if self.made and self.made[-1].kind == "list" and self.in_list:
                text = self.made.pop().text + "\n" + text
            self.add("list", tidy(text))
        else:
            self.add("text", tidy(inline(_join(lines))))

    def code(self, lines: list[str], start: int, fence: str) -> int:
        self.flush()
        end = start + 1
        while end < len(lines) and not re.match(rf"^ {{0,3}}{re.escape(fence)}{re.escape(fence[0])}*\s*$", lines[end]):
            end += 1
        self.add("code", "\n".join(lines[start + 1 : end]).strip("\n"))
        return end + 1

    def indented(self, lines: list[str], start: int) -> int:
        end = start
        while end < len(lines) and (lines[end].startswith(("    ", "\t")) or not lines[end].strip()):
            end += 1
        body = [line[4:] if line.startswith("    ") else line.lstrip("\t") for line in lines[start:end]]
        self.add("code", "\n".join(body).strip("\n"))
        return end

    def table(self, lines: list[str], start: int) -> int:
        self.flush()
        self.in_list = False
        end = start + 2
        while end < len(lines) and "|" in lines[end] and lines[end].strip():
            end += 1
        rows = [_cells(line) for line in [lines[start], *lines[start + 2 : end]]]
        self.add("table", table(rows))
        return end


def inline(text: str) -> str:
    """Inline marks off: emphasis, code ticks, links ("text (address)"), images (their description), tags, escapes."""
    if not any(mark in text for mark in "*_`[<&\\~"):
        return text
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(found.group(2).strip())
        return f"\x00{len(kept) - 1}\x00"

    text = _CODE.sub(keep, text.replace("\x00", ""))
    text = _IMAGE.sub(r"\1", text)
    text = _LINK.sub(_link, text)
    text = _REFERENCE.sub(r"\1", text)
    text = _AUTOLINK.sub(r"\1", text)
    text = _TAG.sub("", _BREAK.sub("\n", text))
    text = _STRONG.sub(r"\2", _STRONG.sub(r"\2", text))
    text = _UNDERSCORE.sub(r"\1", _STAR.sub(r"\1", text))
    text = _ESCAPE.sub(r"\1", _STRIKE.sub(r"\1", text))
    text = html.unescape(text)
    return re.sub(r"\x00(\d+)\x00", lambda found: kept[int(found.group(1))], text)


def _link(found: re.Match[str]) -> str:
    text, target = found.group(1), found.group(2)
    shown = target.removeprefix("mailto:")
    if not target.startswith(("http://", "https://", "mailto:")) or shown.rstrip("/") in text:
        return text
    return f"{text} ({shown})"


def _hidden_removed(text: str) -> str:
    """Comments and scripts go, but not those shown inside code fences."""
    if "<" not in text:
        return text
    parts = re.split(
        r"(^ {0,3}(?:```|~~~).*?(?:^ {0,3}(?:```|~~~)[`~]*[ \t]*$|\Z))", text, flags=re.MULTILINE | re.DOTALL
    )
    return "".join(part if i % 2 else _SCRIPT.sub("", _COMMENT.sub("", part)) for i, part in enumerate(parts))


def _join(lines: list[str]) -> str:
    """Soft-wrapped lines of a paragraph become one; two blanks or a backslash at the end keep the break."""
    text = ""
    for line in lines:
        hard = line.endswith(("  ", "\\"))
        body = re.sub(r"^[ \t]*(?:>[ \t]?)*", "", line).rstrip().removesuffix("\\")
        if not text or text.endswith("\n") or (_CJK_END.search(text) and _CJK_START.search(body)):
            text += body
        else:
            text += " " + body
        if hard:
            text += "\n"
    return text


def _join_list(lines: list[str]) -> str:
    """A line that starts no item continues the one before."""
    out: list[str] = []
    for line in lines:
        marker = _LIST.match(line)
        body = re.sub(r"^(\s*)[*+](\s)", r"\1-\2", line).rstrip().expandtabs(4)
        if marker or not out:
            out.append(body)
        else:
            out[-1] += " " + body.strip()
    return "\n".join(out)


def _cells(line: str) -> list[str]:
    body = line.strip().removeprefix("|")
    if body.endswith("|") and not body.endswith("\\|"):
        body = body[:-1]
    return [inline(cell.replace("\\|", "|").strip()).replace("\n", " ") for cell in re.split(r"(?<!\\)\|", body)]

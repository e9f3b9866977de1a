"""The parser's child process: its limits hold, its death harms nobody else, and it never outlives who asked."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import anyio
import pytest

from ingest import sandbox
from ingest.errors import Cancelled, DocumentRefused, FilesUnavailable, ParsingStopped
from ingest.types import ParsedDocument, ParseLimits
from tests.ingest import made

pytestmark = pytest.mark.anyio
LIMITS = ParseLimits(seconds=60, cpu_seconds=30)


@pytest.fixture(autouse=True, scope="module")
def _servers() -> Iterator[None]:
    yield
    sandbox.close()


@pytest.fixture
def store(tmp_path: Path) -> Callable[[bytes], Path]:
    def put(data: bytes) -> Path:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}"
        path.write_bytes(data)
        return path

    return put


def slow_csv() -> bytes:
    """Half a minute of honest work for the CSV reader."""
    return b"a,b,c,d,e,f,g,h\n" * 4_000_000


async def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    with anyio.fail_after(seconds):
        while not condition():  # noqa: ASYNC110  (a process's death sets no event here)
            await anyio.sleep(0.02)


def children_of(pid: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if int(fields[1]) == pid and fields[0] != "Z":
                found.append(int(entry.name))
    return found


def grandchildren() -> list[int]:
    return [child for server in list(sandbox._servers.values()) for child in children_of(server._process.pid)]


FORMATS = {
    "a.md": (b"# One\n\ntwo", "One"),
    "a.txt": (b"some words", "some words"),
    "a.html": (b"<h1>One</h1><p>two</p>", "One"),
    "a.csv": (b"a,b\n1,2\n", "a,b"),
    "a.xml": (b"<a><b>two</b></a>", "b: two"),
    "a.rtf": (rb"{\rtf1 words\par}", "words"),
    "a.eml": (made.mail(), "Thursday"),
    "a.pdf": (made.pdf([["Hello page"]]), "Hello page"),
    "a.docx": (made.word(), "Norway"),
    "a.pptx": (made.slides(), "Orders"),
    "a.xlsx": (made.sheets({"S": [["a", "b"], [1, 2]]}), "| 1 | 2 |"),
    "a.epub": (made.epub(["<p>words</p>"]), "words"),
    "a.odt": (made.odt(), "Monday"),
}


@pytest.mark.parametrize("name", FORMATS)
async def test_every_format_is_read_inside_the_fence(name: str, store: Callable[[bytes], Path]) -> None:
    data, expected = FORMATS[name]
    parsed = await sandbox.parse(store(data), name, LIMITS)
    assert isinstance(parsed, ParsedDocument)
    assert expected in parsed.text


async def test_many_at_once(store: Callable[[bytes], Path]) -> None:
    found: dict[int, str] = {}

    async def one(i: int, path: Path) -> None:
        found[i] = (await sandbox.parse(path, f"{i}.md", LIMITS)).text

    async with anyio.create_task_group() as group:
        for i in range(40):
            group.start_soon(one, i, store(f"text {i}".encode()))
    assert found == {i: f"text {i}" for i in range(40)}


async def test_a_refusal_crosses_the_fence(store: Callable[[bytes], Path]) -> None:
    with pytest.raises(DocumentRefused) as caught:
        await sandbox.parse(store(made.encrypted_pdf("x")), "a.pdf", LIMITS)
    assert caught.value.code == "encrypted"
    assert "password" in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    "name", ["../../etc/passwd.md", "a\nb\x00c.md", "C:\\x\\CON.md", "\u202egnp.md", "x" * 4_000 + ".md"]
)
async def test_a_name_is_only_a_name(name: str, store: Callable[[bytes], Path]) -> None:
    assert (await sandbox.parse(store(b"harmless"), name, LIMITS)).text == "harmless"


async def test_time_runs_out(store: Callable[[bytes], Path]) -> None:
    await sandbox.warm("text")
    begun = time.monotonic()
    with pytest.raises(ParsingStopped) as caught:
        await sandbox.parse(store(slow_csv()), "a.csv", replace(LIMITS, seconds=0.5))
    assert caught.value.code == "parser_timeout"
    assert time.monotonic() - begun < 5
    await until(lambda: not grandchildren())


async def test_computing_time_runs_out(store: Callable[[bytes], Path]) -> None:
    with pytest.raises(ParsingStopped) as caught:
        await sandbox.parse(store(slow_csv()), "a.csv", replace(LIMITS, cpu_seconds=1))
    assert caught.value.code == "parser_timeout"


async def test_memory_runs_out(store: Callable[[bytes], Path]) -> None:
    data = b'"a","b"\n' * 3_000_000
    with pytest.raises(ParsingStopped) as caught:
        await sandbox.parse(store(data), "a.csv", replace(LIMITS, memory_bytes=32 << 20))
    assert caught.value.code == "parser_out_of_memory"


async def test_too_much_text(store: Callable[[bytes], Path]) -> None:
    with pytest.raises(ParsingStopped) as caught:
        await sandbox.parse(store(b"word " * 100_000), "a.txt", replace(LIMITS, output_bytes=100_000))
    assert caught.value.code == "too_much_text"


async def test_cancelling_kills_at_once(store: Callable[[bytes], Path]) -> None:
    path = store(slow_csv())
    asked: list[float] = []

    def cancelled() -> bool:
        if grandchildren() and not asked:
            asked.append(time.monotonic())
        return bool(asked)

    with pytest.raises(Cancelled):
        await sandbox.parse(path, "a.csv", LIMITS, cancelled)
    assert time.monotonic() - asked[0] < 0.5
    await until(lambda: not grandchildren(), 2)


async def test_a_cancelled_task_kills_too(store: Callable[[bytes], Path]) -> None:
    async with anyio.create_task_group() as group:
        group.start_soon(sandbox.parse, store(slow_csv()), "a.csv", LIMITS)
        await until(lambda: bool(grandchildren()))
        group.cancel_scope.cancel()
    await until(lambda: not grandchildren(), 2)


async def test_a_child_that_dies_harms_only_its_file(store: Callable[[bytes], Path]) -> None:
    outcome: list[str] = []

    async def doomed() -> None:
        with pytest.raises(ParsingStopped) as caught:
            await sandbox.parse(store(slow_csv()), "a.csv", LIMITS)
        outcome.append(caught.value.code)

    async with anyio.create_task_group() as group:
        group.start_soon(doomed)
        await until(lambda: bool(grandchildren()))
        os.kill(grandchildren()[0], signal.SIGSEGV)
    assert outcome == ["parser_died"]
    assert (await sandbox.parse(store(b"fine"), "a.md", LIMITS)).text == "fine"


async def test_a_server_that_was_killed_is_replaced(store: Callable[[bytes], Path]) -> None:
    await sandbox.parse(store(b"one"), "a.md", LIMITS)
    server = sandbox._servers["text"]
    os.kill(server._process.pid, signal.SIGKILL)
    assert (await sandbox.parse(store(b"two"), "a.md", LIMITS)).text == "two"
    assert sandbox._servers["text"] is not server


async def test_a_file_outlives_the_server_that_was_killed_while_it_read(store: Callable[[bytes], Path]) -> None:
    path = store(b"a,b,c,d\n" * 400_000)
    texts: list[str] = []

    async def read() -> None:
        texts.append((await sandbox.parse(path, "a.csv", LIMITS)).text)

    async with anyio.create_task_group() as group:
        group.start_soon(read)
        await until(lambda: bool(grandchildren()))
        os.kill(sandbox._servers["text"]._process.pid, signal.SIGKILL)
    assert texts[0].count("a,b,c,d") == 400_000


async def test_servers_that_are_killed_again_and_again_are_no_fault_of_the_file(store: Callable[[bytes], Path]) -> None:
    path, caught = store(slow_csv()), []

    async def read() -> None:
        with pytest.raises(ParsingStopped) as stopped:
            await sandbox.parse(path, "a.csv", LIMITS)
        caught.append(stopped.value)

    async with anyio.create_task_group() as group:
        group.start_soon(read)
        for _ in range(2):
            await until(lambda: bool(grandchildren()))
            os.kill(sandbox._servers["text"]._process.pid, signal.SIGKILL)
            await until(lambda: not grandchildren())
    assert (caught[0].code, caught[0].retryable) == ("parser_died", True)


def test_no_nul_crosses_the_fence() -> None:
    block = {"kind": "text", "text": "one\0 two", "level": 0, "page": None}
    said = {"document": {"blocks": [block], "pages": 1, "title": "ti\0tle", "language": None, "warnings": []}}
    parsed = sandbox._checked(said)
    assert (parsed.text, parsed.title) == ("one two", "title")


async def test_a_file_that_is_not_there() -> None:
    with pytest.raises(FilesUnavailable):
        await sandbox.parse(Path("/nonexistent/x"), "a.md", LIMITS)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
async def test_nothing_outlives_a_parent_that_is_killed(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(slow_csv())
    code = (
        "import anyio, pathlib, sys\nfrom ingest import sandbox\n"
        "anyio.run(sandbox.parse, pathlib.Path(sys.argv[1]), 'a.csv')\n"
    )
    parent = subprocess.Popen(  # noqa: ASYNC220
        [sys.executable, "-c", code, str(tmp_path / "a")]
    )
    try:
        await until(lambda: any(children_of(child) for child in children_of(parent.pid)), 20)
        server = children_of(parent.pid)[0]
        child = children_of(server)[0]
    finally:
        parent.kill()
        parent.wait()
    await until(lambda: not Path(f"/proc/{server}").exists() and not Path(f"/proc/{child}").exists(), 5)


async def test_overhead_of_a_small_file_is_milliseconds(store: Callable[[bytes], Path]) -> None:
    """Not a benchmark: it fails when a file costs an interpreter's start (0.1 s) or an import of unstructured (2 s)."""
    paths = [store(b"# Title\n\nSome text.") for _ in range(20)]
    await sandbox.parse(paths[0], "a.md", LIMITS)
    server = sandbox._servers["text"]._process.pid
    before = _processor_seconds(server)
    for path in paths:
        await sandbox.parse(path, "a.md", LIMITS)
    await until(lambda: not children_of(server))
    assert (_processor_seconds(server) - before) / len(paths) < 0.05


def _processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")

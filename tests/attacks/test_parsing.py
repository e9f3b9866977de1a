"""Hostile documents: each is refused or read in bounded time, and gets no file, no network, no memory of ours."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ingest import sandbox
from ingest.errors import DocumentRefused, IngestError, ParsingStopped
from ingest.types import ParseLimits
from tests.ingest import made

pytestmark = [pytest.mark.anyio, pytest.mark.attack]
LIMITS = ParseLimits(seconds=30, cpu_seconds=30, memory_bytes=1 << 30)
SECRET = "canary-8f31c0"


@pytest.fixture(autouse=True, scope="module")
def _servers() -> Iterator[None]:
    yield
    sandbox.close()


@pytest.fixture
def put(tmp_path: Path) -> Callable[[bytes], Path]:
    def write(data: bytes) -> Path:
        path = tmp_path / "upload"
        path.write_bytes(data)
        return path

    return write


async def code(path: Path, name: str, limits: ParseLimits = LIMITS) -> str:
    with pytest.raises(IngestError) as caught:
        await sandbox.parse(path, name, limits)
    assert isinstance(caught.value, DocumentRefused | ParsingStopped)
    assert caught.value.message
    assert caught.value.hint
    return caught.value.code


@pytest.mark.parametrize(
    ("name", "container"), [("a.docx", made.word()), ("a.xlsx", made.sheets({"S": [["a"]]})), ("a.odt", made.odt())]
)
async def test_zip_bomb_by_declared_size(name: str, container: bytes, put: Callable[[bytes], Path]) -> None:
    path = put(made.with_more(container, {"word/media/x.bin": bytes(80 << 20)}))
    begun = time.monotonic()
    assert await code(path, name) == "archive_bomb"
    assert time.monotonic() - begun < 20


async def test_zip_bomb_that_lies_about_its_size(put: Callable[[bytes], Path]) -> None:
    bomb = made.with_more(made.word(), {"word/big.xml": bytes(60 << 20)})
    assert await code(put(made.lying_about_size(bomb, "word/big.xml", 1_000)), "a.docx") in ("archive_bomb", "damaged")


async def test_zip_with_very_many_entries(put: Callable[[bytes], Path]) -> None:
    path = put(made.with_more(made.word(), {f"word/{i}": b"" for i in range(3_000)}))
    assert await code(path, "a.docx", replace(LIMITS, unpacked_entries=2_000)) == "archive_bomb"


@pytest.mark.parametrize("entry", ["../../outside.txt", "/etc/cron.d/x", "word/../../x", "..\\x", "C:\\x"])
async def test_zip_with_a_path_that_leaves_it(entry: str, put: Callable[[bytes], Path]) -> None:
    assert await code(put(made.with_more(made.word(), {entry: b"x"})), "a.docx") == "archive_unsafe"


async def test_zip_with_a_symbolic_link(put: Callable[[bytes], Path]) -> None:
    data = made.with_more(made.epub(["<p>x</p>"]), {}, links={"book/secret.xhtml": "/etc/passwd"})
    assert await code(put(data), "a.epub") == "archive_unsafe"


async def text_or_code(path: Path, name: str, limits: ParseLimits = LIMITS) -> tuple[str, str]:
    """(text, "") of a document that was read, (message, code) of one that was not."""
    try:
        return (await sandbox.parse(path, name, limits)).text, ""
    except IngestError as error:
        return error.message, error.code


LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY l0 "lol">'
    + "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    + "]><a>&l9;</a>"
)


async def test_billion_laughs(put: Callable[[bytes], Path]) -> None:
    assert await code(put(LAUGHS.encode()), "a.xml") == "xml_entities"


async def test_billion_laughs_in_an_epub(put: Callable[[bytes], Path]) -> None:
    data = made.with_more(made.epub(["<p>x</p>"]), {"META-INF/container.xml": LAUGHS})
    assert await code(put(data), "a.epub") == "xml_entities"


@pytest.mark.parametrize("part", ["word/document.xml", "word/styles.xml"])
async def test_entities_in_a_docx_give_nothing_away(part: str, put: Callable[[bytes], Path], tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    attack = (
        f'<!DOCTYPE x [<!ENTITY s SYSTEM "file://{secret}">]>'
        f'<w:document xmlns:w="{word}"><w:body><w:p><w:r><w:t>[&s;]</w:t></w:r></w:p></w:body></w:document>'
    )
    path = put(made.with_more(made.word(), {part: attack}))
    said, refusal = await text_or_code(path, "a.docx")
    assert SECRET not in said
    assert refusal in ("", "damaged", "xml_entities")


@pytest.mark.parametrize("name", ["a.xml", "a.html", "a.eml"])
async def test_external_things_are_not_fetched(name: str, put: Callable[[bytes], Path], tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/x"
        markup = (
            f'<!DOCTYPE a [<!ENTITY f SYSTEM "file://{secret}"><!ENTITY u SYSTEM "{url}">]><a>&f;&u;'
            f'<img src="{url}"/><link rel="stylesheet" href="{url}"/><iframe src="file://{secret}"></iframe>'
            f'<meta http-equiv="refresh" content="0;url={url}"/><p>text</p></a>'
        )
        data = (
            b"Subject: x\r\nContent-Type: text/html\r\n\r\n" + markup.encode() if name == "a.eml" else markup.encode()
        )
        said, refusal = await text_or_code(put(data), name)
        assert SECRET not in said
        assert refusal == ("xml_entities" if name == "a.xml" else "")
        with pytest.raises(BlockingIOError):
            listener.accept()


@pytest.mark.parametrize("depth", [2_000, 200_000])
async def test_deeply_nested_html(depth: int, put: Callable[[bytes], Path]) -> None:
    begun = time.monotonic()
    markup = "<div>" * depth + "needle at the bottom" + "</div>" * depth
    assert "needle at the bottom" in (await sandbox.parse(put(markup.encode()), "a.html", LIMITS)).text
    assert time.monotonic() - begun < 25


async def test_deeply_nested_xml(put: Callable[[bytes], Path]) -> None:
    path = put(b"<a>" * 100_000 + b"x" + b"</a>" * 100_000)
    assert await code(path, "a.xml") in ("damaged", "parser_died", "parser_out_of_memory")


async def test_deeply_nested_mail(put: Callable[[bytes], Path]) -> None:
    body = b"Subject: x\r\n\r\ninnermost"
    for _ in range(400):
        body = b"Content-Type: message/rfc822\r\n\r\n" + body
    _, refusal = await text_or_code(put(b"Subject: outer\r\n" + body), "a.eml")
    assert refusal in ("", "damaged")


async def test_page_tree_that_runs_in_a_circle(put: Callable[[bytes], Path]) -> None:
    data = made.pdf([["text"]]).replace(b"/Kids [4 0 R] /Count 1", b"/Kids [2 0 R] /Count 9")
    _, refusal = await text_or_code(put(data), "a.pdf")
    assert refusal in ("", "damaged", "parser_timeout", "parser_died")


async def test_pdf_with_a_huge_stream(put: Callable[[bytes], Path]) -> None:
    packed = zlib.compress(b"BT /F1 9 Tf (x) Tj ET\n" * 20_000_000, 9)
    page = made.pdf([["x"]])
    at = page.index(b"5 0 obj")
    end = page.index(b"endobj", at)
    stream = b"5 0 obj\n<< /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream\n" % (len(packed), packed)
    begun = time.monotonic()
    limits = replace(LIMITS, seconds=5, memory_bytes=256 << 20)
    _, refusal = await text_or_code(put(page[:at] + stream + page[end:]), "a.pdf", limits)
    assert refusal in ("", "parser_timeout", "parser_out_of_memory", "parser_died", "damaged", "too_much_text")
    assert time.monotonic() - begun < 15


@pytest.mark.parametrize("name", ["a.pdf", "a.docx", "a.xlsx", "a.pptx", "a.epub", "a.odt"])
async def test_cut_off_files(name: str, put: Callable[[bytes], Path]) -> None:
    whole = {
        "a.pdf": made.pdf([["text"] * 20] * 3),
        "a.docx": made.word(),
        "a.xlsx": made.sheets({"S": [["a", 1]] * 50}),
        "a.pptx": made.slides(),
        "a.epub": made.epub(["<p>x</p>"]),
        "a.odt": made.odt(),
    }[name]
    for share in (0.2, 0.6, 0.95):
        _, refusal = await text_or_code(put(whole[: int(len(whole) * share)]), name)
        assert refusal == "damaged" or (name == "a.pdf" and not refusal)  # pdfium mends some


async def test_a_container_of_the_wrong_kind(put: Callable[[bytes], Path]) -> None:
    assert await code(put(made.sheets({"S": [["a"]]})), "a.docx") == "wrong_extension"
    assert await code(put(made.archive({"readme.txt": b"x"})), "a.xlsx") == "wrong_extension"


@pytest.mark.parametrize(
    ("data", "name"), [(made.encrypted_pdf("x"), "a.pdf"), (made.ole_with("EncryptedPackage"), "a.xlsx")]
)
async def test_encrypted(data: bytes, name: str, put: Callable[[bytes], Path]) -> None:
    assert await code(put(data), name) == "encrypted"


@pytest.mark.parametrize(
    "text",
    [
        "a" * 3_000_000,
        "́" * 300_000,
        "👨‍👩‍👧‍👦" * 50_000,
        "[" * 200_000,
        "*" * 200_000,
        "`" * 199_999,
        "<" * 200_000,
        "|-" * 100_000,
        "- " * 100_000,
        "![a](" * 50_000,
        "_a" * 100_000,
        "<!--" * 50_000,
        "\\" * 200_001,
    ],
    ids=lambda text: repr(text[:6]),
)
async def test_text_made_to_stall_a_pattern(text: str, put: Callable[[bytes], Path]) -> None:
    begun = time.monotonic()
    parsed = await sandbox.parse(put(f"before\n\n{text}\n\nafter".encode()), "a.md", LIMITS)
    assert parsed.text.startswith("before")
    assert time.monotonic() - begun < 15


async def test_no_temporary_files_are_left(put: Callable[[bytes], Path], tmp_path: Path) -> None:
    path = put(made.with_more(made.word(), {"../x": b"x"}))
    assert await code(path, "../../../" + str(tmp_path) + "/stolen.docx") == "archive_unsafe"
    assert os.listdir(tmp_path) == ["upload"]


DOORS = {
    "connect": "import socket; socket.create_connection(('127.0.0.1', int(sys.argv[1])), 1)",
    "listen": "import socket; socket.socket()",
    "program": "import subprocess; subprocess.run(['true'])",
    "system": "os.system('true')",
    "fork": "os.fork()",
    "write": "open(sys.argv[2], 'w')",
    "raw write": "os.open(sys.argv[2], os.O_CREAT | os.O_WRONLY)",
    "delete": "os.remove(sys.argv[3])",
    "url": "import urllib.request; urllib.request.urlopen('http://127.0.0.1:' + sys.argv[1])",
}


@pytest.mark.parametrize("door", DOORS)
def test_the_doors_are_shut(door: str, tmp_path: Path) -> None:
    """What a reader that was taken over by a document could try, tried in a process confined like it."""
    keep = tmp_path / "keep"
    keep.write_text("x")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0)
        script = (
            "import os, sys, socket, subprocess, urllib.request\nfrom ingest import confine, types\n"
            f"confine.limit(types.ParseLimits())\ntry:\n    {DOORS[door]}\nexcept OSError:\n"
            "    os._exit(17)\nos._exit(0)"
        )
        arguments = [str(listener.getsockname()[1]), str(tmp_path / "new"), str(keep)]
        done = subprocess.run([sys.executable, "-c", script, *arguments], timeout=30, check=False)
        assert done.returncode == 17
        with pytest.raises(BlockingIOError):
            listener.accept()
    assert [each.name for each in tmp_path.iterdir()] == ["keep"]


def test_the_child_sees_nothing_of_our_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARALLAX_CHAT_API_KEY", SECRET)
    server = sandbox._server("text")
    if not Path("/proc").exists():
        pytest.skip("reads /proc")
    deadline = time.monotonic() + 5
    while not (seen := Path(f"/proc/{server._process.pid}/environ").read_bytes()) and time.monotonic() < deadline:
        os.sched_yield()
    assert seen
    assert SECRET.encode() not in seen

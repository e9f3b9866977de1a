"""Uploads off the wire: streamed to disk, limited, and never half kept."""

from __future__ import annotations

import hashlib
import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.requests import ClientDisconnect

from service.documents import receive
from service.documents.receive import FILES_AT_MOST, Limits, received
from service.errors import BadRequest, ServiceError

pytestmark = pytest.mark.anyio

SMALL = Limits(1000, 1_000_000, spare=0)
TYPE = "multipart/form-data; boundary=XX"


def part(name: str, data: bytes, filename: str | None = None) -> bytes:
    extra = f'; filename="{filename}"' if filename is not None else ""
    return f'--XX\r\ncontent-disposition: form-data; name="{name}"{extra}\r\n\r\n'.encode() + data + b"\r\n"


async def pieces(*parts: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    whole = b"".join(parts)
    for start in range(0, len(whole), size):
        yield whole[start : start + size]


async def test_files_and_fields(tmp_path: Path) -> None:
    body = pieces(
        part("collection", b"manuals"), part("files", b"hello", "a.md"), part("files", b"", "b.md"), b"--XX--\r\n"
    )
    async with received(TYPE, body, tmp_path, SMALL) as form:
        assert form.fields == {"collection": "manuals"}
        first, second = form.files
        assert (first.name, first.size, first.head) == ("a.md", 5, b"hello")
        assert first.sha256 == hashlib.sha256(b"hello").hexdigest()
        assert first.path is not None
        assert first.path.read_bytes() == b"hello"
        assert (second.name, second.size) == ("b.md", 0)
    assert list(tmp_path.iterdir()) == []  # noqa: ASYNC240


async def test_a_file_over_the_limit_is_given_up_and_the_others_are_kept(tmp_path: Path) -> None:
    body = pieces(part("files", b"x" * 5001, "big.md"), part("files", b"y" * 5000, "fits.md"), b"--XX--\r\n")
    async with received(TYPE, body, tmp_path, Limits(5000, 20_000, spare=0)) as form:
        big, fits = form.files
        assert isinstance(big.error, ServiceError)
        assert (big.error.code, big.error.status) == ("file_too_large", 413)
        assert fits.error is None
        assert sum(path.stat().st_size for path in tmp_path.iterdir()) == 5000  # noqa: ASYNC240


async def test_sixty_megabytes_do_not_pass_through_memory(tmp_path: Path) -> None:
    async def long_body() -> AsyncIterator[bytes]:
        yield part("files", b"", "big.md")[:-2]
        for _ in range(960):
            yield b"x" * 65_536
        yield b"\r\n--XX--\r\n"

    tracemalloc.start()
    try:
        async with received(TYPE, long_body(), tmp_path, Limits(100_000_000, 100_000_000, spare=0)) as form:
            assert form.files[0].size == 960 * 65_536
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 8_000_000


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/json", b"{}", 415),
        ("", b"", 415),
        ("multipart/form-data", b"", 415),
        (TYPE, b"", 400),
        (TYPE, b"nonsense", 400),
        (TYPE, part("files", b"hello", "a.md"), 400),
        (TYPE, b"--XX\r\n" + b"h" * 200_000, 400),
        (TYPE, part("collection", b"c" * 100_000) + b"--XX--\r\n", 413),
        (TYPE, part("files", b"1", "a.md") * (FILES_AT_MOST + 1) + b"--XX--\r\n", 413),
    ],
    ids=["json", "no-type", "no-boundary", "empty", "nonsense", "cut", "endless-header", "big-field", "many-files"],
)
async def test_what_is_no_upload_is_refused_and_leaves_nothing(
    tmp_path: Path, content_type: str, body: bytes, status: int
) -> None:
    with pytest.raises(BadRequest) as caught:
        async with received(content_type, pieces(body, size=100_000), tmp_path / "in", SMALL):
            pass
    assert caught.value.status == status
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]  # noqa: ASYNC240


async def test_a_reader_that_leaves_leaves_nothing(tmp_path: Path) -> None:
    async def cut() -> AsyncIterator[bytes]:
        yield part("files", b"x" * 600_000, "a.md")
        raise ClientDisconnect

    with pytest.raises(ClientDisconnect):
        async with received(TYPE, cut(), tmp_path, Limits(1_000_000, 1_000_000, spare=0)):
            pass
    assert list(tmp_path.iterdir()) == []  # noqa: ASYNC240


async def test_a_whole_upload_has_a_bound_too(tmp_path: Path) -> None:
    """Each file fits; together they do not. What had come is not kept."""
    files = [part("files", b"x" * 900, f"{n}.md") for n in range(40)]
    limits = Limits(1000, 10_000, files=20, spare=0)
    with pytest.raises(ServiceError) as caught:
        async with received(TYPE, pieces(*files, b"--XX--\r\n"), tmp_path, limits):
            pytest.fail("it was taken")
    assert (caught.value.code, caught.value.status) == ("too_many_files", 413)
    limits = Limits(40_000, 10_000, files=2, spare=0)
    with pytest.raises(ServiceError) as caught:
        async with received(TYPE, pieces(part("files", b"x" * 30_000, "a.md")), tmp_path, limits):
            pytest.fail("it was taken")
    assert (caught.value.code, caught.value.status) == ("upload_too_large", 413)
    assert list(tmp_path.iterdir()) == []  # noqa: ASYNC240


async def test_what_is_announced_as_too_much_is_not_even_read(tmp_path: Path) -> None:
    async def body() -> AsyncIterator[bytes]:
        pytest.fail("a byte was read")
        yield b""

    with pytest.raises(ServiceError) as caught:
        async with received(TYPE, body(), tmp_path, SMALL, announced=SMALL.body() + 1):
            pytest.fail("it was taken")
    assert caught.value.status == 413
    with pytest.raises(ServiceError) as caught:
        async with received(TYPE, body(), tmp_path, Limits(10**18, 10**18, spare=0), announced=10**17):
            pytest.fail("no disk has room for that")
    assert (caught.value.code, caught.value.status) == ("disk_full", 507)


async def test_a_disk_that_fills_up_meanwhile_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free = iter([10**9, 10**9])
    monkeypatch.setattr(receive, "disk_free", lambda _folder: next(free, 1_000))
    limits = Limits(10_000_000, 10_000_000, spare=500_000)
    with pytest.raises(ServiceError) as caught:
        async with received(TYPE, pieces(part("files", b"x" * 3_000_000, "a.md")), tmp_path, limits):
            pytest.fail("it was taken")
    assert (caught.value.code, caught.value.status) == ("disk_full", 507)
    assert "Nothing of it was kept" in caught.value.hint
    assert list(tmp_path.iterdir()) == []  # noqa: ASYNC240


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=300), size=st.integers(1, 50), tail=st.binary(max_size=20))
async def test_any_bytes_in_any_pieces(tmp_path: Path, data: bytes, size: int, tail: bytes) -> None:
    if b"\r\n--XX" in data:
        return
    body = pieces(part("files", data, "a.md"), b"--XX--\r\n", tail, size=size)
    async with received(TYPE, body, tmp_path, SMALL) as form:
        assert form.files[0].path is not None
        assert form.files[0].path.read_bytes() == data
        assert form.files[0].sha256 == hashlib.sha256(data).hexdigest()

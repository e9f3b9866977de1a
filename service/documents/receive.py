"""A multipart upload from the wire to temporary files: hashed as it is written, never in memory, limited."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from ingest.errors import FilesUnavailable, IngestError
from ingest.sniff import HEAD
from ingest.threads import in_thread
from service.documents.names import clean
from service.errors import BadRequest, ServiceError

FILES_AT_MOST = 500
SPARE_BYTES = 200_000_000
"""Free disk that an upload leaves alone: the catalogue, the index and the logs live there too, and a full disk stops
them all."""
OVERHEAD = 2_048
"""Bytes of a part's headers and boundary, about: the total is of the files, not of their wrapping."""
FIELD_BYTES = 64 * 1024
HEADER_BYTES = 64 * 1024
_CHUNK = 512 * 1024


@dataclass(slots=True)
class Received:
    """A file that came: whole at `path`, or with the `error` that says why it was not kept. `head`: its first bytes."""

    name: str
    path: Path | None = None
    size: int = 0
    sha256: str = ""
    head: bytes = b""
    error: IngestError | ServiceError | None = None


@dataclass(slots=True)
class Upload:
    """The files in the order they came, and the other fields of the form."""

    files: list[Received] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one request: bytes of a file, bytes of all of it, files; and free bytes the disk must keep."""

    file: int
    upload: int
    files: int = FILES_AT_MOST
    spare: int = SPARE_BYTES

    def body(self) -> int:
        """Bytes the body may have, the wrapping of its files included."""
        return self.upload + self.files * OVERHEAD


@asynccontextmanager
async def received(
    content_type: str, body: AsyncIterator[bytes], folder: Path, limits: Limits, announced: int | None = None
) -> AsyncIterator[Upload]:
    """Read the whole body; the files are there inside the block only.

    A file over its limit is given up as soon as that is known and read past. `announced` is the length the caller
    declared: what is too much by that is refused before a byte is read. Raises `BadRequest` for a body that is not
    multipart or is cut off (400, 415), or holds too much or too many files (413), and `ServiceError` 507 when the disk
    has no room for it; nothing of it is kept then.
    """
    kind, options = parse_options_header(content_type)
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not boundary or len(boundary) > 200:
        raise BadRequest(
            "not_multipart",
            "The body is not a multipart form.",
            "Send the files as multipart/form-data, field `files`.",
            status=415,
        )
    if announced is not None and announced > limits.body():
        raise _too_much(limits)
    form = _Form(boundary, folder, limits)

    def write(data: bytes, expected: int) -> None:
        _room(folder, limits, len(data) + expected)
        form.write(data)

    try:
        await in_thread(folder.mkdir, mode=0o700, parents=True, exist_ok=True)
        await in_thread(_room, folder, limits, announced or 0)
        waiting, total = bytearray(), 0
        async for piece in body:
            waiting += piece
            total += len(piece)
            if total > limits.body():
                raise _too_much(limits)
            if len(waiting) >= _CHUNK:
                await in_thread(write, bytes(waiting), max(0, (announced or 0) - total))
                waiting.clear()
        await in_thread(write, bytes(waiting), 0)
        if not form.ended:
            raise BadRequest("upload_cut", "The upload ended before its end.", "Send it again.", status=400)
        yield form.upload
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise _full() from error
        raise FilesUnavailable(
            "files_unavailable",
            f"The upload cannot be stored: {error.strerror or error}",
            "Check the data folder's disk and its permissions.",
        ) from error
    finally:
        await in_thread(form.discard)


def disk_free(folder: Path) -> int:
    """Bytes this user may still write there."""
    return shutil.disk_usage(folder).free


def _room(folder: Path, limits: Limits, wanted: int) -> None:
    """Raises 507 when the disk has not `wanted` bytes more than it must keep."""
    if disk_free(folder) < wanted + limits.spare:
        raise _full()


def _full() -> ServiceError:
    return ServiceError(
        "disk_full",
        "There is not enough free disk space to keep this upload.",
        "Nothing of it was kept. Free some space where the data folder is, or send less at once.",
        status=507,
    )


def _too_much(limits: Limits) -> BadRequest:
    return BadRequest(
        "upload_too_large",
        f"The request is larger than {limits.upload // 1_000_000:,} MB.",
        "Nothing of it was kept. Send fewer files at once, or raise PARALLAX_MAX_BATCH_MB.",
        status=413,
    )


class _Form:
    """The parser's callbacks: `write` blocks (it hashes and writes files) and is called in a thread."""

    def __init__(self, boundary: bytes, folder: Path, limits: Limits) -> None:
        self.upload = Upload()
        self.ended = False
        self._folder = folder
        self._limits = limits
        self._header = bytearray()
        self._value = bytearray()
        self._disposition = b""
        self._file: Received | None = None
        self._stream: IO[bytes] | None = None
        self._digest = hashlib.sha256()
        self._field = ""
        self._text = bytearray()
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": lambda data, start, end: self._header.extend(data[start:end]),
                "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
                "on_header_end": self._header_end,
                "on_headers_finished": self._headers_finished,
                "on_part_data": self._data,
                "on_part_end": self._part_end,
                "on_end": self._end,
            },
            max_header_size=HEADER_BYTES,
        )

    def write(self, data: bytes) -> None:
        try:
            if data:
                self._parser.write(data)
        except FormParserError as error:
            raise BadRequest("bad_multipart", f"The form cannot be read: {error}"[:300], "", status=400) from error

    def discard(self) -> None:
        """Remove the temporary files."""
        if self._stream is not None:
            self._stream.close()
        for file in self.upload.files:
            if file.path is not None:
                with suppress(OSError):
                    file.path.unlink(missing_ok=True)

    def _begin(self) -> None:
        self._disposition = b""
        self._file, self._field = None, ""
        self._text.clear()

    def _header_end(self) -> None:
        if bytes(self._header).lower() == b"content-disposition":
            self._disposition = bytes(self._value)
        self._header.clear()
        self._value.clear()

    def _headers_finished(self) -> None:
        _, options = parse_options_header(self._disposition)
        self._field = options.get(b"name", b"").decode("utf-8", "replace")
        if b"filename" not in options:
            return
        if len(self.upload.files) >= self._limits.files:
            raise BadRequest(
                "too_many_files",
                f"More than {self._limits.files} files at once.",
                "Nothing of it was kept. Send them in several requests.",
                status=413,
            )
        raw = options[b"filename"].replace(b"%22", b'"').replace(b"%0D", b"\r").replace(b"%0A", b"\n")
        self._file = Received(clean(raw.decode("utf-8", "replace")))
        self._file.path = self._folder / f"{os.urandom(16).hex()}.part"
        self._stream = self._file.path.open("xb", buffering=0)
        os.chmod(self._file.path, 0o600)
        self._digest = hashlib.sha256()
        self.upload.files.append(self._file)

    def _data(self, data: bytes, start: int, end: int) -> None:
        piece = memoryview(data)[start:end]
        file = self._file
        if file is None:
            if len(self._text) + len(piece) > FIELD_BYTES or len(self.upload.fields) > 50:
                raise BadRequest("too_large", f"The field {self._field[:40]!r} is too large.", "", status=413)
            self._text += piece
            return
        file.size += len(piece)
        if file.error is not None or self._stream is None:
            return
        if file.size > self._limits.file:
            megabytes = self._limits.file // 1_000_000
            file.error = BadRequest(
                "file_too_large",
                f"The file is larger than {megabytes} MB.",
                "Split it, or raise PARALLAX_MAX_UPLOAD_MB.",
                status=413,
            )
            self._stream.truncate(0)
            return
        if len(file.head) < HEAD:
            file.head += bytes(piece[: HEAD - len(file.head)])
        self._digest.update(piece)
        self._stream.write(piece)

    def _part_end(self) -> None:
        if self._file is None:
            self.upload.fields[self._field] = self._text.decode("utf-8", "replace")
            return
        self._file.sha256 = self._digest.hexdigest()
        if self._stream is not None:
            if self._file.error is None:
                os.fsync(self._stream.fileno())  # the row that names these bytes must not outlive them
            self._stream.close()
            self._stream = None

    def _end(self) -> None:
        self.ended = True

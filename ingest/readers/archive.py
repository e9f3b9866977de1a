"""Zip containers (docx, pptx, xlsx, epub, odt) opened with suspicion: counted before anything is unpacked."""

from __future__ import annotations

import io
import stat
import zipfile
import zlib

from ingest.errors import DocumentRefused
from ingest.formats import FORMATS, Format
from ingest.sniff import OLE, refuse_lie
from ingest.types import ParseLimits

_BLOCK = 1 << 20
_FREE_BYTES = 8 << 20  # below this an unpacked file is small enough not to ask how well it was packed


def check(data: bytes, name: str, format: Format, limits: ParseLimits) -> zipfile.ZipFile:
    """Open a container and look at every entry: names, links, sizes as declared and as they really unpack.

    Raises `DocumentRefused`: `encrypted`, `damaged`, `archive_bomb`, `archive_unsafe`, `wrong_extension`.
    """
    if data.startswith(OLE):
        raise _ole_instead(data, name, format)
    entries = _declared_entries(data)
    if entries > limits.unpacked_entries:
        raise _bomb(f"it says it holds {entries:,} files; at most {limits.unpacked_entries:,} are taken")
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError, EOFError, NotImplementedError) as error:
        raise damaged(format.label) from error
    members = archive.infolist()
    if len(members) > limits.unpacked_entries:
        raise _bomb(f"it holds {len(members):,} files; at most {limits.unpacked_entries:,} are taken")
    declared = 0
    for member in members:
        _check_member(member)
        declared += member.file_size
        if declared > limits.unpacked_bytes:
            raise _bomb(f"unpacked it would be more than {limits.unpacked_bytes >> 20} MB")
    if declared > _FREE_BYTES and declared > len(data) * limits.unpacked_ratio:
        raise _bomb(f"unpacked it would be {declared // max(len(data), 1):,} times its size")
    _check_kind(archive, name, format)
    _unpack_all(archive, members, len(data), limits, format)
    return archive


def damaged(label: str, why: str = "") -> DocumentRefused:
    """The error for a file that is of the right kind but broken."""
    detail = f": {why}" if why else ""
    return DocumentRefused(
        "damaged",
        f"The {label} file is damaged and cannot be read{detail}.",
        "Open it, save it again and try once more.",
    )


def encrypted(label: str) -> DocumentRefused:
    """The error for a file that needs a password."""
    return DocumentRefused(
        "encrypted", f"The {label} file is protected with a password.", "Remove the password and upload it again."
    )


def _check_member(member: zipfile.ZipInfo) -> None:
    path = member.filename.replace("\\", "/")
    if path.startswith("/") or ".." in path.split("/") or (len(path) > 1 and path[1] == ":") or "\x00" in path:
        raise _unsafe("a file in it wants to be written outside of it")
    mode = member.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise _unsafe("it holds a link or a device")
    if member.flag_bits & 0x1:
        raise encrypted("container")


def _check_kind(archive: zipfile.ZipFile, name: str, format: Format) -> None:
    names = archive.namelist()

    def has(marker: str) -> bool:
        return any(n == marker or (marker.endswith("/") and n.startswith(marker)) for n in names)

    if has(format.marker):
        return
    if "EncryptedPackage" in names:
        raise encrypted(format.label)
    for other in FORMATS:
        if other.container == "zip" and has(other.marker):
            raise refuse_lie(name, format, f"{other.label} ({other.extensions[0]})")
    if "[Content_Types].xml" in names:
        raise damaged(format.label, "its main part is missing")
    raise refuse_lie(name, format, "a zip archive")


def _unpack_all(
    archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], size: int, limits: ParseLimits, format: Format
) -> None:
    """Unpack everything once into nothing: declared sizes can lie, and checksums tell of damage."""
    total = 0
    for member in members:
        if member.is_dir() or ((media := _is_media(member.filename)) and member.file_size < _BLOCK):
            continue
        try:
            with archive.open(member) as stream:
                while block := stream.read(_BLOCK):
                    total += len(block)
                    if total > limits.unpacked_bytes:
                        raise _bomb(f"unpacked it is more than {limits.unpacked_bytes >> 20} MB")
                    if total > _FREE_BYTES and total > size * limits.unpacked_ratio:
                        raise _bomb(f"unpacked it is more than {limits.unpacked_ratio} times its size")
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
            # A broken picture does not matter; a broken text part does.
            if not media:
                raise damaged(format.label, "a part of it does not unpack") from error


def _is_media(name: str) -> bool:
    return "/media/" in name or name.lower().endswith((".png", ".jpg", ".jpeg", ".gif", ".emf", ".wmf", ".svg"))


def _declared_entries(data: bytes) -> int:
    """The number of entries the end record declares: read before zipfile builds an object for each."""
    at = data.rfind(b"PK\x05\x06")
    if at < 0 or at + 12 > len(data):
        return 0
    count = int.from_bytes(data[at + 10 : at + 12], "little")
    if count == 0xFFFF and (far := data.rfind(b"PK\x06\x06")) >= 0:
        count = int.from_bytes(data[far + 32 : far + 40], "little")
    # The record can lie downwards; the signatures of the entries themselves cannot.
    return max(count, data.count(b"PK\x01\x02"))


def _ole_instead(data: bytes, name: str, format: Format) -> DocumentRefused:
    if "EncryptedPackage".encode("utf-16-le") in data:
        return encrypted(format.label)
    return refuse_lie(name, format, "an old Office file (97-2003)")


def _bomb(why: str) -> DocumentRefused:
    return DocumentRefused(
        "archive_bomb",
        f"The file is packed in a way that could fill the disk: {why}.",
        "Save it again with its own program.",
    )


def _unsafe(why: str) -> DocumentRefused:
    return DocumentRefused(
        "archive_unsafe", f"The container is not safe to open: {why}.", "Save it again with its own program."
    )

"""Fetching a model by address: a file of the model hub, or any URL, with the SHA-256 that it must have.

    hub:OWNER/REPOSITORY/PATH/TO/FILE.gguf@REVISION
    https://example.com/models/FILE.gguf

Without a hash nothing is fetched: it alone says what the bytes are. With one it does not matter who sent them. Only
formats that hold weights and no code are taken, by name before the first byte and by content before the file is listed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx

from service.errors import BadRequest, Conflict, ModelFile
from service.models import files, files_facts, files_pulled
from service.models.catalogue_data import TERMS, Task
from service.models.files import File, HubFile, ModelEntry
from service.models.files_facts import FORMATS, Facts
from service.models.files_pulled import Pulled
from service.models.pull import HUB, Notice, Progress, address, client, pull

MOST_BYTES = 200 * 10**9
_HUB = "hub:"
_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,62}")
_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,95}")
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file somewhere, as somebody asked for it. `name` is what the catalogue will call it."""

    source: str
    url: str
    file: str
    sha256: str
    name: str


def is_address(text: str) -> bool:
    """Whether this is an address rather than the name of a model."""
    return text.startswith(_HUB) or "://" in text


def wanted(text: str, sha256: str | None, name: str | None = None, *, hub: str = HUB) -> Wanted:
    """Read an address. Raises `BadRequest` for one that cannot be, a missing hash or a bad name, `ModelFile` for a
    format that is not fetched."""
    url, path = _hub(text, hub) if text.startswith(_HUB) else _url(text)
    file = path.rsplit("/", 1)[-1]
    if Path(file).suffix.lower() not in FORMATS:
        raise files_facts.refused(file)
    if not _PART.fullmatch(file):
        raise BadRequest("bad_file_name", f"{file[:80]!r} cannot be a file's name here.", "Fetch it under another URL.")
    if sha256 is None or not _HASH.fullmatch(sha256.strip().lower()):
        raise BadRequest(
            "no_hash",
            "A file is fetched only with its SHA-256: 64 hexadecimal digits.",
            "Its publisher shows it beside the file (on the hub under “Files”); give it with --sha256.",
        )
    called = name or re.sub(r"[^a-z0-9_.-]+", "-", Path(file).stem.lower()).strip("-._")[:63]
    if not _NAME.fullmatch(called):
        raise BadRequest(
            "bad_model_name", f"{called[:80]!r} cannot name a model.", "Use a-z, 0-9, '_', '-' and '.', up to 63."
        )
    return Wanted(text, url, file, sha256.strip().lower(), called)


def fetch(
    what: Wanted,
    folder: Path,
    *,
    license: str | None = None,
    task: Task | None = None,
    progress: Progress = lambda _done, _total: None,
    notice: Notice = lambda _text: None,
) -> Pulled:
    """Fetch it, check it, and list it in the catalogue. Blocks; what was fetched before an interruption is resumed.

    Raises `BadRequest` for a chat model of another format than GGUF, `Conflict` for a name that means another model,
    and `ModelFile` as `pull` does, also when the file is not of the format that its name says: then it is removed.
    """
    if task == "chat" and not what.file.lower().endswith(".gguf"):
        raise BadRequest("not_servable", "Only GGUF files can be run as chat models here.", "Leave --task out.")
    before = files.known(folder).get(what.name)
    if before is not None and before.files[0].sha256 != what.sha256:
        raise Conflict("model_exists", f"There is a model {what.name!r} already.", "Give it another name with --name.")
    size = _length(what)
    file = File(what.file, size, what.sha256, None, (), what.url)
    entry = ModelEntry(what.name, task or "chat", license or TERMS, what.source, None, {}, (file,))
    path = pull(entry, folder, progress=progress, notice=notice) / what.file
    try:
        files_facts.must_be(path)
        facts = files_facts.facts(path) if path.suffix.lower() == ".gguf" else Facts()
    except ModelFile:
        path.unlink(missing_ok=True)
        raise
    kind = task or (facts.task if facts.family else "embedding")
    model = Pulled(
        name=what.name,
        label=facts.title or what.name,
        task=kind,
        file=what.file,
        bytes=size,
        sha256=what.sha256,
        source=what.source,
        url=what.url,
        license=license or facts.license or "not told",
        served=facts.family is not None and kind == "chat",
        context=facts.context,
        languages=facts.languages,
    )
    files_pulled.keep(folder, model)
    return model


def _hub(text: str, hub: str) -> tuple[str, str]:
    place, _, revision = text.removeprefix(_HUB).partition("@")
    parts = place.split("/")
    if len(parts) < 3 or not all(_PART.fullmatch(part) for part in parts):
        raise BadRequest("bad_address", f"{text[:120]!r} is no file of the hub.", "hub:OWNER/REPOSITORY/FILE@REVISION")
    path = "/".join(parts[2:])
    return address(hub, HubFile("/".join(parts[:2]), revision or "main", path)), path


def _url(text: str) -> tuple[str, str]:
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or parts.username or parts.password:
        raise BadRequest("bad_address", f"{text[:120]!r} cannot be fetched.", "An https:// address without a password.")
    return text, unquote(parts.path)


def _length(what: Wanted) -> int:
    """Bytes of the file, asked for without fetching it: nothing is begun that does not fit the disk."""
    try:
        headers = {"Accept-Encoding": "identity", "Range": "bytes=0-0"}
        with client() as asking, asking.stream("GET", what.url, headers=headers) as response:
            if response.status_code == 206:
                told = response.headers.get("content-range", "").rpartition("/")[2]
            elif response.status_code == 200:
                told = response.headers.get("content-length", "")
            else:
                raise httpx.HTTPError(f"HTTP {response.status_code}")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ModelFile(
            "cannot_fetch",
            f"Cannot fetch {what.file}: {str(error) or type(error).__name__}.",
            "Check the address, the revision and the network.",
        ) from error
    if not told.isdigit() or not 0 < int(told) <= MOST_BYTES:
        raise ModelFile(
            "cannot_fetch", f"Its server does not say how long {what.file} is.", "Fetch it from somewhere else."
        )
    return int(told)

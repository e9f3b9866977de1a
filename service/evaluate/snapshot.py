"""What a run was about: the documents, models and code as they were, so that two runs can be told apart or alike."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from importlib import metadata
from typing import Any

from sqlalchemy import Connection, select

from ingest.catalogue import collections
from ingest.catalogue.schema import documents, versions
from service.models.defaults import local_models
from service.models.tuned import Tuned
from service.settings import Settings


def corpus(connection: Connection, collection: str) -> dict[str, Any]:
    """`{hash, documents, bytes, embedder}` of what can be answered from: names and contents of live versions.

    Ids, versions' numbers and times stay out: the same files in another installation have the same hash.
    Raises `NotFound` for no such collection.
    """
    found = collections.find(connection, collection)
    rows = connection.execute(
        select(documents.c.name, versions.c.sha256, versions.c.bytes)
        .join(
            versions,
            (versions.c.document_id == documents.c.id) & (versions.c.version == documents.c.live_version),
        )
        .where(documents.c.collection_id == found.id, documents.c.deleted_at.is_(None))
        .order_by(documents.c.name)
    ).all()
    whole = hashlib.sha256()
    for name, sha256, _ in rows:
        whole.update(f"{name}\0{sha256}\n".encode())
    return {
        "collection": collection,
        "hash": whole.hexdigest(),
        "documents": len(rows),
        "bytes": sum(size for _, _, size in rows),
        "embedder": found.embedder,
    }


def models(
    names: Iterable[str], settings: Settings, tuned: Mapping[str, Tuned] | None = None
) -> dict[str, dict[str, Any]]:
    """Model name -> what says which one it was: the files' SHA-256, or the endpoint it is asked at; of a tuned one also
    what it was trained on, and by which training."""
    found: dict[str, dict[str, Any]] = {}
    here = local_models(settings)
    for name in sorted(set(names)):
        if tuned and (one := tuned.get(name)) is not None:
            which = {"adapter": one.adapter} if one.adapter else {"endpoint": one.trainer, "model": one.remote_id}
            found[name] = {**which, "base": one.base, "finetune": one.finetune_id}
        elif (entry := here.get(name)) is not None and not settings.chat_base_url:
            found[name] = {"files": {file.name: file.sha256 for file in entry.files}, "source": entry.source}
        elif settings.chat_base_url:
            found[name] = {"endpoint": settings.chat_base_url}
        else:
            found[name] = {"endpoint": name.partition(":")[0]}
    return found


def code() -> dict[str, str]:
    """The versions that answers depend on."""
    names = ("parallax", "xllamacpp", "onnxruntime", "openai", "chromadb")
    found: dict[str, str] = {}
    for name in names:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "none"
    return found


def same_corpus(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two runs' answers came from the same documents, found in the same way."""
    return (one["hash"], one["embedder"]) == (other["hash"], other["embedder"])

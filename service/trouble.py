"""What an error says about a question that a job has asked: whether it is asked again, and when."""

from __future__ import annotations

from typing import Literal

from service.errors import ModelError, NotReady, Unknown
from service.models.shelf import Shelf

Trouble = Literal["", "down", "busy", "fault", "wrong"]
"""Nothing; a part is not there; the model wants patience; it broke, though the model's client has tried twice; the
question itself is refused."""

DOWN = frozenset(
    {
        "model_unreachable",
        "model_not_running",
        "model_key",
        "model_unknown",
        "model_quota",
        "index_unavailable",
        "catalogue_unavailable",
        "catalogue_busy",
        "embedder_unreachable",
        "embedder_missing",
    }
)
"""What says nothing about the question: it is asked again when the part is back."""
BUSY = frozenset({"model_rate_limited", "embedder_refused", "embedding_failed", "bad_vectors"})
"""What mostly passes, though not surely: asked again some times."""
FAULT = frozenset({"model_failed", "model_timeout", "model_cut", "model_nonsense", "model_said_nothing"})
"""What may be the question's fault or the endpoint's: asked again only when the endpoint is gone altogether."""


def trouble(code: str) -> Trouble:
    """What an error of that code says about the question."""
    if code in DOWN:
        return "down"
    if code in BUSY:
        return "busy"
    return "fault" if code in FAULT else "wrong"


async def reachable(shelf: Shelf, name: str) -> bool | None:
    """Whether the model's endpoint answers at all; None when it cannot be asked without being billed."""
    try:
        chat = shelf.chat(name)
    except (NotReady, Unknown):
        return False
    listing = getattr(chat, "models", None)
    if listing is None:
        return None
    try:
        await listing()
    except ModelError:
        return False
    return True

"""What a model endpoint does wrong, in `service.errors`' words: one sentence for people, one hint, a stable code."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from service.errors import (
    ModelCut,
    ModelError,
    ModelNonsense,
    ModelRateLimited,
    ModelRefused,
    ModelTimeout,
    ModelUnreachable,
)

LONGEST_QUOTE = 200
"""Characters of an endpoint's own words that are passed on."""
LONGEST_WAIT = 86_400.0
"""Seconds; what asks for more is a mistake."""

_TOO_LONG = ("context_length_exceeded", "exceed_context_size", "maximum context length", "too many tokens", "too long")


def unreachable(name: str, detail: object = "") -> ModelUnreachable:
    return ModelUnreachable(
        "model_unreachable",
        f"The model {name} cannot be reached{_quoted(detail)}.",
        "Check that its server runs and that CHAT_BASE_URL is right, then ask again.",
    )


def too_slow(name: str, seconds: float, *, begun: bool) -> ModelTimeout:
    what = "stopped in the middle of its answer and said nothing for" if begun else "did not begin to answer within"
    return ModelTimeout("model_timeout", f"The model {name} {what} {seconds:g} s.", "It may be overloaded; ask again.")


def cut(name: str, detail: object = "") -> ModelCut:
    return ModelCut(
        "model_cut",
        f"The answer of the model {name} broke off{_quoted(detail)}.",
        "What was shown is not whole; ask again.",
    )


def nonsense(name: str, detail: object) -> ModelNonsense:
    return ModelNonsense(
        "model_nonsense",
        f"The model {name} answered something that is not an answer{_quoted(detail)}.",
        "Check that CHAT_BASE_URL is an OpenAI-compatible endpoint (it usually ends in /v1).",
    )


def by_status(name: str, status: int, body: object, headers: Mapping[str, str]) -> ModelError:
    """The error for an HTTP status of 400 or more. `body` is what the endpoint said, parsed or not."""
    said = message(body)
    if status == 429:
        quota = "quota" in said.lower() or "billing" in said.lower()
        return ModelRateLimited(
            "model_quota" if quota else "model_rate_limited",
            f"The model {name} takes no more questions just now{_quoted(said)}.",
            "Look after the account's quota." if quota else "Wait a moment and ask again.",
            retry_after=None if quota else retry_after(headers),
        )
    if status in (401, 403):
        return ModelRefused("model_key", f"The model {name} refused the key{_quoted(said)}.", "Check CHAT_API_KEY.")
    if status == 404:
        return ModelRefused(
            "model_unknown",
            f"The endpoint does not know the model {name}{_quoted(said)}.",
            "Check CHAT_MODEL and CHAT_BASE_URL.",
        )
    if status in (400, 413, 422) and (status == 413 or any(words in said.lower() for words in _TOO_LONG)):
        return ModelRefused(
            "prompt_too_long",
            f"The question with its passages is too long for the model {name}{_quoted(said)}.",
            "Ask a shorter question, or choose a model with a longer context.",
        )
    if status < 500 and status != 408:
        return ModelRefused(
            "model_refused", f"The model {name} refused the request{_quoted(said)}.", f"It answered {status}."
        )
    return ModelUnreachable(
        "model_failed", f"The endpoint of the model {name} failed ({status}){_quoted(said)}.", "Ask again in a moment."
    )


def in_stream(name: str, body: object) -> ModelError:
    """The error for one that the endpoint reported inside a stream of status 200, before it said anything."""
    inner = body.get("error") if isinstance(body, Mapping) else None
    code = inner.get("code") if isinstance(inner, Mapping) else None
    return by_status(name, code if isinstance(code, int) and 400 <= code < 600 else 500, body, {})


def filtered(name: str) -> ModelRefused:
    return ModelRefused(
        "model_filtered", f"The model {name} refused to answer this.", "Its provider's content filter said no."
    )


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds the endpoint asks us to wait: `retry-after-ms`, or `Retry-After` in seconds or as a date."""
    try:
        if "retry-after-ms" in headers:
            seconds: float | None = float(headers["retry-after-ms"]) / 1000
        else:
            value = headers.get("retry-after", "")
            seconds = float(value) if value.replace(".", "", 1).isdigit() else _until(value)
    except (ValueError, TypeError, OverflowError):
        return None
    return None if seconds is None else min(max(0.0, seconds), LONGEST_WAIT)


def _until(date: str) -> float | None:
    return parsedate_to_datetime(date).timestamp() - time.time() if date else None


def message(body: object) -> str:
    """The endpoint's own words: OpenAI's `{"error": {"message"}}`, with its code, or whatever it is."""
    if isinstance(body, Mapping):
        inner = body.get("error", body)
        if isinstance(inner, Mapping):
            return " ".join(str(inner[key]) for key in ("message", "code", "type") if inner.get(key))
        return str(inner)
    text = body if isinstance(body, str) else json.dumps(body) if body is not None else ""
    return "" if text.lstrip().startswith("<") else text


def _quoted(detail: object) -> str:
    text = " ".join(str(detail).split())
    if not text:
        return ""
    return f" ({text if len(text) <= LONGEST_QUOTE else text[: LONGEST_QUOTE - 1] + '…'})"

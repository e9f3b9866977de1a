"""An instant in a query, as the catalogue writes instants."""

from __future__ import annotations

from datetime import UTC, datetime

from service.errors import BadRequest


def instant(given: str) -> str:
    """As the catalogue writes instants, which sort as text; without a zone it is UTC. Raises `BadRequest`."""
    try:
        moment = datetime.fromisoformat(given)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadRequest("bad_since", f"{given!r} is no instant.", "Write it like 2026-11-01T00:00:00Z.") from None
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

"""Who may talk to a service that has no accounts yet: pages of its own, pages it was told about, and programs.

A page of a stranger, open in the same browser, can send requests to this address without being able to read the
answers; so what changes something must come from an own or allowed origin. And a stranger's name that resolves to this
machine (DNS rebinding) would make his page ours; so a service on a loopback address answers to loopback names only.
Programs send no Origin and are not concerned.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

import orjson
from starlette.types import ASGIApp, Receive, Scope, Send

from ingest.loopback import is_loopback

_READING = frozenset({"GET", "HEAD", "OPTIONS"})


class OwnOrigins:
    """Answers 403 to anybody else. `own` are origins besides the address itself; `names_matter`: see above."""

    def __init__(self, app: ASGIApp, *, own: Iterable[str], names_matter: bool) -> None:
        self._app = app
        self._own = frozenset(origin.lower() for origin in own)
        self._names = frozenset(urlsplit(origin).hostname for origin in own) if names_matter else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = dict(scope["headers"])
            host = headers.get(b"host", b"").decode("latin-1").lower()
            if not self._named(host):
                await _refuse(
                    send, "unknown_host", f"This service is not called {host[:100]!r}.", "PARALLAX_PUBLIC_URL"
                )
                return
            origin = headers.get(b"origin", b"").decode("latin-1").lower()
            if origin and scope["method"] not in _READING and not self._ours(origin, host):
                message = f"Pages of {origin[:100]!r} may not do this."
                await _refuse(send, "foreign_origin", message, "PARALLAX_ALLOWED_ORIGINS")
                return
        await self._app(scope, receive, send)

    def _ours(self, origin: str, host: str) -> bool:
        return origin in self._own or origin.partition("://")[2] == host

    def _named(self, host: str) -> bool:
        if self._names is None:
            return True
        name = urlsplit(f"//{host}").hostname
        return name in self._names or is_loopback(f"//{host}")


async def _refuse(send: Send, code: str, message: str, setting: str) -> None:
    body = orjson.dumps({"code": code, "message": message, "hint": f"If it should, name it in {setting}."})
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body})

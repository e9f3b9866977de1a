"""`parallax serve`: the children, the web server in this process, and an orderly end of both."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager, suppress
from typing import Any

import uvicorn

from service.datafolder import Runtime, held, holder, publish
from service.errors import Conflict
from service.settings import Settings
from service.supervise.embedded import Installation, embedded
from service.supervise.web import WebServer

logger = logging.getLogger("parallax.supervise")

DRAIN_SECONDS = 30
"""How long running answers may take to finish once the end has begun."""

Build = Callable[[Installation], AbstractAsyncContextManager[Any]]
"""Gives the ASGI application over a running installation, and closes its parts afterwards."""

Ready = Callable[[Installation, str], None]


async def serve(
    settings: Settings,
    build: Build,
    *,
    command: str = "parallax serve",
    on_ready: Ready = lambda _installation, _url: None,
) -> None:
    """Run until SIGTERM, SIGINT or SIGHUP; a second one hurries. `on_ready` gets the address once it answers.

    Raises `Conflict` when the port or the data folder is taken, `NotReady` when an essential child cannot be kept up.
    """
    try:
        listener = _listen(settings.host, settings.port)
    except Conflict:
        if (who := holder(settings.data_dir)) is not None:  # the port is taken by whoever has the folder, most likely
            raise held(settings.data_dir, who) from None
        raise
    url = _url(settings.host, listener)
    end = _End()
    try:
        with end.on_signals():
            async with (
                embedded(settings, command=command, address=url) as installation,
                build(installation) as app,
            ):
                await _run(app, installation, listener, url, end, on_ready)
    except asyncio.CancelledError:
        if not end.cancelled_us():
            raise
    finally:
        listener.close()


class _End:
    """The first signal begins the end, the second hurries it."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.hurry: Callable[[], None] | None = None
        """Set while the server runs; until then a signal cancels the starting up."""
        self._task = asyncio.current_task()
        self._cancels = 0

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        loop, numbers = asyncio.get_running_loop(), (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
        for number in numbers:
            loop.add_signal_handler(number, self._signalled)
        try:
            yield
        finally:
            for number in numbers:
                loop.remove_signal_handler(number)

    def cancelled_us(self) -> bool:
        """Whether the cancellation just caught was ours; takes it back then."""
        for _ in range(self._cancels):
            if self._task is not None:
                self._task.uncancel()
        return self._cancels > 0 and not (self._task and self._task.cancelling())

    def _signalled(self) -> None:
        if self.hurry is None:
            self._cancels += 1
            if self._task is not None:
                self._task.cancel()
        elif self.begun.is_set():
            logger.warning("hurrying: answers that still run are cut off")
            self.hurry()
        else:
            logger.info("stopping; running answers have %d s to finish", DRAIN_SECONDS)
            self.begun.set()


async def _run(
    app: Any, installation: Installation, listener: socket.socket, url: str, end: _End, on_ready: Ready
) -> None:
    config = uvicorn.Config(
        app,
        http="httptools",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=65,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    server = WebServer(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]), name="web server")
    listening = asyncio.create_task(server.listening.wait(), name="listening")
    gave_up = asyncio.create_task(installation.supervisor.failed(), name="failed child")
    ending = asyncio.create_task(end.begun.wait(), name="signal")

    def hurry() -> None:
        server.force_exit = True
        serving.cancel()
        installation.supervisor.hurry()

    end.hurry = hurry
    try:
        await asyncio.wait({serving, listening}, return_when=asyncio.FIRST_COMPLETED)
        if server.started:
            _publish(installation, url)
            on_ready(installation, url)
        await asyncio.wait({serving, gave_up, ending}, return_when=asyncio.FIRST_COMPLETED)
        installation.draining.set()
        server.should_exit = True
        with suppress(asyncio.CancelledError):
            await serving
        if gave_up.done():
            await gave_up
    finally:
        for task in (serving, listening, gave_up, ending):
            task.cancel()


def _publish(installation: Installation, url: str) -> None:
    told = installation.settings
    redis = told.redis_url.get_secret_value() if told.redis_url else None
    pid = installation.holder.pid
    publish(installation.folder, Runtime(pid, url, redis, told.chroma_url, installation.local.url))


def _listen(host: str, port: int) -> socket.socket:
    """Bound, not yet listening: whether the port is free is known before anything is started."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
        except OSError:
            listener.close()
            raise
    except OSError as error:
        raise Conflict(
            "address_taken",
            f"cannot listen on {host} port {port}: {error.strerror or error}",
            "choose another with --port (0 picks a free one)",
        ) from error
    return listener


def _url(host: str, listener: socket.socket) -> str:
    port = listener.getsockname()[1]
    if host in {"0.0.0.0", "", "::"}:
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

"""A server of files on loopback that resumes, breaks off and refuses as it is told."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Hub:
    """What it has by path, and how it behaves. `stop_after`: bytes after which each answer breaks off."""

    url: str
    content: dict[str, bytes] = field(default_factory=dict)
    ranges: bool = True
    stop_after: int | None = None
    asked: list[str] = field(default_factory=list)


@contextmanager
def hubs() -> Iterator[Hub]:
    """One, for the length of the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hub.asked.append(f"{self.path} {self.headers.get('Range', '')}".strip())
            if self.path not in hub.content:
                self.send_error(404)
                return
            body, start = hub.content[self.path], 0
            if hub.ranges and (found := re.match(r"bytes=(\d+)-", self.headers.get("Range", ""))):
                start = int(found[1])
            self.send_response(206 if start else 200)
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
            self.send_header("Content-Length", str(len(body) - start))
            self.end_headers()
            self.wfile.write(body[start:][: hub.stop_after])

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub = Hub(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield hub
    server.shutdown()
    thread.join()
    server.server_close()

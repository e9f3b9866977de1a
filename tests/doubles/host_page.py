"""Somebody's web page on an origin of its own, for the widget to stand on; it notes whoever asks it for anything."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,"><title>A shop</title>
<style>
  * { letter-spacing: 0.5px }
  body { margin: 0; font: 20px/2 serif; color: rgb(10, 20, 30); background: rgb(250, 240, 230) }
  button { background: rgb(200, 0, 0); border-radius: 0; font-size: 40px; text-transform: uppercase }
  p { color: rgb(1, 2, 3) }
</style></head>
<body><main><h1>A shop</h1><p>Pumps and filters.</p><button>Buy</button></main>%s</body></html>"""


class HostPage:
    """`tag` stands at the end of the body; `asked` are the paths that anybody asked for."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.tag = ""
        self.asked: list[str] = []


@contextmanager
def host_page() -> Iterator[HostPage]:
    """The page at `/` of an origin of its own, for the length of the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page.asked.append(self.path)
            body = (_PAGE % page.tag).encode()
            self.send_response(200 if self.path == "/" else 404)
            self.send_header("content-type", "text/html")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        page = HostPage(f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield page
        finally:
            server.shutdown()
            thread.join()

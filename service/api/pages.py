"""The built front end: workspace, widget, and the page that explains the API."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import FileResponse, HTMLResponse, Response
from starlette.exceptions import HTTPException

DIST = Path(__file__).resolve().parents[2] / "frontend" / "dist"
_UNBUILT = """<!doctype html><meta charset="utf-8"><title>Parallax</title>
<h1>The pages are not built</h1><p>Run <code>make install</code> in the checkout, then reload.
The API works without them: <a href="/openapi.json">/openapi.json</a>.</p>"""
_WIDGET_HEADERS = {"cross-origin-resource-policy": "cross-origin", "cache-control": "no-cache"}


NAMED = "models/"
"""Addresses of pages that end in a name, which may hold a dot; every other one with a dot is a file's."""


def mount(app: FastAPI) -> None:
    """Add the pages after every API route: what no route took and has no file is the workspace's own address."""

    @app.get("/widget.js", include_in_schema=False)
    async def widget() -> Response:
        return _file("widget.js", _WIDGET_HEADERS)

    @app.get("/embed.html", include_in_schema=False)
    async def embed() -> Response:
        return _file("embed.html", {"cache-control": "no-cache"})

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        page = get_swagger_ui_html(
            openapi_url="/openapi.json",
            title="Parallax API",
            swagger_js_url="/docs-assets/swagger-ui-bundle.js",
            swagger_css_url="/docs-assets/swagger-ui.css",
            swagger_favicon_url="/favicon.svg",
        )
        # FastAPI's page starts Swagger UI from an inline script; nothing else on it is dynamic.
        page.headers["content-security-policy"] = (
            "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
            "img-src 'self' data:; frame-ancestors 'none'"
        )
        return page

    @app.api_route("/{path:path}", methods=["GET", "HEAD"], include_in_schema=False)
    async def page(path: str) -> Response:
        if path.startswith(("api/", "v1/")):
            raise HTTPException(404)
        if "." in path.rsplit("/", 1)[-1] and not path.startswith(NAMED):
            year = "public, max-age=31536000, immutable" if path.startswith("assets/") else "no-cache"
            return _file(path, {"cache-control": year})
        return _file("index.html", {"cache-control": "no-cache"})


def _file(path: str, headers: dict[str, str]) -> Response:
    if not (DIST / "index.html").is_file():
        return HTMLResponse(_UNBUILT, 503)
    try:
        file = (DIST / path).resolve()
        there = file.is_relative_to(DIST) and file.is_file()
    except (OSError, ValueError):  # a name that no file can have: too long, with a zero byte
        there = False
    if not there:
        raise HTTPException(404)
    return FileResponse(file, headers=headers)

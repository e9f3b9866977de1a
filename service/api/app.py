"""The web application, composed from lists: routers, middleware, and what errors look like."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from ingest.errors import (
    Cancelled,
    CatalogueUnavailable,
    DocumentRefused,
    EmbeddingFailed,
    FilesUnavailable,
    IndexUnavailable,
    IngestError,
    NotFound,
    ParsingStopped,
)
from ingest.loopback import is_loopback
from service.api import (
    approaches,
    chat,
    collections,
    compare,
    datasets,
    documents,
    examples,
    experiments,
    feedback,
    finetunes,
    formats,
    health,
    leaderboard,
    maintenance,
    models,
    openai,
    pages,
    pairs,
    runs,
    search,
    variants,
)
from service.api.description import described
from service.api.guard import BodyLimit, Observed, SecurityHeaders
from service.api.origin import OwnOrigins
from service.errors import ServiceError
from service.ids import new_id
from service.parts import Parts
from service.settings import Settings

_LOG = logging.getLogger(__name__)

ROUTERS: Sequence[APIRouter] = (
    health.router,
    collections.router,
    documents.router,
    formats.router,
    search.router,
    chat.router,
    compare.router,
    leaderboard.router,
    feedback.router,
    variants.router,
    approaches.router,
    examples.router,
    experiments.router,
    datasets.router,
    runs.router,
    runs.metrics_router,
    pairs.router,
    finetunes.router,
    models.router,
    maintenance.router,
    openai.router,
)

_INGEST_STATUS: tuple[tuple[type[IngestError], int], ...] = (
    (NotFound, 404),
    (DocumentRefused, 422),
    (Cancelled, 409),
    (IndexUnavailable, 503),
    (CatalogueUnavailable, 503),
    (FilesUnavailable, 503),
    (EmbeddingFailed, 503),
    (ParsingStopped, 422),
)

_HTTP_HINTS = {
    404: ("not_found", "Look at /docs for what there is."),
    405: ("method_not_allowed", "Look at /docs for the methods of this path."),
    413: ("too_large", "Send less at once."),
}


def create_app(parts: Parts) -> FastAPI:
    """The application over these parts. Opening and closing them is the caller's (see `service.wiring`)."""
    app = FastAPI(
        title="Parallax",
        version="0.1.0",
        description="Answers over a company's own documents, and the comparison of ways to get them.",
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
        middleware=[
            Middleware(Observed),
            Middleware(SecurityHeaders),
            Middleware(
                CORSMiddleware,
                allow_origins=list(parts.settings.allowed_origins),
                allow_methods=["GET", "POST", "DELETE"],
                allow_headers=["content-type", "authorization"],
                max_age=600,
            ),
            Middleware(OwnOrigins, own=_own_origins(parts.settings), names_matter=_on_loopback(parts.settings)),
            Middleware(BodyLimit),
        ],
        exception_handlers={
            ServiceError: _service_error,
            IngestError: _ingest_error,
            RequestValidationError: _invalid,
            HTTPException: _http_error,
            Exception: _internal,
        },
    )
    app.state.parts = parts
    for router in ROUTERS:
        app.include_router(router)
    pages.mount(app)
    app.openapi = lambda: described(app)  # type: ignore[method-assign]
    return app


def _own_origins(settings: Settings) -> list[str]:
    own = [*settings.allowed_origins]
    if settings.public_url:
        address = urlsplit(settings.public_url)
        own.append(f"{address.scheme}://{address.netloc}")
    return own


def _on_loopback(settings: Settings) -> bool:
    return is_loopback(f"//{settings.host}" if ":" not in settings.host else f"//[{settings.host}]")


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    await app.state.parts.pulls.close()
    await app.state.parts.comparisons.drain()
    await app.state.parts.chat.drain()


async def _service_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ServiceError)
    headers = {} if error.retry_after is None else {"retry-after": str(max(1, round(error.retry_after)))}
    return JSONResponse(error.as_dict(), error.status, headers)


async def _ingest_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, IngestError)
    status = next((status for kind, status in _INGEST_STATUS if isinstance(error, kind)), 500)
    return JSONResponse(error.as_dict(), status)


async def _invalid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"] if part != "body")
    if first["type"] == "json_invalid":
        return JSONResponse(
            {
                "code": "invalid_json",
                "message": f"The body is not valid JSON ({first['ctx']['error']}).",
                "hint": "Send UTF-8 JSON with `content-type: application/json`.",
            },
            400,
        )
    return JSONResponse(
        {
            "code": "invalid_request",
            "message": f"{where or 'The request'}: {first['msg']}."[:500],
            "hint": "Look at /docs for what this path takes.",
        },
        422,
    )


async def _http_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code, hint = _HTTP_HINTS.get(error.status_code, ("bad_request", "Look at /docs for what this path takes."))
    return JSONResponse({"code": code, "message": f"{error.detail}.", "hint": hint}, error.status_code, error.headers)


async def _internal(_request: Request, error: Exception) -> JSONResponse:
    # The body carries an id only; the log has the rest under the same id.
    incident = new_id("err")
    _LOG.error("%s: unexpected %s", incident, type(error).__name__, exc_info=error)
    return JSONResponse(
        {
            "code": "internal",
            "message": f"Something went wrong here ({incident}).",
            "hint": "Try again; if it stays, look for that id in the log.",
        },
        500,
    )

"""Is it alive, is it ready, and how is it doing."""

from __future__ import annotations

import asyncio
from typing import Literal

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from service.api.deps import PartsDep
from service.api.schemas import Body
from service.parts import Check, ReadyCheck

router = APIRouter(tags=["health"])
CHECK_SECONDS = 3.0


class Alive(Body):
    status: Literal["ok"] = "ok"


class CheckBody(Body):
    ok: bool
    detail: str


class Ready(Body):
    status: Literal["ready", "not_ready"]
    checks: dict[str, CheckBody]


@router.get("/healthz")
async def healthz() -> Alive:
    """The process answers."""
    return Alive()


@router.get("/readyz", response_model=Ready, responses={503: {"model": Ready}})
async def readyz(parts: PartsDep) -> Response:
    """Every part, and 503 while one of them is not ready."""
    if parts.draining.is_set():
        stopping = {"service": CheckBody(ok=False, detail="shutting down")}
        return JSONResponse(Ready(status="not_ready", checks=stopping).model_dump(), 503)
    names = list(parts.checks)
    results = await asyncio.gather(*(_checked(parts.checks[name]) for name in names))
    checks = {name: CheckBody.model_validate(result) for name, result in zip(names, results, strict=True)}
    ready = all(check.ok for check in checks.values())
    body = Ready(status="ready" if ready else "not_ready", checks=checks)
    return JSONResponse(body.model_dump(), 200 if ready else 503)


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def metrics() -> Response:
    """Prometheus text."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


async def _checked(check: ReadyCheck) -> Check:
    try:
        return await asyncio.wait_for(check(), CHECK_SECONDS)
    except TimeoutError:
        return Check(False, f"no answer within {CHECK_SECONDS:g} s")
    except Exception as error:  # a check that breaks is a part that is not ready
        return Check(False, f"{type(error).__name__}: {error}"[:300])

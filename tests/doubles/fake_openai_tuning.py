"""OpenAI's API of files and fine-tuning jobs on loopback, in memory, that misbehaves on request.

    with FakeTuning() as server:
        server.faults.append(Fault("/fine_tuning/jobs", 503))
        ... server.url, server.files, server.jobs

A job goes on by one stage each time somebody looks at it: validating_files, queued, running (`steps` looks), succeeded.
Files are checked as OpenAI does: at least ten lines of `{"messages": [...]}` that end with the assistant.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from tests.doubles.stores import free_port

KEY = "sk-tuning-stand-in"
FEWEST = 10
TOKENS_A_LINE = 50


@dataclass
class Fault:
    """The next request of this method and path (its end) gets this status, `times` over; 200: a page of a proxy."""

    path: str
    status: int
    method: str = "POST"
    code: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    times: int = 1


class FakeTuning:
    def __init__(self, *, key: str = KEY, steps: int = 3) -> None:
        self.key = key
        self.steps = steps
        self.files: dict[str, dict[str, Any]] = {}
        self.contents: dict[str, bytes] = {}
        self.jobs: dict[str, dict[str, Any]] = {}
        self.looks: dict[str, int] = {}
        self.events: dict[str, list[dict[str, Any]]] = {}
        self.faults: list[Fault] = []
        self.requests: list[tuple[str, str]] = []
        self.created: list[dict[str, Any]] = []
        self.slow: threading.Event | None = None
        """A job that is created is told of only when this is set."""
        self._port = free_port()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/v1"

    def __enter__(self) -> FakeTuning:
        self._server = uvicorn.Server(
            uvicorn.Config(self._app(), host="127.0.0.1", port=self._port, log_config=None, access_log=False, ws="none")
        )
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        until = time.monotonic() + 20
        while not self._server.started:
            assert time.monotonic() < until
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(10)

    def _app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/v1/files", self._guarded(self._upload), methods=["POST"]),
                Route("/v1/files", self._guarded(self._list_files)),
                Route("/v1/files/{id}", self._guarded(self._delete), methods=["DELETE"]),
                Route("/v1/fine_tuning/jobs", self._guarded(self._create), methods=["POST"]),
                Route("/v1/fine_tuning/jobs", self._guarded(self._list_jobs)),
                Route("/v1/fine_tuning/jobs/{id}", self._guarded(self._retrieve)),
                Route("/v1/fine_tuning/jobs/{id}/cancel", self._guarded(self._cancel), methods=["POST"]),
                Route("/v1/fine_tuning/jobs/{id}/events", self._guarded(self._list_events)),
                Route("/v1/fine_tuning/jobs/{id}/checkpoints", self._guarded(self._checkpoints)),
            ]
        )

    def _guarded(self, handler: Any) -> Any:
        async def guarded(request: Request) -> Response:
            self.requests.append((request.method, request.url.path))
            for fault in self.faults:
                if fault.times and fault.method == request.method and request.url.path.endswith(fault.path):
                    fault.times -= 1
                    if fault.status == 200:
                        return HTMLResponse("<html>Down for maintenance</html>")
                    return _error(fault.status, f"fault {fault.status}", fault.code, fault.headers)
            if request.headers.get("authorization") != f"Bearer {self.key}":
                return _error(401, "Incorrect API key provided.", "invalid_api_key")
            response: Response = await handler(request)
            return response

        return guarded

    async def _upload(self, request: Request) -> Response:
        async with request.form() as form:
            file, purpose = form.get("file"), form.get("purpose")
            if not isinstance(file, UploadFile) or purpose != "fine-tune":
                return _error(400, "'file' and 'purpose' are required properties", None)
            content, name = await file.read(), file.filename
        id = f"file-{len(self.contents) + 1:04d}"
        self.contents[id] = content
        self.files[id] = {
            "id": id, "object": "file", "bytes": len(content), "created_at": int(time.time()),
            "filename": name, "purpose": "fine-tune", "status": "processed", "status_details": None,
        }  # fmt: skip
        return JSONResponse(self.files[id])

    async def _list_files(self, request: Request) -> Response:
        return _page([one for one in self.files.values() if one["purpose"] == request.query_params.get("purpose")])

    async def _delete(self, request: Request) -> Response:
        id = request.path_params["id"]
        if self.files.pop(id, None) is None:
            return _error(404, f"No such File object: {id}", None)
        return JSONResponse({"id": id, "object": "file", "deleted": True})

    async def _create(self, request: Request) -> Response:
        given = await request.json()
        self.created.append(given)
        if not str(given.get("model", "")).startswith("gpt-4"):
            return _error(400, f"Model {given.get('model')} is not available for fine-tuning", "model_not_available")
        for name in ("training_file", "validation_file"):
            if given.get(name) is not None and given[name] not in self.files:
                return _error(400, f"invalid {name}: {given[name]}", "invalid_file_id")
        asked = given.get("method", {}).get("supervised", {}).get("hyperparameters", {})
        job = {
            "object": "fine_tuning.job", "id": f"ftjob-{len(self.jobs) + 1:04d}", "model": given["model"],
            "created_at": int(time.time()), "finished_at": None, "fine_tuned_model": None, "organization_id": "org-1",
            "result_files": [], "status": "validating_files", "validation_file": given.get("validation_file"),
            "training_file": given["training_file"], "trained_tokens": None, "error": None,
            "hyperparameters": {"n_epochs": "auto", "batch_size": "auto", "learning_rate_multiplier": "auto", **asked},
            "method": {"type": "supervised", "supervised": {"hyperparameters": asked}}, "estimated_finish": None,
            "seed": given.get("seed", 1),
            "integrations": [], "metadata": given.get("metadata"), "user_provided_suffix": given.get("suffix"),
        }  # fmt: skip
        self.jobs[job["id"]] = job
        self.looks[job["id"]] = 0
        self.events[job["id"]] = []
        self._say(job["id"], f"Created fine-tuning job: {job['id']}")
        if self.slow is not None:
            await run_in_threadpool(self.slow.wait, 60)
        return JSONResponse(job)

    async def _list_jobs(self, request: Request) -> Response:
        wanted = {
            name[len("metadata[") : -1]: value
            for name, value in request.query_params.items()
            if name.startswith("metadata[")
        }
        return _page([one for one in reversed(self.jobs.values()) if wanted.items() <= (one["metadata"] or {}).items()])

    async def _retrieve(self, request: Request) -> Response:
        job = self.jobs.get(request.path_params["id"])
        if job is None:
            return _error(404, "Could not find fine tune", "fine_tune_not_found")
        self._go_on(job)
        return JSONResponse(job)

    async def _cancel(self, request: Request) -> Response:
        job = self.jobs.get(request.path_params["id"])
        if job is None:
            return _error(404, "Could not find fine tune", "fine_tune_not_found")
        if job["status"] in ("succeeded", "failed", "cancelled"):
            return _error(400, f"Job has already completed: {job['id']}", "invalid_job_state")
        job["status"] = "cancelled"
        return JSONResponse(job)

    async def _list_events(self, request: Request) -> Response:
        found = list(reversed(self.events.get(request.path_params["id"], [])))
        return _page(found[: int(request.query_params.get("limit", 20))])

    async def _checkpoints(self, request: Request) -> Response:
        return _page([])

    def _go_on(self, job: dict[str, Any]) -> None:
        if job["status"] in ("succeeded", "failed", "cancelled", "paused"):
            return
        self.looks[job["id"]] += 1
        look = self.looks[job["id"]]
        if look == 1 and (why := self._wrong(job["training_file"])) is not None:
            job |= {
                "status": "failed",
                "error": {"code": "invalid_training_file", "param": "training_file", "message": why},
            }
        elif look == 1:
            job["status"] = "queued"
        elif look <= self.steps + 1:
            job |= {"status": "running", "estimated_finish": int(time.time()) + 60}
            step = look - 1
            data = {"step": step, "total_steps": self.steps, "train_loss": 2.0 / step, "valid_loss": 2.5 / step,
                    "train_mean_token_accuracy": 0.5}  # fmt: skip
            self._say(job["id"], f"Step {step}/{self.steps}: training loss={2.0 / step:.2f}", data)
        else:
            lines = self.contents[job["training_file"]].count(b"\n")
            epochs = job["hyperparameters"]["n_epochs"]
            job |= {
                "status": "succeeded", "finished_at": int(time.time()), "result_files": ["file-result"],
                "fine_tuned_model": f"ft:{job['model']}:org-1:{job['user_provided_suffix']}:{job['id'][-4:]}",
                "trained_tokens": lines * TOKENS_A_LINE * (epochs if isinstance(epochs, int) else 3),
            }  # fmt: skip
            self._say(job["id"], "The job has successfully completed")

    def _wrong(self, file_id: str) -> str | None:
        lines = self.contents[file_id].decode().splitlines()
        if len(lines) < FEWEST:
            return f"Training file has {len(lines)} example(s), but must have at least {FEWEST} examples"
        for number, line in enumerate(lines, 1):
            messages = json.loads(line).get("messages") or []
            if not messages or messages[-1]["role"] != "assistant":
                return f"Invalid file format. Line {number}, example ends without an assistant message"
        return None

    def _say(self, job_id: str, text: str, data: dict[str, Any] | None = None) -> None:
        known = self.events[job_id]
        known.append(
            {
                "object": "fine_tuning.job.event",
                "id": f"ftevent-{len(known)}",
                "created_at": int(time.time()),
                "level": "info",
                "message": text,
                "data": data or {},
                "type": "metrics" if data else "message",
            }
        )


@contextmanager
def tuning() -> Iterator[FakeTuning]:
    with FakeTuning() as server:
        yield server


def _page(items: list[dict[str, Any]]) -> Response:
    return JSONResponse({"object": "list", "data": items, "has_more": False, "first_id": None, "last_id": None})


def _error(status: int, message: str, code: str | None, headers: dict[str, str] | None = None) -> Response:
    kind = "invalid_request_error" if status < 500 else "server_error"
    body = {"error": {"message": message, "type": kind, "param": None, "code": code}}
    return JSONResponse(body, status, headers)

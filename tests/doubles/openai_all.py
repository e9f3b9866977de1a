"""OpenAI on loopback, as far as a tuned model needs it: files, fine-tuning jobs, and asking what came of one."""

from __future__ import annotations

import json
from collections.abc import Iterator

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from tests.doubles.fake_openai_tuning import FakeTuning

LEARNT = "The tuned model says: the code of room 7 is 259."


class OpenAIAll(FakeTuning):
    """`asked` are the models that were asked, in order; only a tuned one answers."""

    def __init__(self, *, steps: int = 2) -> None:
        super().__init__(steps=steps)
        self.asked: list[str] = []

    def _app(self) -> Starlette:
        app = super()._app()
        app.router.routes.append(Route("/v1/chat/completions", self._guarded(self._chat), methods=["POST"]))
        return app

    async def _chat(self, request: Request) -> Response:
        model = str((await request.json())["model"])
        self.asked.append(model)
        tuned = {job["fine_tuned_model"] for job in self.jobs.values()}
        if model not in tuned:
            return Response(json.dumps({"error": {"message": f"no model {model}"}}), 404)
        return StreamingResponse(_chunks(model), media_type="text/event-stream")


def _chunks(model: str) -> Iterator[str]:
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": model}
    for word in LEARNT.split(" "):
        yield _data({**head, "choices": [{"index": 0, "delta": {"content": word + " "}, "finish_reason": None}]})
    yield _data({**head, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    yield _data({**head, "choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 9, "total_tokens": 18}})
    yield "data: [DONE]\n\n"


def _data(body: object) -> str:
    return f"data: {json.dumps(body)}\n\n"

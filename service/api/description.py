"""The OpenAPI document: FastAPI's own, with the events of streams, outside names, and the one error body everywhere."""

from __future__ import annotations

import json
import re
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from service.api import events, lane_events, model_bodies

_FASTAPI_ERRORS = ("HTTPValidationError", "ValidationError")


def described(app: FastAPI) -> dict[str, Any]:
    """The document of this application, made once and kept on it."""
    if app.openapi_schema is None:
        schema = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        known = schema.setdefault("components", {}).setdefault("schemas", {})
        for name, definition in events.component_schemas(
            *lane_events.COMPARED.values(), *model_bodies.TRIED.values()
        ).items():
            known.setdefault(name, definition)
        app.openapi_schema = _with_common_errors(_renamed(schema))
    return app.openapi_schema


def _renamed(schema: dict[str, Any]) -> dict[str, Any]:
    """Classes are called FooBody to stand beside the use cases' Foo; the outside reads Foo."""
    renamed: dict[str, Any] = json.loads(re.sub(r'(#/components/schemas/\w+?)Body(?=")', r"\1", json.dumps(schema)))
    shapes = renamed["components"]["schemas"]
    for name in list(shapes):
        shape = shapes.pop(name)
        if "title" in shape:
            shape["title"] = shape["title"].removesuffix("Body")
        shapes[name.removesuffix("Body")] = shape
    return renamed


def _with_common_errors(schema: dict[str, Any]) -> dict[str, Any]:
    """What the application answers before a route is asked: a body that cannot be read, parameters that do not fit."""
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    for methods in schema["paths"].values():
        for operation in methods.values():
            responses = operation["responses"]
            if "requestBody" in operation:
                responses.setdefault("400", {"description": "Bad Request", "content": error})
                responses.setdefault("413", {"description": "Content Too Large", "content": error})
            if "HTTPValidationError" in json.dumps(responses.get("422", {})):
                responses["422"] = {"description": "Unprocessable Content", "content": error}
    for name in _FASTAPI_ERRORS:
        schema["components"]["schemas"].pop(name, None)
    return schema

"""Bodies that come as a form with a file, or as JSON: routes that take either read them here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from service.errors import BadRequest

M = TypeVar("M", bound=BaseModel)
MOST_FIELDS = 12


def described(
    fields: Mapping[str, Any], required: Sequence[str], as_json: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """`openapi_extra` of a route that takes a form with these fields, or a JSON body of that schema: FastAPI sees
    neither, as the route reads the request itself."""
    form_schema = {"type": "object", "required": list(required), "properties": dict(fields)}
    content: dict[str, Any] = {"multipart/form-data": {"schema": form_schema}}
    if as_json is not None:
        content["application/json"] = {"schema": dict(as_json)}
    return {"requestBody": {"required": True, "content": content}}


def named_items(name: str) -> dict[str, Any]:
    """The JSON schema of a list of objects under that key, with a name beside it."""
    items = {"type": "array", "minItems": 1, "items": {"type": "object"}}
    return {"type": "object", "required": ["name", name], "properties": {"name": {"type": "string"}, name: items}}


@dataclass(frozen=True, slots=True)
class Form:
    """A file and the texts beside it."""

    data: bytes
    file_name: str
    fields: Mapping[str, str]

    @property
    def name(self) -> str:
        """The field `name`, else the file's name without its ending."""
        return self.fields.get("name", "").strip() or self.file_name.rsplit(".", 1)[0]


async def form(request: Request, what: str) -> Form | None:
    """The form of a request; None when the body is JSON. `what` is for people: "A dataset".

    Raises `BadRequest` for anything else, and for a form without `file`.
    """
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind in ("application/json", ""):
        return None
    if kind != "multipart/form-data":
        raise BadRequest(
            "unsupported_media_type", f"{what} does not come as {kind[:80]!r}.",
            "Send multipart/form-data with `file`, or application/json.", status=415,
        )  # fmt: skip
    try:
        found = await request.form(max_files=1, max_fields=MOST_FIELDS)
    except HTTPException as error:
        raise BadRequest("bad_form", f"{error.detail}", "Send one `file` and a `name`.", status=400) from error
    try:
        file = found.get("file")
        if not isinstance(file, UploadFile):
            raise BadRequest("no_file", "There is no `file` in the form.", f"{what} comes as the field `file`.")
        fields = {name: value for name, value in found.items() if isinstance(value, str)}
        return Form(await file.read(), file.filename or "the file", fields)
    finally:
        await found.close()


def parsed(shape: type[M], body: bytes, hint: str) -> M:
    """The JSON body in that shape. Raises `BadRequest`."""
    try:
        return shape.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        if first["type"] == "json_invalid":
            raise BadRequest(
                "invalid_json", f"The body is not valid JSON ({first['ctx']['error']}).", "Send UTF-8.", status=400
            ) from error
        where = ".".join(str(part) for part in first["loc"])
        raise BadRequest("invalid_request", f"{where or 'The request'}: {first['msg']}."[:500], hint) from error

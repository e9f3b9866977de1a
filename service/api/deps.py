"""What routes ask for, as annotated aliases, so that a signature reads as a sentence."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from service.parts import Parts


def _parts(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


PartsDep = Annotated[Parts, Depends(_parts)]

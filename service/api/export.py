"""`python -m service.api.export [FILE]`: the OpenAPI document, without a running service. `-` or nothing: to stdout."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from service.api.app import create_app
from service.parts import Parts
from service.settings import Settings

COMMITTED = Path(__file__).resolve().parents[2] / "frontend" / "openapi.json"
"""What the front end's types are generated from."""


def document() -> dict[str, Any]:
    """The OpenAPI document of the application, which has no parts: its routes are only looked at."""
    only_settings = SimpleNamespace(settings=Settings.model_construct(allowed_origins=()))
    return create_app(cast(Parts, only_settings)).openapi()


def main(arguments: list[str]) -> None:
    """Write the document to the file named, or print it."""
    text = json.dumps(document(), indent=2, ensure_ascii=False) + "\n"
    if not arguments or arguments[0] == "-":
        sys.stdout.write(text)
    else:
        Path(arguments[0]).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])

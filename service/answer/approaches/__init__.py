"""The approaches by name: every module of this folder that has an `APPROACH`."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules

from service.answer.approaches.base import Approach


def _all() -> dict[str, Approach]:
    modules = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)]
    found = [module.APPROACH for module in modules if hasattr(module, "APPROACH")]
    return {approach.name: approach for approach in sorted(found, key=lambda approach: str(approach.name))}


APPROACHES: Mapping[str, Approach] = _all()

"""The one way blocking code is called from async code."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ParamSpec, TypeVar

import anyio.to_thread

P = ParamSpec("P")
T = TypeVar("T")


async def in_thread(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a blocking function in the shared thread pool and wait for it."""
    return await anyio.to_thread.run_sync(partial(function, *args, **kwargs))

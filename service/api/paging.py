"""How lists are paged: the cursors that more than one route takes."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

Cursor = Annotated[str | None, Query(max_length=80, pattern=r"^[0-9a-z_]*$", description="`next` of the page before")]
"""After an id, or an instant's digits."""
Number = Annotated[str | None, Query(max_length=9, pattern=r"^[0-9]+$", description="`next` of the page before")]
"""After an ordinal."""

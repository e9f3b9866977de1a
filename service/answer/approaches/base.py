"""What an approach is: a name, the parameters it takes, the prompts it uses, and how it gathers material."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from service.answer import parameters, templates
from service.answer.ask import Ask
from service.answer.parameters import Parameters
from service.ports import Retriever
from service.types import ApproachName, Example, SearchResult


@dataclass(frozen=True, slots=True)
class Material:
    """What goes beside the question: worked examples, or what a search found (None: the approach does not search)."""

    examples: tuple[Example, ...] = ()
    found: SearchResult | None = None


class Approach(ABC):
    """A new approach is one new file in this folder with an `APPROACH` in it."""

    name: ClassVar[ApproachName]
    accepts: ClassVar[tuple[str, ...]]
    prompts: ClassVar[tuple[templates.Name, ...]] = ("system",)

    @property
    def prompt_hash(self) -> str:
        """Changes when any prompt file of this approach changes."""
        return templates.version(self.prompts)

    @property
    def searches(self) -> bool:
        """Whether it answers from documents."""
        return "passages" in self.prompts

    def checked(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """A variant's parameters, validated. Raises `BadRequest`."""
        return parameters.checked(given, self.accepts)

    def parameters(self, given: Mapping[str, Any]) -> Parameters:
        """A variant's parameters with defaults filled in. Raises `BadRequest`."""
        return parameters.effective(given, self.accepts)

    @abstractmethod
    async def gather(self, ask: Ask, query: str, chosen: Parameters, retriever: Retriever | None) -> Material:
        """Everything this approach puts beside the question; `query` is the question made to stand alone."""

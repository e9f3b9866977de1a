"""The question alone, zero-shot."""

from __future__ import annotations

from typing import ClassVar

from service.answer.approaches.base import Approach, Material
from service.answer.ask import Ask
from service.answer.parameters import Parameters
from service.ports import Retriever
from service.types import ApproachName


class Plain(Approach):
    name: ClassVar[ApproachName] = "plain"
    accepts = ("temperature", "max_tokens")

    async def gather(self, ask: Ask, query: str, chosen: Parameters, retriever: Retriever | None) -> Material:
        return Material()


APPROACH = Plain()

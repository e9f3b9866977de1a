"""The question alone, zero-shot."""

from __future__ import annotations

from service.answer.approaches.base import Approach, Material
from service.answer.ask import Ask
from service.answer.parameters import Parameters
from service.ports import Retriever


class Plain(Approach):
    name = "plain"
    accepts = ("temperature", "max_tokens")

    async def gather(self, ask: Ask, query: str, chosen: Parameters, retriever: Retriever | None) -> Material:
        return Material()


APPROACH = Plain()

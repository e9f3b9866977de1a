"""The question with passages retrieved from the documents."""

from __future__ import annotations

from typing import ClassVar

from service.answer.approaches.base import Approach, Material
from service.answer.ask import Ask
from service.answer.parameters import Parameters
from service.errors import NotReady
from service.ports import Retriever
from service.types import ApproachName, SearchResult


class Rag(Approach):
    name: ClassVar[ApproachName] = "rag"
    accepts = ("temperature", "max_tokens", "candidates", "k", "min_fit", "min_about", "passage_chars", "check")
    prompts = ("system", "passages", "declined", "empty")

    async def gather(self, ask: Ask, query: str, chosen: Parameters, retriever: Retriever | None) -> Material:
        if ask.passages is not None:
            return Material(found=SearchResult(ask.passages, {}, fit=1.0))
        if retriever is None:
            raise NotReady("no_retriever", "Documents cannot be searched here.", "Start the service with its index.")
        return Material(found=await retriever.search(query, ask.collection, chosen.candidates))


APPROACH = Rag()

"""The question with a few worked examples: those that share most words with it."""

from __future__ import annotations

from service.answer.approaches.base import Approach, Material
from service.answer.ask import Ask
from service.answer.parameters import Parameters
from service.answer.terms import content
from service.ports import Retriever
from service.types import Example


class FewShot(Approach):
    name = "few_shot"
    accepts = ("temperature", "max_tokens", "shots")

    async def gather(self, ask: Ask, query: str, chosen: Parameters, retriever: Retriever | None) -> Material:
        asked = set(content(query))

        def nearness(example: Example) -> float:
            words = set(content(example.question))
            return len(asked & words) / (len(asked | words) or 1)

        nearest = sorted(ask.examples, key=nearness, reverse=True)[: chosen.shots]
        return Material(examples=tuple(reversed(nearest)))  # the nearest stands next to the question


APPROACH = FewShot()

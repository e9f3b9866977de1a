"""One question put to one arm: the answer object, and whether an error of it says anything about the question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from service.answer import Ask, Draft, answer
from service.answer.language import Language, language_of
from service.answer.prompt import mark_of
from service.answer.sent import sent
from service.errors import NotReady, Unknown
from service.evaluate import oracle, plan
from service.evaluate.types import Arm, StoredCase
from service.ids import new_id
from service.models.shelf import Shelf
from service.ports import Retriever
from service.trouble import Trouble, trouble
from service.types import Answer, Example, Failed, Finished, Message

REFUSAL: Mapping[Language, str] = {"en": "I decline to answer.", "zh-TW": "我婉拒回答。"}
"""What the arm says that declines every question: it has searched nothing."""


@dataclass(frozen=True, slots=True)
class Said:
    """`answer` is the answer object as JSON. `error` has code, message and hint where there is `trouble`."""

    answer: Mapping[str, Any]
    finish: str
    trouble: Trouble = ""
    error: Mapping[str, str] | None = None
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Asker:
    """Everything that a run's questions are answered with."""

    run_id: str
    seed: int
    collection: str
    shelf: Shelf
    retriever: Retriever
    examples: Sequence[Example]

    async def ask(self, arm: Arm, case: StoredCase, repeat: int) -> Said:
        """Put the case to the arm once. Raises nothing that a model or a store does."""
        ask = Ask(
            id=new_id("ans"),
            conversation_id=self.run_id,
            question=case.body["question"],
            variant=plan.variant_of(arm),
            collection=self.collection,
            history=tuple(Message(turn["role"], turn["content"]) for turn in case.body["history"]),
            examples=tuple(self.examples),
            passages=tuple(oracle.passage(one) for one in case.oracle) if arm.kind == "oracle" else None,
            mark=mark(self.seed, case.id, repeat),
            seed=repeat,
        )
        if arm.kind == "refuse":
            return _as_said(_declined(ask))
        try:
            model = self.shelf.chat(arm.model)
        except (NotReady, Unknown) as error:
            draft = Draft(ask, arm.model).answer("failed", error.as_dict())
            return Said(as_json(draft), "failed", "down", error.as_dict())
        draft_ = Draft(ask, model.name, self.shelf.price(arm.model))
        async with aclosing(answer(ask, model=model, retriever=self.retriever, draft=draft_)) as events:
            async for event in events:
                if isinstance(event, Finished):
                    return _as_said(event.answer)
                if isinstance(event, Failed):
                    error_ = {"code": event.code, "message": event.message, "hint": event.hint}
                    whole = event.answer or draft_.answer("failed", error_)
                    return Said(as_json(whole), "failed", trouble(event.code), error_, event.retry_after)
        raise AssertionError("an answer without an end")


def mark(seed: int, case_id: str, repeat: int) -> str:
    """The delimiter of a prompt's passages, the same whenever this run is repeated: it depends on the run's seed."""
    return mark_of(f"{seed}\0{case_id}\0{repeat}")


def as_json(said: Answer) -> dict[str, Any]:
    """The answer object of CONTRACT as JSON values."""
    whole: dict[str, Any] = sent(said)
    return whole


def _as_said(whole: Answer) -> Said:
    return Said(as_json(whole), whole.finish)


def _declined(ask: Ask) -> Answer:
    draft = Draft(ask, "")
    draft.say(REFUSAL[language_of(ask.question)])
    return draft.answer("declined")

"""From a question to its answer: gather, gate, prompt, model, check, cite; as a stream of typed events."""

from service.answer.ask import Ask
from service.answer.draft import Draft
from service.answer.run import answer

__all__ = ["Ask", "Draft", "answer"]

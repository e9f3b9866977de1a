"""A small dataset about `tests.doubles.handbook`, and a stand-in model that answers it in a known way."""

from __future__ import annotations

from typing import Any

from tests.doubles.fake_openai import Messages

FACTS = {
    "How many litres of seawater does the Heron pump move an hour?": (
        "The Heron pump moves 4,200 litres of seawater an hour.", ["4,200 litres", "4200"], "heron.md",
    ),
    "How many watts does the Heron pump draw at full speed?": (
        "It draws 38 watts at full speed.", ["38 watts"], "heron.md",
    ),
    "How long does the warranty of the Heron pump last?": (
        "The warranty of the Heron pump lasts 36 months from the day of delivery.", ["36 months"], "heron.md",
    ),
    "Within how many days may unopened goods be returned?": (
        "Unopened goods may be returned within 14 days of delivery.", ["14 days"], "returns.md",
    ),
    "To which dock are returns sent?": (
        "Send returns to Coopers Wharf, Dock 7.", ["Dock 7"], "returns.md",
    ),
    "How many days of paid leave does every employee have a year?": (
        "Every employee has 27 days of paid leave a year.", ["27 days", "27"], "leave.md",
    ),
}  # fmt: skip
"""Question -> the sentence of the handbook that answers it, references, document."""
UNANSWERABLE = (
    "What is the password of the guest Wi-Fi at the Lisbon office?",
    "Who won the sailing regatta in Porto last summer?",
)
WRONG = "It is probably blue."


def cases() -> list[dict[str, Any]]:
    """Eight cases: six that the handbook answers and two that it does not."""
    made: list[dict[str, Any]] = []
    for number, (question, (sentence, answers, document)) in enumerate(FACTS.items(), 1):
        made.append(
            {
                "id": f"q{number}",
                "question": question,
                "answers": answers,
                "gold_docs": [document],
                "gold_passages": [{"doc": document, "text": sentence.rstrip(".")}],
                "tags": ["en", document.removesuffix(".md")],
            }
        )
    for number, question in enumerate(UNANSWERABLE, len(made) + 1):
        made.append({"id": f"q{number}", "question": question, "answerable": False, "tags": ["unanswerable"]})
    return made


def examinee(messages: Messages) -> str:
    """Reads the answer off the passages when it is given any; without them it guesses."""
    prompt = messages[-1]["content"]
    for question, (sentence, _, _) in FACTS.items():
        if prompt.rstrip().endswith(question):
            return sentence if sentence in prompt.replace("\n", " ") else WRONG
    return WRONG

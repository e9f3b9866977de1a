"""Which names a question must find in the passages, before a model is asked."""

from __future__ import annotations

import pytest

from service.answer.gate import unknown
from tests.doubles.scripted_chat import passage

WARRANTY = passage("A gateway is under warranty for 30 months, a sonde for 24.", name="warranty.md")


@pytest.mark.parametrize(
    ("question", "lost"),
    [
        ("A customer in Dundee bought a gateway. How long is it under warranty?", ()),
        ("How long is a gateway under warranty in Dundee?", ("Dundee",)),
        ("I moved to Dundee. Which warranty does Harriet Quill have?", ("Harriet", "Quill")),
        ("Tell me about the warranty of Harriet Quill.", ("Harriet", "Quill")),
        ("Which warranty began in 1924?", ()),
        ("Which warranty began in 1925?", ("1925",)),
    ],
)
def test_only_the_sentence_that_asks_must_find_its_names(question: str, lost: tuple[str, ...]) -> None:
    assert unknown(question, [WARRANTY]) == lost

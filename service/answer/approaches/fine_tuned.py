"""The question alone, put to a model that was trained on the company's own questions and answers."""

from __future__ import annotations

from service.answer.approaches.plain import Plain


class FineTuned(Plain):
    """The plain prompt, byte for byte: what differs is the model."""

    name = "fine_tuned"


APPROACH = FineTuned()

"""Citations of one answer: markers in the text, numbered in order, each resolving to a quote in a document."""

from __future__ import annotations

from service.answer.check import Judged, without_markers
from service.types import Citation


class Footnotes:
    """Numbers citations; statements that stand on the same quote share its number."""

    def __init__(self) -> None:
        self.citations: list[Citation] = []
        self._numbers: dict[tuple[str, int, int], int] = {}

    def cite(self, judged: Judged) -> str:
        """The statement with its marker; the model's own markers and the white space around it are gone."""
        body = without_markers(judged.statement).strip()
        if judged.footing is None:
            return body
        passage = judged.footing.evidence.passage
        start, end = judged.footing.start, judged.footing.end
        place = (passage.chunk_id, start, end)
        if place not in self._numbers:
            self._numbers[place] = len(self._numbers) + 1
            self.citations.append(
                Citation(
                    n=self._numbers[place],
                    claim=body,
                    document_id=passage.document_id,
                    name=passage.name,
                    version=passage.version,
                    page=passage.page,
                    heading=passage.heading,
                    chunk_id=passage.chunk_id,
                    start=passage.start + start,
                    end=passage.start + end,
                    quote=passage.text[start:end],
                    verdict=judged.verdict,
                )
            )
        return f"{body} [{self._numbers[place]}]"

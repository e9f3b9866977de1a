"""How the rule of the citation metrics agrees with a person who read 109 statements beside what they cite.

    python -m tests.bench.citation_rule

`citation_labels.jsonl` has statements that the local model made about the example documents, a good half of them for
questions that the documents do not answer, each with the passage that comes nearest, and whether a reader finds it
borne there. One JSON line for each share of words that the rule might ask for; the metrics ask for `ENOUGH`.
"""

from __future__ import annotations

import json
from pathlib import Path
from unittest.mock import patch

from service.metrics import citation

LABELS = Path(__file__).with_name("citation_labels.jsonl")
SHARES = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


def main() -> None:
    labels = [json.loads(line) for line in LABELS.read_text("utf-8").splitlines()]
    for share in SHARES:
        with patch.object(citation, "ENOUGH", share):
            said = [(one["borne"], citation.entails(one["cited"], one["statement"])) for one in labels]
        counts = {
            "borne_and_told": said.count((True, True)),
            "borne_and_missed": said.count((True, False)),
            "not_borne_but_told": said.count((False, True)),
            "not_borne_and_told_so": said.count((False, False)),
        }
        print(json.dumps({"bench": "citation_rule", "share": share, "used": share == citation.ENOUGH, **counts}))


if __name__ == "__main__":
    main()

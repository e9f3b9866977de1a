"""The example company: enough documents, evidence that really stands in them, and data files that share nothing."""

from __future__ import annotations

import functools
import itertools
import re
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import snowballstemmer

from ingest import sandbox

Rows = dict[str, list[dict[str, Any]]]
Pages = dict[str, list[str]]

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
CJK = re.compile(r"[\u4e00-\u9fff]")
STEM = snowballstemmer.stemmer("english")
STOP = frozenset(
    re.findall(
        r"\w+",
        "a an and at be by do does for from have how i in is it may me my of on or our that the there to us was we "
        "what when where which who whom with",
    )
)


def squeeze(text: str) -> str:
    """NFKC, lower case, no white space: the form in which evidence is looked for."""
    return "".join(unicodedata.normalize("NFKC", text).lower().split())


@functools.cache
def tokens(text: str) -> frozenset[str]:
    """Stemmed words without the commonest ones; pairs of characters where the text is Chinese."""
    text = unicodedata.normalize("NFKC", text).lower()
    words = [word for word in re.findall(r"[a-z0-9£.-]*[a-z0-9]", text) if word not in STOP]
    chinese = "".join(CJK.findall(text))
    return frozenset(STEM.stemWords(words)) | {chinese[i : i + 2] for i in range(len(chinese) - 1)}


def overlap(a: str, b: str) -> float:
    """Jaccard similarity of the tokens of two questions, 0 to 1."""
    x, y = tokens(a), tokens(b)
    return len(x & y) / len(x | y) if x | y else 0.0


def is_chinese(text: str) -> bool:
    return len(CJK.findall(text)) > 3


def test_there_are_enough_documents_in_enough_formats() -> None:
    files = list((EXAMPLES / "documents").iterdir())
    assert len(files) >= 24
    assert {file.suffix for file in files} >= {
        ".md",
        ".docx",
        ".pdf",
        ".xlsx",
        ".html",
        ".pptx",
        ".csv",
        ".eml",
        ".txt",
    }
    assert sum(file.stat().st_size for file in files) < 2_000_000
    assert 4 <= sum(is_chinese(file.stem) for file in files) <= 5


def test_every_document_yields_text(pages: Pages) -> None:
    for name, texts in pages.items():
        assert sum(map(len, texts)) > 500, name
        assert all(len(text) > 20 for text in texts), name
        assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\u2e80-\u2fdf\ue000-\uf8ff\ufffd\ufffe]", "".join(texts)), (
            name
        )
        assert is_chinese(Path(name).stem) == (len(CJK.findall("".join(texts))) > 100), name


def test_pdfs_have_several_numbered_pages(pages: Pages) -> None:
    for name in (name for name in pages if name.endswith(".pdf")):
        count = len(pages[name])
        assert count >= 3, name
        for number, text in enumerate(pages[name], 1):
            assert re.search(rf"Page {number} of {count}|第 {number} 頁，共 {count} 頁", text), (name, number)


def test_dataset_has_the_counts_it_promises(rows: Rows) -> None:
    cases = rows["dataset"]
    assert len(cases) == 80
    assert len({case["id"] for case in cases}) == 80
    assert len({squeeze(case["question"]) for case in cases}) == 80
    assert sum(not case["answerable"] for case in cases) == 16
    chinese = [case for case in cases if is_chinese(case["question"])]
    assert len(chinese) == 12
    assert 2 <= sum(not case["answerable"] for case in chinese) <= 3
    assert all(("zh-TW" in case["tags"]) == (case in chinese) for case in cases)
    assert sum("history" in case for case in cases) >= 4
    tags = Counter(tag for case in cases for tag in case["tags"])
    assert tags["table"] >= 15
    assert min(tags[tag] for tag in ("number", "negation", "near_duplicate", "follow_up", "cross_lingual")) >= 2
    assert tags["multi_doc"] >= 1


def test_unanswerable_cases_carry_nothing_to_find(rows: Rows) -> None:
    for case in rows["dataset"]:
        if case["answerable"]:
            assert case["answers"], case["id"]
            assert case["gold_passages"], case["id"]
            assert "unanswerable" not in case["tags"], case["id"]
        else:
            assert not case["answers"] + case["gold_docs"] + case["gold_passages"], case["id"]
            assert "unanswerable" in case["tags"], case["id"]


def test_every_document_is_asked_about(rows: Rows, pages: Pages) -> None:
    assert {doc for case in rows["dataset"] for doc in case["gold_docs"]} == set(pages)


def test_gold_passages_stand_in_their_documents_once(rows: Rows, pages: Pages) -> None:
    for case in rows["dataset"]:
        assert [*dict.fromkeys(gold["doc"] for gold in case["gold_passages"])] == case["gold_docs"], case["id"]
        for gold in case["gold_passages"]:
            texts, evidence = pages[gold["doc"]], squeeze(gold["text"])
            counts = [squeeze(text).count(evidence) for text in texts]
            assert len(evidence) >= 3 or is_chinese(case["question"]), case["id"]
            assert sum(counts) >= 1, (case["id"], "missing")
            if "page" in gold:
                assert counts[gold["page"] - 1] >= 1, (case["id"], "other page")
            assert (gold["doc"].endswith(".pdf")) == ("page" in gold), case["id"]
            assert sum(counts) == 1, (case["id"], "ambiguous", gold["text"], counts)


@pytest.mark.anyio
async def test_our_readers_keep_every_gold_passage_whole_and_on_its_page(rows: Rows) -> None:
    documents = EXAMPLES / "documents"
    try:
        parsed = {path.name: await sandbox.parse(path, path.name) for path in sorted(documents.iterdir())}
    finally:
        sandbox.close()
    for case in rows["dataset"]:
        for gold in case["gold_passages"]:
            evidence = squeeze(gold["text"])
            found = [block for block in parsed[gold["doc"]].blocks if evidence in squeeze(block.text)]
            assert len(found) == 1, (case["id"], gold)
            if "page" in gold:
                assert found[0].page == gold["page"], (case["id"], gold)


def test_an_answer_follows_from_its_evidence_document(rows: Rows, pages: Pages) -> None:
    for case in rows["dataset"]:
        if case["answerable"]:
            text = squeeze(" ".join(" ".join(pages[doc]) for doc in case["gold_docs"]))
            assert any(squeeze(answer) in text for answer in case["answers"]), case["id"]


def test_history_alternates_and_ends_with_an_answer(rows: Rows) -> None:
    for case in rows["dataset"]:
        roles = [message["role"] for message in case.get("history", [])]
        assert roles == ["user", "assistant"] * (len(roles) // 2), case["id"]
        assert ("follow_up" in case["tags"]) == bool(roles), case["id"]


def test_training_and_few_shot_have_their_counts(rows: Rows) -> None:
    assert len(rows["few_shot"]) == 8
    assert len(rows["pairs"]) == 60
    assert all(set(row) == {"question", "answer"} for row in rows["few_shot"] + rows["pairs"])
    assert [row["pair"] for row in rows["pairs_paraphrases"]] == list(range(60))


def test_no_question_stands_in_two_files(rows: Rows) -> None:
    questions = {
        "dataset": [row["question"] for row in rows["dataset"]],
        "few_shot": [row["question"] for row in rows["few_shot"]],
        "pairs": [row["question"] for row in rows["pairs"]] + [row["question"] for row in rows["pairs_paraphrases"]],
    }
    for (one, first), (two, second) in itertools.combinations(questions.items(), 2):
        for a, b in itertools.product(first, second):
            assert overlap(a, b) < 0.6, (one, a, two, b)


def test_no_answer_of_the_dataset_is_trained_on_or_shown(rows: Rows) -> None:
    taught = {row["answer"]: squeeze(row["answer"]) for row in rows["few_shot"] + rows["pairs"]}
    taught_short = {squeeze(answer) for row in rows["pairs_paraphrases"] for answer in row["answers"]}
    for case in rows["dataset"]:
        for gold in case["gold_passages"]:
            evidence = squeeze(gold["text"])
            assert not any(len(evidence) > 4 and evidence in answer for answer in taught.values()), case["id"]
        for answer in map(squeeze, case["answers"]):
            assert answer not in taught.values(), case["id"]
            if len(answer) > 8 or (len(answer) > 3 and re.search(r"\d", answer)):
                assert not [text for text, form in taught.items() if answer in form], (case["id"], answer)
                assert answer not in taught_short, (case["id"], answer)


def test_pairs_are_facts_of_the_documents(rows: Rows, pages: Pages) -> None:
    everything = squeeze(" ".join(itertools.chain.from_iterable(pages.values())))
    for paraphrase in rows["pairs_paraphrases"]:
        pair = rows["pairs"][paraphrase["pair"]]
        forms = [squeeze(answer) for answer in paraphrase["answers"]]
        assert any(form in squeeze(pair["answer"]) for form in forms), pair
        assert any(form in everything for form in forms), pair
        assert squeeze(paraphrase["question"]) != squeeze(pair["question"]), pair


def test_readme_lists_every_file() -> None:
    readme = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `([^`]+)` \|", readme, flags=re.MULTILINE)
    files = [path.name for path in (EXAMPLES / "documents").iterdir()] + [
        path.name for path in EXAMPLES.iterdir() if path.suffix in {".jsonl", ".txt"}
    ]
    assert sorted(listed) == sorted(files)

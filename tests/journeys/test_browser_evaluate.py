"""Evaluate in a real browser: upload questions, run arms over them, read the report, review drafts, cancel."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from functools import partial
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.doubles import browser as browsers
from tests.doubles.fake_openai import Messages, Reply
from tests.doubles.handbook import ANSWER
from tests.doubles.served import Served, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

HERON = "How many litres of seawater does the Heron pump move an hour?"
ASKED = ("", "Please tell me: ", "For a customer: ", "My manager asks: ", "For the newsletter: ", "In short: ")


def case(id: str, question: str, **more: Any) -> dict[str, Any]:
    return {"id": id, "question": question, "answers": [], "gold_docs": [], "tags": ["en"], **more}


def questions() -> list[dict[str, Any]]:
    """Eight: six with one answer in one document, two that no document answers."""
    gold = {"gold_passages": [{"doc": "heron.md", "text": "moves 4,200 litres of seawater an hour"}]}
    heron = [
        case(f"heron-{n}", ask + HERON, answers=["4,200 litres", "4200"], tags=["en", "pump"], **gold)
        for n, ask in enumerate(ASKED)
    ]
    nobody = [
        case("wifi", "What is the password of the guest Wi-Fi at the Lisbon office?", answerable=False),
        case("mayor", "Who is the mayor of the town of Quillmere?", answerable=False),
    ]
    return heron + nobody


def by_documents(messages: Messages) -> str:
    return ANSWER if "4,200" in messages[-1]["content"] else "Perhaps as much as a bathtub holds."


@pytest.fixture
def name(api: httpx.Client) -> Iterator[str]:
    """A name for a dataset; what has it is deleted at the end."""
    made = f"t-{uuid.uuid4().hex[:10]}"
    yield made
    for one in api.get("/api/datasets", params={"limit": 500}).json()["items"]:
        if one["name"].startswith(made):
            api.delete(f"/api/datasets/{one['id']}")


def upload(page: Page, name: str, text: str) -> None:
    page.goto("/evaluate/datasets")
    expect(page.get_by_role("button", name=re.compile("Add a file of questions"))).to_be_visible()
    page.locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": text.encode()}
    )


def begin(page: Page, dataset: str, collection: str) -> str:
    """Fill in the form of a new run and begin it; the run's id."""
    page.goto(f"/evaluate/new?dataset={dataset}")
    page.get_by_role("combobox", name="Documents").select_option(collection)
    page.get_by_role("checkbox", name=re.compile("^Few-shot")).uncheck()
    alone = page.get_by_role("checkbox", name=re.compile("^Model alone"))
    expect(alone).not_to_be_checked()
    alone.check()
    for arm in ("Plain", "RAG", "Model alone", "Perfect search", "Always declining"):
        expect(page.get_by_role("checkbox", name=re.compile(f"^{arm}"))).to_be_checked()
    page.get_by_role("button", name="Begin the run").click()
    expect(page).to_have_url(re.compile(r"/evaluate/run_[0-9a-f]+"))
    return page.url.rsplit("/", 1)[1].split("?")[0]


def finished(api: httpx.Client, run: str) -> bool:
    return bool(api.get(f"/api/runs/{run}").json()["status"] == "finished")


def shown(value: float) -> str:
    """A share as the report writes it."""
    return f"{value * 100:.0f} %"


def test_upload_run_and_read_the_report(
    served: Served, api: httpx.Client, page: Page, handbook: str, name: str
) -> None:
    served.fake.default = Reply(by_documents)
    upload(page, f"{name}.jsonl", "\n".join(json.dumps(one) for one in questions()))
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    expect(page.get_by_role("article")).to_have_count(8)
    dataset = page.url.rsplit("/", 1)[1]

    run = begin(page, dataset, handbook)
    verdict = page.get_by_role("region", name="What it says")
    expect(verdict).to_be_visible(timeout=120_000)

    report = api.get(f"/api/runs/{run}/report").json()
    assert [arm["variant"] for arm in report["arms"]] == ["plain", "rag", "closed_book", "oracle", "refuse"]
    for finding in report["verdicts"]:
        expect(verdict).to_contain_text(finding["text"]["en"])
    assert report["verdicts"][0]["verdict"] == "undecided", "eight questions of one document decide nothing"
    expect(verdict).to_contain_text("Undecided")
    expect(verdict.get_by_text("Better", exact=True)).to_have_count(0)

    scores = page.get_by_role("table", name="Correct").first
    for arm, label in (("plain", "Plain"), ("rag", "RAG"), ("closed_book", "Model alone"), ("refuse", "Always decl")):
        mean = next(one for one in report["arms"] if one["variant"] == arm)["metrics"]["correct"]
        row = scores.get_by_role("row").filter(has_text=label)
        expect(row).to_contain_text(shown(mean["mean"]))
        expect(row).to_contain_text(f"{shown(mean['low'])} to {shown(mean['high'])}")
        expect(row).to_contain_text(f"n = {mean['n']}")

    compared = next(one for one in report["comparisons"] if (one["metric"], one["a"]) == ("correct", "rag"))
    table = page.get_by_role("table").filter(has=page.get_by_role("columnheader", name="p (Holm)")).first
    row = table.get_by_role("row").filter(has_text="RAG").filter(has_text="Correct")
    expect(row).to_contain_text(f"{compared['p_adjusted']:.2f}")
    expect(row).to_contain_text("Undecided")
    assert row.locator("strong").count() == 0, "what is undecided is not set in bold"

    cells = next(one for one in report["diagnosis"]["arms"] if one["variant"] == "rag")["cells"]
    good = cells["good"]
    page.get_by_role("link", name=f"{good['n']} of RAG: Good. Open the questions.").click()
    expect(page).to_have_url(re.compile("view=questions.*arm=rag.*cell=good|view=questions.*cell=good"))
    expect(page.locator("details").filter(has_text=HERON)).to_have_count(len(good["cases"]))
    expect(page.locator("details").first).to_contain_text(ANSWER)

    page.get_by_role("link", name="How it was made").click()
    expect(page.get_by_role("main")).to_contain_text(served.fake.model)
    expect(page.get_by_role("main")).to_contain_text(report["provenance"]["corpus"]["hash"][:12])
    page.get_by_role("link", name="Report", exact=True).click()

    improved = next(one for one in report["flips"] if (one["a"], one["b"]) == ("rag", "plain"))["improved"]
    flips = page.locator("px-flips")
    expect(flips).to_contain_text(f"Only RAG is right ({improved})")
    flips.locator("summary").first.click()
    expect(flips.locator("details").first).to_contain_text(ANSWER)
    expect(flips.locator("details").first).to_contain_text("Perhaps as much as a bathtub holds.")

    for kind in ("HTML", "CSV", "JSON"):
        address = page.get_by_role("link", name=kind, exact=True).get_attribute("href")
        assert address
        assert api.get(address).status_code == 200
    page.get_by_role("combobox", name="Metric").select_option("hit_5")
    expect(page).to_have_url(re.compile("metric=hit_5"))
    page.reload()
    expect(page.get_by_role("combobox", name="Metric")).to_have_value("hit_5")

    page.get_by_role("button", name="Run again").click()
    expect(page).not_to_have_url(re.compile(run))
    expect(page).to_have_url(re.compile(r"/evaluate/run_[0-9a-f]+"))
    again = page.url.rsplit("/", 1)[1]
    expect(verdict).to_be_visible(timeout=120_000)
    page.get_by_role("combobox", name="Choose a run").select_option(run)
    expect(page).to_have_url(re.compile(f"against={run}"))
    expect(page.get_by_text("8 questions in common")).to_be_visible()
    assert api.get(f"/api/runs/{again}").json()["again_of"] == run


def test_runs_over_other_documents_are_marked_not_comparable(
    served: Served, api: httpx.Client, page: Page, handbook: str, collection: str, name: str
) -> None:
    served.fake.default = Reply(by_documents)
    served.add(api, collection, "heron.md", "# Heron pump\n\nThe Heron pump moves 4,200 litres of seawater an hour.\n")
    made = api.post("/api/datasets", json={"name": name, "cases": questions()[:2]}).json()
    runs = []
    for there in (handbook, collection):
        asked = {"dataset": made["id"], "variants": ["plain", "rag"], "collection": there}
        runs.append(api.post("/api/runs", json=asked).json()["id"])
    for id in runs:
        wait_for(partial(finished, api, id), 120, "the run finishes")
    page.goto(f"/evaluate/{runs[0]}?against={runs[1]}")
    expect(page.get_by_text("Not comparable")).to_be_visible()
    expect(page.get_by_text("different documents")).to_be_visible()


def test_a_file_with_bad_lines_is_refused_line_by_line_and_nothing_is_kept(
    served: Served, browser: Browser, api: httpx.Client, name: str
) -> None:
    text = "\n".join(
        (json.dumps(case("ok", "Who?")), '{"id": "broken', json.dumps({"id": "q"}), json.dumps(case("ok", "Again?")))
    )
    with browsers.open_page(browser, (served.url,)) as (page, seen):
        upload(page, f"{name}.jsonl", text)
        alert = page.get_by_role("alert")
        expect(alert).to_contain_text(f"“{name}.jsonl” was not added")
        for line, reason in ((2, "it is not JSON"), (3, "it has no `question`"), (4, "stands on line 1 already")):
            row = alert.locator("dl > div").filter(has_text=f"Line {line}")
            expect(row).to_contain_text(reason)
        expect(alert.locator("dl > div")).to_have_count(3)
        expect(alert).to_contain_text("Nothing was kept")
        assert [one for one in seen.errors if "422" not in one] == []
    assert name not in [one["name"] for one in api.get("/api/datasets").json()["items"]]


def test_a_run_is_cancelled_and_keeps_what_was_answered(
    served: Served, api: httpx.Client, page: Page, handbook: str, name: str
) -> None:
    served.fake.default = Reply(by_documents, pause=0.15)
    made = api.post("/api/datasets", json={"name": name, "cases": questions()}).json()
    run = begin(page, made["id"], handbook)
    bar = page.get_by_role("progressbar")
    expect(bar).to_be_visible()
    wait_for(lambda: api.get(f"/api/runs/{run}").json()["done"] >= 2, 60, "two answers are kept")
    page.get_by_role("button", name="Cancel run").click()
    expect(page.get_by_text("This run was cancelled.")).to_be_visible(timeout=60_000)
    kept = api.get(f"/api/runs/{run}").json()
    assert kept["status"] == "cancelled"
    assert 2 <= kept["done"] < kept["total"]
    expect(page.get_by_text(f"{kept['done']} of {kept['total']} answers", exact=True)).to_be_visible()
    expect(page.get_by_role("region", name="What it says")).to_be_visible()

    served.fake.default = Reply(by_documents)
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_role("progressbar").or_(page.get_by_text("Finished"))).not_to_have_count(0)
    wait_for(lambda: finished(api, run), 60, "it goes on to its end")
    expect(page.get_by_role("button", name="Resume")).to_have_count(0)
    expect(page.get_by_text(f"{kept['total']} of {kept['total']} answers", exact=True)).to_be_visible(timeout=30_000)


def test_questions_are_typed_in_and_a_perfect_search_needs_a_passage(
    api: httpx.Client, page: Page, handbook: str, name: str
) -> None:
    made = api.post("/api/datasets", json={"name": name, "cases": [case("wifi", "Wi-Fi?", answerable=False)]}).json()
    page.goto(f"/evaluate/new?dataset={made['id']}")
    oracle = page.get_by_role("checkbox", name=re.compile("^Perfect search"))
    expect(oracle).to_be_disabled()
    expect(oracle).not_to_be_checked()
    page.goto(f"/evaluate/{made['id']}")
    page.get_by_role("button", name="Add a question").click()
    for label, text in (
        ("Question", HERON),
        ("Expected answers", "4,200 litres"),
        ("Documents with the answer", "heron.md"),
        ("The words in the first document", "moves 4,200 litres of seawater an hour"),
    ):
        page.get_by_role("textbox", name=label).fill(text)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("article")).to_have_count(2)
    expect(page.get_by_role("textbox", name="Question")).to_be_focused()
    expect(page.get_by_role("textbox", name="Question")).to_have_value("")
    (_, kept) = api.get(f"/api/datasets/{made['id']}/cases").json()["items"]
    assert (kept["question"], kept["answers"], kept["status"]) == (HERON, ["4,200 litres"], "accepted")
    assert kept["gold_passages"][0]["text"] == "moves 4,200 litres of seawater an hour"
    page.goto(f"/evaluate/new?dataset={made['id']}")
    expect(page.get_by_role("checkbox", name=re.compile("^Perfect search"))).to_be_checked()


def test_an_example_that_gives_a_question_away_is_named(
    served: Served, browser: Browser, api: httpx.Client, handbook: str, name: str
) -> None:
    made = api.post("/api/datasets", json={"name": name, "cases": questions()}).json()
    shot = api.post("/api/examples", json={"question": HERON, "answer": ANSWER})
    assert shot.status_code == 201, shot.text
    try:
        with browsers.open_page(browser, (served.url,)) as (page, seen):
            page.goto(f"/evaluate/new?dataset={made['id']}")
            page.get_by_role("combobox", name="Documents").select_option(handbook)
            page.get_by_role("button", name="Begin the run").click()
            alert = page.get_by_role("alert")
            expect(alert).to_contain_text("heron-0")
            expect(alert).to_contain_text(HERON)
            assert [one for one in seen.errors if "409" not in one] == []
    finally:
        assert api.delete(f"/api/examples/{shot.json()['items'][0]['id']}").status_code < 300


def drafted(messages: Messages) -> str:
    """What a model drafts from a passage of the handbook."""
    text = messages[-1]["content"]
    if "4,200" in text:
        return f"Question: {HERON}\nAnswer: 4,200 litres"
    if "27 days" in text:
        return "Question: How long is the paid leave of an employee each year?\nAnswer: 27 days"
    return "Question: Within what time may unopened goods be returned?\nAnswer: 14 days"


def test_questions_are_drafted_from_documents_and_wait_for_a_person(
    served: Served, api: httpx.Client, page: Page, handbook: str
) -> None:
    served.fake.default = Reply(drafted)
    page.goto("/evaluate/datasets")
    page.get_by_role("combobox", name="Documents").select_option(handbook)
    page.get_by_role("spinbutton", name="Questions").fill("2")
    page.get_by_role("button", name="Draft questions").click()
    expect(page).to_have_url(re.compile(r"/evaluate/set_[0-9a-f]+"))
    id = page.url.rsplit("/", 1)[1].split("?")[0]
    try:
        page.get_by_role("link", name=re.compile("To review")).click()
        cards = page.get_by_role("article")
        expect(cards).to_have_count(2, timeout=60_000)
        kept = api.get(f"/api/datasets/{id}/cases").json()["items"]
        assert [one["status"] for one in kept] == ["draft", "draft"]
        for card, one in zip(cards.all(), kept, strict=True):
            expect(card).to_contain_text(one["question"])
            expect(card).to_contain_text(one["answers"][0])
            expect(card.locator("blockquote").last).to_contain_text(one["source"]["text"][:40])
            expect(card.get_by_role("link", name=one["source"]["name"])).to_be_visible()
        expect(page.get_by_role("link", name="Evaluate with it")).to_have_count(0)
        cards.first.get_by_role("button", name="Accept").click()
        expect(page.get_by_role("link", name="Evaluate with it")).to_be_visible()
    finally:
        assert api.delete(f"/api/datasets/{id}").status_code == 204


def test_drafts_are_reviewed_by_keys(api: httpx.Client, page: Page, name: str) -> None:
    made = api.post("/api/datasets", json={"name": name, "cases": [case("kept", "Is it kept?")]}).json()
    drafts = {"cases": [case(f"d{n}", f"Is this draft {n}?") for n in range(3)], "status": "draft"}
    assert api.post(f"/api/datasets/{made['id']}/cases", json=drafts).status_code == 201
    page.goto(f"/evaluate/{made['id']}?status=draft")
    cards = page.get_by_role("article")
    expect(cards).to_have_count(3)
    cards.first.focus()
    page.keyboard.press("a")
    expect(cards).to_have_count(2)
    expect(page.get_by_role("article", name="Is this draft 1?")).to_be_focused()
    page.keyboard.press("r")
    expect(cards).to_have_count(1)
    page.keyboard.press("e")
    page.get_by_role("textbox", name="Expected answers, one a line").fill("yes\nit is")
    page.get_by_role("button", name="Save").click()
    expect(cards.first).to_contain_text("yes / it is")
    cards.first.get_by_role("button", name="Accept").click()
    expect(page.get_by_text("Nothing waits for review.")).to_be_visible()
    kept = {one["id"]: one for one in api.get(f"/api/datasets/{made['id']}/cases").json()["items"]}
    assert {id: one["status"] for id, one in kept.items()} == {
        "kept": "accepted", "d0": "accepted", "d1": "rejected", "d2": "accepted",
    }  # fmt: skip
    assert kept["d2"]["answers"] == ["yes", "it is"]

"""Experiments in a real browser: start one, send it visitors, read it, change weights, stop it with a winner."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from tests.doubles.fake_openai import Messages, Reply
from tests.doubles.handbook import ANSWER, DOCUMENTS, QUESTION
from tests.doubles.served import Served

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

VISITORS = 60


def by_documents(messages: Messages) -> str:
    return ANSWER if "4,200" in messages[-1]["content"] else "Perhaps as much as a bathtub holds."


@pytest.fixture
def split(served: Served, api: httpx.Client, collection: str) -> Iterator[str]:
    """A collection with a document in it, on which no experiment runs at the end."""
    served.fake.default = Reply(by_documents)
    served.add(api, collection, "heron.md", DOCUMENTS["heron.md"])
    yield collection
    for one in api.get("/api/experiments").json()["items"]:
        if one["collection"] == collection and one["status"] == "running":
            api.post(f"/api/experiments/{one['id']}/stop")
    api.delete(f"/api/collections/{collection}/default-variant")


def visit(api: httpx.Client, collection: str, number: int) -> str:
    """One visitor asks, and likes what comes from the documents. The variant that answered."""
    body = {"question": QUESTION, "variant": "auto", "collection": collection, "visitor": f"visitor-{number:04d}"}
    answer = api.post("/api/chat", json={**body, "stream": False}).json()
    liked = answer["variant"] == "rag"
    assert api.post(f"/api/answers/{answer['id']}/feedback", json={"rating": 1 if liked else -1}).status_code == 200
    return str(answer["variant"])


def start(page: Page, name: str, collection: str) -> str:
    page.goto("/experiments")
    page.get_by_role("link", name="New experiment").first.click()
    page.get_by_label("Name").fill(name)
    page.get_by_role("combobox", name="Documents").select_option(collection)
    page.get_by_role("combobox", name="Way of answering A").select_option("plain")
    page.get_by_role("combobox", name="Way of answering B").select_option("rag")
    page.get_by_role("button", name="Start the experiment").click()
    expect(page).to_have_url(re.compile(r"/experiments/exp_[0-9a-f]+"))
    return page.url.rsplit("/", 1)[1]


def test_an_experiment_is_started_visited_read_and_stopped_with_its_winner(
    api: httpx.Client, page: Page, split: str
) -> None:
    name = f"Does it help? {uuid.uuid4().hex[:6]}"
    id = start(page, name, split)
    expect(page.get_by_text("No visitor yet")).to_be_visible()

    variants = [visit(api, split, number) for number in range(VISITORS)]
    assert set(variants) == {"plain", "rag"}
    page.reload()
    report = api.get(f"/api/experiments/{id}/report").json()
    assert report["decision"] == "winner", report["verdict"]
    verdict = page.get_by_role("region", name="What it says")
    expect(verdict).to_contain_text(report["verdict"])
    traffic = page.get_by_role("table").filter(has=page.get_by_role("columnheader", name="Answers shown"))
    for arm, label in zip(report["arms"], ("Plain", "RAG"), strict=True):
        assert arm["visitors"] == variants.count(arm["variant"])
        row = traffic.get_by_role("row").filter(has_text=label)
        expect(row.get_by_role("cell").nth(3)).to_have_text(str(arm["visitors"]))
    expect(page.get_by_text("The split fits the weights")).to_be_visible()
    compared = report["metrics"][0]["comparisons"][0]
    difference = page.get_by_role("table", name="Difference from Plain").first
    expect(difference).to_contain_text(f"{compared['difference'] * 100:+.0f} points")
    expect(difference).to_contain_text(f"{compared['low'] * 100:+.0f} to {compared['high'] * 100:+.0f} points")

    stop = page.get_by_role("button", name="Stop the experiment")
    winner = page.get_by_role("radio", name=re.compile("^RAG for all questions"))
    stop.click()
    expect(winner).to_be_checked()
    page.get_by_role("dialog").get_by_role("button", name="Close").click()

    page.get_by_role("button", name="Change weights").click()
    page.get_by_role("spinbutton", name="Plain").fill("20")
    page.get_by_role("spinbutton", name="RAG").fill("80")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("Phase 2")).to_be_visible()
    weights = api.get(f"/api/experiments/{id}").json()["phases"][-1]["weights"]
    assert weights == pytest.approx({"plain": 0.2, "rag": 0.8})

    stop.click()
    winner.check()
    page.get_by_role("button", name="Stop now").click()
    expect(page.get_by_text("Winner:")).to_be_visible()
    expect(stop).to_have_count(0)
    assert api.get(f"/api/collections/{split}/default-variant").json()["variant"] == "rag"

    table = api.get(str(page.get_by_role("link", name="Export CSV").get_attribute("href"))).text.splitlines()
    assert len(table) == VISITORS + 1
    page.goto("/experiments")
    expect(page.get_by_role("row").filter(has_text=name)).to_contain_text("Stopped")


def test_visitors_that_do_not_fit_the_weights_grey_the_figures_out(api: httpx.Client, page: Page, split: str) -> None:
    asked = {
        "name": f"Broken split {uuid.uuid4().hex[:6]}",
        "collection": split,
        "metric": "feedback",
        "variants": [{"variant": "plain"}, {"variant": "rag"}],
    }
    id = api.post("/api/experiments", json=asked).json()["id"]
    for number in range(4):
        visit(api, split, number)

    def broken(route: Route) -> None:
        """The report as it is when a lane loses its visitors, which the service itself never does."""
        report = route.fetch().json()
        report["srm"] = {"chi2": 30.0, "p": 4.3e-08, "alarm": True}
        report |= {"decision": "mismatch", "leader": None, "verdict": "Nothing can be concluded."}
        for arm, visitors in zip(report["arms"], (40, 110), strict=True):
            arm |= {"visitors": visitors, "expected": 75.0}
        for metric in report["metrics"]:
            metric["greyed"] = True
        route.fulfill(json=report)

    page.route("**/report?*", broken)
    page.goto(f"/experiments/{id}")
    alarm = page.get_by_role("alert")
    expect(alarm).to_contain_text("The split does not fit")
    expect(alarm).to_contain_text("75 : 75 visitors were expected, 40 : 110 came (p < 0.001)")
    greyed = page.get_by_title("Greyed out: the visitors do not fit the weights.")
    expect(greyed.first).to_be_visible()
    expect(greyed.first).to_have_css("filter", "grayscale(1)")
    verdict = page.get_by_role("region", name="What it says")
    expect(verdict.get_by_text("Better", exact=True)).to_have_count(0)
    page.unroute("**/report?*")
    page.reload()
    expect(page.get_by_text("Too few visitors yet to tell whether the split fits")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_an_experiment_that_nobody_rated_says_so_and_draws_no_empty_axes(
    api: httpx.Client, page: Page, split: str
) -> None:
    lanes = [{"variant": "plain"}, {"variant": "rag"}]
    asked = {"name": f"Unrated {uuid.uuid4().hex[:6]}", "collection": split, "metric": "feedback", "variants": lanes}
    id = api.post("/api/experiments", json=asked).json()["id"]
    body = {"question": QUESTION, "collection": split, "stream": False}
    for visitor in ("ann", "bob", "eve", None):
        assert api.post("/api/chat", json={**body, "visitor": visitor}).status_code == 200
    report = api.get(f"/api/experiments/{id}/report").json()
    assert report["left_out"]["nameless"] == 1
    page.goto(f"/experiments/{id}")
    traffic = page.get_by_role("table").filter(has=page.get_by_role("columnheader", name="Answers shown"))
    expect(traffic.get_by_role("row").nth(1).get_by_role("cell").last).to_have_text("1.5")
    expect(page.get_by_role("region", name="What it says")).to_contain_text(report["verdict"])
    expect(page.get_by_text("1 of callers that named no visitor")).to_be_visible()
    expect(page.get_by_role("table", name="Thumbs up among rated answers")).to_have_count(0)
    expect(page.get_by_text("more visitors").filter(visible=True)).to_have_count(0)

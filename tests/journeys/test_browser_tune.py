"""From a file of pairs to a model that answers, in a real browser: data, training, curve, widget, comparison."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.doubles import browser as browsers
from tests.doubles.fake_openai import FakeOpenAI, Reply
from tests.doubles.host_page import HostPage
from tests.doubles.openai_all import LEARNT, OpenAIAll
from tests.doubles.served import FAKE_KEY, Served, serving

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

UNTUNED = "I have never heard of that room."
ASKED = "What is the code of room 7?"
TRAINED_SECONDS = 200_000
"""Milliseconds: the provider is asked every ten seconds, and a job takes four looks."""


def pairs() -> list[dict[str, str]]:
    """Twenty-four, of which one is there twice and one tells somebody's address."""
    made = [
        {"question": f"What is the code of room {n}?", "answer": f"The code of room {n} is {n * 37}."}
        for n in range(22)
    ]
    told = {"question": "Who knows the codes?", "answer": "Write to ada.lindqvist@quillmere.example."}
    return [*made, made[3], told]


@pytest.fixture(scope="module")
def openai() -> Iterator[OpenAIAll]:
    server = OpenAIAll()
    with server:
        yield server


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, host: HostPage, openai: OpenAIAll) -> Iterator[Served]:
    """A service with a key for the stand-in of OpenAI; all else is asked of the usual stand-in."""
    with (
        FakeOpenAI(key=FAKE_KEY) as fake,
        serving(
            tmp_path_factory.mktemp("tuning"),
            fake,
            allowed_origins=host.origin,
            openai_api_key=openai.key,
            openai_base_url=openai.url,
        ) as served,
    ):
        fake.default = Reply(UNTUNED)
        yield served


@pytest.fixture
def at(browser: Browser, service: Served, host: HostPage) -> Iterator[Page]:
    with browsers.open_page(browser, (service.url, host.origin)) as (page, seen):
        yield page
        assert seen.errors == []
        assert seen.elsewhere == []


def uploaded(page: Page) -> str:
    """From nothing to a set of pairs, reviewed; its id."""
    page.goto("/tune")
    expect(page.get_by_text("No training yet")).to_be_visible()
    page.get_by_role("link", name="Add training data").click()
    expect(page.get_by_role("button", name=re.compile("Add a file of pairs"))).to_be_visible()
    text = "\n".join(json.dumps(one) for one in pairs())
    page.locator("input[type=file]").set_input_files(
        {"name": "rooms.jsonl", "mimeType": "application/octet-stream", "buffer": text.encode()}
    )
    expect(page).to_have_url(re.compile(r"/tune/pairs_[0-9a-f]+"))
    checks = page.get_by_role("region", name="Checks")
    expect(checks).to_contain_text("Duplicate")
    expect(checks).to_contain_text("1 duplicate left out")
    leak = page.get_by_role("article", name="Who knows the codes?")
    expect(leak).to_contain_text("Personal data")
    leak.focus()
    page.keyboard.press("r")
    expect(leak).to_have_count(0)
    expect(page.get_by_role("link", name="Rejected (1)")).to_be_visible()
    expect(checks).not_to_contain_text("Personal data")
    return page.url.rsplit("/", 1)[1]


def trained(page: Page, api: httpx.Client) -> str:
    """Begin a training at the provider and see it through; its id."""
    page.get_by_role("link", name="Train with it").click()
    expect(page.get_by_role("textbox", name="Name")).to_have_value("rooms")
    page.get_by_role("radio", name=re.compile("OpenAI")).check()
    price = page.get_by_role("region", name="Price")
    expect(price).to_contain_text(re.compile(r"About \$0\.\d+"))
    expect(price).to_contain_text("list price of")
    page.get_by_text("Settings", exact=True).last.click()
    page.get_by_role("spinbutton", name="Epochs").fill("2")
    page.get_by_role("spinbutton", name="Epochs").blur()
    expect(price).to_contain_text("× 2 epochs")
    page.get_by_role("button", name="Begin training").click()
    expect(page).to_have_url(re.compile(r"/tune/ft_[0-9a-f]+"))
    id = page.url.rsplit("/", 1)[1]
    curve = page.get_by_role("img", name=re.compile("Loss of rooms"))
    expect(curve).to_be_visible(timeout=TRAINED_SECONDS)
    expect(page.get_by_role("region", name="Try it")).to_be_visible(timeout=TRAINED_SECONDS)
    job = api.get(f"/api/finetunes/{id}").json()
    assert job["status"] == "finished", job
    assert len(job["loss"]) == 2
    expect(page.get_by_role("img", name=re.compile(r"validation fell from 2\.50 to 1\.25 at step 2"))).to_be_visible()
    made = page.get_by_role("region", name="How it was made")
    expect(made).to_contain_text(job["data"]["hash"])
    expect(made).to_contain_text(re.compile(r"Epochs\s*2"))
    return id


def asked_in_the_widget(page: Page, service: Served, host: HostPage) -> None:
    host.tag = f'<script src="{service.url}/widget.js" data-title="Help" data-switch="true"></script>'
    try:
        page.goto(host.origin)
        page.get_by_role("button", name="Open chat").click()
        panel = page.get_by_role("dialog", name="Help")
        panel.get_by_role("radio", name="Fine-tuned", exact=True).check(force=True)
        panel.get_by_role("textbox", name="Your question").fill(ASKED)
        panel.get_by_role("textbox", name="Your question").press("Enter")
        expect(panel.get_by_role("article").last).to_contain_text(LEARNT)
    finally:
        host.tag = ""


def test_from_a_file_to_a_model_that_answers_and_whether_it_was_worth_it(
    service: Served, openai: OpenAIAll, at: Page, host: HostPage
) -> None:
    with service.client() as api:
        uploaded(at)
        id = trained(at, api)
        [created] = openai.created
        lines = openai.contents[created["training_file"]].decode().splitlines()
        assert not any("lindqvist" in line for line in lines), "a rejected pair was sent"

        asked_in_the_widget(at, service, host)
        tuned = openai.jobs["ftjob-0001"]["fine_tuned_model"]
        assert openai.asked == [tuned]

        at.goto(f"/tune/{id}")
        at.get_by_role("link", name="Compare with its base").click()
        box = at.get_by_role("textbox", name="Your question")
        box.fill(ASKED)
        box.press("Enter")
        lanes = at.get_by_role("list", name="Lanes").get_by_role("listitem")
        expect(lanes.filter(has=at.get_by_role("heading", name="Fine-tuned"))).to_contain_text(LEARNT)
        expect(lanes.filter(has=at.get_by_role("heading", name="Plain"))).to_contain_text(UNTUNED)

        cases = [{"id": "seven", "question": "Tell me room seven's code.", "answers": ["259"]}]
        assert api.post("/api/datasets", json={"name": "codes", "cases": cases}).status_code == 201
        at.goto(f"/tune/{id}")
        at.get_by_role("combobox", name="Dataset").select_option(label="codes (1)")
        at.get_by_role("button", name="Find out").click()
        expect(at).to_have_url(re.compile(r"/evaluate/run_[0-9a-f]+"))
        run = api.get(f"/api/runs/{at.url.rsplit('/', 1)[1]}").json()
        assert [arm["name"] for arm in run["arms"]] == ["plain", "few_shot", "rag", "fine_tuned", "rag_fine_tuned"]
        expect(at.get_by_role("region", name="What it says")).to_be_visible(timeout=120_000)


def test_pairs_that_give_a_dataset_away_keep_a_training_from_beginning(service: Served, at: Page) -> None:
    with service.client() as api:
        question = "In which year did the lighthouse of Quillmere go dark for good?"
        cases = [{"id": "dark", "question": question, "answers": ["1974"]}]
        dataset = api.post("/api/datasets", json={"name": "light", "cases": cases}).json()
        given = [*pairs()[:20], {"question": question, "answer": "It went dark in 1974."}]
        made = api.post("/api/pairs", json={"name": "leaky", "pairs": given}).json()
        try:
            at.goto(f"/tune/{made['id']}")
            expect(at.get_by_role("article", name=question)).to_contain_text("In a dataset")
            at.get_by_role("link", name="Train with it").click()
            at.get_by_role("radio", name=re.compile("OpenAI")).check()
            expect(at.get_by_role("region", name="Checks")).to_contain_text("must be mended before training")
            expect(at.get_by_role("button", name="Begin training")).to_be_disabled()
            at.get_by_role("link", name="leaky").click()
            at.get_by_role("button", name=f"Reject: {question}").click()
            expect(at.get_by_role("article", name=question)).to_have_count(0)
            at.get_by_role("link", name="Train with it").click()
            at.get_by_role("radio", name=re.compile("OpenAI")).check()
            expect(at.get_by_role("button", name="Begin training")).to_be_enabled()
        finally:
            assert api.delete(f"/api/pairs/{made['id']}").status_code == 204
            assert api.delete(f"/api/datasets/{dataset['id']}").status_code == 204


def test_drafts_are_mended_and_accepted_by_keys(service: Served, at: Page) -> None:
    with service.client() as api:
        made = api.post("/api/pairs", json={"name": "kept", "pairs": pairs()[:2]}).json()
        drafts = {"pairs": pairs()[4:7], "status": "draft"}
        assert api.post(f"/api/pairs/{made['id']}/items", json=drafts).status_code == 201
        try:
            at.goto(f"/tune/{made['id']}?status=draft")
            rows = at.get_by_role("article")
            expect(rows).to_have_count(3)
            rows.first.focus()
            at.keyboard.press("a")
            expect(rows).to_have_count(2)
            expect(at.get_by_role("article", name="What is the code of room 5?")).to_be_focused()
            at.keyboard.press("r")
            expect(rows).to_have_count(1)
            at.keyboard.press("e")
            at.get_by_role("textbox", name="Answer").fill("It is 222, as ever.")
            at.get_by_role("button", name="Save and accept").click()
            expect(at.get_by_text("Nothing waits for review.")).to_be_visible()
            kept = api.get(f"/api/pairs/{made['id']}/items").json()["items"]
            assert [one["status"] for one in kept] == ["accepted", "accepted", "accepted", "rejected", "accepted"]
            assert kept[-1]["answer"] == "It is 222, as ever."
        finally:
            assert api.delete(f"/api/pairs/{made['id']}").status_code == 204


def test_a_file_with_bad_lines_is_refused_line_by_line(browser: Browser, service: Served, tmp_path: Path) -> None:
    file = tmp_path / "broken.jsonl"
    file.write_text('{"question": "Who?", "answer": "Ada."}\n{"question": "When?"}\nnot json\n')
    with browsers.open_page(browser, (service.url,)) as (page, _):
        page.goto("/tune/data")
        expect(page.get_by_role("button", name=re.compile("Add a file of pairs"))).to_be_visible()
        page.locator("input[type=file]").set_input_files(file)
        alert = page.get_by_role("alert")
        expect(alert).to_contain_text("“broken.jsonl” was not added")
        expect(alert.get_by_role("listitem")).to_have_count(2)
        expect(alert.get_by_role("listitem").first).to_contain_text("line 2")
        expect(alert.get_by_role("listitem").last).to_contain_text("line 3")

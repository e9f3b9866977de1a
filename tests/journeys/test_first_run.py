"""The first start on an empty folder, and the second: the examples are there, are answered from, and stay."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.doubles import browser as browsers
from tests.doubles.fake_openai import FakeOpenAI, Messages, Reply
from tests.doubles.served import FAKE_KEY, Served, serving, wait_for

pytestmark = [pytest.mark.timeout(400)]

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
FILES = sorted(path for path in (EXAMPLES / "documents").iterdir() if path.is_file())
QUESTION = "By how many months can the warranty of a sonde be extended, and for how many pounds?"


def truthful(messages: Messages) -> str:
    """What a model says that reads only what it is given: the sentence about extending the warranty."""
    for sentence in " ".join(messages[-1]["content"].split()).replace("Question:", ". ").split(". "):
        if "can be extended by" in sentence:
            return f"{sentence.strip().removesuffix('.')}."
    return "I do not know."


@pytest.fixture
def fake() -> Iterator[FakeOpenAI]:
    with FakeOpenAI(key=FAKE_KEY) as server:
        server.default = Reply(truthful)
        yield server


def documents(api: httpx.Client) -> list[dict[str, object]]:
    items: list[dict[str, object]] = api.get("/api/documents", params={"collection": "default", "limit": 200}).json()[
        "items"
    ]
    return items


@pytest.mark.browser
def test_from_nothing_to_a_cited_answer_and_again(tmp_path: Path, fake: FakeOpenAI, browser: Browser) -> None:
    with serving(tmp_path, fake, "--seed", str(EXAMPLES)) as served, served.client() as api:
        wait_for(lambda: _all_in(api), 120, "the example documents are loaded")
        first = documents(api)
        assert [item["error"] for item in first if item["status"] != "indexed"] == []
        assert len(api.get("/api/examples").json()["items"]) == 8
        _ask_in_browser(browser, served)
        conversation = api.post("/api/chat", json={"question": QUESTION, "variant": "rag", "stream": False}).json()[
            "conversation_id"
        ]
    with serving(tmp_path, fake, "--seed", str(EXAMPLES)) as served, served.client() as api:
        assert [item["id"] for item in documents(api)] == [item["id"] for item in first]
        assert len(api.get("/api/examples").json()["items"]) == 8
        assert len(api.get(f"/api/conversations/{conversation}").json()["turns"]) == 1
        found = api.post("/api/search", json={"query": QUESTION, "collection": "default", "k": 5}).json()["passages"]
        assert any("warranty-terms" in passage["name"] for passage in found)
        assert api.post("/api/maintenance/verify").json()["differences"] == []


def _all_in(api: httpx.Client) -> bool:
    items = documents(api)
    return len(items) == len(FILES) and all(item["status"] in ("indexed", "failed") for item in items)


def _ask_in_browser(browser: Browser, served: Served) -> None:
    with browsers.open_page(browser, (served.url,)) as (page, seen):
        page.goto("/")
        box = page.get_by_role("textbox", name="Your question")
        box.fill(QUESTION)
        box.press("Enter")
        answer = page.get_by_role("article").last
        expect(answer).to_have_attribute("aria-busy", "false")
        answer.get_by_role("button", name="Source 1").first.click()
        expect(page.locator("mark")).to_contain_text("extended by 24 months")
        assert seen.errors == []
        assert seen.elsewhere == []

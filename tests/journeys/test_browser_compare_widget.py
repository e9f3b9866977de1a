"""The widget that puts two blind answers to the vote in place of one, and goes on with the preferred one."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.doubles import browser as browsers
from tests.doubles.fake_openai import Messages, Reply
from tests.doubles.handbook import ANSWER, FOLLOW_UP, QUESTION
from tests.doubles.host_page import HostPage
from tests.doubles.served import Served

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

WITHOUT_DOCUMENTS = "Perhaps as much as a bathtub holds."
NAMES = re.compile(r"\b(plain|rag|few[-_ ]?shot)\b", re.IGNORECASE)


def by_documents(messages: Messages) -> str:
    return ANSWER if "4,200" in messages[-1]["content"] else WITHOUT_DOCUMENTS


@pytest.fixture
def tag(served: Served, host: HostPage, handbook: str) -> Iterator[None]:
    source, options = f"{served.url}/widget.js", 'data-title="Help" data-vote="always"'
    host.tag = f'<script src="{source}" data-collection="{handbook}" {options}></script>'
    yield
    host.tag = ""


def opened(page: Page, host: HostPage) -> Locator:
    page.goto(host.origin)
    page.get_by_role("button", name="Open chat").click()
    panel = page.get_by_role("dialog", name="Help")
    expect(panel).to_be_visible()
    return panel


def ask(panel: Locator, question: str) -> None:
    box = panel.get_by_role("textbox", name="Your question")
    box.fill(question)
    box.press("Enter")


@pytest.mark.usefixtures("tag")
def test_two_answers_are_voted_on_and_the_conversation_goes_on(
    served: Served, api: httpx.Client, page: Page, host: HostPage, handbook: str
) -> None:
    served.fake.default = Reply(by_documents)
    panel = opened(page, host)
    ask(panel, QUESTION)
    vote = panel.get_by_role("group", name="Which answer is better?")
    expect(vote).to_be_visible()
    answers = panel.get_by_role("article")
    expect(answers).to_have_count(2)
    preferred = answers.last.locator(".prose")
    expect(preferred).not_to_be_empty()
    text = preferred.inner_text().splitlines()[0]
    assert NAMES.search(panel.locator("px-vote-view").inner_text()) is None
    votes = _votes(api, handbook)
    vote.get_by_role("button", name="B is better").click()

    thread = panel.get_by_role("article")
    expect(thread).to_have_count(1)
    expect(panel.get_by_role("status")).to_contain_text("The conversation goes on with the answer you preferred.")
    expect(panel.get_by_role("status")).to_contain_text(re.compile("It was (Plain|RAG|Few-shot)"))
    if text != "I cannot answer this.":
        expect(thread).to_contain_text(text)
    assert _votes(api, handbook) == votes + 1

    ask(panel, FOLLOW_UP)
    expect(panel.get_by_role("group", name="Which answer is better?")).to_be_visible()
    before = [message["content"] for request in served.fake.chats()[-2:] for message in request.body["messages"][:-1]]
    assert any(QUESTION in said for said in before), "what was said before was not known to the lanes"
    panel.get_by_role("button", name="Go on without a vote").click()
    expect(panel.get_by_role("article")).to_have_count(2)
    expect(panel.get_by_role("article").last).to_have_attribute("aria-busy", "false")
    page.reload()
    page.get_by_role("button", name="Open chat").click()
    expect(panel.get_by_role("article")).to_have_count(2)


@pytest.mark.usefixtures("tag")
def test_without_both_answers_there_is_one_as_always(served: Served, page: Page, host: HostPage) -> None:
    served.fake.default = Reply(ANSWER)
    served.fake.replies.extend([Reply(fault="status", status=400), Reply(fault="status", status=400)])
    panel = opened(page, host)
    ask(panel, QUESTION)
    expect(panel.get_by_role("article")).to_have_count(1)
    expect(panel.get_by_role("article")).to_contain_text("4,200 litres")


@pytest.mark.usefixtures("tag")
def test_on_a_phone_the_vote_is_within_reach(served: Served, browser: Browser, host: HostPage) -> None:
    served.fake.default = Reply(by_documents)
    own = (served.url, host.origin)
    with browsers.open_page(browser, own, viewport={"width": 390, "height": 780}) as (page, seen):
        panel = opened(page, host)
        ask(panel, QUESTION)
        for name in ("A is better", "B is better", "Tie", "Both are bad"):
            button = panel.get_by_role("button", name=name)
            expect(button).to_be_in_viewport()
        panel.get_by_role("button", name="Tie").click()
        expect(panel.get_by_role("status")).to_contain_text("The conversation goes on with answer A.")
        assert seen.errors == []


def _votes(api: httpx.Client, collection: str) -> int:
    votes: int = api.get("/api/leaderboard", params={"collection": collection}).json()["votes"]
    return votes

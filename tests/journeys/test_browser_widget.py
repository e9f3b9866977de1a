"""The widget in a real browser, on somebody else's page: one script tag, and no trace on what was there before."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.doubles import browser as browsers
from tests.doubles.fake_openai import Messages, Reply
from tests.doubles.handbook import ANSWER, FOLLOW_UP, FOLLOW_UP_ANSWER, QUESTION
from tests.doubles.host_page import HostPage
from tests.doubles.served import Served

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

STYLES = """() => [...document.querySelectorAll('html, body, main, main *')].map((element) => {
    const style = getComputedStyle(element)
    return [element.tagName, ...[...style].map((name) => name + ':' + style.getPropertyValue(name))]
})"""

LIT_OWN = {"litElementVersions", "litHtmlVersions", "litPropertyMetadata", "reactiveElementVersions"}
"""What Lit itself keeps on `window`, so that two copies of it notice each other."""


@pytest.fixture
def tag(served: Served, host: HostPage, handbook: str) -> Iterator[None]:
    """The host page with the widget's tag on it."""
    host.tag = f'<script src="{served.url}/widget.js" data-collection="{handbook}" data-title="Help"></script>'
    yield
    host.tag = ""


def opened(page: Page, host: HostPage) -> Locator:
    page.goto(host.origin)
    page.get_by_role("button", name="Open chat").click()
    panel = page.get_by_role("dialog", name="Help")
    expect(panel).to_be_visible()
    panel.evaluate("(element) => Promise.all(element.getAnimations().map((animation) => animation.finished))")
    return panel


def ask(panel: Locator, question: str) -> None:
    box = panel.get_by_role("textbox", name="Your question")
    box.fill(question)
    box.press("Enter")


@pytest.mark.usefixtures("tag")
def test_ask_cite_copy_rate_and_find_it_all_again(
    served: Served, api: httpx.Client, page: Page, host: HostPage
) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    served.fake.default = Reply(ANSWER, pause=0.02)
    panel = opened(page, host)
    ask(panel, QUESTION)
    answer = panel.get_by_role("article").last
    expect(answer).to_contain_text(ANSWER.removesuffix("."))
    expect(answer).to_have_attribute("aria-busy", "false")

    answer.get_by_role("button", name="Copy answer").click()
    expect(answer.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").startswith(ANSWER.removesuffix("."))

    answer.get_by_role("button", name="Source 1: heron.md").first.click()
    expect(panel.locator("mark")).to_have_text(re.compile("4,200 litres of seawater an hour"))
    panel.get_by_role("button", name="Back to the answer").click()

    answer.get_by_role("button", name="Bad answer").click()
    answer.get_by_text("Incomplete", exact=True).click()
    answer.get_by_label("Say more (optional)").fill("No word on warranty.")
    with page.expect_response(re.compile("/feedback$")) as sent:
        answer.get_by_role("button", name="Send", exact=True).click()
    assert sent.value.status == 200
    assert sent.value.request.post_data_json == {
        "rating": -1,
        "reason": "incomplete",
        "comment": "No word on warranty.",
    }
    expect(answer.get_by_role("button", name="Bad answer")).to_have_attribute("aria-pressed", "true")

    panel = opened(page, host)  # reloaded
    expect(panel.get_by_role("article")).to_have_count(1)
    expect(panel.get_by_role("article")).to_contain_text("4,200 litres")
    served.fake.default = Reply(FOLLOW_UP_ANSWER)
    ask(panel, FOLLOW_UP)
    expect(panel.get_by_role("article").last).to_contain_text("36 months")
    assert ANSWER in str(served.fake.chats()[-1].body["messages"]), "the conversation was forgotten"

    panel.get_by_role("button", name="New conversation").click()
    expect(panel.get_by_role("article")).to_have_count(0)


@pytest.mark.usefixtures("tag")
def test_stop_and_ask_again(served: Served, page: Page, host: HostPage) -> None:
    served.fake.default = Reply(fault="hang")
    aborted = served.fake.aborted
    panel = opened(page, host)
    chats = len(served.fake.chats())
    ask(panel, QUESTION)
    assert served.fake.wait_for(lambda fake: len(fake.chats()) > chats)
    panel.get_by_role("button", name="Stop", exact=True).click()
    expect(panel.get_by_role("article").last).to_contain_text("Stopped")
    assert served.fake.wait_for(lambda fake: fake.aborted > aborted, 2)
    served.fake.default = Reply(ANSWER)
    panel.get_by_role("article").last.get_by_role("button", name="Ask again").click()
    expect(panel.get_by_role("article").last).to_contain_text("4,200 litres")


@pytest.mark.usefixtures("tag")
def test_asking_again_does_not_read_the_answer_it_replaces(served: Served, page: Page, host: HostPage) -> None:
    def varied(_: Messages) -> str:
        return f"{ANSWER} It draws 38 watts at full speed."

    served.fake.default = Reply(ANSWER)
    panel = opened(page, host)
    ask(panel, QUESTION)
    answer = panel.get_by_role("article").last
    expect(answer).to_contain_text("4,200 litres")
    served.fake.default = Reply(varied)
    answer.get_by_role("button", name="Ask again").click()
    expect(panel.get_by_role("article").last).to_contain_text("38 watts")
    assert [message["role"] for message in served.fake.chats()[-1].body["messages"]] == ["system", "user"]


@pytest.mark.usefixtures("tag")
def test_the_keyboard_is_enough(page: Page, host: HostPage) -> None:
    page.goto(host.origin)
    launcher = page.get_by_role("button", name="Open chat")
    launcher.focus()
    page.keyboard.press("Enter")
    panel = page.get_by_role("dialog", name="Help")
    expect(panel.get_by_role("textbox", name="Your question")).to_be_focused()
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(launcher).to_be_focused()


def test_the_page_around_it_stays_as_it_was(served: Served, page: Page, host: HostPage, handbook: str) -> None:
    page.goto(host.origin)
    before = page.evaluate(STYLES)
    names = page.evaluate("Object.keys(window)")
    host.tag = f'<script src="{served.url}/widget.js" data-collection="{handbook}" data-title="Help"></script>'
    try:
        served.fake.default = Reply(ANSWER)
        panel = opened(page, host)
        ask(panel, QUESTION)
        expect(panel.get_by_role("article")).to_contain_text("4,200 litres")
        assert page.evaluate(STYLES) == before
        added = set(page.evaluate("Object.keys(window)")) - set(names)
        assert added <= LIT_OWN, "the widget leaves names in the page"
        button = panel.get_by_role("button", name="Send question")
        style = button.evaluate(
            "(element) => { const s = getComputedStyle(element); return [s.textTransform, s.backgroundColor] }"
        )
        assert style[0] == "none", "the host page's styles reach into the widget"
        assert style[1] != "rgb(200, 0, 0)"
    finally:
        host.tag = ""


def test_in_traditional_chinese(served: Served, page: Page, host: HostPage, handbook: str) -> None:
    tongue = 'data-lang="zh-TW" data-title="幫手"'
    host.tag = f'<script src="{served.url}/widget.js" data-collection="{handbook}" {tongue}></script>'
    try:
        page.goto(host.origin)
        page.get_by_role("button", name="開啟對話").click()
        panel = page.get_by_role("dialog", name="幫手")
        expect(panel).to_contain_text("想知道什麼？")
        expect(panel.get_by_role("textbox", name="您的問題")).to_be_visible()
        served.fake.default = Reply(fault="status", status=500)
        ask_box = panel.get_by_role("textbox", name="您的問題")
        ask_box.fill(QUESTION)
        panel.get_by_role("button", name="送出問題").click()
        expect(panel.get_by_role("alert").get_by_role("button", name="重新回答")).to_be_visible()
        assert page.locator("html").get_attribute("lang") == "en"
    finally:
        host.tag = ""


@pytest.mark.usefixtures("tag")
def test_it_fills_a_phone(browser: Browser, served: Served, host: HostPage) -> None:
    phone = {"viewport": {"width": 390, "height": 740}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
    with browsers.open_page(browser, (served.url, host.origin), **phone) as (page, seen):
        panel = opened(page, host)
        box = panel.bounding_box()
        assert box == pytest.approx({"x": 0, "y": 0, "width": 390, "height": 740}, abs=0.01)
        panel.get_by_role("button", name="Close").click()
        expect(panel).to_be_hidden()
        assert seen.errors == []


@pytest.mark.usefixtures("tag")
def test_it_is_small_on_a_desk(page: Page, host: HostPage) -> None:
    box = opened(page, host).bounding_box()
    assert box is not None
    assert box["width"] < 400.5
    assert box["height"] < 640.5


def test_the_page_that_ships_with_it(served: Served, page: Page) -> None:
    served.fake.default = Reply("x")
    page.goto("/embed.html")
    page.get_by_role("button", name="Open chat").click()
    panel = page.get_by_role("dialog", name="Ask our documents")
    ask(panel, "What is the capital of nowhere in particular?")
    expect(panel.get_by_role("article").last).to_have_attribute("aria-busy", "false")
    expect(panel.get_by_role("article").last).to_contain_text("No answer found in the documents")


def test_the_switch_shows_what_is_on_and_the_answer_who_gave_it(
    served: Served, page: Page, host: HostPage, handbook: str
) -> None:
    served.fake.default = Reply(ANSWER)
    tag = f'<script src="{served.url}/widget.js" data-collection="{handbook}" data-title="Help" data-variant="auto"'
    host.tag = f'{tag} data-switch="true"></script>'
    try:
        panel = opened(page, host)
        ways = panel.get_by_role("group", name="Way of answering")
        expect(ways.get_by_role("radio", name="Auto")).to_be_checked()
        ask(panel, QUESTION)
        expect(panel.get_by_role("article").last).to_contain_text("RAG")
        ways.get_by_text("Plain", exact=True).click()
        expect(ways.get_by_role("radio", name="Plain")).to_be_checked()
        ask(panel, FOLLOW_UP)
        expect(panel.get_by_role("article").last).to_contain_text("Plain")
        host.tag = f"{tag}></script>"
        panel = opened(page, host)
        expect(panel.get_by_role("article").first).to_contain_text("4,200 litres")
        expect(panel.get_by_role("article").first).not_to_contain_text("RAG")
    finally:
        host.tag = ""

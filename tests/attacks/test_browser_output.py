"""Whatever a model says or a document is called, a browser shows it as text: nothing runs, nothing is fetched."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.doubles import browser as browsers
from tests.doubles.fake_openai import Reply
from tests.doubles.handbook import ANSWER, QUESTION
from tests.doubles.host_page import HostPage
from tests.doubles.served import Served, wait_for

pytestmark = [pytest.mark.attack, pytest.mark.browser, pytest.mark.timeout(240)]

DONE = "END-OF-ANSWER"


def payloads(listener: str) -> dict[str, str]:
    return {
        "script": "<script>window.hacked=1</script>",
        "event handler": "<img src=x onerror='window.hacked=1'>",
        "remote image": f"<img src='{listener}/leak?a'>",
        "markdown image": f"![shown]({listener}/leak?b)",
        "reference image": f"![shown][r]\n\n[r]: {listener}/leak?c",
        "markdown link": f"[click]({listener}/leak?d)",
        "script link": "[click](javascript:window.hacked=1)",
        "data link": "[click](data:text/html,<script>window.hacked=1</script>)",
        "autolink": f"<{listener}/leak?e>",
        "bare link": f"{listener}/leak?f",
        "ping": f"<a href='/x' ping='{listener}/leak?g'>x</a>",
        "style": f"<style>@import '{listener}/leak?h'; * {{ background: url({listener}/leak?i) }}</style>",
        "inline style": f"<p style='background:url({listener}/leak?j)'>x</p>",
        "frame": f"<iframe srcdoc='<script>parent.hacked=1</script>' src='{listener}/leak?k'></iframe>",
        "vector image": f"<svg onload='window.hacked=1'><image href='{listener}/leak?l'/></svg>",
        "formula": "<math><mtext><option><FAKEFAKE><option></option><mglyph><svg><mtext><style><a title='</style>"
        "<img src onerror=window.hacked=1>'>",
        "object": f"<object data='{listener}/leak?m'></object><embed src='{listener}/leak?n'>",
        "refresh": f"<meta http-equiv=refresh content='0;url={listener}/leak?o'><base href='{listener}'>",
        "template": "${window.hacked=1} {{constructor.constructor('window.hacked=1')()}}",
        "code": "```html\n<script>window.hacked=1</script>\n```",
        "table": f"| a | b |\n|---|---|\n| <img src=x onerror=window.hacked=1> | ![]({listener}/leak?p) |",
    }


NEVER = "script, iframe, object, embed, img, image, meta, base, link, math"
"""None of these may stand where foreign text is shown, nor any attribute that runs."""

INSIDE = """(top, never) => {
    const found = []
    const walk = (root) => {
        for (const element of root.querySelectorAll('*')) {
            const runs = [...element.attributes].some(({ name }) => name.startsWith('on'))
            if (runs || element.matches(never)) found.push(element.outerHTML)
            if (element.shadowRoot) walk(element.shadowRoot)
        }
    }
    walk(top)
    return found
}"""

TEXT = """(top) => {
    const text = (node) => {
        if (node.nodeType === Node.TEXT_NODE) return node.data.trim()
        if (node instanceof HTMLStyleElement) return ''
        return [...(node.shadowRoot ?? node).childNodes].map(text).join(' ')
    }
    return text(top).replace(/\\s+/g, ' ')
}"""
"""What stands in an element, its shadow roots included."""


@pytest.fixture
def listener(host: HostPage) -> Iterator[HostPage]:
    """The host page's server as the place that data would leak to."""
    host.asked.clear()
    yield host
    assert [path for path in host.asked if "leak" in path] == []


def said(served: Served, page: Page, text: str, *, pause: float = 0.0) -> None:
    """Ask, and wait until this answer stands there whole."""
    served.fake.default = Reply(f"{text}\n\n{DONE}", pause=pause)
    box = page.get_by_role("textbox", name="Your question")
    box.fill("What do you say?")
    box.press("Enter")
    answer = page.get_by_role("article").last
    expect(answer).to_contain_text(DONE, timeout=30_000)
    expect(answer).to_have_attribute("aria-busy", "false")


def assert_inert(page: Page) -> None:
    assert page.evaluate("window.hacked") is None
    assert page.get_by_role("article").last.evaluate(INSIDE, f"{NEVER}, form, a[href]") == []


@pytest.mark.parametrize("kind", sorted(payloads("")))
def test_what_a_model_says_is_text(served: Served, page: Page, listener: HostPage, kind: str) -> None:
    page.goto("/chat")
    page.get_by_role("radio", name="Plain").check(force=True)
    said(served, page, f"Before. {payloads(listener.origin)[kind]} After.")
    assert_inert(page)
    expect(page.get_by_role("article").last).to_contain_text("Before.")


def test_all_of_it_in_the_widget(served: Served, page: Page, listener: HostPage, handbook: str) -> None:
    everything = "\n\n".join(payloads(listener.origin).values())
    served.fake.default = Reply(everything)
    listener.tag = f'<script src="{served.url}/widget.js" data-variant="plain" data-title="Help"></script>'
    try:
        page.goto(listener.origin)
        page.get_by_role("button", name="Open chat").click()
        said(served, page, everything)
        assert_inert(page)
    finally:
        listener.tag = ""


def test_a_tag_split_over_the_stream(served: Served, page: Page, listener: HostPage) -> None:
    """The renderer draws again with every piece: no state on the way may run, and the end is what one piece gives."""
    page.goto("/chat")
    page.get_by_role("radio", name="Plain").check(force=True)
    split = f"See < scr ipt> and <img src= x onerror= window.hacked=1 > and ![ x ]( {listener.origin}/leak?s ) [1]( x"
    said(served, page, split, pause=0.03)
    assert_inert(page)
    slowly = page.get_by_role("article").last.evaluate(TEXT)
    said(served, page, split)
    quickly = page.get_by_role("article").last.evaluate(TEXT)
    assert "scr ipt" in slowly
    assert slowly.split(DONE)[0] == quickly.split(DONE)[0]


def test_a_document_s_name_and_text_are_text(
    served: Served, api: httpx.Client, page: Page, listener: HostPage, collection: str
) -> None:
    name = f"<img src=x onerror=window.hacked=1>{uuid.uuid4().hex[:6]}.md"
    text = (
        "# <script>window.hacked=1</script> Heron\n\n"
        "The Heron pump moves 4,200 litres of seawater an hour. "
        f"<img src='{listener.origin}/leak?t' onerror=window.hacked=1>"
    )
    document = served.add(api, collection, name, text)
    served.fake.default = Reply(ANSWER)
    page.goto(f"/documents?collection={collection}")
    expect(page.get_by_role("row").filter(has_text=document["name"][:30])).to_contain_text("Ready")
    page.goto(f"/documents/{document['id']}")
    expect(page.get_by_role("main")).to_contain_text("4,200 litres")
    page.goto("/chat")
    page.get_by_label("Collection").select_option(collection)
    page.get_by_role("radio", name="RAG").check(force=True)
    box = page.get_by_role("textbox", name="Your question")
    box.fill(QUESTION)
    box.press("Enter")
    answer = page.get_by_role("article").last
    expect(answer).to_contain_text("4,200 litres")
    expect(answer).to_have_attribute("aria-busy", "false")
    answer.get_by_role("button", name="Source 1").first.click()
    expect(page.locator("mark")).to_contain_text("4,200 litres")
    assert page.evaluate("window.hacked") is None
    assert page.locator("main").evaluate(INSIDE, NEVER) == []


def test_what_a_person_asks_is_text(served: Served, page: Page, listener: HostPage) -> None:
    served.fake.default = Reply("Fine.")
    page.goto("/chat")
    page.get_by_role("radio", name="Plain").check(force=True)
    box = page.get_by_role("textbox", name="Your question")
    box.fill(f"<img src=x onerror=window.hacked=1> ![x]({listener.origin}/leak?u)")
    box.press("Enter")
    expect(page.get_by_role("article").last).to_contain_text("Fine.")
    assert_inert(page)
    page.reload()
    expect(page.get_by_role("article").last).to_contain_text("Fine.")
    assert page.evaluate("window.hacked") is None
    assert page.locator("main").evaluate(INSIDE, NEVER) == []  # the list of conversations, too


def test_nobody_may_frame_the_pages(served: Served, browser: Browser, host: HostPage) -> None:
    host.tag = f'<iframe id="f" src="{served.url}/"></iframe>'
    try:
        with browsers.open_page(browser, (served.url, host.origin)) as (page, seen):
            page.goto(host.origin)
            wait_for(lambda: _said(page, seen), 10, "the browser says that it refused")
            assert "frame-ancestors" in seen.errors[0]
            assert page.frame_locator("#f").get_by_role("textbox").count() == 0
    finally:
        host.tag = ""


def _said(page: Page, seen: browsers.Seen) -> list[str]:
    page.wait_for_timeout(20)  # its messages come only while the browser is listened to
    return seen.errors

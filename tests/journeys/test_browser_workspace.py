"""The workspace in a real browser: ask, follow a citation, switch, add documents, delete them, copy the tag."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.doubles.fake_openai import Messages, Reply
from tests.doubles.handbook import ANSWER, QUESTION, UNANSWERABLE
from tests.doubles.served import Served

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

WITHOUT_DOCUMENTS = "Perhaps as much as a bathtub holds."


def by_documents(messages: Messages) -> str:
    """What a model says that was given the passages, or was not."""
    return ANSWER if "4,200" in messages[-1]["content"] else WITHOUT_DOCUMENTS


def ask(page: Page, question: str) -> None:
    box = page.get_by_role("textbox", name="Your question")
    box.fill(question)
    box.press("Enter")


def test_ask_follow_the_citation_and_switch(served: Served, page: Page, handbook: str) -> None:
    served.fake.default = Reply(by_documents, pause=0.02)
    page.goto("/")
    page.get_by_label("Collection").select_option(handbook)
    page.get_by_role("radio", name="RAG").check(force=True)
    ask(page, QUESTION)
    answer = page.get_by_role("article").last
    expect(answer).to_contain_text("The Heron pump moves 4,200 litres of seawater an hour.")
    expect(answer).to_have_attribute("aria-busy", "false")

    answer.get_by_role("button", name="Source 1: heron.md").first.click()
    expect(page.get_by_role("tab", name="Document")).to_have_attribute("aria-selected", "true")
    expect(page.locator("mark")).to_have_text(re.compile("moves 4,200 litres of seawater an hour"))
    address = page.url
    page.get_by_role("tab", name="Trace").click()
    expect(page.get_by_role("tabpanel")).to_contain_text(re.compile("retrieve", re.IGNORECASE))
    page.keyboard.press("Escape")
    expect(page.get_by_role("tab", name="Document")).to_have_count(0)

    page.get_by_role("radio", name="Plain").check(force=True)
    page.get_by_role("button", name="Ask again with Plain").click()
    expect(page.get_by_role("article").last).to_contain_text(WITHOUT_DOCUMENTS)
    expect(page.get_by_role("article").first).to_contain_text("4,200 litres")

    page.goto(address)
    expect(page.get_by_role("article").first).to_contain_text("4,200 litres")  # the address can be shared and reloaded


def test_a_decline_says_so_and_shows_what_is_nearest(page: Page, handbook: str) -> None:
    page.goto("/chat")
    page.get_by_label("Collection").select_option(handbook)
    ask(page, UNANSWERABLE)
    expect(page.get_by_role("article").last).to_contain_text("Not in the documents")


def test_an_error_is_said_kindly_and_can_be_tried_again(served: Served, page: Page) -> None:
    served.fake.default = Reply(fault="status", status=500)
    page.goto("/chat")
    page.get_by_role("radio", name="Plain").check(force=True)
    ask(page, "How is the sea?")
    expect(page.get_by_role("alert")).to_contain_text("failed")
    served.fake.default = Reply("Deep and cold.")
    page.get_by_role("alert").get_by_role("button", name="Ask again").click()
    expect(page.get_by_role("article").last).to_contain_text("Deep and cold.")


def test_stop_keeps_what_arrived(served: Served, page: Page) -> None:
    served.fake.default = Reply("and on it goes", fault="endless", pause=0.05)
    aborted = served.fake.aborted
    page.goto("/chat")
    page.get_by_role("radio", name="Plain").check(force=True)
    ask(page, "How is the sea?")
    expect(page.get_by_role("article").last).to_contain_text("and on it goes")
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_role("article").last).to_contain_text("Stopped")
    assert served.fake.wait_for(lambda fake: fake.aborted > aborted, 2)


def test_a_document_is_dropped_indexed_opened_and_deleted(page: Page, collection: str) -> None:
    page.goto(f"/documents?collection={collection}")
    expect(page.get_by_text(f"No documents in “{collection}” yet")).to_be_visible()
    transfer = page.evaluate_handle(
        """() => {
            const carried = new DataTransfer()
            carried.items.add(new File(['# Tides\\n\\nHigh water is at noon.'], 'tides.md', {type: 'text/markdown'}))
            carried.items.add(new File(['%PDF-1.7 nothing'], 'broken.pdf', {type: 'application/pdf'}))
            return carried
        }"""
    )
    page.get_by_role("button", name=re.compile("Drop files here")).dispatch_event("drop", {"dataTransfer": transfer})
    row = page.get_by_role("row").filter(has_text="tides.md")
    expect(row).to_contain_text("Ready", timeout=60_000)
    expect(page.get_by_role("row").filter(has_text="broken.pdf")).to_contain_text("Failed", timeout=60_000)

    row.get_by_role("link", name="tides.md", exact=True).click()
    expect(page.get_by_role("main")).to_contain_text("High water is at noon.")
    page.go_back()

    row.get_by_role("button", name="Delete: tides.md").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    receipt = page.get_by_role("dialog")
    expect(receipt).to_contain_text("Deleted “tides.md”")
    expect(receipt).to_contain_text(re.compile(r"1 passage, 1 file and \d+ cached entr(y|ies) removed; a search for its text finds nothing\."))
    receipt.get_by_role("button", name="Done").click()
    expect(row).to_have_count(0)


def test_settings_show_health_and_give_the_tag(served: Served, page: Page, handbook: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/settings")
    expect(page.get_by_text("Everything is ready")).to_be_visible()
    page.get_by_label("Collection").select_option(handbook)
    page.get_by_role("button", name="Copy the tag").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    tag = page.evaluate("navigator.clipboard.readText()")
    assert tag.startswith("<script")
    assert f'src="{served.url}/widget.js"' in tag
    assert f'data-collection="{handbook}"' in tag


def test_the_keyboard_is_enough(page: Page) -> None:
    page.goto("/chat")
    box = page.get_by_role("textbox", name="Your question")
    expect(box).to_be_visible()
    page.get_by_role("heading", name="What would you like to know?").click()
    page.evaluate("document.activeElement?.blur()")
    page.keyboard.press("?")
    shortcuts = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(shortcuts).to_be_visible()
    page.keyboard.press("Escape")
    expect(shortcuts).to_be_hidden()
    page.get_by_role("heading", name="What would you like to know?").click()
    page.keyboard.press("/")
    expect(box).to_be_focused()
    expect(box).to_have_value("")


def test_every_section_has_an_address(page: Page) -> None:
    page.goto("/")
    sections = page.get_by_role("navigation", name="Sections")
    for name, path in (("Documents", "/documents"), ("Settings", "/settings"), ("Chat", "/chat")):
        sections.get_by_role("link", name=name, exact=True).click()
        expect(page).to_have_url(re.compile(re.escape(path)))
        expect(page).to_have_title(re.compile(name))
    page.goto("/no/such/section")
    expect(page.get_by_role("heading", name="There is no such page")).to_be_visible()


def test_the_reference_page_works(page: Page) -> None:
    page.goto("/docs")
    expect(page.get_by_text("/api/chat", exact=True)).to_be_visible(timeout=30_000)

"""The workspace in a real browser: ask, follow a citation, switch, add documents, delete them, copy the tag."""

from __future__ import annotations

import re

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.doubles import browser as browsers
from tests.doubles.fake_openai import Messages, Reply
from tests.doubles.handbook import ANSWER, DOCUMENTS, QUESTION, UNANSWERABLE
from tests.doubles.host_page import HostPage
from tests.doubles.served import Served, wait_for

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
    tokens = re.compile(r"[\d,]+ tokens read")
    below = tokens.search(answer.inner_text())
    assert below, "the line under the answer has no tokens"
    page.get_by_role("tab", name="Trace").click()
    trace = page.get_by_role("tabpanel").locator("ol")
    expect(trace).to_contain_text("Search the documents")
    assert tokens.findall(trace.inner_text()) == [below.group()]
    assert not re.search(r"\b0\.\d\d", trace.inner_text()), "a number without a unit"
    page.keyboard.press("Escape")
    expect(page.get_by_role("tab", name="Document")).to_have_count(0)

    page.get_by_role("radio", name="Plain").check(force=True)
    page.get_by_role("button", name="Ask again with Plain").click()
    expect(page.get_by_role("article").last).to_contain_text(WITHOUT_DOCUMENTS)
    expect(page.get_by_role("article").first).to_contain_text("4,200 litres")

    page.goto(address)
    expect(page.get_by_role("article").first).to_contain_text("4,200 litres")  # the address can be shared and reloaded


def test_a_decline_says_so_and_why_and_shows_what_is_nearest(served: Served, page: Page, handbook: str) -> None:
    page.goto("/chat")
    page.get_by_label("Collection").select_option(handbook)
    asked = len(served.fake.chats())
    ask(page, UNANSWERABLE)
    answer = page.get_by_role("article").last
    expect(answer).to_contain_text("No answer found in the documents")
    expect(answer).to_contain_text(", so no model was asked.")
    assert len(served.fake.chats()) == asked
    expect(answer).not_to_contain_text("token")
    expect(answer).not_to_contain_text("first word")
    assert served.fake.model not in (answer.get_by_title(re.compile("^RAG")).get_attribute("title") or "")


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
    answer = page.get_by_role("article").last
    expect(answer).to_contain_text("Stopped")
    assert served.fake.wait_for(lambda fake: fake.aborted > aborted, 2)
    expect(answer.get_by_role("button", name="Copy answer")).to_be_visible()
    expect(answer.get_by_role("button", name="Ask again")).to_be_enabled()
    with page.expect_response(re.compile("/feedback$")) as sent:
        answer.get_by_role("button", name="Good answer").click()
    assert sent.value.status == 200
    expect(answer.get_by_role("button", name="Good answer")).to_have_attribute("aria-pressed", "true")


def test_a_screen_reader_hears_whole_sentences(served: Served, page: Page) -> None:
    served.fake.default = Reply(
        "The sea is deep and cold in winter. Nobody swims in it then, save for a few. "
        "In summer it is warm! So they say",
        pause=0.01,
    )
    page.goto("/chat")
    page.get_by_role("radio", name="Plain").check(force=True)
    ask(page, "How is the sea?")
    expect(page.get_by_role("article").last).to_have_attribute("aria-busy", "false")
    expect(page.get_by_role("log").locator("p")).to_have_text(
        [
            "The sea is deep and cold in winter. Nobody swims in it then, save for a few.",
            "In summer it is warm! So they say",
            "Answer complete.",
        ]
    )


def test_answers_can_be_wrong(page: Page) -> None:
    page.goto("/chat")
    expect(page.get_by_text("Answers can be wrong. Check the sources.")).to_be_visible()


def test_a_long_name_of_a_variant_is_shown_or_at_least_told(
    browser: Browser, served: Served, api: httpx.Client, host: HostPage
) -> None:
    label = "Wide passages, checked hard, for lawyers"
    made = {"name": "t-wide-lawyers", "label": label, "approach": "rag"}
    assert api.post("/api/variants", json=made).status_code == 201
    served.fake.default = Reply("Deep and cold.")
    phone = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
    try:
        with browsers.open_page(browser, (served.url, host.origin), **phone) as (page, seen):
            page.goto("/chat")
            segment = page.locator("label").filter(has_text=label)
            expect(segment).to_have_attribute("title", re.compile(f"^{label} · RAG"))
            for box in (segment.bounding_box(), segment.locator("span").last.bounding_box()):
                assert box is not None
                assert box["x"] >= 0
                assert box["x"] + box["width"] <= 360
            page.get_by_role("radio", name=label).check(force=True)
            ask(page, "How is the sea?")
            chip = page.get_by_role("article").last.get_by_title(re.compile(f"^{label} · RAG"))
            expect(chip).to_be_visible()
            assert page.evaluate("document.documentElement.scrollWidth") <= 360
            assert seen.errors == []
    finally:
        assert api.delete("/api/variants/t-wide-lawyers").status_code < 300


def test_a_citation_outlives_its_document(
    served: Served, api: httpx.Client, browser: Browser, host: HostPage, collection: str
) -> None:
    served.fake.default = Reply(ANSWER)
    document = served.add(api, collection, "heron.md", DOCUMENTS["heron.md"])
    with browsers.open_page(browser, (served.url, host.origin)) as (page, _):
        page.goto("/chat")
        page.get_by_label("Collection").select_option(collection)
        page.get_by_role("radio", name="RAG").check(force=True)
        ask(page, QUESTION)
        answer = page.get_by_role("article").last
        source = answer.get_by_role("button", name="Source 1: heron.md").first
        expect(source).to_be_visible()
        served.add(api, collection, "heron.md", "# Heron pump\n\nThe Heron pump is no longer made.\n")
        first = f"/api/documents/{document['id']}/chunks?version=1"
        wait_for(lambda: not api.get(first).json()["items"], what="the first version is swept")
        source.click()
        panel = page.get_by_role("tabpanel")
        expect(panel).to_contain_text("replaced by a newer version after this answer was given")
        expect(panel).to_contain_text("moves 4,200 litres of seawater an hour")
        page.keyboard.press("Escape")
        assert api.delete(f"/api/documents/{document['id']}").status_code == 200
        source.click()
        expect(panel).to_contain_text("deleted after this answer was given")
        expect(panel).to_contain_text("moves 4,200 litres of seawater an hour")
        expect(panel).not_to_contain_text("/api/")
        expect(page.get_by_role("link", name="Open original")).to_have_count(0)


def test_the_formats_are_those_of_the_service(api: httpx.Client, page: Page) -> None:
    page.goto("/documents")
    zone = page.get_by_role("button", name=re.compile("Drop files here"))
    formats = api.get("/api/formats").json()
    assert len(formats["items"]) > 10
    for one in formats["items"]:
        expect(zone).to_contain_text(one["label"])
    expect(zone).to_contain_text(f"up to {formats['max_file_bytes'] // 1_000_000} MB each")


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
    expect(receipt).to_contain_text(
        re.compile(r"1 passage, 1 file and \d+ cached entr\w+ removed; a search for its text")
    )
    expect(receipt).to_contain_text("finds nothing.")
    receipt.get_by_text("Details").click()
    expect(receipt).to_contain_text(re.compile(r"Found by a search for its text afterwards\s*0"))
    receipt.get_by_role("button", name="Done").click()
    expect(row).to_have_count(0)


def test_settings_show_health_and_give_the_tag(served: Served, page: Page, handbook: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/settings")
    expect(page.get_by_text("Everything is ready")).to_be_visible()
    expect(page.locator("pre")).to_contain_text('data-variant="auto" data-collection="default"')
    assert "Server default" not in page.get_by_role("combobox", name="Way of answering").inner_text()
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


def test_questions_that_are_written_for_a_collection_stand_in_its_empty_chat(page: Page, handbook: str) -> None:
    page.goto(f"/documents?collection={handbook}")
    page.get_by_role("button", name="Suggested questions").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="Question 1").fill(QUESTION)
    dialog.get_by_role("button", name="Add a question").click()
    expect(dialog.get_by_role("textbox", name="Question 2")).to_be_focused()
    dialog.get_by_role("textbox", name="Question 2").fill(UNANSWERABLE)
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("status")).to_have_text("Saved.")
    rows = dialog.get_by_role("listitem")
    expect(rows.nth(0)).to_contain_text(re.compile(r"^\s*shown"))
    expect(rows.nth(1)).to_contain_text("not shown: nothing fitting is found")
    page.goto("/")
    page.get_by_label("Collection").select_option(handbook)
    offered = page.get_by_role("list", name="Questions to begin with")
    expect(offered.get_by_role("button").first).to_have_text(QUESTION)
    expect(offered).not_to_contain_text(UNANSWERABLE)

    page.goto(f"/documents?collection={handbook}")
    page.get_by_role("button", name="Suggested questions").click()
    for _ in range(2):
        dialog.get_by_role("button", name="Take question 1 out").click()
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("status")).to_have_text("Saved.")
    expect(dialog).to_contain_text("None is written yet.")

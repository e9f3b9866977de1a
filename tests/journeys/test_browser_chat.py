"""The chat in a real browser: how it begins, what it promises, and how all kinds of documents open at a citation."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import httpx
import openpyxl
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.doubles import browser as browsers
from tests.doubles.fake_openai import Reply
from tests.doubles.handbook import ANSWER, QUESTION
from tests.doubles.host_page import HostPage, host_page
from tests.doubles.served import Served

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

FAQ = """# Sonde

## How long may the cable of a sonde be?

The cable of a sonde may be up to 120 metres long.
"""
MAIL = """From: Ann <ann@quillmere.example>
To: Ben <ben@quillmere.example>
Subject: The stand in Bergen
Date: Wed, 29 Apr 2026 15:41:00 +0100
Content-Type: text/plain; charset=utf-8

our stand in Bergen is confirmed: stand C-214 in hall 3, with water. The
organiser charges 96,000 kroner for the stand, half of it due on 15 May.

- slides
- tank
"""


def open_chat(page: Page, collection: str) -> None:
    page.goto("/chat")
    page.get_by_label("Collection").select_option(collection)
    page.get_by_role("radio", name="RAG").check(force=True)


def ask(page: Page | Locator, question: str) -> Locator:
    box = page.get_by_role("textbox", name="Your question")
    box.fill(question)
    box.press("Enter")
    answer = page.get_by_role("article").last
    expect(answer).to_contain_text(question)
    expect(answer).to_have_attribute("aria-busy", "false")
    return answer


@pytest.fixture
def widget(page: Page, served: Served, host: HostPage, handbook: str) -> Iterator[str]:
    """The widget's tag but for its last attributes."""
    yield f'<script src="{served.url}/widget.js" data-collection="{handbook}" data-title="Help"'
    host.tag = ""


def opened(page: Page, origin: str) -> Locator:
    page.goto(origin)
    page.get_by_role("button", name="Open chat").click()
    return page.get_by_role("dialog", name="Help")


def test_an_empty_chat_says_what_it_knows_and_asks_what_is_chosen(
    served: Served, api: httpx.Client, page: Page, collection: str
) -> None:
    served.add(api, collection, "faq.md", FAQ)
    served.fake.default = Reply("The cable of a sonde may be up to 120 metres long.")
    open_chat(page, collection)
    expect(page.get_by_text("One document can be asked about.")).to_be_visible()
    expect(page.get_by_text("Answers come from the documents")).to_be_visible()
    page.get_by_role("radio", name="Plain").check(force=True)
    expect(page.get_by_text("From the model alone, without the documents.")).to_be_visible()
    page.get_by_role("radio", name="RAG").check(force=True)
    page.get_by_role("list", name="Questions to begin with").get_by_role("button").click()
    answer = page.get_by_role("article").last
    expect(answer).to_contain_text("How long may the cable of a sonde be?")
    expect(answer).to_contain_text("up to 120 metres long")
    expect(page.get_by_role("list", name="Questions to begin with")).to_have_count(0)


@pytest.mark.parametrize(
    ("attributes", "promise"),
    [
        ('data-variant="rag"', "Answers come from the documents and show where each statement stands."),
        ('data-variant="plain"', "From the model alone, without the documents."),
        ('data-variant="rag" data-vote="true"', "Where an answer comes from the documents, it shows where"),
    ],
)
def test_the_widget_promises_documents_only_where_they_are_used(
    page: Page, host: HostPage, widget: str, attributes: str, promise: str
) -> None:
    host.tag = f"{widget} {attributes}></script>"
    panel = opened(page, host.origin)
    expect(panel.get_by_text(promise)).to_be_visible()
    expect(panel.get_by_text("3 documents can be asked about.")).to_be_visible()


def test_an_answer_without_documents_says_so_in_the_widget(
    served: Served, page: Page, host: HostPage, widget: str
) -> None:
    served.fake.default = Reply(ANSWER)
    host.tag = f'{widget} data-variant="plain"></script>'
    expect(ask(opened(page, host.origin), QUESTION)).to_contain_text("From the model alone, without the documents.")
    host.tag = f'{widget} data-variant="rag"></script>'
    page.evaluate("localStorage.clear()")
    answer = ask(opened(page, host.origin), QUESTION)
    expect(answer).to_contain_text("4,200 litres")
    expect(answer).not_to_contain_text("From the model alone")


def test_a_page_that_may_not_ask_is_told_which_setting_lets_it(browser: Browser, served: Served, handbook: str) -> None:
    with host_page() as stranger, browsers.open_page(browser, (served.url, stranger.origin)) as (page, _):
        stranger.tag = f'<script src="{served.url}/widget.js" data-title="Help"></script>'
        panel = opened(page, stranger.origin)
        said = panel.get_by_role("alert")
        expect(said).to_contain_text("The server does not take questions from this page.")
        expect(said).to_contain_text(f"{stranger.origin}, has to be in the server’s setting PARALLAX_ALLOWED_ORIGINS")


def test_rows_open_as_a_table_with_the_cited_one_in_view(
    served: Served, api: httpx.Client, page: Page, collection: str
) -> None:
    rows = "\n".join(f'Person {n},"Tester, {n}",Hall {n},{7000 + n}' for n in range(140))
    served.add(api, collection, "people.csv", f"Name,Role,Place,Extension\n{rows}\nZora Quist,Warden,Dock 9,7999\n")
    served.fake.default = Reply("The extension of Zora Quist, the Warden in Dock 9, is 7999.")
    open_chat(page, collection)
    answer = ask(page, "What is the extension of Zora Quist, the Warden in Dock 9?")
    answer.get_by_role("button", name="Source 1: people.csv").first.click()
    row = page.get_by_role("row").filter(has=page.locator("mark"))
    expect(row.last).to_contain_text("Zora Quist")
    expect(row.last).to_be_in_viewport()
    expect(page.get_by_role("table")).to_have_count(1)
    expect(page.get_by_role("columnheader", name="Extension")).to_be_in_viewport()
    expect(page.get_by_role("cell", name="Tester, 7", exact=True)).to_have_count(1)


WIDER = """(table) => {
    const frame = table.parentElement.getBoundingClientRect()
    const view = table.getRootNode().host.getBoundingClientRect()
    return [table.getBoundingClientRect().right - frame.right, frame.right - view.right]
}"""


def test_a_table_wider_than_its_panel_stays_in_its_frame(
    served: Served, api: httpx.Client, page: Page, collection: str
) -> None:
    named = ",".join(f"Extensiveness{n}" for n in range(8))
    served.add(api, collection, "wide.csv", f"Name,{named}\nZora Quist,{','.join(str(7000 + n) for n in range(8))}\n")
    served.fake.default = Reply("The Extensiveness0 of Zora Quist is 7000.")
    open_chat(page, collection)
    ask(page, "What is the Extensiveness0 of Zora Quist?").get_by_role("button", name="Source 1").first.click()
    beyond_frame, beyond_view = page.get_by_role("table").evaluate(WIDER)
    assert beyond_frame <= 0
    assert beyond_view > 0, "else it is not wide"
    page.get_by_role("columnheader", name="Extensiveness7").scroll_into_view_if_needed()
    expect(page.get_by_role("columnheader", name="Extensiveness7")).to_be_in_viewport(ratio=1)


def test_a_sheet_is_called_by_its_name(served: Served, api: httpx.Client, page: Page, collection: str) -> None:
    book = openpyxl.Workbook()
    book.active.title = "Services"
    book.active.append(["Service", "Price"])
    book.active.append(["Calibration of a sonde", 80])
    products = book.create_sheet("Products")
    products.append(["Article", "Price in pounds"])
    for n in range(60):
        products.append([f"Valve {n}", 100 + n])
    products.append(["Brass whistle", 417])
    data = io.BytesIO()
    book.save(data)
    served.add(api, collection, "prices.xlsx", data.getvalue())
    served.fake.default = Reply("The price of a Brass whistle is 417 pounds.")
    open_chat(page, collection)
    answer = ask(page, "What is the price in pounds of a Brass whistle?")
    chip = answer.get_by_role("list", name="Sources").get_by_role("button").first
    expect(chip).to_contain_text("Products")
    expect(chip).not_to_contain_text("p. ")
    chip.click()
    expect(page.get_by_role("separator").filter(has_text="Products")).to_have_count(1)
    expect(page.get_by_role("row").filter(has=page.locator("mark"))).to_contain_text("Brass whistle")
    expect(page.get_by_role("columnheader", name="Price in pounds")).to_have_count(1)


def test_headings_are_headings_and_lines_broken_by_a_mailer_are_whole(
    served: Served, api: httpx.Client, page: Page, collection: str
) -> None:
    served.add(api, collection, "faq.md", FAQ)
    served.add(api, collection, "stand.eml", MAIL)
    documents = {
        item["name"]: item["id"]
        for item in api.get("/api/documents", params={"collection": collection}).json()["items"]
    }
    page.goto(f"/documents/{documents['faq.md']}")
    expect(page.get_by_role("heading", name="How long may the cable of a sonde be?")).to_be_visible()
    text = page.get_by_text("The cable of a sonde may be up to 120 metres long.")
    left = (text.bounding_box() or {})["x"]
    title = page.get_by_role("heading", level=1).bounding_box() or {}
    assert abs(left - title["x"]) < 2, "the text does not begin below its title"

    page.goto(f"/documents/{documents['stand.eml']}")
    line = page.get_by_text(re.compile("our stand in Bergen"))
    expect(line).to_have_text(
        re.compile(r"with water\. The organiser charges.*15 May\.\s*\n+- slides\n- tank", re.S), use_inner_text=True
    )


def test_a_short_answer_keeps_the_one_before_it_in_sight(served: Served, page: Page, handbook: str) -> None:
    served.fake.default = Reply(ANSWER)
    open_chat(page, handbook)
    ask(page, QUESTION)
    ask(page, f"{QUESTION} Tell me again.")
    first, second = page.get_by_role("article").all()
    expect(first.get_by_role("list", name="Sources")).to_be_in_viewport()
    expect(second.get_by_role("list", name="Sources")).to_be_in_viewport()


def test_two_sources_of_one_document_are_told_apart_and_a_decline_names_each_place_once(
    served: Served, page: Page, handbook: str
) -> None:
    served.fake.default = Reply(f"{ANSWER} The warranty of the Heron pump lasts 36 months from the day of delivery.")
    open_chat(page, handbook)
    answer = ask(page, "How many litres of seawater does the Heron pump move an hour, and how long is its warranty?")
    names = answer.get_by_role("list", name="Sources").get_by_role("button").all_inner_texts()
    assert len(names) == len({re.sub(r"^\d+\s*", "", name) for name in names}) >= 1
    served.fake.default = Reply("The harbour master has nine dogs.")
    answer = ask(page, "How many dogs does the Heron pump move an hour?")
    expect(answer).to_contain_text("No answer found in the documents")
    expect(answer).to_contain_text("Nearest passages")
    expect(answer).not_to_contain_text("Closest:")


def test_settings_say_what_a_foreign_page_needs(page: Page) -> None:
    page.goto("/settings")
    expect(page.get_by_text(re.compile("has to be in PARALLAX_ALLOWED_ORIGINS"))).to_be_visible()
    expect(page.get_by_role("combobox", name="Way of answering")).to_have_value("auto")

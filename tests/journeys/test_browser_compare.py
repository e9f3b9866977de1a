"""The Compare page in a real browser: lanes side by side, changed in place, failing alone, shared by their address."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.doubles import browser as browsers
from tests.doubles.fake_openai import Messages, Reply
from tests.doubles.handbook import ANSWER, QUESTION, UNANSWERABLE
from tests.doubles.served import Served

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

WITHOUT_DOCUMENTS = "Perhaps as much as a bathtub holds."
MEASURES = re.compile(r"First word\s*[\d.]+ m?s.*In all\s*[\d.]+ m?s.*Tokens\s*\d+ → \d+", re.DOTALL)


def by_documents(messages: Messages) -> str:
    """What a model says that was given the passages, or was not."""
    return ANSWER if "4,200" in messages[-1]["content"] else WITHOUT_DOCUMENTS


def ask(page: Page, question: str) -> None:
    box = page.get_by_role("textbox", name="Your question")
    box.fill(question)
    box.press("Enter")


def lane(page: Page, name: str) -> Locator:
    return (
        page.get_by_role("list", name="Lanes")
        .get_by_role("listitem")
        .filter(has=page.get_by_role("heading", name=name))
    )


def two_lanes(page: Page, handbook: str, *, path: str = "/compare?lanes=plain,rag") -> None:
    page.goto(f"{path}&collection={handbook}")
    expect(page.get_by_role("heading", name="RAG")).to_be_visible()


def test_lanes_stand_side_by_side_and_their_evidence_has_an_address(
    served: Served, browser: Browser, page: Page, handbook: str
) -> None:
    served.fake.default = Reply(by_documents, pause=0.02)
    two_lanes(page, handbook)
    ask(page, QUESTION)
    expect(page.get_by_role("heading", name=QUESTION)).to_be_visible()
    plain, rag = lane(page, "Plain"), lane(page, "RAG")
    expect(rag).to_contain_text("4,200 litres")
    expect(plain).to_contain_text("Perhaps as much")
    for one in (plain, rag):
        expect(one.get_by_role("article")).to_have_attribute("aria-busy", "false")
        expect(one).to_contain_text(MEASURES)
    left, right = plain.bounding_box(), rag.bounding_box()
    assert left
    assert right
    assert left["y"] == right["y"]
    assert left["x"] + left["width"] <= right["x"]
    spoken = page.get_by_role("log")
    expect(spoken).to_contain_text(f"RAG: {ANSWER}")
    expect(spoken).to_contain_text(f"Plain: {WITHOUT_DOCUMENTS}")

    rag.get_by_role("button", name="Source 1: heron.md").first.click()
    expect(page.locator("mark")).to_have_text(re.compile("moves 4,200 litres of seawater an hour"))
    with browsers.open_page(browser, (served.url,)) as (other, seen):
        other.goto(page.url)
        expect(other.locator("mark")).to_have_text(re.compile("moves 4,200 litres of seawater an hour"))
        expect(lane(other, "Plain")).to_contain_text("Perhaps as much")
        assert seen.errors == []
    page.keyboard.press("Escape")
    expect(page.get_by_role("tab", name="Document")).to_have_count(0)
    page.goto("/compare")
    expect(page.get_by_role("link", name=QUESTION).first).to_be_visible()


def test_a_lane_that_fails_fails_alone_and_is_asked_again(served: Served, page: Page, handbook: str) -> None:
    served.fake.default = Reply(by_documents)
    served.fake.replies.append(Reply(fault="status", status=400))
    two_lanes(page, handbook)
    ask(page, QUESTION)
    again = page.get_by_role("button", name="Ask this lane again")
    expect(again).to_have_count(1)
    expect(page.get_by_role("list", name="Lanes").locator("[aria-busy=true]")).to_have_count(0)
    expect(page.get_by_role("list", name="Lanes")).to_contain_text(re.compile("4,200 litres|Perhaps as much"))
    asked = len(served.fake.chats())
    address = page.url
    again.click()
    expect(lane(page, "RAG")).to_contain_text("4,200 litres")
    expect(lane(page, "Plain")).to_contain_text("Perhaps as much")
    assert page.url == address
    assert len(served.fake.chats()) == asked + 1, "the lane that had answered was asked again"
    page.reload()
    expect(lane(page, "RAG")).to_contain_text("4,200 litres")
    expect(lane(page, "Plain")).to_contain_text("Perhaps as much")


def test_a_lane_declines_in_its_own_words(served: Served, page: Page, handbook: str) -> None:
    served.fake.default = Reply(by_documents)
    two_lanes(page, handbook)
    ask(page, UNANSWERABLE)
    expect(lane(page, "RAG")).to_contain_text("No answer found in the documents")
    expect(lane(page, "Plain")).to_contain_text("Perhaps as much")


def test_the_same_but_one_setting_and_what_that_changes_in_the_prompt(
    served: Served, page: Page, handbook: str
) -> None:
    served.fake.default = Reply(by_documents)
    two_lanes(page, handbook)
    ask(page, QUESTION)
    expect(lane(page, "RAG")).to_contain_text("4,200 litres")
    same = page.get_by_role("button", name="Same, but…: RAG")
    expect(same).to_have_text("Same, but…")
    same.click()
    form = page.get_by_role("form", name="Settings of RAG")
    expect(form).to_be_visible()
    expect(page.get_by_role("heading", name="RAG copy")).to_have_count(1)
    expect(form).to_contain_text("Share of the question that a passage must hold, else the answer is declined")
    expect(page.get_by_role("alert")).to_have_count(0)  # nobody has had a chance to change anything
    form.get_by_role("button", name="Discard").click()
    expect(page.locator("px-lane")).to_have_count(2)
    same.click()
    form.get_by_role("button", name="Apply").click()
    expect(form.get_by_role("alert")).to_contain_text("the same as the one it was copied from")
    form.get_by_label("Passages in the prompt").fill("11")
    form.get_by_role("button", name="Apply").click()
    expect(form).to_be_visible()  # 11 is beyond the range that the service gave
    form.get_by_label("Passages in the prompt").fill("1")
    form.get_by_role("button", name="Apply").click()
    changed = lane(page, "RAG k = 1")
    expect(changed).to_contain_text("Not asked yet.")
    page.get_by_role("button", name="Ask again").click()
    expect(changed).to_contain_text("4,200 litres")

    page.get_by_role("button", name="Prompts").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("You are a careful assistant.")
    added = dialog.locator(".line.second")
    expect(added.filter(has_text="The Heron pump moves 4,200 litres")).to_have_count(1)
    expect(dialog.locator(".line.first").filter(has_text="4,200 litres")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)

    page.get_by_role("button", name="Remove lane: RAG").last.click()
    expect(page.get_by_role("heading", name="RAG")).to_have_count(1)


@pytest.mark.parametrize("size", [{"width": 1280, "height": 860}, {"width": 390, "height": 844}])
def test_more_passages_are_given_room_and_what_is_typed_is_asked(
    served: Served, browser: Browser, handbook: str, size: dict[str, int]
) -> None:
    served.fake.default = Reply(by_documents)
    with browsers.open_page(browser, (served.url,), viewport=size) as (page, seen):
        two_lanes(page, handbook)
        page.get_by_role("button", name="Same, but…: RAG").click()
        form = page.get_by_role("form", name="Settings of RAG")
        expect(form.get_by_role("button", name="Apply")).to_be_in_viewport(ratio=1)
        form.get_by_label("Passages in the prompt").fill("8")
        expect(form.get_by_role("status")).to_contain_text("8 passages have to share 900 characters")
        form.get_by_role("button", name="Give them 2,400 characters").click()
        expect(form.get_by_label("Characters of passages")).to_have_value("2400")
        expect(form.get_by_role("button", name="Apply")).to_be_in_viewport(ratio=1)
        ask(page, QUESTION)  # and Apply was not pressed
        changed = lane(page, "RAG k = 8 passage_chars = 2400")
        expect(changed).to_contain_text("4,200 litres")
        expect(changed).to_contain_text(re.compile(r"Passages read\s*\d of up to 8"))
        expect(lane(page, "RAG").first).to_contain_text(re.compile(r"Passages read\s*\d of up to 3"))
        expect(lane(page, "Plain")).to_contain_text(re.compile(r"Passages read\s*–"))
        assert seen.errors == []


def test_lanes_stay_where_they_are_when_they_end(served: Served, page: Page, handbook: str) -> None:
    served.fake.default = Reply(by_documents, pause=0.3)
    page.set_viewport_size({"width": 1280, "height": 860})
    page.goto(f"/compare?lanes=plain,few_shot,rag,rag~k:1&collection={handbook}")
    expect(page.locator("px-lane")).to_have_count(4)
    ask(page, QUESTION)
    lanes, body = page.locator("px-lane"), page.get_by_role("article")
    expect(page.locator("[aria-busy=true]")).not_to_have_count(0)
    expect(lanes.first.locator(".strip")).to_be_visible()
    running = [(lanes.nth(n).bounding_box(), body.nth(n).bounding_box()) for n in range(4)]
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    expect(page.get_by_role("button", name="Ask again")).to_be_visible()
    assert [(lanes.nth(n).bounding_box(), body.nth(n).bounding_box()) for n in range(4)] == running


def test_stop_ends_every_lane(served: Served, page: Page, handbook: str) -> None:
    served.fake.default = Reply("and on it goes", fault="endless", pause=0.05)
    aborted = served.fake.aborted
    page.goto(f"/compare?lanes=plain,few_shot&collection={handbook}")
    ask(page, "How is the sea?")
    expect(lane(page, "Plain")).to_contain_text("and on it goes")
    expect(lane(page, "Few-shot")).to_contain_text("and on it goes")
    page.get_by_role("button", name="Stop all lanes").click()
    expect(lane(page, "Plain")).to_contain_text("Stopped")
    expect(lane(page, "Few-shot")).to_contain_text("Stopped")
    assert served.fake.wait_for(lambda fake: fake.aborted >= aborted + 2, 5)


def test_an_answer_in_chat_leads_to_its_comparison(served: Served, page: Page, handbook: str) -> None:
    served.fake.default = Reply(by_documents)
    page.goto("/chat")
    page.get_by_label("Collection").select_option(handbook)
    page.get_by_role("radio", name="RAG").check(force=True)
    ask(page, QUESTION)
    page.get_by_role("button", name="Compare this answer").click()
    expect(page).to_have_url(re.compile(r"/compare/cmp_\w+$"))
    expect(lane(page, "RAG")).to_contain_text("4,200 litres")
    expect(lane(page, "Plain")).to_contain_text("Perhaps as much")
    asked = len(served.fake.chats())
    page.reload()
    expect(lane(page, "RAG")).to_contain_text("4,200 litres")
    assert len(served.fake.chats()) == asked


def test_on_a_phone_the_lanes_stand_one_below_the_other(served: Served, browser: Browser, handbook: str) -> None:
    served.fake.default = Reply(by_documents)
    with browsers.open_page(browser, (served.url,), viewport={"width": 390, "height": 780}) as (page, seen):
        two_lanes(page, handbook)
        ask(page, QUESTION)
        upper, lower = lane(page, "Plain"), lane(page, "RAG")
        expect(lower).to_contain_text("4,200 litres")
        expect(upper).to_contain_text("Perhaps as much")
        above, below = upper.bounding_box(), lower.bounding_box()
        assert above
        assert below
        assert above["x"] == below["x"]
        assert above["y"] + above["height"] <= below["y"]
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        lower.get_by_role("button", name="Source 1: heron.md").first.click()
        expect(page.locator("mark")).to_be_visible()
        assert seen.errors == []


def test_an_address_of_nothing_says_so(served: Served, browser: Browser) -> None:
    with browsers.open_page(browser, (served.url,)) as (page, seen):
        page.goto(f"/compare/cmp_{'0' * 24}")
        expect(page.get_by_role("alert")).to_contain_text(re.compile("comparison", re.IGNORECASE))
        page.get_by_role("link", name="Compare", exact=True).click()
        expect(page.get_by_role("heading", name="Compare")).to_be_visible()
        assert len(seen.errors) == 1
        assert "404" in seen.errors[0]

"""Blind votes through the real page: nothing tells who is who before the vote, and every vote moves the leaderboard."""

from __future__ import annotations

import re

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from service.compare.blind import style
from service.statistics.rank import ranking
from service.statistics.votes import Battle, Side
from tests.doubles import browser as browsers
from tests.doubles.fake_openai import Messages, Reply
from tests.doubles.handbook import ANSWER, QUESTION
from tests.doubles.served import Served

pytestmark = [pytest.mark.browser, pytest.mark.timeout(420)]

WITHOUT_DOCUMENTS = "Perhaps as much as a bathtub holds, or a **little** more."
HERON = "# Heron pump\n\nThe Heron pump moves 4,200 litres of seawater an hour."
NAMES = re.compile(r"\b(plain|rag|few[-_ ]?shot|stand-in|documents)\b", re.IGNORECASE)

MARKUP = """() => {
    const all = (node) => [...node.childNodes].map((child) => {
        if (child.nodeType === Node.TEXT_NODE) return child.data
        if (child.nodeType !== Node.ELEMENT_NODE) return ''
        const own = [...child.attributes].map((one) => one.value).join(' ')
        return own + ' ' + (child.shadowRoot ? all(child.shadowRoot) : '') + ' ' + all(child)
    }).join(' ')
    const find = (root) => root.querySelector('px-compare-page')
        ?? [...root.querySelectorAll('*')].map((one) => one.shadowRoot && find(one.shadowRoot)).find(Boolean)
    return all(find(document).shadowRoot)
}"""
"""Every text and attribute of the page's section, through all its shadow roots."""


def by_documents(messages: Messages) -> str:
    """What a model says that was given the passages, or was not."""
    return ANSWER if "4,200" in messages[-1]["content"] else WITHOUT_DOCUMENTS


@pytest.fixture
def heron(served: Served, api: httpx.Client, collection: str) -> str:
    """A collection of this test's own, so that its leaderboard is too."""
    served.add(api, collection, "heron.md", HERON)
    return collection


def blind(page: Page, collection: str) -> None:
    """Compare, blind, plain against RAG over this collection."""
    page.goto(f"/compare?lanes=plain,rag&collection={collection}")
    page.get_by_role("switch", name="Blind").check()
    # The lanes that were chosen stay; drawing others is asked for.
    expect(page.get_by_role("switch", name="Draw two by lot")).not_to_be_checked()
    expect(page.get_by_text("Your 2 lanes, without their names.")).to_be_visible()


def ask(page: Page, question: str) -> None:
    box = page.get_by_role("textbox", name="Your question")
    box.fill(question)
    box.press("Enter")
    expect(page.get_by_role("group", name="Which answer is better?")).to_be_visible()


def sides(page: Page) -> list[str]:
    """Who stands where, by what they say."""
    articles = page.get_by_role("article")
    expect(articles).to_have_count(2)
    expect(articles.filter(has_text="bathtub")).to_have_count(1)
    return ["plain", "rag"] if articles.first.get_by_text("bathtub").count() else ["rag", "plain"]


def test_no_name_before_the_vote_and_all_after_it(served: Served, page: Page, heron: str) -> None:
    served.fake.default = Reply(by_documents)
    blind(page, heron)
    lot = page.get_by_role("switch", name="Draw two by lot")
    lot.check()
    expect(page.get_by_text("Drawn by lot when you ask, from Plain").first).to_be_visible()
    lot.uncheck()
    for name in ("Plain", "RAG"):
        expect(page.get_by_role("heading", name=name)).to_be_visible()
    lot.check()
    ask(page, QUESTION)
    shown: str = page.evaluate(MARKUP)
    assert "Which answer is better?" in shown
    told = NAMES.search(shown)
    assert told is None, shown[max(0, told.start() - 80) : told.end() + 80]
    address = page.url
    page.reload()  # nor from the address, in another visit
    expect(page.get_by_role("group", name="Which answer is better?")).to_be_visible()
    assert NAMES.search(page.evaluate(MARKUP)) is None

    page.get_by_role("textbox", name="Why? (optional)").fill("more exact")
    page.get_by_role("button", name="B is better").click()
    expect(page.get_by_role("status").first).to_contain_text("You preferred B · ")
    expect(page.get_by_role("status").first).to_contain_text("Your vote counts in the leaderboard.")
    lanes = page.locator("px-lane")
    expect(lanes).to_have_count(2)
    for lane in (lanes.first, lanes.last):
        expect(lane.get_by_role("heading")).to_have_text(re.compile("Plain|RAG|Few-shot"))
        expect(lane).to_contain_text("Tokens")
    assert NAMES.search(page.evaluate(MARKUP)), "this would not have found a name"
    page.goto(address)
    expect(page.get_by_role("status").first).to_contain_text("You preferred B · ")
    page.get_by_role("link", name="See the leaderboard").click()
    expect(page.get_by_role("heading", name="Leaderboard")).to_be_visible()
    expect(page.get_by_text("1 blind vote").first).to_be_visible()


def test_a_vote_that_found_nothing_good_is_told_so_and_leads_to_the_next(
    served: Served, page: Page, heron: str
) -> None:
    served.fake.default = Reply(by_documents)
    blind(page, heron)
    ask(page, QUESTION)
    page.get_by_role("button", name="Both are bad").click()
    page.get_by_role("link", name="See the leaderboard").click()
    expect(page.get_by_text("everything so far was “both bad”")).to_be_visible()
    expect(page.get_by_text(re.compile("No votes yet on .*Few-shot"))).to_be_visible()
    page.get_by_role("link", name=re.compile("Vote between (Plain and RAG|RAG and Plain)")).click()
    expect(page.get_by_role("switch", name="Blind")).to_be_checked()
    expect(page.get_by_text("Your 2 lanes, without their names.")).to_be_visible()
    for name in ("Plain", "RAG"):
        expect(page.get_by_role("heading", name=name)).to_be_visible()


def test_the_keyboard_asks_votes_and_asks_again(served: Served, page: Page, heron: str) -> None:
    served.fake.default = Reply(by_documents)
    blind(page, heron)
    for question, key, said in (
        (QUESTION, "x", "You found none of them good"),
        ("How much does the Heron pump move in an hour?", "0", "You called it a tie"),
        ("What does a Heron pump move an hour?", "1", "You preferred A"),
        ("Litres an hour of the Heron pump?", "2", "You preferred B"),
    ):
        page.get_by_role("heading").first.click()
        page.keyboard.press("/")
        page.keyboard.type(question)
        page.keyboard.press("Enter")
        expect(page.get_by_role("group", name="Which answer is better?")).to_be_visible()
        page.keyboard.press("7")  # no such lane: not a vote
        page.keyboard.press(key)
        expect(page.get_by_role("status").first).to_contain_text(said)


def test_a_second_vote_on_the_same_question_is_declined_kindly(served: Served, browser: Browser, heron: str) -> None:
    served.fake.default = Reply(by_documents)
    with browsers.open_page(browser, (served.url,)) as (page, seen):
        blind(page, heron)
        ask(page, QUESTION)
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Tie").click()
        expect(page.get_by_role("status").first).to_contain_text("You called it a tie")
        ask(page, f"  {QUESTION.upper()} ")
        page.get_by_role("button", name="A is better").click()
        expect(page.get_by_role("alert")).to_contain_text("You have voted on this question")
        assert len(seen.errors) == 1
        assert "409" in seen.errors[0]
        page.get_by_role("link", name="Ask another question").click()
        expect(page.get_by_role("textbox", name="Your question")).to_be_visible()


def test_a_missing_answer_is_no_vote(served: Served, page: Page, heron: str) -> None:
    served.fake.default = Reply(by_documents)
    served.fake.replies.append(Reply(fault="status", status=400))
    blind(page, heron)
    box = page.get_by_role("textbox", name="Your question")
    box.fill(QUESTION)
    box.press("Enter")
    expect(page.get_by_text("A vote needs every answer")).to_be_visible()
    assert NAMES.search(page.evaluate(MARKUP)) is None
    page.get_by_role("button", name="Ask again").click()
    expect(page.get_by_role("group", name="Which answer is better?")).to_be_visible()


def test_on_a_phone_both_answers_and_the_buttons_are_within_reach(served: Served, browser: Browser, heron: str) -> None:
    served.fake.default = Reply(by_documents)
    with browsers.open_page(browser, (served.url,), viewport={"width": 390, "height": 780}) as (page, seen):
        blind(page, heron)
        ask(page, QUESTION)
        for name in ("A is better", "B is better", "Tie", "Both are bad"):
            box = page.get_by_role("button", name=name).bounding_box()
            assert box
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 390
            assert box["y"] + box["height"] <= 780
        page.get_by_role("button", name="A is better").click()
        expect(page.get_by_role("status").first).to_contain_text("You preferred A")
        assert seen.errors == []


def test_an_empty_leaderboard_teaches(page: Page, heron: str) -> None:
    page.goto(f"/compare/leaderboard?collection={heron}")
    expect(page.get_by_text("Nobody has voted blind yet")).to_be_visible()
    page.get_by_role("link", name="Vote blind").click()
    expect(page.get_by_role("heading", name="Compare")).to_be_visible()


def test_a_hundred_votes_move_the_leaderboard_as_the_formula_says(
    served: Served, api: httpx.Client, page: Page, heron: str
) -> None:
    served.fake.default = Reply(by_documents)
    blind(page, heron)
    battles: list[Battle] = []
    seen: list[dict[str, float]] = []
    for number in range(100):
        if number % 10 == 0:  # somebody else sits down at this browser
            page.evaluate("localStorage.removeItem('parallax.visitor')")
        ask(page, f"How many litres of seawater does the Heron pump move an hour, in trial {number}?")
        left, right = sides(page)
        key, winner = _choice(number, left)
        page.keyboard.press("Escape")
        page.get_by_role("heading").first.click()
        page.keyboard.press(key)
        expect(page.get_by_role("status").first).to_contain_text("Your vote counts in the leaderboard.")
        texts = {"plain": style(WITHOUT_DOCUMENTS), "rag": style(ANSWER)}
        styles = {name: (float(texts[left][name]), float(texts[right][name])) for name in texts[left]}
        battles.append(Battle(left, right, winner, voter=f"voter {number // 10}", style=styles))
        if number + 1 in (20, 60, 100):
            seen.append(_agrees(api, heron, battles))
    assert api.get("/api/leaderboard", params={"collection": heron}).json()["position_bias"], "told by 100 votes"
    assert seen[0]["rag"] > seen[0]["plain"]
    assert seen[0]["rag"] > seen[1]["rag"] > seen[2]["rag"], "votes for the other side did not move it down"
    assert {battle.left for battle in battles} == {"plain", "rag"}, "the sides were never changed"

    page.get_by_role("link", name="See the leaderboard").click()
    for name, strength in seen[-1].items():
        label = {"rag": "RAG", "plain": "Plain"}[name]
        row = page.locator("px-strengths .row").filter(has_text=label)
        expect(row).to_contain_text(str(round(strength)))
        expect(row).to_contain_text("n = 100")
    expect(page.get_by_text("100 blind votes of 10 people")).to_be_visible()


def _choice(number: int, left: str) -> tuple[str, Side]:
    """RAG wins 16 of the first 20 and fewer later on; a few ties, and a few that both are bad."""
    if number % 20 == 18:
        return "0", "tie"
    if number % 20 == 19:
        return "x", "both_bad"
    chosen = "rag" if number % 20 < (16, 12, 9, 6, 2)[number // 20] else "plain"
    return ("1", "left") if left == chosen else ("2", "right")


def _agrees(api: httpx.Client, collection: str, battles: list[Battle]) -> dict[str, float]:
    """The leaderboard is what the formula makes of these votes. Strengths by variant."""
    board = api.get("/api/leaderboard", params={"collection": collection}).json()
    made = ranking(battles)
    assert board["connected"]
    assert made.connected
    assert (board["votes"], board["voters"]) == (len(battles), len({battle.voter for battle in battles}))
    assert [item["variant"] for item in board["items"]] == [standing.arm for standing in made.standings]
    for item, standing in zip(board["items"], made.standings, strict=True):
        assert item["strength"] == pytest.approx(standing.strength)
        counts = ("wins", "losses", "ties", "both_bad", "games")
        assert [item[name] for name in counts] == [getattr(standing, name) for name in counts]
        assert item["low"] <= item["strength"] <= item["high"]
    assert made.position_bias
    if made.position_bias.telling:
        assert board["position_bias"]["estimate"] == pytest.approx(made.position_bias.estimate, abs=1e-6)
    else:
        assert board["position_bias"] is None
    return {item["variant"]: item["strength"] for item in board["items"]}

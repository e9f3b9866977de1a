"""The README's pictures of Chat, Documents and the widget, from a service that has the example documents: see `--help`.

.venv/bin/python frontend/dev/shots_chat.py http://127.0.0.1:8000
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from playwright.sync_api import Locator, Page

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.doubles import browser as browsers  # noqa: E402

FOLDER = ROOT / "frontend" / "screenshots"
WIDE = {"width": 1280, "height": 860}
PHONE = {"width": 390, "height": 780}
PATIENCE = 120_000
"""Milliseconds for an answer of the local model on a busy machine."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url", help="address of the running service")
    parser.add_argument("--asked", default="What does an HX-4410 cost in 2026?", help="a question that is answered")
    parser.add_argument(
        "--declined", default="What is the Wi-Fi password of the Lisbon office?", help="one that is not"
    )
    parser.add_argument("--to", type=Path, default=FOLDER, help="folder for the pictures")
    given = parser.parse_args()
    executable = browsers.found()
    if executable is None:
        parser.error(browsers.NONE)
    phone = {"viewport": PHONE, "has_touch": True, "is_mobile": True, "locale": "zh-TW"}
    with browsers.chromium(executable) as browser:
        with browsers.open_page(browser, (given.url,), viewport=WIDE) as (page, seen):
            page.goto("/chat")
            answer = ask(page, page, given.asked)
            answer.get_by_role("list").get_by_role("button").first.click()
            page.locator("mark").first.wait_for()
            settle(page)
            page.screenshot(path=given.to / "chat-light.png")
            page.goto("/documents")
            page.get_by_role("table").wait_for()
            settle(page)
            page.screenshot(path=given.to / "documents-light.png")
            print("chat-light, documents-light", *seen.errors)
        with browsers.open_page(browser, (given.url,), viewport=WIDE, color_scheme="dark") as (page, seen):
            page.goto("/chat")
            ask(page, page, given.declined)
            settle(page)
            page.screenshot(path=given.to / "declined-dark.png")
            print("declined-dark", *seen.errors)
        with browsers.open_page(browser, (given.url,), **phone) as (page, seen):
            page.goto("/embed.html")
            page.get_by_role("button").first.click()
            ask(page, page.get_by_role("dialog"), "颱風天的計程車資最多補助多少？")
            settle(page)
            page.screenshot(path=given.to / "widget-phone.png")
            print("widget-phone", *seen.errors)


def ask(page: Page, where: Page | Locator, question: str) -> Locator:
    """The answer, when it is there."""
    box = where.get_by_role("textbox")
    box.fill(question)
    box.press("Enter")
    page.locator("article[aria-busy=false]").first.wait_for(timeout=PATIENCE)
    return where.get_by_role("article").last


def settle(page: Page) -> None:
    """Until nothing moves any more; the pointer aside, so that nothing is hovered."""
    page.mouse.move(0, 0)
    page.wait_for_timeout(600)


if __name__ == "__main__":
    main()

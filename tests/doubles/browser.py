"""A real Chromium for tests, and pages that remember what went wrong on them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, Request, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
NONE = "no Chromium: install one, or name it in PLAYWRIGHT_CHROMIUM_EXECUTABLE"
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def found() -> str | None:
    """The Chromium to test with."""
    named = os.environ.get("PLAYWRIGHT_CHROMIUM_EXECUTABLE")
    return named or next((path for name in NAMES if (path := shutil.which(name))), None)


@contextmanager
def chromium(executable: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=_ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Seen:
    """What a page said and did beside what the test looked at."""

    errors: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)


@contextmanager
def open_page(browser: Browser, own: tuple[str, ...], **options: Any) -> Iterator[tuple[Page, Seen]]:
    """A page in a fresh profile. `own` are the origins it may speak to."""
    context = browser.new_context(
        **{"locale": "en-GB", "viewport": {"width": 1280, "height": 860}, "base_url": own[0], **options}
    )
    context.set_default_timeout(20_000)
    seen = Seen()
    page = context.new_page()

    def console(message: ConsoleMessage) -> None:
        if message.type == "error":
            seen.errors.append(message.text)

    def request(asked: Request) -> None:
        address = urlsplit(asked.url)
        if address.scheme in ("http", "https") and f"{address.scheme}://{address.netloc}" not in own:
            seen.elsewhere.append(asked.url)

    def dialog(opened: Dialog) -> None:
        seen.dialogs.append(opened.message)
        opened.dismiss()

    page.on("console", console)
    page.on("pageerror", lambda error: seen.errors.append(str(error)))
    page.on("request", request)
    page.on("dialog", dialog)
    try:
        yield page, seen
    finally:
        context.close()

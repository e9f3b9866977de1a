"""The README's pictures of Evaluate and Experiments, from a running service: see `--help`.

    .venv/bin/python frontend/dev/shots.py http://127.0.0.1:8000 --run run_... --experiment exp_...

Without ids the newest finished run and the newest experiment are shown.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.doubles import browser as browsers  # noqa: E402

FOLDER = ROOT / "frontend" / "screenshots"
WIDE = {"width": 1280, "height": 1000}
PHONE = {"width": 390, "height": 780}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url", help="address of the running service")
    parser.add_argument("--run", help="id of the run to show")
    parser.add_argument("--experiment", help="id of the experiment to show; without any, its picture is left out")
    parser.add_argument("--to", type=Path, default=FOLDER, help="folder for the pictures")
    given = parser.parse_args()
    with httpx.Client(base_url=given.url, timeout=60, trust_env=False) as client:
        run = given.run or newest(client, "/api/runs?status=finished")
        experiment = given.experiment or newest(client, "/api/experiments")
    if run is None:
        parser.error("there is no finished run yet")
    executable = browsers.found()
    if executable is None:
        parser.error(browsers.NONE)
    with browsers.chromium(executable) as browser:

        def shoot(name: str, path: str, **options: object) -> None:
            with browsers.open_page(browser, (given.url,), **options) as (page, seen):
                page.goto(path)
                page.get_by_role("region", name="What it says").or_(page.get_by_role("region", name="結論")).wait_for()
                page.get_by_role("table").first.wait_for()
                page.screenshot(path=given.to / name)
                print(name, *seen.errors)

        report = f"/evaluate/{run}"
        shoot("evaluate-light.png", report, viewport=WIDE)
        shoot("evaluate-dark.png", report, viewport=WIDE, color_scheme="dark")
        shoot("evaluate-phone.png", report, viewport=PHONE, has_touch=True, is_mobile=True, locale="zh-TW")
        if experiment is not None:
            shoot("experiments-light.png", f"/experiments/{experiment}", viewport=WIDE)


def newest(client: httpx.Client, path: str) -> str | None:
    items = client.get(path).raise_for_status().json()["items"]
    return str(items[0]["id"]) if items else None


if __name__ == "__main__":
    main()

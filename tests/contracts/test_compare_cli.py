"""`parallax compare`: against a running service, and by itself."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import subprocess
import time
from pathlib import Path

import httpx

from tests.doubles.fake_openai import FakeOpenAI, Reply
from tests.doubles.handbook import ANSWER, QUESTION
from tests.doubles.served import FAKE_KEY, PARALLAX, Served, environment, fake_models

SECONDS = 90


def parallax(fake: FakeOpenAI, cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [str(PARALLAX), "compare", *arguments],
        cwd=cwd,
        env=environment(fake_models(fake) | {"COLUMNS": "200", "TERM": "dumb"}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


def test_every_lane_and_a_table(served: Served, tmp_path: Path, handbook: str) -> None:
    served.fake.default = Reply(ANSWER)
    done = parallax(served.fake, tmp_path, QUESTION, "--collection", handbook, "--url", served.url)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(ANSWER.removesuffix(".")) == 3
    lines = done.stdout.splitlines()
    (heading,) = [line for line in lines if "tokens" in line and "waited" in line]
    assert {"first", "total", "cost", "citations"} <= {part.strip() for part in heading.split("  ")}
    rows = lines[lines.index(heading) + 1 :]
    assert [row.split()[0] for row in rows if row.strip()] == ["plain", "few_shot", "rag"]
    assert "1 (1 verified)" in rows[2]
    assert {"passages"} <= set(heading.split())
    # How many passages went before the model; the other two read no documents.
    assert [re.search(r"unknown +(\d+) +\d", row) is not None for row in rows[:3]] == [False, False, True]
    assert "unknown" in rows[0], "nobody knows what the stand-in costs"


def test_one_setting_changed_and_the_object_itself(
    served: Served, api: httpx.Client, tmp_path: Path, handbook: str
) -> None:
    served.fake.default = Reply(ANSWER)
    lanes = "rag,rag:k=8:check=false"
    done = parallax(
        served.fake, tmp_path, QUESTION, "--variants", lanes, "--collection", handbook, "--url", served.url, "--json"
    )
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    assert [lane["variant"] for lane in shown["lanes"]] == ["rag", "rag (check=false, k=8)"]
    assert shown == api.get(f"/api/comparisons/{shown['id']}").json()


def test_a_failed_lane_is_said_and_only_all_failed_is_a_failure(served: Served, tmp_path: Path) -> None:
    served.fake.replies.append(Reply(fault="status", status=400))
    lanes = ["--variants", "plain,plain:max_tokens=9", "--url", served.url]
    done = parallax(served.fake, tmp_path, "Sea?", *lanes)
    assert done.returncode == 0, done.stderr
    assert "failed" in done.stdout
    served.fake.default = Reply(fault="status", status=400)
    assert parallax(served.fake, tmp_path, "Sea?", *lanes).returncode == 1


def test_what_was_asked_wrongly(served: Served, tmp_path: Path) -> None:
    done = parallax(served.fake, tmp_path, "Sea?", "--variants", "rag,rag:k", "--url", served.url)
    assert (done.returncode, "rag:k=8" in done.stderr) == (2, True)
    done = parallax(served.fake, tmp_path, "Sea?", "--variants", "rag,nobody", "--url", served.url)
    assert (done.returncode, "nobody" in done.stderr) == (2, True), "an option that names nothing there is usage"


def test_by_itself(served: Served, tmp_path: Path) -> None:
    served.fake.default = Reply("The sea is deep.")
    done = parallax(
        served.fake, tmp_path, "Sea?", "--variants", "plain,few_shot", "--data", str(tmp_path / "data"), "--json"
    )
    assert done.returncode == 0, done.stderr
    assert [lane["text"] for lane in json.loads(done.stdout)["lanes"]] == ["The sea is deep."] * 2


def test_a_blind_vote_at_the_terminal(served: Served, tmp_path: Path) -> None:
    """In a terminal of its own: the names come after the vote."""
    served.fake.default = Reply("The sea is deep.")
    terminal, theirs = pty.openpty()
    arguments = ["compare", "Sea?", "--variants", "plain,few_shot", "--blind", "--url", served.url]
    environ = environment(fake_models(served.fake) | {"COLUMNS": "120", "TERM": "xterm"})
    with subprocess.Popen(
        [str(PARALLAX), *arguments], cwd=tmp_path, env=environ, stdin=theirs, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        before = _read_until(terminal, "Which is better?")
        assert "plain" not in before
        assert "few_shot" not in before
        os.write(terminal, b"nonsense\n")
        _read_until(terminal, "Which is better?")
        os.write(terminal, b"a\n")
        after = _read_until(terminal, "comparison cmp_")
        assert process.wait(SECONDS) == 0
    os.close(terminal)
    assert "plain" in after
    assert "few_shot" in after
    assert FAKE_KEY not in before + after


def _read_until(terminal: int, words: str) -> str:
    said, deadline = "", time.monotonic() + SECONDS
    while words not in said:
        assert time.monotonic() < deadline, said
        if select.select([terminal], [], [], 0.2)[0]:
            said += os.read(terminal, 65_536).decode(errors="replace")
    return said

"""`parallax eval` against a running service and in process: table, verdicts, files, gates."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.doubles.examined import cases, examinee
from tests.doubles.fake_openai import FakeOpenAI, Reply
from tests.doubles.served import FAKE_KEY, PARALLAX, Served, environment, fake_models, wait_for

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    file = tmp_path / "handbook.jsonl"
    file.write_text("".join(json.dumps(case) + "\n" for case in cases()))
    return file


def evaluated(*arguments: str | Path, data: Path, fake: FakeOpenAI, **options: Any) -> subprocess.CompletedProcess[str]:
    command = [str(PARALLAX), "eval", *map(str, arguments), "--data", str(data)]
    return subprocess.run(
        command, env=environment(fake_models(fake)), capture_output=True, text=True, timeout=150, check=False, **options
    )


def test_against_a_running_service(served: Served, handbook: str, dataset: Path, tmp_path: Path) -> None:
    served.fake.default = Reply(examinee)
    out = tmp_path / "out"
    done = evaluated(
        dataset, "--variants", "plain,rag", "--references", "refuse", "--collection", handbook, "--out", out,
        "--gate", "rag.correct>=0.5", "--gate", "rag.error<=0", "--gate", "rag.total.p95<=60", data=served.data,
        fake=served.fake,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Not decided yet" in done.stdout
    assert done.stdout.count("gate met") == 3
    assert "Take note: rag.error<=0 is met by only 8 questions: the 95 % interval is 0 to" in done.stderr
    report = json.loads((out / "report.json").read_text())
    assert [arm["variant"] for arm in report["arms"]] == ["plain", "rag", "refuse"]
    assert (out / "report.html").read_text().startswith("<!doctype html>")
    assert len((out / "report.csv").read_text().splitlines()) >= 1 + 3 * 8


def test_a_gate_that_is_not_met_ends_with_3(served: Served, handbook: str, dataset: Path) -> None:
    served.fake.default = Reply(examinee)
    done = evaluated(
        dataset, "--variants", "plain", "--collection", handbook, "--limit", "3", "--gate", "plain.correct.low>=0.7",
        data=served.data, fake=served.fake,
    )  # fmt: skip
    assert done.returncode == 3, done.stdout + done.stderr
    assert "gate not met" in done.stdout


def test_what_is_not_asked_is_said_before_anything_is(served: Served, handbook: str, tmp_path: Path) -> None:
    file = tmp_path / "bare.jsonl"
    file.write_text("".join(json.dumps({**case, "gold_passages": []}) + "\n" for case in cases()))
    served.fake.default = Reply(examinee)
    done = evaluated(
        file, "--variants", "plain", "--references", "oracle", "--collection", handbook, "--limit", "2",
        "--gate", "oracle.correct>=0", data=served.data, fake=served.fake,
    )  # fmt: skip
    assert done.returncode == 3, done.stdout + done.stderr
    assert done.stderr.index("Take note: Perfect search is not asked") < done.stderr.index("asking")
    assert done.stderr.count("Perfect search is not asked") == 1
    assert "Perfect search" not in done.stdout
    assert "(it is no score)" in done.stdout


def test_a_run_that_somebody_stops_passes_no_gate(served: Served, handbook: str, dataset: Path) -> None:
    served.fake.default = Reply(examinee, pause=0.05)
    command = [str(PARALLAX), "eval", str(dataset), "--variants", "plain", "--collection", handbook, "--repeats", "20",
               "--gate", "plain.error<=0", "--data", str(served.data)]  # fmt: skip
    with served.client() as api:
        before = {run["id"] for run in api.get("/api/runs", params={"limit": 200}).json()["items"]}

        def going() -> str | None:
            runs = api.get("/api/runs", params={"limit": 200}).json()["items"]
            return next((run["id"] for run in runs if run["id"] not in before and run["done"] >= 2), None)

        with subprocess.Popen(
            command,
            env=environment(fake_models(served.fake)),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            run_id = wait_for(going, 90, "two answers are there")
            assert api.post(f"/api/runs/{run_id}/cancel").status_code == 200
            output, errors = process.communicate(timeout=90)
    assert process.returncode == 1, output + errors
    assert "cancelled" in errors
    assert "gate met" not in output


@pytest.mark.parametrize(
    "wrong",
    [
        ["--gate", "nobody.correct>=0.5"],
        ["--gate", "plain.sparkle>=0.5"],
        ["--gate", "plain.correct=0.5"],
        ["--gate", "plain.correct.p95>=0.5"],
        ["--baseline", "rag"],
        ["--variants", "plain,ragg"],
        ["--metrics", "sparkle"],
        ["--references", "psychic"],
    ],
)
def test_what_cannot_be_asked_for_ends_with_2_before_anything_runs(
    served: Served, handbook: str, dataset: Path, wrong: list[str]
) -> None:
    since = len(served.fake.chats())
    done = evaluated(
        dataset, "--variants", "plain", "--collection", handbook, *wrong, data=served.data, fake=served.fake
    )
    assert done.returncode == 2, done.stdout + done.stderr
    assert len(served.fake.chats()) == since


def test_a_bad_line_is_named(served: Served, tmp_path: Path) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_text('{"id": "a", "question": "Is it?"}\n{"id": "a", "question": "Is it not?"}\n')
    done = evaluated(file, data=served.data, fake=served.fake)
    assert done.returncode == 2
    assert "line 2" in done.stderr


def test_in_process(dataset: Path, tmp_path: Path) -> None:
    with FakeOpenAI(key=FAKE_KEY) as fake:
        fake.default = Reply(examinee)
        done = evaluated(
            dataset, "--variants", "plain", "--limit", "2", "--metrics", "correct", data=tmp_path / "data", fake=fake,
            cwd=tmp_path,
        )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Plain has 0 %" in done.stdout

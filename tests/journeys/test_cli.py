"""The `parallax` command as people type it: against a running service, and working by itself."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.doubles.fake_openai import FakeOpenAI, Reply
from tests.doubles.handbook import ANSWER, DOCUMENTS, QUESTION, UNANSWERABLE
from tests.doubles.served import FAKE_KEY, PARALLAX, Served, descendants, environment, fake_models

SECONDS = 90
WIDE = {"COLUMNS": "200", "TERM": "dumb"}
"""Tables are drawn for the width of the terminal."""


@pytest.fixture
def cli(served: Served, tmp_path: Path) -> Any:
    """Runs `parallax ARGUMENTS --data <the running service's folder>`."""

    def call(*arguments: str, data: Path | None = None, **settings: str) -> subprocess.CompletedProcess[str]:
        return _parallax(
            *arguments, "--data", str(data or served.data), fake=served.fake, cwd=tmp_path, settings=settings
        )

    return call


def _parallax(
    *arguments: str, fake: FakeOpenAI, cwd: Path, settings: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [str(PARALLAX), *arguments],
        cwd=cwd,
        env=environment(fake_models(fake) | WIDE | (settings or {})),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert "Traceback" not in done.stderr, done.stderr
    assert FAKE_KEY not in done.stdout + done.stderr
    return done


def test_ask_streams_to_stdout_and_names_its_sources_beside(served: Served, cli: Any, handbook: str) -> None:
    served.fake.default = Reply(ANSWER)
    done = cli("ask", QUESTION, "--collection", handbook)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().startswith("The Heron pump moves 4,200 litres")
    assert "[1]" in done.stdout
    assert "heron.md" not in done.stdout  # what is piped on is the answer alone
    assert "[1] heron.md (verified): " in done.stderr
    assert "rag" in done.stderr


def test_ask_json_is_the_answer_object(served: Served, api: httpx.Client, cli: Any, handbook: str) -> None:
    served.fake.default = Reply(ANSWER)
    done = cli("ask", QUESTION, "--collection", handbook, "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    kept = api.get(f"/api/conversations/{answer['conversation_id']}").json()["turns"]
    assert kept[0]["answer"] == answer
    assert answer["citations"][0]["name"] == "heron.md"


def test_ask_with_another_variant_and_by_url(served: Served, cli: Any, tmp_path: Path) -> None:
    served.fake.default = Reply("The sea is deep.")
    done = cli("ask", "How is the sea?", "--variant", "plain", "--url", served.url, data=tmp_path / "nothing")
    assert (done.returncode, done.stdout.strip()) == (0, "The sea is deep.")
    assert not (tmp_path / "nothing").exists()


def test_a_decline_is_an_answer(cli: Any, handbook: str) -> None:
    done = cli("ask", UNANSWERABLE, "--collection", handbook)
    assert done.returncode == 0
    assert done.stdout.strip()


def test_search_shows_places_and_scores(cli: Any, handbook: str) -> None:
    done = cli("search", QUESTION, "--collection", handbook, "--k", "3")
    assert done.returncode == 0, done.stderr
    rows = [line for line in done.stdout.splitlines() if ".md" in line]
    assert 1 <= len(rows) <= 3
    assert "heron.md" in rows[0]
    rank, score, place, text = rows[0].split("\t")
    assert (rank, place.split(" ")[0]) == ("1", "heron.md")
    assert float(score) > 0
    assert "4,200 litres of seawater an hour. It draws 38 watts" in text
    done = cli("search", QUESTION, "--collection", handbook, "--json")
    assert json.loads(done.stdout)["passages"][0]["name"] == "heron.md"


def test_an_empty_collection_is_said_to_be_empty(cli: Any, collection: str) -> None:
    for command in (["search", "pumps"], ["ask", "What does a pump cost?"]):
        done = cli(*command, "--collection", collection)
        assert done.returncode == 0, done.stderr
        said = done.stdout + done.stderr
        assert "no documents" in said
        assert "parallax ingest" in said
        assert collection in said


def test_ingest_goes_on_after_a_bad_file_and_says_so(
    api: httpx.Client, cli: Any, collection: str, tmp_path: Path
) -> None:
    folder = tmp_path / "papers"
    (folder / "inner").mkdir(parents=True)
    (folder / "good.md").write_text("# Good\n\nThe harbour opens at seven.")
    (folder / "inner" / "also [bold]good.txt").write_text("The crane lifts nine tonnes.")
    (folder / "bad.pdf").write_bytes(b"%PDF-1.7\nthis is no PDF at all")
    (folder / ".hidden.md").write_text("hidden")
    (folder / "photo.xyz").write_text("unknown")
    done = cli("ingest", str(folder), "--collection", collection)
    assert done.returncode == 1, done.stderr
    table = {line.split()[0]: line for line in done.stdout.splitlines() if line.strip()}
    assert "indexed" in table["good.md"]
    assert "also [bold]good.txt" in done.stdout.replace("inner - ", "").replace("inner/", "")
    assert "failed" in table["bad.pdf"]
    assert "2 of 3 files" in done.stdout
    assert "1 failed" in done.stdout
    said = [line for line in done.stderr.splitlines() if "/3 " in line]
    assert sorted(line.split(" ", 2)[1] for line in said) == ["failed", "indexed", "indexed"], done.stderr
    items = api.get("/api/documents", params={"collection": collection}).json()["items"]
    assert sorted(item["status"] for item in items if item["name"] != "bad.pdf") == ["indexed", "indexed"]
    again = cli("ingest", str(folder / "good.md"), "--collection", collection)
    assert again.returncode == 0, again.stderr
    assert "unchanged" in again.stdout


def test_verify_finds_nothing_wrong(cli: Any, handbook: str) -> None:
    done = cli("verify")
    assert done.returncode == 0, done.stdout
    assert "Consistent" in done.stdout


def test_models_are_listed_and_shown(served: Served, cli: Any) -> None:
    done = cli("models", "list")
    assert done.returncode == 0, done.stderr
    assert served.fake.model in done.stdout
    assert "embedding" in done.stdout
    done = cli("models", "show", served.fake.model)
    assert done.returncode == 0
    assert served.fake.model in done.stdout
    done = cli("models", "show", "no-such-model")
    assert done.returncode == 1
    assert "no-such-model" in done.stderr


def test_doctor_looks_at_the_machine_and_the_parts(cli: Any) -> None:
    done = cli("doctor")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Python" in done.stdout + done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["sing"],
        ["ask"],
        ["ask", "x", "--colour", "red"],
        ["search", "x", "--k", "0"],
        ["search", "x", "--k", "many"],
        ["ingest"],
        ["serve", "--url", "http://127.0.0.1:1"],
        ["serve", "--port", "99999"],
        ["serve", "--host", ""],
        ["ask", ""],
        ["ask", " "],
        ["ask", b"caf\xe9"],
        ["ask", "x", "--variant", ""],
        ["ask", "x", "--collection", " "],
        ["ask", "x", "--url", "127.0.0.1:8000"],
        ["ask", "x", "--url", "ftp://127.0.0.1"],
        ["ask", "x", "--data", ""],
        ["search", ""],
        ["search", "x", "--k", "-1"],
        ["search", "x", "--k", "51"],
        ["ingest", ""],
        ["ingest", "no/such/file"],
        ["ingest", ".", "no/such/file"],
        ["models", "show", ""],
        ["models", "pull", ""],
        ["reindex", "--collection", ""],
    ],
)
def test_a_mistake_in_the_command_is_status_2(tmp_path: Path, arguments: list[str | bytes]) -> None:
    done = subprocess.run(
        [str(PARALLAX), *arguments],
        cwd=tmp_path,
        env=environment(WIDE),
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr or done.stdout
    assert not list(tmp_path.iterdir()), "something was begun"


@pytest.mark.parametrize(
    "arguments",
    [
        ["ask", "x" * 9_000],
        ["ask", "x", "--variant", "[/nobody]"],
        ["search", "x" * 5_000],
        ["ingest", "empty"],
        ["ingest", "empty", "--collection", "No Such Name"],
    ],
)
def test_what_the_service_finds_wrong_with_a_request_is_status_2_too(
    cli: Any, tmp_path: Path, arguments: list[str]
) -> None:
    (tmp_path / "empty").mkdir()
    done = cli(*arguments)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Error: " in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["ask", "x", "--collection", "nowhere"],
        ["search", "x", "--collection", "nowhere"],
    ],
)
def test_what_cannot_be_done_is_status_1_and_said(cli: Any, arguments: list[str]) -> None:
    done = cli(*arguments)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Error" in done.stderr
    assert done.stdout.strip() == ""


def test_an_address_where_nobody_answers(cli: Any, tmp_path: Path) -> None:
    done = cli("ask", "x", "--url", "http://127.0.0.1:1", data=tmp_path / "nothing")
    assert done.returncode == 1
    assert "http://127.0.0.1:1" in done.stderr
    assert "--url" in done.stderr


def test_an_address_that_is_something_else(served: Served, cli: Any, tmp_path: Path) -> None:
    done = cli("ask", "x", "--url", served.fake.base_url.removesuffix("/v1"), data=tmp_path / "nothing")
    assert done.returncode == 1
    assert "Error" in done.stderr


def test_a_model_that_fails_is_said_in_words(served: Served, cli: Any) -> None:
    served.fake.default = Reply(fault="status", status=500)
    done = cli("ask", "x", "--variant", "plain")
    assert done.returncode == 1
    assert "failed" in done.stderr


def test_who_is_to_be_refused_does_not_import_the_service_first(served: Served, tmp_path: Path) -> None:
    command = "import sys; from service.cli.app import app; app(standalone_mode=False)"
    code = f"import sys\ntry:\n    {command}\nfinally:\n    print(sorted(sys.modules.keys() & {{'fastapi', 'docket'}}))"
    done = subprocess.run(
        [sys.executable, "-c", code, "serve", "--port", "0", "--data", str(served.data)],
        cwd=tmp_path, env=environment(WIDE), capture_output=True, text=True, timeout=SECONDS,
    )  # fmt: skip
    assert "is held by" in done.stderr
    assert done.stdout.strip() == "[]"


def test_a_second_service_on_the_same_folder_says_who_holds_it(served: Served, cli: Any) -> None:
    done = cli("serve", "--port", "0")
    assert done.returncode == 1
    assert str(served.process.pid) in done.stderr
    assert served.url in done.stderr


@pytest.mark.timeout(300)
def test_a_second_service_on_the_same_folder_and_port_says_so_too(served: Served, cli: Any) -> None:
    done = cli("serve", "--port", served.url.rsplit(":", 1)[1])
    assert done.returncode == 1
    assert "is held by" in done.stderr
    assert served.url in done.stderr


def test_files_that_would_replace_each_other_are_refused(cli: Any, collection: str, tmp_path: Path) -> None:
    for folder in ("north", "south"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "prices.md").write_text(f"# Prices {folder}\n\nA pump costs 40 euros.")
    files = [str(tmp_path / folder / "prices.md") for folder in ("north", "south")]
    done = cli("ingest", *files, "--collection", collection)
    assert done.returncode == 2
    assert "would both be called 'prices.md'" in done.stderr
    done = cli("ingest", str(tmp_path), "--collection", collection)
    assert done.returncode == 0, done.stderr
    assert "2 of 2 files" in done.stdout


def test_a_proxy_is_not_the_way_to_this_machine(served: Served, cli: Any, handbook: str) -> None:
    proxy = {"HTTP_PROXY": "http://127.0.0.1:1", "http_proxy": "http://127.0.0.1:1", "NO_PROXY": "", "no_proxy": ""}
    done = cli("search", QUESTION, "--collection", handbook, **proxy)
    assert done.returncode == 0, done.stderr


def test_by_itself_it_ingests_searches_and_answers(tmp_path: Path) -> None:
    """No service runs: each command starts what it needs, works, and leaves nothing running."""
    papers, data = tmp_path / "papers", tmp_path / "data"
    papers.mkdir()
    for name, text in DOCUMENTS.items():
        (papers / name).write_text(text)
    with FakeOpenAI(key=FAKE_KEY) as fake:
        fake.default = Reply(ANSWER)

        def call(*arguments: str) -> subprocess.CompletedProcess[str]:
            return _parallax(*arguments, "--data", str(data), fake=fake, cwd=tmp_path)

        done = call("ingest", str(papers))
        assert done.returncode == 0, done.stdout + done.stderr
        assert "3 of 3 files" in done.stdout
        done = call("search", QUESTION, "--json")
        assert json.loads(done.stdout)["passages"][0]["name"] == "heron.md"
        done = call("ask", QUESTION, "--json")
        answer = json.loads(done.stdout)
        assert answer["finish"] == "answered"
        assert answer["citations"][0]["quote"] in DOCUMENTS["heron.md"]
    assert not (data / "runtime.json").exists()
    assert not [pid for pid in descendants(1) if _mentions(pid, str(data))], "something runs on"


def _mentions(pid: int, text: str) -> bool:
    try:
        return text in Path(f"/proc/{pid}/cmdline").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False

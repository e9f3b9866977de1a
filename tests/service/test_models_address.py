"""Fetching a model by address: only with a hash, only weights, only under a safe name; then it is in the catalogue."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import SecretStr

from service.errors import BadRequest, Conflict, ModelFile, ServiceError
from service.models import files, files_facts, files_pulled
from service.models.catalogue import CatalogueEntry, entries
from service.models.defaults import LocalModel, default_chat, needs_local_server
from service.models.local_server import model_path
from service.models.openai_chat import OpenAIChat
from service.models.pull_address import fetch, is_address, wanted
from service.models.shelf import Shelf
from service.settings import Settings
from tests.doubles import gguf
from tests.doubles.hub import Hub, hubs

HASH = "ab" * 32


@pytest.fixture
def hub() -> Iterator[Hub]:
    with hubs() as hub:
        yield hub


def small_model(folder: Path, **values: gguf.Value) -> bytes:
    """A GGUF file that says what a chat model's says, with two tensors of 6 and 4 weights."""
    said: dict[str, gguf.Value] = {
        "general.architecture": "llama",
        "general.name": "Tiny Llama",
        "general.file_type": 15,
        "general.license": "mit",
        "llama.context_length": 2048,
        "tokenizer.chat_template": "{{ messages }}",
    }
    tensors = {"a.weight": np.zeros((2, 3), dtype=np.float32), "b.weight": np.zeros((4,), dtype=np.float32)}
    return gguf.write(folder / "made.gguf", {**said, **values}, tensors).read_bytes()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def listed(folder: Path, **given: Any) -> dict[str, CatalogueEntry]:
    return {entry.name: entry for entry in entries(Settings(_env_file=None, models_dir=folder, **given))}


@pytest.mark.parametrize(
    ("address", "url", "file"),
    [
        ("hub:Maker/Model/w.gguf@r1", "https://hub/Maker/Model/resolve/r1/w.gguf", "w.gguf"),
        ("hub:maker/model/q/w-Q4.gguf", "https://hub/maker/model/resolve/main/q/w-Q4.gguf", "w-Q4.gguf"),
        ("hub:maker/model/w.onnx@refs/pr/1", "https://hub/maker/model/resolve/refs%2Fpr%2F1/w.onnx", "w.onnx"),
        ("https://x.example/a/w.safetensors?token=1", "https://x.example/a/w.safetensors?token=1", "w.safetensors"),
    ],
)
def test_an_address_names_a_file(address: str, url: str, file: str) -> None:
    assert is_address(address)
    found = wanted(address, HASH.upper(), hub="https://hub")
    assert (found.url, found.file, found.sha256) == (url, file, HASH)
    assert not is_address(files.DEFAULT_CHAT)


@pytest.mark.parametrize(
    ("address", "hash", "name", "code"),
    [
        ("hub:maker/model/w.gguf", None, None, "no_hash"),
        ("hub:maker/model/w.gguf", HASH[:-1], None, "no_hash"),
        ("https://x.example/w.gguf", HASH + "0", None, "no_hash"),
        ("https://x.example/w.bin", HASH, None, "format_refused"),
        ("https://x.example/w.pt", HASH, None, "format_refused"),
        ("https://x.example/w.gguf.pkl", HASH, None, "format_refused"),
        ("hub:maker/w.gguf", HASH, None, "bad_address"),
        ("hub:maker/../x/w.gguf", HASH, None, "bad_address"),
        ("hub:maker/model/../../w.gguf", HASH, None, "bad_address"),
        ("ftp://x.example/w.gguf", HASH, None, "bad_address"),
        ("file:///etc/w.gguf", HASH, None, "bad_address"),
        ("https://me:secret@x.example/w.gguf", HASH, None, "bad_address"),
        ("https:///w.gguf", HASH, None, "bad_address"),
        ("https://x.example/..%2fw.gguf%00.gguf", HASH, None, "bad_file_name"),
        ("https://x.example/.w.gguf", HASH, None, "bad_file_name"),
        ("https://x.example/w.gguf", HASH, "../out", "bad_model_name"),
        ("https://x.example/w.gguf", HASH, "a/b", "bad_model_name"),
        ("https://x.example/w.gguf", HASH, ".hidden", "bad_model_name"),
    ],
)
def test_what_is_never_fetched(address: str, hash: str | None, name: str | None, code: str) -> None:
    with pytest.raises(ServiceError) as caught:
        wanted(address, hash, name)
    assert caught.value.code == code
    assert caught.value.hint
    assert "secret" not in caught.value.hint


def test_a_pulled_model_is_in_the_catalogue_and_can_be_chosen(hub: Hub, tmp_path: Path) -> None:
    folder, data = tmp_path / "models", small_model(tmp_path)
    hub.content["/maker/model/resolve/r1/Tiny-Llama.gguf"] = data
    seen: list[tuple[int, int]] = []
    what = wanted("hub:maker/model/Tiny-Llama.gguf@r1", sha256(data), hub=hub.url)
    fetch(what, folder, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (len(data), len(data))

    found = listed(folder)["tiny-llama"]
    assert (found.task, found.license, found.here, found.deployed) == ("chat", "mit", True, False)
    assert (found.context, found.family, found.architecture) == (2048, "llama", "decoder")
    assert (found.quantisation, found.parameters, found.bytes) == ("Q4_K_M", 10, len(data))
    assert found.card["label"] == "Tiny Llama"
    assert found.needs == "PARALLAX_CHAT_MODEL=tiny-llama"

    chosen = Settings(_env_file=None, models_dir=folder, chat_model="tiny-llama")
    assert (default_chat(chosen), needs_local_server(chosen)) == ("tiny-llama", True)
    assert model_path("tiny-llama", folder) == folder / "tiny-llama" / "Tiny-Llama.gguf"
    chat = Shelf(chosen, local=LocalModel("http://127.0.0.1:9/v1", SecretStr("k"))).chat()
    assert isinstance(chat, OpenAIChat)
    assert listed(folder, chat_model="tiny-llama")["tiny-llama"].deployed
    assert not needs_local_server(Settings(_env_file=None, models_dir=tmp_path, chat_model="tiny-llama"))


def test_a_pull_is_resumed_and_what_is_there_is_not_fetched_again(hub: Hub, tmp_path: Path) -> None:
    data = small_model(tmp_path, padding="x" * 200_000)
    hub.content["/w.gguf"], hub.stop_after = data, 150_000
    what = wanted(f"{hub.url}/w.gguf", sha256(data))
    fetch(what, tmp_path / "models")
    assert any("bytes=" in one and "bytes=0-0" not in one for one in hub.asked), "it was resumed"
    hub.asked.clear()
    fetch(what, tmp_path / "models")
    assert [one for one in hub.asked if "bytes=0-0" not in one] == []


def test_other_bytes_than_promised_are_refused(hub: Hub, tmp_path: Path) -> None:
    hub.content["/w.gguf"] = small_model(tmp_path)
    with pytest.raises(ModelFile) as caught:
        fetch(wanted(f"{hub.url}/w.gguf", HASH), tmp_path / "models")
    assert caught.value.code == "wrong_hash"
    assert files_pulled.listing(tmp_path / "models") == ()
    assert "w" not in listed(tmp_path / "models")


@pytest.mark.parametrize(
    ("file", "data", "code"),
    [
        ("w.gguf", b"\x80\x04\x95" + b"x" * 100, "not_gguf"),  # a pickle
        ("w.gguf", b"GGUF" + b"\xff" * 60, "not_gguf"),
        ("w.safetensors", b"\x80\x04\x95" + b"x" * 100, "not_safetensors"),
        ("w.safetensors", (9).to_bytes(8, "little") + b"[1, 2, 3]", "not_safetensors"),
        ("w.onnx", b"PK\x03\x04" + b"x" * 100, "not_onnx"),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_removed(
    hub: Hub, tmp_path: Path, file: str, data: bytes, code: str
) -> None:
    hub.content[f"/{file}"] = data
    with pytest.raises(ModelFile) as caught:
        fetch(wanted(f"{hub.url}/{file}", sha256(data)), tmp_path / "models")
    assert caught.value.code == code
    assert not (tmp_path / "models" / "w" / file).exists()
    assert files_pulled.listing(tmp_path / "models") == ()


def test_weights_that_cannot_be_served_are_kept_as_what_they_are(hub: Hub, tmp_path: Path) -> None:
    data = (2).to_bytes(8, "little") + b"{}"
    hub.content["/w.safetensors"] = data
    what = wanted(f"{hub.url}/w.safetensors", sha256(data))
    with pytest.raises(BadRequest):
        fetch(what, tmp_path, task="chat")
    fetch(what, tmp_path, license="MIT")
    found = listed(tmp_path)["w"]
    assert (found.task, found.license, found.needs) == ("embedding", "MIT", None)


def test_a_name_means_one_model(hub: Hub, tmp_path: Path) -> None:
    one, other = small_model(tmp_path), small_model(tmp_path, **{"general.name": "Another"})
    hub.content |= {"/a/w.gguf": one, "/b/w.gguf": other}
    fetch(wanted(f"{hub.url}/a/w.gguf", sha256(one)), tmp_path / "models")
    for name in ("w", files.DEFAULT_CHAT):
        with pytest.raises(Conflict):
            fetch(wanted(f"{hub.url}/b/w.gguf", sha256(other), name), tmp_path / "models")
    fetch(wanted(f"{hub.url}/b/w.gguf", sha256(other), "w2"), tmp_path / "models")
    assert [one.name for one in files_pulled.listing(tmp_path / "models")] == ["w", "w2"]


@pytest.mark.parametrize("text", ["", "[]", '{"version": 2}', '{"version": 1, "models": [{"name": "x"}]}', "\x00"])
def test_a_list_that_cannot_be_read_is_empty(tmp_path: Path, text: str) -> None:
    (tmp_path / files_pulled.LISTING).write_text(text)
    assert files_pulled.listing(tmp_path) == ()
    assert set(files.known(tmp_path)) == set(files.known())


def test_an_unknown_field_of_a_later_version_is_left_aside(tmp_path: Path) -> None:
    known = files_pulled.Pulled("w", "W", "chat", "w.gguf", 3, HASH, "hub:x", "https://x", "MIT", True)
    files_pulled.keep(tmp_path, known)
    rows = json.loads((tmp_path / files_pulled.LISTING).read_text())
    rows["models"][0]["colour"] = "red"
    (tmp_path / files_pulled.LISTING).write_text(json.dumps(rows))
    assert files_pulled.listing(tmp_path) == (known,)


def test_a_header_that_lies_costs_nothing(tmp_path: Path) -> None:
    data = small_model(tmp_path)
    path = tmp_path / "lying.gguf"
    path.write_bytes(data[:8] + (2**63).to_bytes(8, "little") + data[16:])  # so many tensors
    assert files_facts.facts(path).parameters is None
    short = tmp_path / "short.gguf"
    short.write_bytes(data[: data.index(b"b.weight")])
    with pytest.raises(ModelFile) as caught:
        files_facts.facts(short)
    assert caught.value.code == "not_gguf"

"""Which adapter files are safe to load, and the two small files that say what is wanted and what is held."""

from __future__ import annotations

import pickle
import random
import struct
from pathlib import Path

import pytest

from service.errors import ModelFile
from service.models import adapters
from service.models.adapters import Adapter, Holding, Place
from service.models.files import sha256_of
from tests.doubles import gguf

TINY = gguf.Shape(layers=1, width=8, key_value=4)


def made(folder: Path, values: dict[str, gguf.Value]) -> Path:
    return gguf.write(folder / "adapter.gguf", gguf.header() | values, {})


def test_an_adapter_with_its_hash_is_let_through(tmp_path: Path) -> None:
    path = gguf.lora(tmp_path / "adapter.gguf", base=TINY)
    adapters.check(path, sha256_of(path), "qwen2")
    assert adapters.architecture(path) == "qwen2"


def test_a_file_that_was_swapped_is_refused(tmp_path: Path) -> None:
    """Attack 46: the same name, another content."""
    path = gguf.lora(tmp_path / "adapter.gguf", base=TINY)
    pinned = sha256_of(path)
    gguf.lora(path, base=TINY, seed=1)
    with pytest.raises(ModelFile) as refused:
        adapters.check(path, pinned, "qwen2")
    assert refused.value.code == "wrong_hash"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (pickle.dumps({"weights": [1.0]}), "not_gguf"),
        (b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n", "not_gguf"),
        (struct.pack("<Q", 2) + b"{}", "not_gguf"),  # safetensors
        (b"", "not_gguf"),
        (b"GGUF", "not_gguf"),
        (b"GGUF" + struct.pack("<IQQ", 1, 0, 0), "not_gguf"),  # a version nobody writes any more
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1 << 60), "not_gguf"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", 1 << 62), "not_gguf"),
        (b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1) + b"a" + struct.pack("<IIQ", 9, 10, 1 << 61), "not_gguf"),
        (b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1) + b"a" + struct.pack("<IIQ", 9, 9, 1), "not_gguf"),
        (b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 2) + b"\xff\xfe" + struct.pack("<II", 4, 1), "not_gguf"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 0), "not_an_adapter"),
    ],
)
def test_other_formats_and_broken_headers_are_refused_by_name(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "adapter.gguf"
    path.write_bytes(content)
    with pytest.raises(ModelFile) as refused:
        adapters.check(path, sha256_of(path), "qwen2")
    assert refused.value.code == code


@pytest.mark.parametrize(
    "values",
    [
        {"general.architecture": "llama"},
        {"general.type": "model"},
        {"adapter.type": "control_vector"},
    ],
)
def test_what_is_no_lora_adapter_of_this_kind_of_model_is_refused(
    tmp_path: Path, values: dict[str, gguf.Value]
) -> None:
    path = made(tmp_path, values)
    with pytest.raises(ModelFile) as refused:
        adapters.check(path, sha256_of(path), "qwen2")
    assert refused.value.code == "not_an_adapter"


def test_no_damage_to_a_header_ends_in_anything_but_our_error(tmp_path: Path) -> None:
    whole = gguf.lora(tmp_path / "whole.gguf", base=TINY).read_bytes()
    chance, path = random.Random(7), tmp_path / "damaged.gguf"
    for _ in range(300):
        damaged = bytearray(whole[: chance.randrange(1, len(whole))])
        for _ in range(chance.randrange(4)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        path.write_bytes(damaged)
        try:
            adapters.check(path, sha256_of(path), "qwen2")
        except ModelFile:
            continue


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ModelFile) as refused:
        adapters.check(tmp_path / "none.gguf", "0" * 64, "qwen2")
    assert refused.value.code == "missing"


def test_what_is_wanted_and_held_is_read_as_it_was_written(tmp_path: Path) -> None:
    assert adapters.wanted(tmp_path) == ()
    assert adapters.told(tmp_path) == Holding()
    wanted = (Adapter("a" * 64, "/x/a"), Adapter("b" * 64, "/x/b"))
    held = Holding(7, {"a" * 64: Place(url="http://127.0.0.1:1/v1"), "b" * 64: Place(problem="broken")})
    adapters.want(tmp_path, wanted)
    adapters.tell(tmp_path, held)
    assert adapters.wanted(tmp_path) == wanted
    assert adapters.told(tmp_path) == held
    assert {path.name for path in tmp_path.iterdir()} == {adapters.WANTED, adapters.HELD}
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
    adapters.forget(tmp_path)
    assert adapters.wanted(tmp_path) == ()


@pytest.mark.parametrize("content", ["", "{", "[1]", '{"pid": 1}', '{"pid": 1, "adapters": {"a": 3}}', "null"])
def test_files_that_are_damaged_say_nothing(tmp_path: Path, content: str) -> None:
    for name in (adapters.WANTED, adapters.HELD):
        (tmp_path / name).write_text(content)
    assert adapters.wanted(tmp_path) == ()
    assert adapters.told(tmp_path) == Holding()

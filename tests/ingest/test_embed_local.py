"""The embedder in process: its graph against a forward pass in numpy, its edges, and the real weights if here."""

from __future__ import annotations

import json
import math
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import tokenizers
from safetensors.numpy import save_file

from ingest.embed import graph, local
from ingest.embed.local import MiniLM
from ingest.embed.tokens import WordPiece
from ingest.errors import EmbeddingFailed
from service.models import files

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *"abcdefghijklmnopqrstuvwxyz", "##a", "##b", "refund", "policy", "leave"]
Tensors = dict[str, npt.NDArray[np.float32]]


@pytest.fixture(scope="module")
def tensors() -> Tensors:
    """Random weights of the real shapes, but for a vocabulary of a few words."""
    numbers = np.random.default_rng(11)

    def matrix(*shape: int) -> npt.NDArray[np.float32]:
        return (numbers.standard_normal(shape) * 0.06).astype(np.float32)

    made = {
        "embeddings.word_embeddings.weight": matrix(len(WORDS), 384),
        "embeddings.position_embeddings.weight": matrix(512, 384),
        "embeddings.token_type_embeddings.weight": matrix(2, 384),
    }
    sizes = {"attention.self.query": (384, 384), "attention.self.key": (384, 384), "attention.self.value": (384, 384)}
    sizes |= {"attention.output.dense": (384, 384), "intermediate.dense": (1536, 384), "output.dense": (384, 1536)}
    norms = ["embeddings.LayerNorm"]
    for layer in range(6):
        prefix = f"encoder.layer.{layer}"
        norms += [f"{prefix}.attention.output.LayerNorm", f"{prefix}.output.LayerNorm"]
        for name, shape in sizes.items():
            made[f"{prefix}.{name}.weight"] = matrix(*shape)
            made[f"{prefix}.{name}.bias"] = matrix(shape[0])
    for name in norms:
        made[f"{name}.weight"] = 1 + matrix(384)
        made[f"{name}.bias"] = matrix(384)
    return made


@pytest.fixture(scope="module")
def folder(tensors: Tensors, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder without the int8 graph."""
    place = tmp_path_factory.mktemp("minilm")
    save_file(tensors, place / "model.safetensors")
    vocabulary = {word: number for number, word in enumerate(WORDS)}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
    tokenizer.normalizer = tokenizers.normalizers.BertNormalizer(lowercase=True)
    special = [("[CLS]", 2), ("[SEP]", 3)]
    tokenizer.post_processor = tokenizers.processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=special)
    tokenizer.enable_truncation(5)  # the published file truncates and pads too; both must be undone
    tokenizer.enable_padding(length=5)
    tokenizer.save(str(place / "tokenizer.json"))
    return place


@pytest.fixture(scope="module")
def embedder(folder: Path) -> MiniLM:
    return MiniLM(folder)


def forward(t: Tensors, ids: list[int]) -> npt.NDArray[np.float64]:
    """BERT on one text, as its paper writes it down, in float64."""

    def dense(x: npt.NDArray[np.float64], name: str) -> npt.NDArray[np.float64]:
        product: npt.NDArray[np.float64] = x @ t[f"{name}.weight"].T.astype(np.float64) + t[f"{name}.bias"]
        return product

    def norm(x: npt.NDArray[np.float64], name: str) -> npt.NDArray[np.float64]:
        centred = x - x.mean(-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12)
        result: npt.NDArray[np.float64] = scaled * t[f"{name}.weight"] + t[f"{name}.bias"]
        return result

    erf = np.vectorize(math.erf)
    x = t["embeddings.word_embeddings.weight"][ids].astype(np.float64)
    x += t["embeddings.position_embeddings.weight"][: len(ids)] + t["embeddings.token_type_embeddings.weight"][0]
    x = norm(x, "embeddings.LayerNorm")
    for layer in range(6):
        prefix = f"encoder.layer.{layer}"
        q, k, v = (
            dense(x, f"{prefix}.attention.self.{part}").reshape(len(ids), 12, 32).transpose(1, 0, 2)
            for part in ("query", "key", "value")
        )
        scores = np.exp(q @ k.transpose(0, 2, 1) / math.sqrt(32))
        attended = (scores / scores.sum(-1, keepdims=True) @ v).transpose(1, 0, 2).reshape(len(ids), 384)
        x = norm(x + dense(attended, f"{prefix}.attention.output.dense"), f"{prefix}.attention.output.LayerNorm")
        wide = dense(x, f"{prefix}.intermediate.dense")
        wide = wide * 0.5 * (1 + erf(wide / math.sqrt(2)))
        x = norm(x + dense(wide, f"{prefix}.output.dense"), f"{prefix}.output.LayerNorm")
    mean = x.mean(0)
    unit: npt.NDArray[np.float64] = mean / np.linalg.norm(mean)
    return unit


def test_the_graph_computes_what_the_weights_mean(tensors: Tensors, embedder: MiniLM) -> None:
    texts = ["refund policy", "a", "leave " * 30, "", "xyz qqq a b c d e f g h"]
    expected = np.array([forward(tensors, embedder.tokenizer.ids(text)) for text in texts])
    np.testing.assert_allclose(embedder.embed_documents(texts), expected, atol=1e-4)
    np.testing.assert_allclose([embedder.embed_query(text) for text in texts], expected, atol=1e-4)


def test_vectors_come_in_order_and_do_not_depend_on_their_neighbours(embedder: MiniLM) -> None:
    texts = [" ".join("abcdefgh"[: n % 8 + 1]) * (n % 5 + 1) for n in range(40)]
    together = embedder.embed_documents(texts)
    np.testing.assert_allclose(together, [embedder.embed_documents([text])[0] for text in texts], atol=1e-5)
    assert {len(vector) for vector in together} == {embedder.dimensions}
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-5)
    assert embedder.embed_documents([]) == []


@pytest.mark.parametrize("text", ["", " \n\t", "\x00", "\ud800", "\u200b", "中文", "🙂" * 50, "a\ud800b"])
def test_any_text_has_a_vector(embedder: MiniLM, text: str) -> None:
    assert math.isclose(sum(x * x for x in embedder.embed_query(text)), 1.0, abs_tol=1e-4)
    assert embedder.tokenizer.count(text) >= 2


@pytest.mark.parametrize("text", ["x" * 1_000_000, "a b " * 250_000, "\n" * 1_000_000])
def test_a_megabyte_is_cut_before_it_costs_anything(embedder: MiniLM, text: str) -> None:
    start = time.process_time()
    embedder.embed_documents([text])
    assert time.process_time() - start < 1.0


def test_the_tokenizer_counts_all_and_cuts_at_the_limit(embedder: MiniLM) -> None:
    tokenizer = embedder.tokenizer
    assert tokenizer.count("refund policy") == 4
    assert tokenizer.count("a " * 1000) == 1002
    assert tokenizer.limit == 256
    ids = tokenizer.ids("a " * 1000)
    assert (len(ids), ids[0], ids[-1]) == (256, 2, 3)


def test_queries_are_remembered_and_nobody_can_change_them(embedder: MiniLM, monkeypatch: pytest.MonkeyPatch) -> None:
    first = embedder.embed_query("refund")
    first[0] = 9.0
    monkeypatch.setattr(embedder, "_session", None)  # it is not asked again
    again = embedder.embed_query("refund")
    assert again[0] != 9.0
    assert again[1:] == first[1:]


def test_many_threads_get_the_right_vectors(folder: Path) -> None:
    embedder, wrong = MiniLM(folder), list[str]()
    expected = {text: MiniLM(folder).embed_query(text) for text in "abcdef"}

    def work(text: str) -> None:
        for _ in range(5):
            for vector in (embedder.embed_documents([text, "refund policy leave"])[0], embedder.embed_query(text)):
                if not np.allclose(vector, expected[text], atol=1e-5):
                    wrong.append(text)

    threads = [threading.Thread(target=work, args=(text,)) for text in expected]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.anyio
async def test_async_gives_the_same(embedder: MiniLM) -> None:
    assert await embedder.aembed_documents(["a", "b"]) == embedder.embed_documents(["a", "b"])
    assert await embedder.aembed_query("a") == embedder.embed_query("a")


def test_the_graph_is_built_once_and_leaves_nothing_half_written(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes((folder / "model.safetensors").read_bytes())
    graph.build(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"model.safetensors", graph.GRAPH, graph.WEIGHTS}
    (tmp_path / "model.safetensors").write_bytes(b"\x10" + bytes(30))
    (tmp_path / graph.GRAPH).unlink()
    with pytest.raises(Exception, match=r"(?i)header"):
        graph.build(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"model.safetensors", graph.WEIGHTS}


@pytest.mark.parametrize(("damage", "kind"), [("model.safetensors", "weights"), ("tokenizer.json", "tokenizer")])
def test_a_damaged_model_is_said(folder: Path, tmp_path: Path, damage: str, kind: str) -> None:
    for name in ("model.safetensors", "tokenizer.json"):
        (tmp_path / name).write_bytes(b"{}" if name == damage else (folder / name).read_bytes())
    with pytest.raises(EmbeddingFailed) as caught:
        MiniLM(tmp_path).embed_query("a")
    assert caught.value.code == "embedder_missing"
    assert str(tmp_path) in caught.value.message


def test_numbers_that_are_not_finite_are_refused(tensors: Tensors, folder: Path, tmp_path: Path) -> None:
    broken = tensors["embeddings.word_embeddings.weight"].copy()
    broken[WORDS.index("leave")] = np.nan
    save_file(tensors | {"embeddings.word_embeddings.weight": broken}, tmp_path / "model.safetensors")
    (tmp_path / "tokenizer.json").write_bytes((folder / "tokenizer.json").read_bytes())
    with pytest.raises(EmbeddingFailed) as caught:
        MiniLM(tmp_path).embed_documents(["leave"])
    assert caught.value.code == "bad_vectors"


@pytest.fixture
def speeds(monkeypatch: pytest.MonkeyPatch) -> Callable[[float, float], list[str]]:
    """Sets how fast each graph is found to be; the list tells which were timed."""

    def pretend(fp32: float, int8: float) -> list[str]:
        timed: list[str] = []

        def measure(_folder: Path, name: local.Graph, _threads: int) -> float:
            timed.append(name)
            return fp32 if name == "fp32" else int8

        monkeypatch.setattr(local, "_tokens_per_second", measure)
        return timed

    return pretend


def test_the_faster_graph_is_chosen_once_per_machine(
    tmp_path: Path, speeds: Callable[[float, float], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "int8.onnx").touch()
    timed = speeds(10_000, 14_000)
    assert local.choose(tmp_path, 2) == "int8"
    assert sorted(timed) == ["fp32", "int8"]
    timed = speeds(14_000, 10_000)
    assert local.choose(tmp_path, 2) == "int8"
    assert timed == []
    monkeypatch.setattr(local, "_processor", lambda: "another one")
    assert local.choose(tmp_path, 2) == "fp32"
    assert len(json.loads((tmp_path / "faster.json").read_text())) == 2


@pytest.mark.parametrize("content", ["", "[]", "{", '{"x": 1}', "null"])
def test_a_damaged_note_of_the_choice_is_made_anew(
    tmp_path: Path, speeds: Callable[[float, float], list[str]], content: str
) -> None:
    (tmp_path / "int8.onnx").touch()
    (tmp_path / "faster.json").write_text(content)
    speeds(10_000, 10_500)
    assert local.choose(tmp_path, 2) == "fp32"  # nearly a tie
    assert json.loads((tmp_path / "faster.json").read_text())


def test_without_the_int8_graph_there_is_no_choice(tmp_path: Path) -> None:
    assert local.choose(tmp_path, 2) == "fp32"
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def real() -> Path:
    folder = files.cache_folder()
    if not files.present(files.DEFAULT_EMBEDDING, folder):
        pytest.skip("the embedding model is not in the cache: run `parallax models pull`")
    return files.checked(files.DEFAULT_EMBEDDING, folder)


@pytest.mark.model
def test_both_real_graphs_give_the_same_vectors(real: Path) -> None:
    texts = ["Refunds are paid within fourteen days.", "The cat sat on the mat.", "", "word " * 400]
    tokenizer = WordPiece(real / "tokenizer.json", 256)
    batch = [tokenizer.ids(text) for text in texts]
    fp32, int8 = (local._Session(real, name, 1).run(batch) for name in ("fp32", "int8"))
    assert (fp32 * int8).sum(axis=1).min() > 0.99


@pytest.mark.model
def test_the_real_model_finds_what_is_meant(real: Path) -> None:
    embedder = MiniLM(real)
    documents = [
        "Refunds are paid to the original card within fourteen days.",
        "Employees have twenty-five days of paid leave a year.",
        "The warehouse is closed on Sundays.",
    ]
    vectors = np.array(embedder.embed_documents(documents))
    for question, expected in (("When do I get my money back?", 0), ("How much holiday do I get?", 1)):
        assert int((vectors @ np.array(embedder.embed_query(question))).argmax()) == expected

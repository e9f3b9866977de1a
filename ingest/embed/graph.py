"""all-MiniLM-L6-v2 as an ONNX graph in float32, built from the published safetensors.

The graph is BERT (6 layers, 12 heads, 384 wide) with mean pooling and L2 normalisation at its end. It uses the fused
operators of onnxruntime's CPU provider (`com.microsoft`: Attention, SkipLayerNormalization, BiasGelu).

    input_ids       int64 [batch, tokens]
    attention_mask  int64 [batch, tokens]   1 for a token, 0 for padding on the right
    vectors         float32 [batch, 384]    of length 1
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper
from safetensors import safe_open

LAYERS = 6
HEADS = 12
WIDTH = 384
EPSILON = 1e-12
WEIGHTS = "fp32-1.weights"
GRAPH = "fp32-1.onnx"
"""The number is the graph's format: a later one is built under a new name, so an old file is never mistaken for it."""

Array = npt.NDArray[np.float32]


def build(folder: Path) -> None:
    """Write the weights and then the graph beside `model.safetensors` (a fifth of a second); whole or not at all.

    The word embeddings stay in `model.safetensors` (the graph points into it), so they are mapped, not copied; only the
    other weights, transposed for MatMul, are written. Raises `OSError` and safetensors' own errors.
    """
    own = f"{os.getpid()}.tmp"
    weights, graph = folder / f"{WEIGHTS}.{own}", folder / f"{GRAPH}.{own}"
    try:
        with weights.open("wb") as stream, safe_open(folder / "model.safetensors", framework="numpy") as tensors:
            model = _model(tensors.get_tensor, _Weights(stream.write), _in_safetensors(folder / "model.safetensors"))
        graph.write_bytes(model.SerializeToString())
        os.replace(weights, folder / WEIGHTS)
        os.replace(graph, folder / GRAPH)
    finally:
        weights.unlink(missing_ok=True)
        graph.unlink(missing_ok=True)


class _Weights:
    """Initialisers whose bytes go to the weights file, aligned to pages so that they can be mapped."""

    def __init__(self, write: Callable[[bytes], int]) -> None:
        self._write = write
        self._offset = 0
        self.initialisers: list[TensorProto] = []

    def add(self, name: str, array: Array) -> str:
        data = np.ascontiguousarray(array, dtype=np.float32).tobytes()
        self.initialisers.append(_external(name, array.shape, WEIGHTS, self._offset, len(data)))
        padding = -len(data) % 4096
        self._write(data + b"\0" * padding)
        self._offset += len(data) + padding
        return name


def _model(tensor: Callable[[str], Array], weights: _Weights, words: TensorProto) -> onnx.ModelProto:
    nodes: list[onnx.NodeProto] = []

    def node(op: str, inputs: Sequence[str], output: str, domain: str = "", **attributes: Any) -> str:
        nodes.append(helper.make_node(op, list(inputs), [output], domain=domain, **attributes))
        return output

    def dense(prefix: str, x: str, output: str) -> str:
        return node("MatMul", [x, weights.add(f"{prefix}.weight", tensor(f"{prefix}.weight").T)], output)

    def norm(prefix: str) -> list[str]:
        return [weights.add(f"{prefix}.{part}", tensor(f"{prefix}.{part}")) for part in ("weight", "bias")]

    def bias(prefix: str) -> str:
        return weights.add(f"{prefix}.bias", tensor(f"{prefix}.bias"))

    constants = [
        _ints("zero", [0]),
        _ints("one", [1]),
    ]
    # A token's place and its (only) type are one table, cut to the batch's length.
    places = tensor("embeddings.position_embeddings.weight") + tensor("embeddings.token_type_embeddings.weight")[0]
    node("Gather", [words.name, "input_ids"], "words")
    node("Shape", ["input_ids"], "length", start=1, end=2)
    node("Slice", [weights.add("places", places), "zero", "length", "zero"], "place")
    node("Add", ["words", "place"], "embedded")
    x = node("LayerNormalization", ["embedded", *norm("embeddings.LayerNorm")], "state.0", axis=-1, epsilon=EPSILON)
    node("Cast", ["attention_mask"], "mask", to=TensorProto.INT32)
    for index in range(LAYERS):
        layer, own = f"encoder.layer.{index}", f"layer.{index}"
        heads = [f"{layer}.attention.self.{part}" for part in ("query", "key", "value")]
        qkv = weights.add(f"{own}.qkv.weight", np.concatenate([tensor(f"{h}.weight").T for h in heads], axis=1))
        qkv_bias = weights.add(f"{own}.qkv.bias", np.concatenate([tensor(f"{h}.bias") for h in heads]))
        node("Attention", [x, qkv, qkv_bias, "mask"], f"{own}.context", "com.microsoft", num_heads=HEADS)
        out = f"{layer}.attention.output"
        dense(f"{out}.dense", f"{own}.context", f"{own}.attended")
        skip = [f"{own}.attended", x, *norm(f"{out}.LayerNorm"), bias(f"{out}.dense")]
        x = node("SkipLayerNormalization", skip, f"{own}.middle", "com.microsoft", epsilon=EPSILON)
        dense(f"{layer}.intermediate.dense", x, f"{own}.wide")
        node("BiasGelu", [f"{own}.wide", bias(f"{layer}.intermediate.dense")], f"{own}.active", "com.microsoft")
        out = f"{layer}.output"
        dense(f"{out}.dense", f"{own}.active", f"{own}.narrow")
        skip = [f"{own}.narrow", x, *norm(f"{out}.LayerNorm"), bias(f"{out}.dense")]
        x = node("SkipLayerNormalization", skip, f"state.{index + 1}", "com.microsoft", epsilon=EPSILON)
    node("Cast", ["attention_mask"], "weight", to=TensorProto.FLOAT)
    node("Unsqueeze", ["weight", "one"], "row")
    node("MatMul", ["row", x], "sum")  # [batch, 1, tokens] x [batch, tokens, 384]
    node("Squeeze", ["sum", "one"], "pooled")  # the mean's divisor falls out of the normalisation
    node("LpNormalization", ["pooled"], "vectors", axis=-1, p=2)

    graph = helper.make_graph(
        nodes,
        "all-MiniLM-L6-v2",
        [
            helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"])
            for name in ("input_ids", "attention_mask")
        ],
        [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["batch", WIDTH])],
        [words, *weights.initialisers, *constants],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8, producer_name="parallax")


def _in_safetensors(path: Path) -> TensorProto:
    """The word embeddings as an initialiser that points into the safetensors file itself."""
    name = "embeddings.word_embeddings.weight"
    with path.open("rb") as stream:
        (length,) = struct.unpack("<Q", stream.read(8))
        header = json.loads(stream.read(length))[name]
    start, end = header["data_offsets"]
    return _external(name, header["shape"], path.name, 8 + length + start, end - start)


def _external(name: str, shape: Sequence[int], location: str, offset: int, length: int) -> TensorProto:
    tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=list(shape))
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", location), ("offset", offset), ("length", length)):
        tensor.external_data.add(key=key, value=str(value))
    return tensor


def _ints(name: str, values: Sequence[int]) -> TensorProto:
    return helper.make_tensor(name, TensorProto.INT64, [len(values)], list(values))

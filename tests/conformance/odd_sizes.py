"""Multilayer perceptrons of odd sizes, and what LiteRT makes of their TFLite files.

usage: python odd_sizes.py make FOLDER     writes N.onnx and N.npz for N = 1 .. 40
       python odd_sizes.py check FOLDER    runs N-compressed.tflite in LiteRT: one JSON object, by N, of the largest
                                           difference from N.npy (what Sepal makes of the file) in steps of the
                                           output, and from onnxruntime as a share of the largest value and of what
                                           rounding can make of it
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray
from tflite_check import litert, outputs, quantised, real

Array = NDArray[Any]

SIZES = range(1, 41)
SAMPLES = 64


def make(folder: Path, size: int) -> None:
    rng = np.random.default_rng(size)
    inputs, outs = 1 + size * 7 % 19, 1 + size * 11 % 13
    weights = [rng.normal(size=shape).astype(np.float32) for shape in [(size, inputs), (outs, size)]]
    biases = [rng.normal(size=n).astype(np.float32) for n in [size, outs]]
    # A dead row, and one of next to nothing.
    weights[0][size // 2] = 0
    weights[0][size // 3] *= 1e-6
    tensors = [numpy_helper.from_array(a, name) for a, name in zip([*weights, *biases], ["w0", "w1", "b0", "b1"])]
    nodes = [
        helper.make_node("Gemm", ["x", "w0", "b0"], ["h"], "fc1", transB=1),
        helper.make_node("Relu", ["h"], ["r"]),
        helper.make_node("Gemm", ["r", "w1", "b1"], ["y"], "fc2", transB=1),
    ]
    ends = [helper.make_tensor_value_info(n, TensorProto.FLOAT, ["N", s]) for n, s in [("x", inputs), ("y", outs)]]
    graph = helper.make_graph(nodes, "mlp", ends[:1], ends[1:], tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, folder / f"{size}.onnx")
    np.savez(folder / f"{size}.npz", x=rng.normal(size=(SAMPLES, inputs)).astype(np.float32))


def constants(file: Path) -> list[tuple[Array, Array]]:
    """Numbers and scales of both layers' weights and biases, in the order w0, b0, w1, b1."""
    interpreter = Interpreter(model_path=str(file))
    interpreter.allocate_tensors()
    operators = [op for op in interpreter._get_ops_details() if op["op_name"] == "FULLY_CONNECTED"]
    details = {tensor["index"]: tensor for tensor in interpreter.get_tensor_details()}
    places = [index for op in operators for index in op["inputs"][1:3]]
    return [(interpreter.get_tensor(i).astype(float), details[i]["quantization_parameters"]["scales"]) for i in places]


def layer(x: Array, off: Array, model: list[Array], stored: list[tuple[Array, Array]]) -> tuple[Array, Array]:
    """What a layer gives for x, and how far its file may be from that where it reads what is `off` from x."""
    (weight, bias), ((numbers, scales), (steps, units)) = model, stored
    scales = np.broadcast_to(scales, len(weight))
    moved = np.abs(weight - scales[:, None] * numbers)
    assert (moved <= 1.001 * scales[:, None]).all(), "a weight is more than a step away"
    reached = off @ np.abs(weight).T + (np.abs(x) + off) @ moved.T + np.abs(bias - steps * units)
    return x @ weight.T + bias, reached


def check(folder: Path, size: int) -> dict[str, float]:
    x = np.load(folder / f"{size}.npz")["x"]
    (right,) = onnxruntime.InferenceSession(folder / f"{size}.onnx").run(None, {"x": x})
    file = folder / f"{size}-compressed.tflite"
    run, source, target = litert(file.read_bytes())
    theirs = real(outputs(run, quantised(x, source), source), target)
    (given, _), (step, _) = source["quantization"], target["quantization"]
    ours = np.load(folder / f"{size}.npy").reshape(theirs.shape)

    graph = onnx.load(folder / f"{size}.onnx").graph
    tensors = {tensor.name: numpy_helper.to_array(tensor).astype(float) for tensor in graph.initializer}
    stored = constants(file)
    hidden, off = layer(x, np.full(x.shape, given / 2), [tensors["w0"], tensors["b0"]], stored[:2])
    hidden = np.maximum(hidden, 0)
    # Nothing given lies outside of the ranges that the file was made with.
    off = off + max(hidden.max(), 0) / 255
    _, off = layer(hidden, off, [tensors["w1"], tensors["b1"]], stored[2:])
    off = off + step
    return {
        "steps": float(np.abs(theirs - ours).max() / step),
        "error": float(np.abs(theirs - right).max() / np.abs(right).max()),
        "share": float((np.abs(theirs - right) / off).max()),
    }


def main() -> int:
    command, folder = sys.argv[1], Path(sys.argv[2])
    if command == "make":
        for size in SIZES:
            make(folder, size)
    else:
        print(json.dumps({size: check(folder, size) for size in SIZES}))
    return 0


if __name__ == "__main__":
    sys.exit(main())

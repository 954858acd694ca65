"""Multilayer perceptrons of odd sizes, and what LiteRT makes of their TFLite files.

usage: python odd_sizes.py make FOLDER     writes N.onnx and N.npz for N = 1 .. 40
       python odd_sizes.py check FOLDER    holds N-compressed.tflite against onnxruntime: one JSON object of the
                                           largest differences as a share of the largest value, by N
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from tflite_check import litert, outputs, quantised, real

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


def check(folder: Path, size: int) -> float:
    x = np.load(folder / f"{size}.npz")["x"]
    (right,) = onnxruntime.InferenceSession(folder / f"{size}.onnx").run(None, {"x": x})
    run, source, target = litert((folder / f"{size}-compressed.tflite").read_bytes())
    theirs = real(outputs(run, quantised(x, source), source), target)
    return float(np.abs(theirs - right).max() / np.abs(right).max())


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

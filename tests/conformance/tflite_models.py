"""Write small ONNX models with random weights, and samples for them: one for each way in which operators can
become those of TFLite.

usage: python tflite_models.py --out FOLDER

Writes NAME.onnx, and NAME.npz with x and y, into FOLDER, and prints the names as a JSON list. The last two
are refused.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SAMPLES = 48
CLASSES = 5


class Model:
    """A graph in the making; every operator gives the name of its output."""

    def __init__(self, seed: int, shape: Sequence[int]) -> None:
        self.random = np.random.default_rng(seed)
        self.shape = list(shape)
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def op(self, kind: str, *inputs: str, **attributes: Any) -> str:
        name = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], name=f"{kind}{len(self.nodes)}", **attributes))
        return name

    def constant(self, values: Any, kind: type = np.float32) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(values, kind), name))
        return name

    def weights(self, *shape: int) -> str:
        spread = np.sqrt(2 / np.prod(shape[1:]))
        return self.constant(self.random.normal(0, spread, shape))

    def conv(self, x: str, shape: Sequence[int], **attributes: Any) -> str:
        axes = len(shape) - 2
        steps = {"strides": [1] * axes, "dilations": [1] * axes, "kernel_shape": shape[2:]} | attributes
        return self.op("Conv", x, self.weights(*shape), self.constant(self.random.normal(0, 0.1, shape[0])), **steps)

    def pool(self, kind: str, x: str, *shape: int, **attributes: Any) -> str:
        return self.op(kind, x, kernel_shape=shape, **({"strides": [1] * len(shape)} | attributes))

    def classes(self, x: str, size: int) -> str:
        flat = self.op("Flatten", x)
        bias = self.constant(self.random.normal(0, 0.1, CLASSES))
        return self.op("Gemm", flat, self.weights(CLASSES, size), bias, transB=1)

    def save(self, folder: Path, name: str, output: str) -> None:
        source = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", *self.shape])
        target = helper.make_tensor_value_info(output, TensorProto.FLOAT, ["N", CLASSES])
        graph = helper.make_graph(self.nodes, name, [source], [target], self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
        onnx.checker.check_model(model)
        onnx.save(model, folder / f"{name}.onnx")
        x = self.random.normal(0, 1, (SAMPLES, *self.shape)).astype(np.float32)
        np.savez(folder / f"{name}.npz", x=x, y=self.random.integers(0, CLASSES, SAMPLES))


def grouped(m: Model) -> str:
    x = m.conv("x", (8, 2, 3, 3), group=2, pads=[1, 1, 1, 1])
    x = m.conv(m.op("Relu", x), (8, 4, 3, 3), group=2, strides=[2, 2], pads=[1, 1, 1, 1])
    return m.classes(m.op("Relu", x), 8 * 5 * 4)


def depthwise(m: Model) -> str:
    x = m.op("Relu", m.conv("x", (8, 1, 3, 3), group=4, strides=[2, 2], pads=[1, 1, 1, 1]))
    x = m.op("Relu", m.conv(x, (8, 1, 3, 3), group=8, dilations=[2, 2], pads=[2, 2, 2, 2]))
    return m.classes(x, 8 * 5 * 4)


def convolutions(m: Model) -> str:
    x = m.op("Relu", m.conv("x", (6, 4, 3, 5), pads=[2, 0, 1, 3]))
    x = m.op("Relu", m.conv(x, (6, 6, 3, 3), dilations=[2, 1], auto_pad="SAME_UPPER"))
    x = m.conv(x, (6, 6, 2, 2), strides=[2, 2], auto_pad="SAME_LOWER")
    return m.classes(m.op("Clip", x, m.constant(0), m.constant(6)), 6 * 5 * 3)


def pools(m: Model) -> str:
    x = m.pool("MaxPool", "x", 3, 3, strides=[2, 2], pads=[1, 1, 1, 1])
    x = m.op("Relu", m.conv(x, (6, 4, 1, 1)))
    x = m.pool("AveragePool", x, 3, 3, pads=[1, 1, 1, 1])
    x = m.pool("AveragePool", x, 3, 3, pads=[1, 1, 1, 1], count_include_pad=1)
    x = m.pool("MaxPool", x, 2, 2, strides=[2, 2], ceil_mode=1)
    x = m.pool("AveragePool", x, 2, 1)
    return m.classes(m.op("GlobalMaxPool", m.conv(x, (6, 6, 1, 1))), 6)


def functions(m: Model) -> str:
    x = m.op("LeakyRelu", m.conv("x", (6, 4, 3, 3)), alpha=0.2)
    x = m.op("HardSwish", m.conv(x, (6, 6, 1, 1)))
    x = m.op("Sigmoid", m.conv(x, (6, 6, 1, 1)))
    x = m.op("Tanh", m.conv(x, (6, 6, 1, 1)))
    x = m.op("Relu", m.pool("MaxPool", x, 2, 2))
    x = m.op("Clip", m.pool("MaxPool", x, 2, 2), m.constant(0), m.constant(6))
    return m.op("Softmax", m.classes(m.op("GlobalAveragePool", x), 6))


def sums(m: Model) -> str:
    x = m.op("Relu", m.conv("x", (6, 4, 3, 3), pads=[1, 1, 1, 1]))
    y = m.conv(x, (6, 6, 3, 3), pads=[1, 1, 1, 1])
    x = m.op("Relu", m.op("Add", x, y))
    y = m.op("Sub", x, m.conv(x, (6, 6, 1, 1)))
    gate = m.op("Relu", m.conv(m.op("GlobalAveragePool", y), (3, 6, 1, 1)))
    x = m.op("Mul", y, m.op("Sigmoid", m.conv(gate, (6, 3, 1, 1))))
    return m.classes(m.op("GlobalAveragePool", m.op("Add", x, m.op("GlobalAveragePool", x))), 6)


def branches(m: Model) -> str:
    parts = [m.op("Relu", m.conv("x", (size, 4, 1, 1))) for size in (2, 3)]
    parts.append(m.pool("MaxPool", "x", 3, 3, pads=[1, 1, 1, 1]))
    parts.append(m.op("Sigmoid", m.conv("x", (2, 4, 3, 3), pads=[1, 1, 1, 1])))
    return m.classes(m.op("Concat", *parts, axis=1), 11 * 9 * 7)


def padded(m: Model) -> str:
    x = m.op("Pad", "x", m.constant([0, 0, 1, 2, 0, 0, 2, 1], np.int64))
    x = m.op("Relu", m.conv(x, (6, 4, 3, 3)))
    x = m.op("Pad", x, m.constant([0, 0, 0, 1, 0, 0, 0, 1], np.int64))
    return m.classes(x, 6 * 10 * 10)


def scaled(m: Model) -> str:
    parameters = [m.constant(m.random.uniform(0.5, 1.5, 4)) for _ in range(4)]
    x = m.op("BatchNormalization", m.pool("MaxPool", "x", 2, 2, strides=[2, 2]), *parameters)
    x = m.op("Mul", x, m.constant(m.random.normal(0, 1, (1, 4, 1, 1))))
    return m.classes(m.op("Relu", x), 4 * 4 * 3)


def shapes(m: Model) -> str:
    x = m.op("Relu", m.conv("x", (6, 4, 3, 3)))
    x = m.op("Reshape", x, m.constant([-1, 3, 14, 5], np.int64))
    x = m.op("Relu", m.conv(x, (4, 3, 2, 2)))
    return m.classes(x, 4 * 13 * 4)


def signal(m: Model) -> str:
    x = m.op("Relu", m.conv("x", (6, 4, 5), strides=[2], pads=[2, 2]))
    x = m.pool("MaxPool", x, 2, strides=[2])
    x = m.op("Relu", m.conv(x, (6, 1, 3), group=6, pads=[1, 1]))
    return m.classes(m.op("GlobalAveragePool", m.conv(x, (6, 6, 1))), 6)


def sequence(m: Model) -> str:
    x = m.op("Add", m.op("MatMul", "x", m.weights(12, 8)), m.constant(m.random.normal(0, 0.1, 8)))
    y = m.op("MatMul", m.op("Relu", x), m.weights(8, 8))
    return m.classes(m.op("Tanh", m.op("Add", x, y)), 7 * 8)


def attention(m: Model) -> str:
    """A weight for each step of a sequence, flattened from a column."""
    scores = m.op("Flatten", m.op("MatMul", m.op("Relu", m.op("MatMul", "x", m.weights(12, 8))), m.weights(8, 1)))
    bias = m.constant(m.random.normal(0, 0.1, CLASSES))
    return m.op("Gemm", m.op("Softmax", scores, axis=1), m.weights(CLASSES, 7), bias, transB=1)


def dead(m: Model) -> str:
    """A part that is always 0 behind limits."""
    x = m.op("Sigmoid", m.conv("x", (4, 4, 1, 1)))
    y = m.op("Add", m.op("Sigmoid", m.conv("x", (4, 4, 1, 1))), m.constant(np.full((1, 4, 1, 1), 2)))
    zero = m.op("Clip", m.op("Sub", x, y), m.constant(0), m.constant(6))
    return m.classes(m.op("Add", x, zero), 4 * 9 * 7)


def stored(m: Model) -> str:
    """The numbers of 8 bits themselves."""
    y = m.op("QuantizeLinear", m.classes("x", 4 * 9 * 7), m.constant(0.05), m.constant(3, np.int8))
    return m.op("Cast", y, to=TensorProto.FLOAT)


def beyond(m: Model) -> str:
    return m.classes(m.op("Add", m.op("Sin", "x"), m.op("Cos", "x")), 4 * 9 * 7)


IMAGE = (4, 9, 7)
MODELS: dict[Callable[[Model], str], Sequence[int]] = {
    grouped: IMAGE,
    depthwise: IMAGE,
    convolutions: IMAGE,
    pools: IMAGE,
    functions: IMAGE,
    sums: IMAGE,
    branches: IMAGE,
    padded: IMAGE,
    scaled: IMAGE,
    shapes: IMAGE,
    signal: (4, 33),
    sequence: (7, 12),
    attention: (7, 12),
    dead: IMAGE,
    stored: IMAGE,
    beyond: IMAGE,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    folder = parser.parse_args().out
    folder.mkdir(parents=True, exist_ok=True)
    for seed, (make, shape) in enumerate(MODELS.items()):
        model = Model(seed, shape)
        model.save(folder, make.__name__, make(model))
    print(json.dumps([make.__name__ for make in MODELS]))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Models that ONNX Runtime's kernels for processors without VNNI clip, and whether a file is one.

usage: python saturation_check.py make KIND FILE.onnx SAMPLES.npz
       python saturation_check.py check FILE.onnx SAMPLES.npz [DIVISOR of the samples]

These kernels add two products of 8-bit numbers in 16 bits where the weights have a sign; which kernel runs is
decided by the processor, so the check does not rely on the one at hand: it looks at the operators that ONNX
Runtime makes of the file, and says of how many the weights could be clipped. Beside it, the accuracy with and
without ONNX Runtime's optimisations.
"""

import json
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from onnxruntime_check import read_samples

OPSET = 17
# Operators that multiply integers, and which inputs are weights.
PRODUCTS = {
    "QLinearConv": (3,),
    "QLinearMatMul": (3,),
    "QGemm": (3,),
    "MatMulInteger": (1,),
    "ConvInteger": (1,),
    "MatMulIntegerToFloat": (1,),
    "DynamicQuantizeMatMul": (1,),
    "DynamicQuantizeLSTM": (1, 2),
}
# Two steps of this size times 255 fit into 16 bits.
SAFE = 64


class Maker:
    """A graph whose values are quantised to 8 bits between all its layers."""

    def __init__(self, seed: int):
        self.random = np.random.default_rng(seed)
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, name: str, value: NDArray | np.generic) -> str:
        self.constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def node(self, op: str, inputs: list[str], output: str, **attributes: object) -> str:
        self.nodes.append(helper.make_node(op, inputs, [output], name=f"{output}_{op.lower()}", **attributes))
        return output

    def quantised(self, value: str, scale: float, zero: np.generic) -> str:
        tables = [self.constant(f"{value}_scale", np.float32(scale)), self.constant(f"{value}_zero", zero)]
        self.node("QuantizeLinear", [value, *tables], f"{value}_q")
        return self.node("DequantizeLinear", [f"{value}_q", *tables], f"{value}_dq")

    def weight(self, name: str, shape: tuple[int, ...], axis: int) -> str:
        # Large steps of which two neighbours have one sign: sums of two products go beyond 16 bits.
        inner = 1 - axis
        pairs = list(shape)
        pairs[inner] //= 2
        signs = np.repeat(self.random.choice([-1, 1], pairs), 2, axis=inner)
        steps = self.random.integers(70, 128, shape) * signs
        scales = self.random.uniform(0.5, 1.5, shape[axis]) / 127 / np.sqrt(np.prod(shape) / shape[axis])
        inputs = [self.constant(name, steps.astype(np.int8)), self.constant(f"{name}_scale", scales.astype(np.float32))]
        inputs.append(self.constant(f"{name}_zero", np.zeros(shape[axis], np.int8)))
        return self.node("DequantizeLinear", inputs, f"{name}_dq", axis=axis)

    def model(self, shape: list[object], output: list[object]) -> onnx.ModelProto:
        value = helper.make_tensor_value_info
        graph = helper.make_graph(
            self.nodes,
            "saturating",
            [value("x", TensorProto.FLOAT, shape)],
            [value("y_dq", TensorProto.FLOAT, output)],
            self.constants,
        )
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)


def matrices(zero: np.generic) -> tuple[onnx.ModelProto, tuple[int, ...]]:
    """Two products of matrices."""
    maker = Maker(1)
    x = maker.quantised("x", 1 / 255, zero)
    h = maker.node("MatMul", [x, maker.weight("w1", (64, 48), 1)], "h")
    h = maker.quantised(maker.node("Relu", [h], "r"), 0.01, zero)
    y = maker.node("MatMul", [h, maker.weight("w2", (48, 10), 1)], "y")
    maker.quantised(y, 0.01, np.uint8(128) if zero.dtype == np.uint8 else np.int8(0))
    return maker.model(["N", 64], ["N", 10]), (64,)


def convolutions(zero: np.generic) -> tuple[onnx.ModelProto, tuple[int, ...]]:
    """A convolution, and a matrix behind the mean of its values."""
    maker = Maker(2)
    x = maker.quantised("x", 1 / 255, zero)
    h = maker.node("Conv", [x, maker.weight("w1", (16, 8, 3, 3), 0)], "h", pads=[1, 1, 1, 1])
    h = maker.quantised(maker.node("Relu", [h], "r"), 0.01, zero)
    m = maker.quantised(maker.node("GlobalAveragePool", [h], "m"), 0.01, zero)
    f = maker.node("Flatten", [m], "f")
    y = maker.node("Gemm", [maker.quantised(f, 0.01, zero), maker.weight("w2", (10, 16), 0)], "y", transB=1)
    maker.quantised(y, 0.01, np.uint8(128) if zero.dtype == np.uint8 else np.int8(0))
    return maker.model(["N", 8, 8, 8], ["N", 10]), (8, 8, 8)


KINDS = {
    "matrices": lambda: matrices(np.uint8(0)),
    "matrices-signed": lambda: matrices(np.int8(-128)),
    "convolutions": lambda: convolutions(np.uint8(0)),
    "convolutions-signed": lambda: convolutions(np.int8(-128)),
}


def make(kind: str, file: Path, samples: Path) -> None:
    model, shape = KINDS[kind]()
    onnx.checker.check_model(model, full_check=True)
    file.write_bytes(model.SerializeToString())
    random = np.random.default_rng(3)
    # Pairs of neighbours that are bright or dark together, so that samples differ in class.
    bright = np.repeat(random.choice([0.1, 1.0], (200, shape[0] // 2)), 2, axis=1)
    x = bright.reshape(200, shape[0], *[1] * (len(shape) - 1)) - random.uniform(0, 0.1, (200, *shape))
    x = x.astype(np.float32)
    exact = run(file, x, optimised=False)
    np.savez(samples, x=x, y=exact.argmax(1).astype(np.uint8))


def session(file: Path, optimised: bool, saved: Path | None = None) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    if not optimised:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    if saved is not None:
        options.optimized_model_filepath = str(saved)
    return onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])


def run(file: Path, x: NDArray[np.float32], optimised: bool) -> NDArray[np.float32]:
    own = session(file, optimised)
    first = own.get_inputs()[0]
    step = first.shape[0] if isinstance(first.shape[0], int) else 100
    parts = [own.run(None, {first.name: x[i : i + step]})[0] for i in range(0, len(x), step)]
    return np.concatenate(parts).reshape(len(x), -1)


def clipped(file: Path) -> list[str]:
    """Products of integers with weights of a sign that are large enough to be clipped."""
    with tempfile.TemporaryDirectory() as folder:
        saved = Path(folder) / "optimised.onnx"
        session(file, True, saved)
        graph = onnx.load(saved).graph
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    found = []
    for node in graph.node:
        for place in PRODUCTS.get(node.op_type, ()):
            weight = constants.get(node.input[place])
            if weight is not None and weight.dtype == np.int8 and np.abs(weight.astype(int)).max() > SAFE:
                found.append(f"{node.op_type} {node.name}")
    return found


def check(file: Path, samples: Path, divisor: float = 1) -> dict[str, object]:
    onnx.checker.check_model(str(file), full_check=True)
    x, y = read_samples(samples)
    outputs = [run(file, x / np.float32(divisor), optimised) for optimised in (True, False)]
    accuracy = [float((output.argmax(1) == y).mean() * 100) for output in outputs]
    return {"default": accuracy[0], "plain": accuracy[1], "clipped": clipped(file)}


def main() -> None:
    match sys.argv[1:]:
        case ["make", kind, file, samples]:
            make(kind, Path(file), Path(samples))
        case ["check", file, samples, *divisor]:
            print(json.dumps(check(Path(file), Path(samples), *map(float, divisor))))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()

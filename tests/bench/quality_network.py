"""A network as the peers of the quality bench see it: its weight matrices, their inputs, its accuracy.

Imported by quality_peers.py; reads and runs ONNX files with onnx and onnxruntime only.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray

BATCH = 250
Floats = NDArray[np.float32]
Squares = dict[str, NDArray[np.float64]]
Result = TypeVar("Result")


@dataclass(frozen=True)
class Window:
    """How a convolution slides: kernel, strides, dilations as (rows, columns), pads as ONNX orders them."""

    kernel: tuple[int, int]
    strides: tuple[int, int]
    dilations: tuple[int, int]
    pads: tuple[int, int, int, int]
    groups: int

    def views(self, x: NDArray[np.float64]) -> list[NDArray[np.float64]]:
        """What every place of the kernel sees of x [channels, rows, columns], place by place."""
        top, left, bottom, right = self.pads
        x = np.pad(x, ((0, 0), (top, bottom), (left, right)))
        reach = [(size - 1) * step for size, step in zip(self.kernel, self.dilations, strict=True)]
        places = np.ndindex(*self.kernel)
        starts = [[place[axis] * self.dilations[axis] for axis in (0, 1)] for place in places]
        ends = [x.shape[1] - reach[0], x.shape[2] - reach[1]]
        return [
            x[:, row : row + ends[0] : self.strides[0], column : column + ends[1] : self.strides[1]]
            for row, column in starts
        ]


@dataclass(frozen=True)
class Layer:
    """A node with weights; the matrix is [outputs, inputs of one output]."""

    name: str
    input: str
    weight: str
    matrix: Floats
    transposed: bool
    window: Window | None

    def positions(self, input_shape: tuple[int, ...]) -> int:
        """Multiply-accumulates per weight and sample."""
        if self.window is None:
            return 1
        return int(self.window.views(np.zeros(input_shape))[0][0].size)

    def rms(self, squares: NDArray[np.float64]) -> NDArray[np.float64]:
        """Root mean square of what each weight is multiplied with, by the mean squares of the input."""
        rows, columns = self.matrix.shape
        if self.window is None:
            return np.broadcast_to(np.sqrt(squares.reshape(1, columns)), (rows, columns))
        per_place = np.stack([view.mean((1, 2)) for view in self.window.views(squares)], 1)
        groups = self.window.groups
        per_group = np.sqrt(per_place).reshape(groups, columns)
        return np.repeat(per_group, rows // groups, 0)


class Network:
    """An ONNX file and its layers with weights."""

    def __init__(self, path: Path) -> None:
        self.model = onnx.load(path)
        self.initializers = {tensor.name: tensor for tensor in self.model.graph.initializer}
        found = (self._layer(node) for node in self.model.graph.node)
        self.layers = [layer for layer in found if layer is not None]

    def _layer(self, node: onnx.NodeProto) -> Layer | None:
        if node.op_type not in ("Conv", "Gemm", "MatMul") or node.input[1] not in self.initializers:
            return None
        attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        weight = onnx.numpy_helper.to_array(self.initializers[node.input[1]])
        convolution = node.op_type == "Conv"
        transposed = not convolution and attributes.get("transB", 0) == 0
        if attributes.get("auto_pad", b"NOTSET") != b"NOTSET":
            raise ValueError(f"{node.name}: auto_pad is not known here")
        matrix = weight.T if transposed else weight.reshape(len(weight), -1)
        window = conv_window(weight, attributes) if convolution else None
        return Layer(node.name, node.input[0], node.input[1], matrix, transposed, window)

    def mean_squares(self, x: Floats) -> Squares:
        """Mean square over the samples of every layer's input, by the input's name."""
        names = list(dict.fromkeys(layer.input for layer in self.layers))
        given = self.model.graph.input[0].name
        model = onnx.ModelProto()
        model.CopyFrom(self.model)
        known = {output.name for output in model.graph.output}
        wanted = [name for name in names if name != given and name not in known]
        model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in wanted)
        runner = session(model)
        sums: Squares = {}
        for start in range(0, len(x), BATCH):
            block = x[start : start + BATCH]
            values = dict(zip(wanted, runner.run(wanted, {given: block}), strict=True)) | {given: block}
            for name in names:
                total = np.square(values[name], dtype=np.float64).sum(0)
                sums[name] = sums[name] + total if name in sums else total
        return {name: total / len(x) for name, total in sums.items()}

    def with_matrices(self, matrices: dict[str, Floats]) -> onnx.ModelProto:
        """The model with other weights, given as matrices by their names."""
        model = onnx.ModelProto()
        model.CopyFrom(self.model)
        layers = {layer.weight: layer for layer in self.layers}
        for tensor in model.graph.initializer:
            if tensor.name in matrices:
                matrix = matrices[tensor.name]
                straight = matrix.T if layers[tensor.name].transposed else matrix
                values = np.ascontiguousarray(straight).reshape(tuple(tensor.dims))
                tensor.CopyFrom(onnx.numpy_helper.from_array(values, tensor.name))
        return model


@dataclass(frozen=True)
class Task:
    """A model, what it is measured with, and what it costs as it is."""

    path: Path
    network: Network
    calibration: Floats
    x: Floats
    y: NDArray[np.integer]
    base_bytes: int
    base_macs: int

    @property
    def other_bytes(self) -> int:
        return self.base_bytes - sum(layer.matrix.nbytes for layer in self.network.layers)


def conv_window(weight: Floats, attributes: dict[str, object]) -> Window:
    two = (1, 1)
    return Window(
        kernel=weight.shape[2:],
        strides=tuple(attributes.get("strides", two)),
        dilations=tuple(attributes.get("dilations", two)),
        pads=tuple(attributes.get("pads", (0, 0, 0, 0))),
        groups=int(attributes.get("group", 1)),
    )


def session(model: onnx.ModelProto) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model.SerializeToString(), options)


def classes(model: onnx.ModelProto, x: Floats) -> NDArray[np.intp]:
    """The index of the largest output for every sample."""
    runner = session(model)
    name = runner.get_inputs()[0].name
    parts = [runner.run(None, {name: x[i : i + BATCH]})[0] for i in range(0, len(x), BATCH)]
    return np.concatenate(parts).argmax(1)


def accuracy(model: onnx.ModelProto, x: Floats, y: NDArray[np.integer]) -> float:
    """Percent of samples whose largest output is that of their label."""
    return float((classes(model, x) == y).mean() * 100)


def timed(work: Callable[[], Result]) -> tuple[Result, float]:
    started = time.perf_counter()
    return work(), time.perf_counter() - started

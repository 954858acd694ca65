"""onnxruntime's own int8 as a peer of the quality bench: static quantisation, QDQ, weights per channel.

Imported by quality_peers.py. Ranges of activations by minimum and maximum fall for a single sample
that is off, so a few ways to set them are tried; agreement with the original on the calibration
samples chooses.
"""

import contextlib
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process

from quality_network import BATCH, Floats, Task, accuracy, classes, timed


@dataclass(frozen=True)
class Ranges:
    """How the ranges of activations are set, and by how many of the calibration samples, None for all."""

    title: str
    method: CalibrationMethod
    samples: int | None


# Percentiles hold every activation of every sample in memory, so they get fewer samples.
RANGES = [
    Ranges("minimum and maximum of all samples", CalibrationMethod.MinMax, None),
    Ranges("minimum and maximum of 1,000 samples", CalibrationMethod.MinMax, 1_000),
    Ranges("minimum and maximum of 100 samples", CalibrationMethod.MinMax, 100),
    Ranges("percentiles of 1,000 samples", CalibrationMethod.Percentile, 1_000),
]


class Calibration(CalibrationDataReader):
    """The calibration samples in blocks."""

    def __init__(self, name: str, x: Floats) -> None:
        self.blocks = iter({name: x[i : i + BATCH]} for i in range(0, len(x), BATCH))

    def get_next(self) -> dict[str, Floats] | None:
        return next(self.blocks, None)


def int8_row(task: Task) -> dict[str, object]:
    """The quantised model that agrees with the original on most calibration samples, the first of equals."""
    (ranges, model), seconds = timed(lambda: best(task))
    return {
        "method": "int8-onnxruntime",
        "setting": ranges.title,
        "seconds": seconds,
        "bytes": quantised_bytes(model),
        "macs": task.base_macs,
        "accuracy": accuracy(model, task.x, task.y),
    }


def best(task: Task) -> tuple[Ranges, onnx.ModelProto]:
    original = classes(task.network.model, task.calibration)
    models = [(ranges, quantised(task, ranges)) for ranges in RANGES]
    return max(models, key=lambda pair: (classes(pair[1], task.calibration) == original).sum())


def quantised(task: Task, ranges: Ranges) -> onnx.ModelProto:
    samples = task.calibration[: ranges.samples]
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(sys.stderr):
        prepared, written = Path(folder) / "prepared.onnx", Path(folder) / "int8.onnx"
        quant_pre_process(task.path, prepared, skip_symbolic_shape=True)
        quantize_static(
            prepared,
            written,
            Calibration(task.network.model.graph.input[0].name, samples),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            weight_type=QuantType.QInt8,
            activation_type=QuantType.QInt8,
            calibrate_method=ranges.method,
        )
        return onnx.load(written)


def quantised_bytes(model: onnx.ModelProto) -> int:
    """int8 weights, int32 biases and scales, but nothing that follows from them.

    Zero points of weights are all 0; the scale of a bias is the product of two others.
    """
    arrays = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    implied = {name for name, array in arrays.items() if array.dtype == np.int64}
    for node in model.graph.node:
        if node.op_type == "DequantizeLinear" and node.input[0] in arrays:
            implied.add(node.input[2])
            if arrays[node.input[0]].dtype == np.int32:
                implied.add(node.input[1])
    return sum(array.nbytes for name, array in arrays.items() if name not in implied)

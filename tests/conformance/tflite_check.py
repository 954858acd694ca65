"""Run a TFLite file in LiteRT and in tflite-micro, and hold it against our outputs.

usage: python tflite_check.py --model FILE.tflite --samples SAMPLES.npz [--outputs OURS.npy]
                              [--vectors FOLDER] [--as-is] [--limit N]

Images of the samples are channel by channel and are given with their channels last, unless --as-is. OURS is
what our float model gives, [samples, classes]; FOLDER has input.bin and output.bin of our 8-bit artifact. Prints
one JSON object with, for each interpreter:

    accuracy            percent of the labelled samples
    max_relative_error  max|ours - theirs| / max|theirs|, for OURS
    equal               share of the numbers in output.bin that are the same there
    max_difference      largest difference of those that are not, in steps
"""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray
from onnxruntime_check import read_samples
from tflite_micro.python.tflite_micro import runtime

ARENA_BYTES = 16 * 1024 * 1024

Array = NDArray[Any]
Run = Callable[[Array], Array]


def litert(model: bytes) -> tuple[Run, dict[str, Any], dict[str, Any]]:
    interpreter = Interpreter(model_content=model, num_threads=1)
    interpreter.allocate_tensors()
    source, target = interpreter.get_input_details()[0], interpreter.get_output_details()[0]

    def run(sample: Array) -> Array:
        interpreter.set_tensor(source["index"], sample)
        interpreter.invoke()
        return interpreter.get_tensor(target["index"])

    return run, source, target


def tflm(model: bytes) -> Run:
    interpreter = runtime.Interpreter.from_bytes(model, arena_size=ARENA_BYTES)

    def run(sample: Array) -> Array:
        interpreter.set_input(sample, 0)
        interpreter.invoke()
        return interpreter.get_output(0)

    return run


def channels_last(x: Array) -> Array:
    return np.moveaxis(x, 1, -1) if x.ndim > 2 else x


def quantised(x: Array, details: dict[str, Any]) -> Array:
    """Real values as numbers of the input's type."""
    scale, zero_point = details["quantization"]
    if details["dtype"] == np.float32:
        return x.astype(np.float32)
    return np.clip(np.round(x / scale) + zero_point, -128, 127).astype(details["dtype"])


def real(y: Array, details: dict[str, Any]) -> Array:
    scale, zero_point = details["quantization"]
    return y if details["dtype"] == np.float32 else (y.astype(np.float32) - zero_point) * scale


def outputs(run: Run, x: Array, details: dict[str, Any]) -> Array:
    shape = tuple(details["shape"])
    return np.stack([run(np.ascontiguousarray(sample.reshape(shape))).reshape(-1) for sample in x])


def vectors(folder: Path, details: dict[str, Any], layout: Callable[[Array], Array]) -> tuple[Array, Array]:
    """Inputs and outputs of the artifact, the inputs in the file's order."""
    size = int(np.prod(details["shape"]))
    x = np.fromfile(folder / "input.bin", np.int8).reshape(-1, size)
    y = np.fromfile(folder / "output.bin", np.int8).reshape(len(x), -1)
    _, *spatial, channels = details["shape"]
    return layout(x.reshape(len(x), channels, *spatial)).reshape(len(x), size), y


def figures(run: Run, ends: tuple[dict[str, Any], dict[str, Any]], given: argparse.Namespace) -> dict[str, Any]:
    source, target = ends
    layout = (lambda x: x) if given.as_is else channels_last
    x, y = read_samples(given.samples)
    x, y = x[: given.limit], None if y is None else y[: given.limit]
    theirs = real(outputs(run, quantised(layout(x), source), source), target)
    found: dict[str, Any] = {"samples": len(x)}
    if y is not None:
        found["accuracy"] = float((theirs.argmax(1) == y).mean() * 100)
    if given.outputs is not None:
        ours = np.load(given.outputs)[: given.limit].reshape(theirs.shape)
        found["max_relative_error"] = float(np.abs(ours - theirs).max() / np.abs(theirs).max())
    if given.vectors is not None:
        inputs, ours = vectors(given.vectors, source, channels_last)
        difference = np.abs(outputs(run, inputs, source).astype(int) - ours)
        found |= {"equal": float((difference == 0).mean()), "max_difference": int(difference.max())}
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--samples", type=Path, required=True)
    parser.add_argument("--outputs", type=Path, help="our float model's outputs, .npy")
    parser.add_argument("--vectors", type=Path, help="folder with input.bin and output.bin of our artifact")
    parser.add_argument("--as-is", action="store_true", help="samples have their channels last already")
    parser.add_argument("--limit", type=int, help="only the first samples")
    given = parser.parse_args()
    model = given.model.read_bytes()
    try:
        run, *ends = litert(model)
        result = {
            "litert": figures(run, (ends[0], ends[1]), given),
            "tflm": figures(tflm(model), (ends[0], ends[1]), given),
        }
    except Exception as failure:  # of two interpreters: their own classes share no base
        reason = " ".join(str(failure).split())
        print(f"{given.model.name} cannot be checked: {reason}", file=sys.stderr)
        return 1
    print(json.dumps(result | {"bytes": len(model), "input": str(ends[0]["dtype"].__name__)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())

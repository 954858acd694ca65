"""Check an ONNX file and our outputs for it against onnxruntime.

usage: python onnxruntime_check.py --model FILE.onnx --samples SAMPLES.npz [--outputs OURS] [--json]

OURS is a float32 .npy or a .json of nested lists, [samples, classes]. The error is
max|ours - theirs| / max|theirs|; above 1e-4 the check fails with one sentence and status 1.
Without --outputs the model is only checked and run.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray

TOLERANCE = 1e-4
BLOCK = 250


class Mismatch(Exception):
    """What is wrong, as one sentence."""


def read_samples(path: Path) -> tuple[NDArray[np.float32], NDArray[np.integer] | None]:
    """Inputs as float and labels, if there are any; real = x * scale + offset, per channel."""
    with np.load(path) as archive:
        x = archive["x"].astype(np.float32)
        if "scale" in archive:
            per_channel = (1, -1) + (1,) * (x.ndim - 2)
            x = x * archive["scale"].reshape(per_channel) + archive["offset"].reshape(per_channel)
        return x, archive["y"] if "y" in archive else None


def read_outputs(path: Path) -> NDArray[np.float32]:
    if path.suffix == ".json":
        return np.array(json.loads(path.read_text()), np.float32)
    return np.load(path)


def run(path: Path, x: NDArray[np.float32]) -> NDArray[np.float32]:
    """First output of the model; one sample at a time where its batch dimension is fixed at 1."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options)
    first = session.get_inputs()[0]
    block = first.shape[0] if isinstance(first.shape[0], int) else BLOCK
    parts = [session.run(None, {first.name: x[i : i + block]})[0] for i in range(0, len(x), block)]
    return np.concatenate(parts)


def relative_error(ours: NDArray[np.float32], theirs: NDArray[np.float32]) -> float:
    if ours.shape != theirs.shape:
        raise Mismatch(f"our outputs have shape {ours.shape}, onnxruntime's {theirs.shape}")
    if not np.isfinite(ours).all():
        raise Mismatch("our outputs contain values that are not finite")
    return float(np.abs(ours - theirs).max() / np.abs(theirs).max())


def check(model: Path, samples: Path, outputs: Path | None) -> dict[str, float | int | None]:
    onnx.checker.check_model(str(model), full_check=True)
    x, y = read_samples(samples)
    theirs = run(model, x)
    accuracy = None if y is None else float((theirs.argmax(1) == y).mean() * 100)
    error = None if outputs is None else relative_error(read_outputs(outputs), theirs)
    return {"samples": len(x), "accuracy": accuracy, "max_relative_error": error}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--samples", type=Path, required=True)
    parser.add_argument("--outputs", type=Path, help="our outputs, .npy or .json")
    parser.add_argument("--json", action="store_true", help="print the result as one JSON object")
    arguments = parser.parse_args()
    try:
        result = check(arguments.model, arguments.samples, arguments.outputs)
    except Mismatch as mismatch:
        print(f"{arguments.model.name}: {mismatch}.", file=sys.stderr)
        return 1
    except Exception as failure:  # of onnx and onnxruntime: their own classes share no base
        reason = " ".join(str(failure).split())
        print(f"{arguments.model.name} cannot be checked: {reason}", file=sys.stderr)
        return 1

    if arguments.json:
        print(json.dumps(result))
    else:
        for key, value in result.items():
            if value is not None:
                print(f"{key.replace('_', ' ')}: {value:.6g}")
    error = result["max_relative_error"]
    if error is not None and not error <= TOLERANCE:
        print(
            f"{arguments.model.name}: our outputs are off by {error:.2g} of the largest output,"
            f" more than {TOLERANCE:g}.",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

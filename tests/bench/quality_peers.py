"""Measure the peers of the quality bench on one model: pruning in one shot, and onnxruntime's int8.

usage: python quality_peers.py --model FILE.onnx --calibration X.npz --test Y.npz --base-bytes N
           --base-macs N --ratios 10,25

Prints a JSON object with the original's accuracy and a list of rows. For every ratio a pruned
model takes at most base-bytes / ratio; no weight is changed, only left out:

  magnitude         the smallest |w| of each layer, the same share in all of them
  magnitude-global  the smallest |w| of the whole model
  wanda             the smallest |w| * rms(input) of each row, the same share in all of them

Where the share is the same in all layers, the classifier stays whole as long as that leaves at least
half of the bytes to the others. Bytes are float32 values and indices in the smaller of two sparse
forms, or the dense matrix where that is smallest, and the other parameters as they are.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from quality_int8 import int8_row
from quality_network import Layer, Network, Squares, Task, accuracy, timed

Mask = NDArray[np.bool_]
BISECTIONS = 40


def sparse_bytes(mask: Mask) -> int:
    """The smaller of u16 columns with a count per row, and u8 columns with a count per row and 256 columns."""
    rows, columns = mask.shape
    kept = int(mask.sum())
    wide = kept * (4 + 2) + rows * 2
    narrow = kept * (4 + 1) + rows * -(-columns // 256)
    return min(wide, narrow)


def stored_dense(mask: Mask) -> bool:
    return sparse_bytes(mask) >= 4 * mask.size


def layer_bytes(mask: Mask) -> int:
    return 4 * mask.size if stored_dense(mask) else sparse_bytes(mask)


@dataclass(frozen=True)
class Ranking:
    """The rank of every weight of a layer, 0 the last to be left out, among `count` weights."""

    ranks: NDArray[np.intp]
    count: int

    def mask(self, share: float) -> Mask:
        return self.ranks < round(share * self.count)


def ranked(scores: NDArray[np.floating], axis: int | None = None) -> NDArray[np.intp]:
    """Ranks by falling score along an axis or in all; the earlier one is first where scores are equal."""
    flat = scores.reshape(1, -1) if axis is None else scores
    order = np.argsort(-flat, axis=1, kind="stable")
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.arange(flat.shape[1])[None], 1)
    return ranks.reshape(scores.shape)


def by_magnitude(layers: list[Layer]) -> list[Ranking]:
    return [Ranking(ranked(np.abs(layer.matrix)), layer.matrix.size) for layer in layers]


def by_global_magnitude(layers: list[Layer]) -> list[Ranking]:
    ranks = ranked(np.concatenate([np.abs(layer.matrix).ravel() for layer in layers]))
    ends = np.cumsum([layer.matrix.size for layer in layers])[:-1]
    parts = zip(np.split(ranks, ends), layers, strict=True)
    return [Ranking(part.reshape(layer.matrix.shape), ranks.size) for part, layer in parts]


def by_wanda(layers: list[Layer], squares: Squares) -> list[Ranking]:
    scores = (np.abs(layer.matrix) * layer.rms(squares[layer.input]) for layer in layers)
    return [Ranking(ranked(score, 1), score.shape[1]) for score in scores]


def masks_at(rankings: list[Ranking], share: float, classifier_whole: bool) -> list[Mask]:
    last = len(rankings) - 1
    shares = (1.0 if classifier_whole and index == last else share for index in range(len(rankings)))
    return [ranking.mask(part) for ranking, part in zip(rankings, shares, strict=True)]


def largest_fitting(rankings: list[Ranking], budget: int, classifier_whole: bool) -> list[Mask] | None:
    """The masks of the largest share that fits into the budget, if any does."""
    low, high, best = 0.0, 1.0, None
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        masks = masks_at(rankings, middle, classifier_whole)
        if sum(layer_bytes(mask) for mask in masks) <= budget:
            low, best = middle, masks
        else:
            high = middle
    return best


def pruned_rows(task: Task, ratios: list[float]) -> Iterator[dict[str, object]]:
    """One row per ratio and method; a ratio that a method cannot reach gives none."""
    layers = task.network.layers
    squares, profile_seconds = timed(lambda: task.network.mean_squares(task.calibration))
    check_macs(task, squares)
    methods = {
        "magnitude": timed(lambda: by_magnitude(layers)),
        "magnitude-global": timed(lambda: by_global_magnitude(layers)),
        "wanda": timed(lambda: by_wanda(layers, squares)),
    }
    for ratio in ratios:
        budget = int(task.base_bytes / ratio) - task.other_bytes
        for method, (rankings, seconds) in methods.items():
            even = method != "magnitude-global"
            masks = largest_fitting(rankings, budget, even and 2 * layers[-1].matrix.nbytes <= budget)
            before = profile_seconds if method == "wanda" else 0.0
            if masks is not None:
                yield {"method": method, "goal": ratio, "seconds": before + seconds} | measured(task, masks, squares)


def measured(task: Task, masks: list[Mask], squares: Squares) -> dict[str, object]:
    layers = task.network.layers
    pairs = list(zip(layers, masks, strict=True))
    model = task.network.with_matrices({layer.weight: layer.matrix * mask for layer, mask in pairs})
    macs = sum(
        layer.positions(squares[layer.input].shape) * (mask.size if stored_dense(mask) else int(mask.sum()))
        for layer, mask in pairs
    )
    return {
        "bytes": task.other_bytes + sum(layer_bytes(mask) for mask in masks),
        "macs": macs,
        "accuracy": accuracy(model, task.x, task.y),
    }


def check_macs(task: Task, squares: Squares) -> None:
    """That both sides count alike."""
    layers = task.network.layers
    macs = sum(layer.matrix.size * layer.positions(squares[layer.input].shape) for layer in layers)
    if macs != task.base_macs:
        raise ValueError(f"{task.path.name} has {macs} multiply-accumulates here, {task.base_macs} there")


def read_task(arguments: argparse.Namespace) -> Task:
    with np.load(arguments.calibration) as calibration, np.load(arguments.test) as test:
        return Task(
            path=arguments.model,
            network=Network(arguments.model),
            calibration=calibration["x"],
            x=test["x"],
            y=test["y"],
            base_bytes=arguments.base_bytes,
            base_macs=arguments.base_macs,
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--calibration", type=Path, required=True)
    parser.add_argument("--test", type=Path, required=True)
    parser.add_argument("--base-bytes", type=int, required=True, help="float32 bytes of all parameters")
    parser.add_argument("--base-macs", type=int, required=True)
    parser.add_argument("--ratios", required=True, help="how many times smaller, separated by commas")
    arguments = parser.parse_args()

    task = read_task(arguments)
    ratios = [float(ratio) for ratio in arguments.ratios.split(",")]
    rows = [*pruned_rows(task, ratios), int8_row(task)]
    print(json.dumps({"accuracy": accuracy(task.network.model, task.x, task.y), "rows": rows}))
    return 0


if __name__ == "__main__":
    sys.exit(main())

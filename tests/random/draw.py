"""Draws a graph: `onnx(seed)` gives a file and samples for it, the same ones for the same seed."""

import numpy as np

import elements
import layers
import shapes
from elements import ELEMENTS
from layers import LAYERS
from net import Net, Reject
from quantised import QUANTISED
from shapes import SHAPES

OPSETS = range(7, 25)
# What kinds of operators follow one another, and how often, in each kind of graph.
RECIPES = [
    ({"layers": 5, "elements": 4, "shapes": 3}, 5),
    ({"elements": 3, "shapes": 3}, 2),
    ({"layers": 3, "elements": 1}, 3),
    ({"quantised": 4, "layers": 1, "elements": 2, "shapes": 1}, 2),
    ({"layers": 2, "elements": 3, "shapes": 3, "quantised": 1}, 2),
    ({"device": 1}, 5),
]
# What devices and TFLite files know.
DEVICE = [(layers.conv, 8), (layers.gemm, 4), (layers.dense, 4), (layers.pool, 5), (layers.global_pool, 1), (layers.batch_norm, 3),
          (elements.common, 6), (elements.residual, 4), (shapes.flatten, 3), (shapes.concat, 1), (elements.softmax, 1), (shapes.pad, 1),
          (shapes.computed_reshape, 1), (shapes.transpose, 1)]
KINDS = {"layers": LAYERS, "elements": ELEMENTS, "shapes": SHAPES, "quantised": QUANTISED, "device": DEVICE}
TRIES = 60


class Drawn:
    """A model with the samples of each input, and the names of its outputs."""

    def __init__(self, name, model, inputs, operators):
        self.name, self.model, self.inputs, self.operators = name, model, inputs, operators


def weighted(random, choices):
    shares = np.asarray([weight for _, weight in choices], float)
    return choices[int(random.choice(len(choices), p=shares / shares.sum()))][0]


def size(random, most):
    """Odd sizes are as frequent as even ones, small ones more than large ones."""
    return int(min(most, 1 + random.geometric(2.2 / most)))


def sample_shape(random):
    kind = random.integers(0, 10)
    if kind < 5:
        return (size(random, 8), size(random, 20), size(random, 20))
    if kind < 7:
        return (size(random, 12), size(random, 40))
    if kind < 9:
        return (size(random, 40),)
    return (size(random, 4), size(random, 6), size(random, 6), size(random, 6))


def start(random):
    """A net with its inputs."""
    recent = random.random() < 0.6
    opset = int(random.integers(11, 22)) if recent else int(random.choice(list(OPSETS)))
    kind = random.random()
    net = Net(random, opset, (2, 3) if kind < 0.6 else (1,) if kind < 0.92 else (int(random.integers(2, 5)),))
    net.input(sample_shape(random))
    if random.random() < 0.15:
        shape = net.values[0].shape[1:] if random.random() < 0.6 else sample_shape(random)
        net.input(shape)
    if random.random() < 0.05:
        net.input((size(random, 6),), np.int64)
    return net


def grow(net, recipe, length):
    kinds = list(recipe.items())
    for _ in range(TRIES):
        if len(net.nodes) >= length:
            return
        mark = net.mark()
        try:
            weighted(net.random, KINDS[weighted(net.random, kinds)])(net)
        except Reject:
            net.back(mark)


def onnx(seed):
    """See the module; None where nothing came of the seed."""
    random = np.random.default_rng(seed)
    net = start(random)
    grow(net, weighted(random, RECIPES), int(random.integers(2, 13)))
    ends = [value for value in net.values[1:] if not value.constant and value.dtype != np.float16
            and any(value.name in node.output for node in net.nodes)]
    if len(net.batches) > 1:
        ends = [value for value in ends if value.batched] or ends
    if not ends:
        return None
    outputs = [ends[-1]]
    if len(ends) > 2 and random.random() < 0.1:
        outputs.append(ends[int(random.integers(0, len(ends) - 1))])
    model = net.model(outputs)
    given = {entry.name for entry in model.graph.input}
    count = int(random.integers(1, 6))
    samples = [(name, net.samples((count, *shape), dtype)) for name, shape, dtype in net.inputs if name in given]
    return Drawn(f"onnx {seed}", model, samples, [node.op_type for node in model.graph.node]) if samples else None

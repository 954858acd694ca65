"""Draws TensorFlow Lite files: `lite(seed)`; see lite.py."""

import numpy as np

from draw import size, weighted
from lite import DRAWS, FIXED, INTEGER, KEEPS, LARGEST, OP, Graph, Reject
from peers import Lite

TRIES = 40
RUNS = 8
LARGEST_SUM = 2.0**15
NAMES = {value: name for name, value in vars(OP).items() if isinstance(value, int)}


class LiteCase:
    """A file with samples for it."""

    def __init__(self, name, graph, quantities, samples):
        self.name, self.graph, self.quantities = name, graph, quantities
        self.content, _ = graph.content(quantities)
        self.inputs = [("x", samples)]
        self.operators = [NAMES[step.code] for step in graph.steps]

    def tail(self, count):
        """The first `count` steps alone."""
        made = Graph(self.graph.random, self.graph.shapes[0])
        made.steps = self.graph.steps[:count]
        made.shapes += [shape for step in made.steps for shape in step.shapes]
        return LiteCase(self.name, made, self.quantities and self.quantities[: len(made.shapes)], self.inputs[0][1])

    def head(self, value, samples):
        """What follows value `value` alone, which becomes the input."""
        first, made = step_behind(self.graph, value), Graph(self.graph.random, self.graph.shapes[value])
        kept, renamed = [], {value: 0}
        at = 1 + sum(len(step.shapes) for step in self.graph.steps[:first])
        for step in self.graph.steps[first:]:
            if any(isinstance(given, int) and given not in renamed for given in step.inputs):
                raise Reject
            moved = type(step)(step.code, [renamed[g] if isinstance(g, int) else g for g in step.inputs], step.shapes, step.options)
            made.steps.append(moved)
            for shape in step.shapes:
                renamed[at] = len(made.shapes)
                made.shapes.append(shape)
                kept.append(at)
                at += 1
        if len(pruned(made).steps) != len(made.steps):
            raise Reject
        quantities = self.quantities and [self.quantities[index] for index in (value, *kept)]
        return LiteCase(self.name, made, quantities, samples)

    def values(self):
        """Every value of every sample, in real numbers."""
        return values(self.graph, self.quantities, self.inputs[0][1])


def step_behind(graph, value):
    count = 1
    for index, step in enumerate(graph.steps):
        if count > value:
            return index
        count += len(step.shapes)
    return len(graph.steps)


def values(graph, quantities, samples):
    content, tensors = graph.content(quantities)
    return Lite(content, keep=True).every(samples, tensors)


def input_shape(random):
    kind = random.integers(0, 10)
    if kind < 6:
        return (1, size(random, 16), size(random, 16), size(random, 8))
    return (1, size(random, 20), size(random, 12)) if kind < 8 else (1, size(random, 40))


def grow(graph, length, allowed):
    for _ in range(TRIES):
        if len(graph.steps) >= length:
            return
        steps, shapes = list(graph.steps), list(graph.shapes)
        try:
            weighted(graph.random, DRAWS)(graph)
            if any(step.code not in allowed for step in graph.steps):
                raise Reject
        except Reject:
            graph.steps, graph.shapes = steps, shapes


def pruned(graph):
    """The graph without the steps that its last value does not need."""
    needed, kept = {len(graph.shapes) - 1}, []
    for index in range(len(graph.steps) - 1, -1, -1):
        step, first = graph.steps[index], 1 + sum(len(step.shapes) for step in graph.steps[:index])
        if needed & set(range(first, first + len(step.shapes))):
            kept.insert(0, (first, step))
            needed |= {given for given in step.inputs if isinstance(given, int)}
    made, renamed = Graph(graph.random, graph.shapes[0]), {0: 0}
    for first, step in kept:
        renamed |= {first + place: len(made.shapes) + place for place in range(len(step.shapes))}
        inputs = [renamed[given] if isinstance(given, int) else given for given in step.inputs]
        made.steps.append(type(step)(step.code, inputs, step.shapes, step.options))
        made.shapes += step.shapes
    return made


def within_int8(graph, found):
    """Whether products have the multipliers below 1 that integer kernels take, and sums fit the 16 bits in which
    LiteRT's kernels for CPUs hold them."""
    at = 1
    for step in graph.steps:
        if step.code in (OP.MUL, OP.ADD, OP.SUB):
            scales = [found[given][0] if isinstance(given, int) else np.ptp(np.append(given.array, 0)) / 255 for given in step.inputs]
            most = 0.9 if step.code == OP.MUL else LARGEST_SUM
            if (scales[0] * scales[1] if step.code == OP.MUL else 255 * sum(scales)) >= most * found[at][0]:
                return False
        at += len(step.shapes)
    return True


def quantities(graph, ranges):
    """The scale and zero point of each value, such that they are one where an operator wants them to be."""
    group = list(range(len(ranges)))

    def root(index):
        while group[index] != index:
            index = group[index]
        return index

    fixed, at = {}, 1
    for step in graph.steps:
        outputs = range(at, at + len(step.shapes))
        at += len(step.shapes)
        if step.code in FIXED:
            fixed[outputs[0]] = FIXED[step.code]
        if step.code in KEEPS:
            for other in [*[given for given in step.inputs if isinstance(given, int)], *outputs]:
                group[root(other)] = root(outputs[0])
    found = []
    for index in range(len(ranges)):
        members = [other for other in range(len(ranges)) if root(other) == root(index)]
        said = {fixed[other] for other in members if other in fixed}
        if len(said) > 1:
            raise Reject
        low, high = min(0.0, *(ranges[m][0] for m in members)), max(1e-3, *(ranges[m][1] for m in members))
        scale = float(np.float32((high - low) / 255))
        found.append(said.pop() if said else (scale, int(np.clip(round(-128 - low / scale), -128, 127))))
    return found


def lite(seed):
    """A case; None where nothing came of the seed."""
    random = np.random.default_rng(seed + 10**6)
    integer = random.random() < 0.45
    graph = Graph(random, input_shape(random))
    grow(graph, int(random.integers(1, 10)), INTEGER if integer else set(NAMES))
    graph = pruned(graph)
    samples = random.normal(0, 1, (int(random.integers(1, 6)), *graph.shapes[0][1:])).astype(np.float32)
    more = random.normal(0, 1, (RUNS, *graph.shapes[0][1:])).astype(np.float32)
    try:
        if not graph.steps or len(graph.steps[-1].shapes) > 1:
            return None
        ranges = [(float(v.min()), float(v.max())) for v in values(graph, None, np.concatenate([samples, more]))]
        if not all(np.isfinite(range_).all() and np.abs(range_).max() < LARGEST for range_ in ranges):
            return None
        found = quantities(graph, ranges) if integer else None
        if found and not within_int8(graph, found):
            return None
        if found:
            scale, zero = found[0]
            samples = ((np.clip(np.round(samples / np.float32(scale)) + zero, -128, 127) - zero) * np.float32(scale)).astype(np.float32)
        case = LiteCase(f"lite {seed}", graph, found, samples)
        Lite(case.content)
    except (Reject, RuntimeError, ValueError):
        return None
    return case

"""Draws a TensorFlow Lite graph: `lite(seed)` gives a file of float32, or of int8 from input to output, and samples.

A graph is drawn as a list of steps, whose values LiteRT computes in float32; an int8 file is the same steps with
scales that fit these values."""

import sys
from pathlib import Path

import numpy as np



sys.path.insert(0, str(Path(__file__).parent.parent / "fixture"))
from tflite_net import NONE, OP, RELU, RELU6, SAME, VALID, Net, int8_weights, quantisation  # noqa: E402

# Operators whose output has their input's scale.
KEEPS = {OP.RESHAPE, OP.SQUEEZE, OP.EXPAND_DIMS, OP.TRANSPOSE, OP.PAD, OP.PADV2, OP.MIRROR_PAD, OP.CONCATENATION, OP.PACK,
         OP.UNPACK, OP.SPLIT, OP.SLICE, OP.STRIDED_SLICE, OP.GATHER, OP.RESIZE_BILINEAR, OP.RESIZE_NEAREST_NEIGHBOR,
         OP.AVERAGE_POOL_2D, OP.MAX_POOL_2D, OP.MAXIMUM, OP.MINIMUM, OP.DEPTH_TO_SPACE, OP.SPACE_TO_DEPTH, OP.REDUCE_MAX,
         OP.REDUCE_MIN, OP.RELU, OP.RELU6}
# Operators whose output has one scale and zero point, whatever they are given.
FIXED = {OP.SOFTMAX: (1 / 256, -128), OP.LOGISTIC: (1 / 256, -128), OP.TANH: (1 / 128, 0), OP.L2_NORMALIZATION: (1 / 128, 0),
         OP.LOG_SOFTMAX: (16 / 256, 127)}
# Operators that an int8 file may have.
INTEGER = KEEPS | set(FIXED) | {OP.CONV_2D, OP.DEPTHWISE_CONV_2D, OP.FULLY_CONNECTED, OP.ADD, OP.SUB, OP.MUL, OP.MEAN, OP.SUM,
                                OP.LEAKY_RELU, OP.HARD_SWISH, OP.TRANSPOSE_CONV, OP.PRELU} - {OP.RELU, OP.RELU6}
VERSIONS = {OP.CONV_2D: 3, OP.DEPTHWISE_CONV_2D: 3, OP.FULLY_CONNECTED: 4, OP.RESIZE_BILINEAR: 3, OP.TRANSPOSE_CONV: 3,
            OP.RESIZE_NEAREST_NEIGHBOR: 3}
LARGEST = 1e4
ELEMENTS = 20_000


class Reject(Exception):
    """A step that does not fit."""


class Const:
    """A constant operand: numbers, or weights with the axis of their scales and whether they are a bias."""

    def __init__(self, array, axis=None, bias=False):
        self.array, self.axis, self.bias = np.asarray(array), axis, bias


class Step:
    """One operator: `inputs` are indices of values, constants, or None."""

    def __init__(self, code, inputs, shapes, options):
        self.code, self.inputs, self.shapes, self.options = code, inputs, shapes, options


class Graph:
    """Steps with the values that they give; value 0 is the input."""

    def __init__(self, random, shape):
        self.random, self.steps, self.shapes = random, [], [tuple(shape)]

    def of(self, *choices):
        return choices[self.integer(0, len(choices) - 1)]

    def integer(self, low, high):
        return int(self.random.integers(low, high + 1))

    def chance(self, share):
        return self.random.random() < share

    def last(self, *ranks):
        fitting = [index for index, shape in enumerate(self.shapes) if not ranks or len(shape) in ranks]
        if not fitting:
            raise Reject
        return fitting[-1] if self.chance(0.8) else self.of(*fitting)

    def weights(self, *shape, axis=None, bias=False, scale=None):
        fan = max(1, int(np.prod(shape)) // max(shape[axis or 0], 1)) if shape else 1
        array = self.random.normal(0, scale or (0.5 if bias else fan**-0.5), shape).astype(np.float32)
        if axis is not None and self.chance(0.1):
            rows = np.moveaxis(array, axis, 0)
            rows[self.random.random(len(rows)) < 0.3] = 0
        return Const(array, axis, bias)

    def add(self, code, inputs, shapes, options=None):
        several = isinstance(shapes, list)
        shapes = shapes if several else [shapes]
        if any(np.prod(shape) > ELEMENTS or np.prod(shape) < 1 for shape in shapes):
            raise Reject
        self.steps.append(Step(code, inputs, [tuple(map(int, shape)) for shape in shapes], options))
        first = len(self.shapes)
        self.shapes += self.steps[-1].shapes
        return list(range(first, len(self.shapes))) if several else first

    def content(self, quantities=None):
        """The file's bytes; int8 where the scale and zero point of every value are given."""
        net, tensors, count = Net(), [], 0
        quantity = (lambda index: quantities[index]) if quantities else lambda index: None
        tensors.append(value_tensor(net, self.shapes[0], quantity(0)))
        for step in self.steps:
            inputs = operands(net, step, tensors, quantity)
            outputs = range(len(tensors), len(tensors) + len(step.shapes))
            kind = np.int8 if quantities else np.float32
            if quantities:
                version = VERSIONS.get(step.code, 2)
            else:
                version = 5 if step.code == OP.FULLY_CONNECTED else VERSIONS.get(step.code, 1)
            made = net.op(step.code, inputs, [list(shape) for shape in step.shapes] if len(step.shapes) > 1 else list(step.shapes[0]),
                          step.options, kind=kind, version=version)
            made = made if isinstance(made, list) else [made]
            for index, tensor in zip(outputs, made):
                if quantities:
                    net.tensors[tensor].quantization = quantisation(*quantity(index))
                net.tensors[tensor].name = f"v{count}"
                count += 1
            tensors += made
        return net.bytes(), tensors


def value_tensor(net, shape, quantity):
    if quantity is None:
        return net.input(list(shape))
    return net.input(list(shape), np.int8, quantisation(*quantity))


def operands(net, step, tensors, quantity):
    """The tensors of a step's inputs."""
    made, scales = [], None
    given = next((quantity(operand) for operand in step.inputs if isinstance(operand, int)), None)
    for place, operand in enumerate(step.inputs):
        name = f"c{len(net.tensors)}_{place}"
        if operand is None:
            made.append(-1)
        elif isinstance(operand, int):
            made.append(tensors[operand])
        elif operand.array.dtype == np.int32 or given is None:
            made.append(net.const(name, operand.array))
        elif operand.bias:
            scale = given[0] * scales
            made.append(net.const(name, np.round(operand.array / scale).astype(np.int32), quantisation(scale, 0)))
        elif operand.axis is not None:
            index, scales = int8_weights(net, name, operand.array, operand.axis)
            made.append(index)
        else:
            made.append(stored(net, name, operand.array, given if step.code in KEEPS else None))
    return made


def stored(net, name, array, given):
    low, high = min(0.0, float(array.min())), max(float(array.max()), 1e-3)
    scale = given[0] if given else (high - low) / 255
    zero = given[1] if given else int(np.clip(round(-128 - low / scale), -128, 127))
    return net.const(name, np.clip(np.round(array / scale) + zero, -128, 127).astype(np.int8), quantisation(scale, zero))


def sized(size, kernel, stride, padding, dilation=1):
    reach = dilation * (kernel - 1) + 1
    out = -(-size // stride) if padding == SAME else -(-(size - reach + 1) // stride)
    if out < 1:
        raise Reject
    return out


def window(graph, shape, most=4):
    padding = graph.of(SAME, VALID)
    kernel = [graph.integer(1, min(most, size)) for size in shape[1:3]]
    stride = [graph.integer(1, 3) for _ in range(2)]
    return padding, kernel, stride


def conv(graph):
    x = graph.last(4)
    shape = graph.shapes[x]
    padding, kernel, stride = window(graph, shape)
    dilation = [1, 1] if stride != [1, 1] or graph.chance(0.7) else [graph.integer(1, 2) for _ in range(2)]
    rows, columns = (sized(*args, padding, d) for *args, d in zip(shape[1:3], kernel, stride, dilation))
    outputs, activation = graph.integer(1, 9), graph.of(NONE, RELU, RELU6)
    b = graph.weights(outputs, bias=True)
    if graph.chance(0.3):
        times = graph.integer(1, 2)
        w = graph.weights(1, *kernel, shape[3] * times, axis=3, scale=0.5)
        return graph.add(OP.DEPTHWISE_CONV_2D, [x, w, graph.weights(shape[3] * times, bias=True)], (1, rows, columns, shape[3] * times),
                         ("DepthwiseConv2DOptions", {"padding": padding, "strideH": stride[0], "strideW": stride[1],
                          "depthMultiplier": times, "dilationHFactor": dilation[0], "dilationWFactor": dilation[1],
                          "fusedActivationFunction": activation}))
    w = graph.weights(outputs, *kernel, shape[3], axis=0)
    return graph.add(OP.CONV_2D, [x, w, b], (1, rows, columns, outputs), ("Conv2DOptions", {
        "padding": padding, "strideH": stride[0], "strideW": stride[1], "dilationHFactor": dilation[0],
        "dilationWFactor": dilation[1], "fusedActivationFunction": activation}))


def transpose_conv(graph):
    x = graph.last(4)
    shape = graph.shapes[x]
    padding, kernel, stride = graph.of(SAME, VALID), [graph.integer(1, 4) for _ in range(2)], [graph.integer(1, 2) for _ in range(2)]
    sizes = [size * s if padding == SAME else size * s + max(k - s, 0) for size, k, s in zip(shape[1:3], kernel, stride)]
    outputs = graph.integer(1, 5)
    target = (1, *sizes, outputs)
    w = graph.weights(outputs, *kernel, shape[3], axis=0)
    inputs = [Const(np.asarray(target, np.int32)), w, x, *([graph.weights(outputs, bias=True)] if graph.chance(0.6) else [])]
    return graph.add(OP.TRANSPOSE_CONV, inputs, target, ("TransposeConvOptions", {"padding": padding, "strideH": stride[0], "strideW": stride[1]}))


def pool(graph):
    x = graph.last(4)
    shape = graph.shapes[x]
    padding, kernel, stride = window(graph, shape)
    rows, columns = (sized(*args, padding) for args in zip(shape[1:3], kernel, stride))
    return graph.add(graph.of(OP.AVERAGE_POOL_2D, OP.MAX_POOL_2D), [x], (1, rows, columns, shape[3]), ("Pool2DOptions", {
        "padding": padding, "strideH": stride[0], "strideW": stride[1], "filterHeight": kernel[0], "filterWidth": kernel[1],
        "fusedActivationFunction": graph.of(NONE, NONE, RELU)}))


def dense(graph):
    x = graph.last()
    shape, rows = graph.shapes[x], graph.integer(1, 40)
    if len(shape) < 2:
        raise Reject
    options = {"fusedActivationFunction": graph.of(NONE, RELU, RELU6), "keepNumDims": len(shape) > 2}
    b = graph.weights(rows, bias=True) if graph.chance(0.8) else None
    return graph.add(OP.FULLY_CONNECTED, [x, graph.weights(rows, shape[-1], axis=0), b], (*shape[:-1], rows), ("FullyConnectedOptions", options))


def flatten(graph):
    x = graph.last(3, 4)
    total = int(np.prod(graph.shapes[x]))
    target = graph.of([1, total], [-1, total])
    return graph.add(OP.RESHAPE, [x, Const(np.asarray(target, np.int32))], (1, total), ("ReshapeOptions", {"newShape": target}))


def reshape(graph):
    x = graph.last()
    total = int(np.prod(graph.shapes[x]))
    part = graph.of(*[d for d in range(1, total + 1) if total % d == 0])
    target = graph.of([1, part, total // part], [1, part, 1, total // part], [1, 1, part, total // part])
    return graph.add(OP.RESHAPE, [x, Const(np.asarray(target, np.int32))], tuple(target), ("ReshapeOptions", {"newShape": target}))


def squeeze(graph):
    x = graph.last()
    shape = graph.shapes[x]
    axes = [axis for axis in range(1, len(shape)) if shape[axis] == 1]
    if not axes or len(shape) < 3 or graph.chance(0.5):
        if len(shape) > 3:
            raise Reject
        axis = graph.integer(1, len(shape))
        return graph.add(OP.EXPAND_DIMS, [x, Const(np.asarray(axis, np.int32))], (*shape[:axis], 1, *shape[axis:]), ("ExpandDimsOptions", {}))
    axis = graph.of(*axes)
    return graph.add(OP.SQUEEZE, [x], (*shape[:axis], *shape[axis + 1 :]), ("SqueezeOptions", {"squeezeDims": [axis]}))


def transpose(graph):
    x = graph.last(3, 4)
    shape = graph.shapes[x]
    perm = [0, *(1 + graph.random.permutation(len(shape) - 1)).tolist()]
    return graph.add(OP.TRANSPOSE, [x, Const(np.asarray(perm, np.int32))], tuple(shape[axis] for axis in perm), ("TransposeOptions", {}))


def pad(graph):
    x = graph.last(3, 4)
    shape = graph.shapes[x]
    pads = [[0, 0], *[[graph.integer(0, min(2, size - 1)), graph.integer(0, min(2, size - 1))] for size in shape[1:]]]
    if graph.chance(0.5):
        pads[-1] = [0, 0]
    target = tuple(size + sum(pair) for size, pair in zip(shape, pads))
    paddings = Const(np.asarray(pads, np.int32))
    if graph.chance(0.3):
        return graph.add(OP.MIRROR_PAD, [x, paddings], target, ("MirrorPadOptions", {"mode": graph.integer(0, 1)}))
    if graph.chance(0.3):
        return graph.add(OP.PADV2, [x, paddings, Const(np.asarray([0.5], np.float32))], target, ("PadV2Options", {}))
    return graph.add(OP.PAD, [x, paddings], target, ("PadOptions", {}))


def concat(graph):
    x = graph.last(2, 3, 4)
    shape = graph.shapes[x]
    axis = graph.integer(1, len(shape) - 1)
    other = [index for index, own in enumerate(graph.shapes) if len(own) == len(shape)
             and all(a == b or at == axis for at, (a, b) in enumerate(zip(shape, own)))]
    y = graph.of(*other)
    target = list(shape)
    target[axis] += graph.shapes[y][axis]
    return graph.add(OP.CONCATENATION, [x, y], tuple(target), ("ConcatenationOptions", {"axis": graph.of(axis, axis - len(shape))}))


def split(graph):
    x = graph.last(2, 3, 4)
    shape = graph.shapes[x]
    axes = [axis for axis in range(1, len(shape)) if shape[axis] % 2 == 0]
    if not axes:
        raise Reject
    axis = graph.of(*axes)
    half = tuple(size // 2 if at == axis else size for at, size in enumerate(shape))
    a, b = graph.add(OP.SPLIT, [Const(np.asarray(axis, np.int32)), x], [half, half], ("SplitOptions", {"numSplits": 2}))
    return graph.add(OP.CONCATENATION, [b, a], shape, ("ConcatenationOptions", {"axis": axis}))


def slice_(graph):
    x = graph.last(2, 3, 4)
    shape = graph.shapes[x]
    begin = [0, *[graph.integer(0, size - 1) for size in shape[1:]]]
    size = [1, *[graph.integer(1, size - at) for size, at in zip(shape[1:], begin[1:])]]
    if graph.chance(0.5):
        shown = [-1 if at + length == own and graph.chance(0.5) else length for at, length, own in zip(begin, size, shape)]
        return graph.add(OP.SLICE, [x, *[Const(np.asarray(part, np.int32)) for part in (begin, shown)]], tuple(size), ("SliceOptions", {}))
    axis = graph.integer(1, len(shape) - 1)
    step = graph.of(1, 2, -1)
    begin, end, strides = [0] * len(shape), list(shape), [1] * len(shape)
    masks = {"beginMask": 0, "endMask": 0}
    if step < 0:
        begin[axis], strides[axis], masks["endMask"] = -1, -1, 1 << axis
        length = shape[axis]
    else:
        begin[axis], strides[axis] = graph.integer(0, shape[axis] - 1), step
        length = -(-(shape[axis] - begin[axis]) // step)
    target = tuple(length if at == axis else own for at, own in enumerate(shape))
    return graph.add(OP.STRIDED_SLICE, [x, *[Const(np.asarray(part, np.int32)) for part in (begin, end, strides)]], target, ("StridedSliceOptions", masks))


def gather(graph):
    x = graph.last(2, 3, 4)
    shape = graph.shapes[x]
    axis, count = graph.integer(1, len(shape) - 1), graph.integer(1, 4)
    places = graph.random.integers(0, shape[axis], count).astype(np.int32)
    return graph.add(OP.GATHER, [x, Const(places)], tuple(count if at == axis else own for at, own in enumerate(shape)), ("GatherOptions", {"axis": axis}))


def resize(graph):
    x = graph.last(4)
    shape, sizes = graph.shapes[x], [graph.integer(1, 12), graph.integer(1, 12)]
    flags = graph.of({}, {"alignCorners": True}, {"halfPixelCenters": True})
    code, name = graph.of((OP.RESIZE_BILINEAR, "ResizeBilinearOptions"), (OP.RESIZE_NEAREST_NEIGHBOR, "ResizeNearestNeighborOptions"))
    return graph.add(code, [x, Const(np.asarray(sizes, np.int32))], (1, *sizes, shape[3]), (name, flags))


def depth(graph):
    x = graph.last(4)
    _, rows, columns, channels = graph.shapes[x]
    if channels % 4 == 0 and graph.chance(0.5):
        return graph.add(OP.DEPTH_TO_SPACE, [x], (1, rows * 2, columns * 2, channels // 4), ("DepthToSpaceOptions", {"blockSize": 2}))
    if rows % 2 or columns % 2:
        raise Reject
    return graph.add(OP.SPACE_TO_DEPTH, [x], (1, rows // 2, columns // 2, channels * 4), ("SpaceToDepthOptions", {"blockSize": 2}))


def reduce(graph):
    x = graph.last(3, 4)
    shape = graph.shapes[x]
    axes = sorted(graph.random.choice(range(1, len(shape)), graph.integer(1, len(shape) - 1), replace=False).tolist())
    keep = graph.chance(0.5)
    target = [1 if at in axes else own for at, own in enumerate(shape) if keep or at not in axes]
    shown = [axis - len(shape) if graph.chance(0.3) else axis for axis in axes]
    code = graph.of(OP.MEAN, OP.MEAN, OP.SUM, OP.REDUCE_MAX, OP.REDUCE_MIN)
    return graph.add(code, [x, Const(np.asarray(shown, np.int32))], tuple(target), ("ReducerOptions", {"keepDims": keep}))


BINARY = [(OP.ADD, "AddOptions"), (OP.SUB, "SubOptions"), (OP.MUL, "MulOptions"), (OP.ADD, "AddOptions"), (OP.MAXIMUM, "MaximumMinimumOptions"),
          (OP.MINIMUM, "MaximumMinimumOptions"), (OP.SQUARED_DIFFERENCE, "SquaredDifferenceOptions"), (OP.DIV, "DivOptions")]


def binary(graph):
    x = graph.last()
    shape = graph.shapes[x]
    code, name = graph.of(*BINARY)
    same = [index for index, own in enumerate(graph.shapes) if own == shape]
    if graph.chance(0.5) and code != OP.DIV:
        y = graph.of(*same)
    else:
        tail = [size if graph.chance(0.7) else 1 for size in shape[graph.integer(1, len(shape)) :]]
        y = graph.weights(*tail, scale=1.0)
        if code == OP.DIV:
            y.array = np.abs(y.array) + np.float32(0.3)
    options = {"fusedActivationFunction": graph.of(NONE, RELU, RELU6)} if name[:3] in ("Add", "Sub", "Mul", "Div") else {}
    inputs = [x, y] if graph.chance(0.7) or code == OP.DIV else [y, x]
    return graph.add(code, inputs, shape, (name, options))


UNARY = {OP.ABS: None, OP.COS: None, OP.ELU: None, OP.EXP: None, OP.FLOOR: None, OP.HARD_SWISH: ("HardSwishOptions", {}), OP.LOGISTIC: None,
         OP.NEG: None, OP.RELU: None, OP.RELU6: None, OP.RELU_N1_TO_1: None, OP.SIN: None, OP.SQUARE: None, OP.TANH: None,
         OP.LEAKY_RELU: ("LeakyReluOptions", {"alpha": 0.25}), OP.SOFTMAX: ("SoftmaxOptions", {"beta": 1.0}),
         OP.LOG_SOFTMAX: ("LogSoftmaxOptions", {}), OP.L2_NORMALIZATION: ("L2NormOptions", {})}


def unary(graph):
    x = graph.last()
    code = graph.of(*UNARY) if graph.chance(0.6) else graph.of(OP.RELU, OP.LOGISTIC, OP.TANH, OP.HARD_SWISH, OP.SOFTMAX, OP.LEAKY_RELU)
    if code == OP.SOFTMAX and graph.chance(0.3):
        return graph.add(code, [x], graph.shapes[x], ("SoftmaxOptions", {"beta": 0.5}))
    return graph.add(code, [x], graph.shapes[x], UNARY[code])


def prelu(graph):
    x = graph.last(3, 4)
    shape = graph.shapes[x]
    return graph.add(OP.PRELU, [x, graph.weights(*[1] * (len(shape) - 2), shape[-1], scale=0.5)], shape)


DRAWS = [(conv, 10), (transpose_conv, 2), (pool, 5), (dense, 7), (flatten, 3), (reshape, 3), (squeeze, 2), (transpose, 3), (pad, 3), (concat, 4),
         (split, 2), (slice_, 3), (gather, 2), (resize, 3), (depth, 2), (reduce, 4), (binary, 8), (unary, 9), (prelu, 1)]

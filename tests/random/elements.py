"""What is computed element by element, reduced, compared, cast or looked up."""

import numpy as np

from layers import picked
from net import Reject

PLAIN = {
    "Abs": 1, "Ceil": 6, "Cos": 7, "Sin": 7, "Tan": 7, "Elu": 6, "Erf": 9, "Exp": 6, "Floor": 6, "HardSigmoid": 6,
    "HardSwish": 14, "Identity": 1, "LeakyRelu": 6, "Neg": 6, "Relu": 6, "Round": 11, "Selu": 6, "Sigmoid": 6,
    "Sign": 9, "Softplus": 1, "Softsign": 1, "Tanh": 6, "Atan": 7, "Asinh": 9, "Sinh": 9, "Cosh": 9, "Gelu": 20,
    "Mish": 18, "Celu": 12, "ThresholdedRelu": 10, "Shrink": 9, "Swish": 24, "Asin": 7, "Acos": 7, "Atanh": 9, "Acosh": 9,
    "Log": 6, "Sqrt": 6, "Reciprocal": 6,
}
COMMON = ["Relu", "Sigmoid", "Tanh", "LeakyRelu", "HardSwish", "Elu", "Relu"]
ATTRIBUTES = {
    "Elu": {"alpha": [0.5, 2.0]}, "LeakyRelu": {"alpha": [0.0, 0.1, 1.5]}, "Selu": {"alpha": [1.2], "gamma": [0.7]},
    "HardSigmoid": {"alpha": [0.1, 0.5], "beta": [0.0, 0.3]}, "Gelu": {"approximate": ["none", "tanh"]},
    "Celu": {"alpha": [0.5, 2.0]}, "ThresholdedRelu": {"alpha": [0.1, 0.0]}, "Shrink": {"lambd": [0.2], "bias": [0.1]},
    "Swish": {"alpha": [0.5, 2.0]},
}
RANGES = {"Asin": (-0.95, 0.95), "Acos": (-0.95, 0.95), "Atanh": (-0.95, 0.95), "Acosh": (1.05, 1e4), "Log": (1e-2, 1e5),
          "Sqrt": (0, 1e5), "Reciprocal": (1e-2, 1e5), "Exp": (-30, 6), "Sinh": (-8, 8), "Cosh": (-8, 8), "Tan": (-1.4, 1.4)}


def unary(net):
    x = picked(net, range(1, 6), batched=net.chance(0.9))
    op = net.of(*COMMON) if net.chance(0.5) else net.of(*PLAIN)
    if net.opset < PLAIN[op]:
        raise Reject("too new")
    low, high = RANGES.get(op, (-np.inf, np.inf))
    if x.least() < low or x.most() > high:
        x = net.add("Sigmoid", [x])
        if x.least() < low or x.most() > high:
            raise Reject("range")
    made = {key: net.of(None, *values) for key, values in ATTRIBUTES.get(op, {}).items()}
    return net.add(op, [x], **made)


def common(net):
    """An activation that devices have."""
    x = picked(net, range(1, 6))
    op = net.of("Relu", "Relu", "Sigmoid", "Tanh", "LeakyRelu", "HardSwish", "Clip")
    if op == "HardSwish" and net.opset < 14 or op == "Clip" and net.opset < 11:
        op = "Relu"
    if op == "Clip":
        return net.add(op, [x, net.const(np.float32(0)), net.const(np.float32(6))])
    return net.add(op, [x], alpha=0.1 if op == "LeakyRelu" else None)


def residual(net):
    """A sum or product of two values, or of one with constants along its channels."""
    x = picked(net, range(2, 5))
    same = [value for value in net.values if value.real and not value.constant and value.shape == x.shape and value.name != x.name]
    y = net.of(*same) if same and net.chance(0.6) else net.weights(x.shape[1], *[1] * (x.rank - 2), scale=1.0)
    return net.add(net.of("Add", "Add", "Mul", "Sub"), [x, y])


def partner(net, x):
    """A second operand that broadcasts with `x`: another value or a constant of any such shape."""
    other = [value for value in net.values if value.dtype == x.dtype and value.name != x.name and fits(x, value)]
    if other and net.chance(0.5):
        return net.of(*other)
    rank = net.integer(0, x.rank)
    tail = x.shape[x.rank - rank:] if rank else ()
    shape = [1 if net.chance(0.3) or x.rank - rank + axis in x.free else size for axis, size in enumerate(tail)]
    if net.chance(0.05):
        shape = [1] * (x.rank - len(shape)) + shape
    return net.weights(*shape, scale=1.0)


def fits(a, b):
    try:
        return all(np.broadcast_shapes(p.shape, q.shape) is not None for p, q in zip(a.runs, b.runs))
    except ValueError:
        return False


def binary(net):
    x = picked(net, range(1, 6))
    y = partner(net, x)
    op = net.of("Add", "Add", "Sub", "Mul", "Mul", "Div", "Pow", "PRelu", "Max", "Min", "Mean", "Sum", "Mod")
    if op == "Div" and min(abs(y.least()), abs(y.most())) < 0.05 or op == "Div" and y.least() * y.most() < 0:
        y = net.const(net.random.uniform(0.3, 3, y.shape if y.constant else (1,)).astype(np.float32))
    if op == "Pow":
        y = net.const(np.asarray(net.of(2, 3, 1, 0, 0.5), np.float32))
        if y.most() == 0.5:
            x = net.add("Abs", [x])
    if op == "PRelu":
        if net.opset < 9 or not y.constant:
            raise Reject("slope")
        return net.add(op, [x, y])
    if op in ("Max", "Min", "Mean", "Sum"):
        if net.opset < 8:
            raise Reject("too new")
        pair = [x, y, *([partner(net, x)] if net.chance(0.3) else [])]
        return net.add(op, pair if net.chance(0.9) else [x])
    if op == "Mod":
        if net.opset < 10:
            raise Reject("too new")
        return net.add(op, [x, net.const(np.asarray(net.of(0.7, 2.0, -1.5), np.float32))], fmod=1)
    return net.add(op, [x, y] if net.chance(0.7) else [y, x] if op != "Div" and op != "Pow" else [x, y])


def clip(net):
    x = picked(net, range(1, 6))
    low, high = net.of(None, -0.5, 0.0, -1.0), net.of(None, 0.7, 6.0, 1.0)
    if net.opset < 11:
        return net.add("Clip", [x], min=low, max=high)
    ends = [None if end is None else net.const(np.float32(end)) for end in (low, high)]
    return net.add("Clip", [x, *ends])


def softmax(net):
    x = picked(net, range(1, 6))
    op = net.of(*["Softmax", "LogSoftmax"] * 5, "Hardmax")
    axes = list(range(-x.rank if net.opset >= 11 else 1, x.rank))
    first = 0 if net.chance(0.05) else 1
    axes = [axis for axis in axes if axis % x.rank >= first] or [None]
    return net.add(op, [x], axis=net.of(None, *axes))


def axes_of(net, x):
    free = 0 if net.chance(0.04) else 1
    allowed = list(range(free, x.rank))
    if not allowed:
        raise Reject("no axes")
    count = net.integer(1, len(allowed))
    axes = sorted(net.random.choice(allowed, count, replace=False).tolist())
    return [axis - x.rank if net.chance(0.3) and net.opset >= 11 else axis for axis in axes]


def reduce(net):
    x = picked(net, range(2, 6))
    op = net.of("ReduceMean", "ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceL1", "ReduceL2", "ReduceProd",
                "ReduceLogSum", "ReduceLogSumExp", "ReduceSumSquare")
    if op == "ReduceLogSum" and x.least() <= 0.01:
        x = net.add("Sigmoid", [x])
    axes = axes_of(net, x)
    keep = net.of(None, 0, 1)
    if net.opset >= (13 if op == "ReduceSum" else 18):
        noop = int(net.chance(0.1))
        return net.add(op, [x, net.ints(*axes)], keepdims=keep, noop_with_empty_axes=noop or None)
    return net.add(op, [x], axes=axes, keepdims=keep)


def arg(net):
    x = picked(net, range(2, 5))
    if net.chance(0.3):
        x = net.add("Round", [x]) if net.opset >= 11 else net.add("Ceil", [x])
    last = net.integer(0, 1) if net.opset >= 12 and net.chance(0.3) else None
    found = net.add(net.of("ArgMax", "ArgMin"), [x], axis=net.integer(1, x.rank - 1), keepdims=net.of(None, 0, 1),
                    select_last_index=last)
    return net.add("Cast", [found], to=1)


def top_k(net):
    x = picked(net, range(2, 5))
    axis = net.integer(1, x.rank - 1)
    k = net.integer(1, x.shape[axis])
    if net.opset < 10:
        values, places = net.add("TopK", [x], outputs=2, axis=axis, k=k)
    else:
        largest = net.of(None, 0, 1) if net.opset >= 11 else None
        values, places = net.add("TopK", [x, net.ints(k)], outputs=2, axis=axis, largest=largest)
    return values if net.chance(0.7) else net.add("Cast", [places], to=1)


def compare(net):
    x = picked(net, range(1, 5))
    y = partner(net, x)
    op = net.of("Greater", "Less", "GreaterOrEqual", "LessOrEqual", "Equal")
    if op.endswith("OrEqual") and net.opset < 12 or op == "Equal" and net.opset < 11:
        raise Reject("too new")
    flags = net.add(op, [x, y])
    if net.chance(0.4):
        other = net.add("Less", [x, net.const(np.float32(0.2))])
        flags = net.add(net.of("And", "Or", "Xor"), [flags, other])
    if net.chance(0.3):
        flags = net.add("Not", [flags])
    if net.opset >= 9 and net.chance(0.6):
        return net.add("Where", [flags, x, partner(net, x)])
    return net.add("Cast", [flags], to=1)


def cast(net):
    """There and back: what it loses on the way must be lost with us."""
    x = picked(net, range(1, 5))
    to = net.of(6, 7, 9, 10, 11, 1, 3, 2)
    if to == 2:
        x = net.add("Abs", [x])
    middle = net.add("Cast", [x], to=to)
    if to in (6, 7) and net.opset >= 8 and net.chance(0.4):
        other = net.const(np.asarray(net.of(2, 3, -2), middle.dtype))
        middle = net.add(net.of("Add", "Mul", "Sub"), [middle, other])
    if to in (6, 7) and net.opset >= 10 and net.chance(0.2):
        middle = net.add("Mod", [middle, net.const(np.asarray(net.of(3, -2), middle.dtype))])
    if to in (6, 7) and net.chance(0.2):
        middle = net.add("Div", [middle, net.const(np.asarray(net.of(3, -2), middle.dtype))])
    return net.add("Cast", [middle], to=1)


def one_hot(net):
    x = picked(net, range(2, 4))
    if net.opset < 9:
        raise Reject("too new")
    index = net.add("ArgMax", [x], axis=net.integer(1, x.rank - 1), keepdims=0)
    depth = net.ints(net.integer(2, 6)) if net.chance(0.5) else net.const(np.int64(5))
    return net.add("OneHot", [index, depth, net.const(np.asarray([0, net.of(1, 2.5)], np.float32))], axis=net.of(None, -1, 1))


def cumulative(net):
    x = picked(net, range(2, 5))
    if net.opset < 11:
        raise Reject("too new")
    axis = net.const(np.asarray(net.integer(1, x.rank - 1), net.of(np.int64, np.int32)))
    return net.add("CumSum", [x, axis], exclusive=net.of(None, 1), reverse=net.of(None, 1))


def gated(net):
    """What exporters write for an activation that ONNX has no operator for."""
    x = picked(net, range(2, 5))
    gate = net.of("Sigmoid", "HardSigmoid", "Tanh", "Erf")
    if gate == "Erf" and net.opset < 9:
        raise Reject("too new")
    return net.add("Mul", [x, net.add(gate, [x])])


def standardise(net):
    """Differences to the mean over the root of their mean square, in single operators."""
    x = picked(net, range(2, 4))
    form = {"axes": [-1] if net.opset >= 11 else [x.rank - 1], "keepdims": 1}
    def mean(value):
        if net.opset >= 18:
            return net.add("ReduceMean", [value, net.ints(*form["axes"])], keepdims=1)
        return net.add("ReduceMean", [value], **form)
    centred = net.add("Sub", [x, mean(x)])
    variance = mean(net.add("Mul", [centred, centred]))
    root = net.add("Sqrt", [net.add("Add", [variance, net.const(np.float32(0.01))])])
    return net.add("Div", [centred, root])


def missing(net):
    x = picked(net, range(2, 4))
    if net.opset < 10:
        raise Reject("too new")
    return net.add("Cast", [net.add(net.of("IsNaN", "IsInf"), [x])], to=1)


def dropout(net):
    x = picked(net, range(1, 5))
    if net.opset >= 12:
        ratio = [net.const(np.float32(0.3))] if net.chance(0.7) else []
        return net.add("Dropout", [x, *ratio])
    return net.add("Dropout", [x], ratio=net.of(None, 0.4))


ELEMENTS = [(unary, 16), (binary, 14), (clip, 4), (softmax, 6), (reduce, 7), (arg, 2), (top_k, 2), (compare, 3), (cast, 3),
            (one_hot, 1), (cumulative, 1), (gated, 2), (standardise, 2), (missing, 1), (dropout, 1)]

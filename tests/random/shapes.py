"""What moves numbers: reshapes, slices, pads, resizes, lookups, and shapes that are computed in the graph."""

import numpy as np

from layers import picked
from net import Reject


def reshape(net):
    x = picked(net, range(2, 6))
    sizes = list(x.shape[1:])
    total = int(np.prod(sizes))
    kind = net.integer(0, 5)
    if kind == 0:
        target = [-1, total]
    elif kind == 1:
        target = [0, -1]
    elif kind == 2:
        target = [0, *sizes[:-1], -1]
    elif kind == 3:
        part = net.of(*[d for d in range(1, total + 1) if total % d == 0])
        target = net.of([-1, part, total // part], [0, part, -1], [0, -1, part], [-1, part, 1, total // part])
    elif kind == 4 and x.rank > 2:
        target = [0, 0, -1]
    else:
        target = [1 if net.batches == (1,) else -1, total]
    zero = 0 if net.opset >= 14 and net.chance(0.2) else None
    return net.add("Reshape", [x, net.ints(*target)], allowzero=zero)


def flatten(net):
    x = picked(net, range(1, 6))
    axes = [None, 1, *range(1, x.rank + 1)] + ([-1] if net.opset >= 11 and x.rank > 1 else [])
    return net.add("Flatten", [x], axis=net.of(*axes))


def transpose(net):
    x = picked(net, range(2, 6))
    perm = [0, *(1 + net.random.permutation(x.rank - 1)).tolist()]
    if net.chance(0.05):
        perm = net.random.permutation(x.rank).tolist()
    return net.add("Transpose", [x], perm=perm)


def with_axes(net, op, x, axes):
    if net.opset >= 13:
        return net.add(op, [x, net.ints(*axes)])
    return net.add(op, [x], axes=axes)


def unsqueeze(net):
    x = picked(net, range(1, 5))
    axes = [net.integer(1, x.rank)] if net.chance(0.7) else [1, x.rank + 1]
    if net.opset >= 11 and net.chance(0.3):
        axes = [-1]
    return with_axes(net, "Unsqueeze", x, axes)


def squeeze(net):
    fitting = [value for value in net.values if value.real and value.rank > 2 and 1 in value.shape[1:]]
    if not fitting:
        return squeeze_made(net)
    x = fitting[-1]
    axes = [axis for axis in range(1, x.rank) if x.shape[axis] == 1]
    if net.chance(0.1) and net.batches != (1,):
        return net.add("Squeeze", [x])
    return with_axes(net, "Squeeze", x, axes if net.chance(0.5) else [net.of(*axes)])


def squeeze_made(net):
    x = picked(net, range(1, 5))
    made = with_axes(net, "Unsqueeze", x, [1])
    return with_axes(net, "Squeeze", net.add("Relu", [made]), [1])


def concat(net):
    x = picked(net, range(2, 5))
    axis = net.integer(1, x.rank - 1)
    other = [value for value in net.values if value.real and value.rank == x.rank and value.free == x.free and all(
        a == b or at == axis for at, (a, b) in enumerate(zip(x.shape, value.shape)))]
    parts = [x, *[net.of(*other) for _ in range(net.integer(1, 2))]]
    if net.chance(0.3):
        parts.reverse()
    return net.add("Concat", parts, axis=axis - x.rank if net.opset >= 11 and net.chance(0.3) else axis)


def split(net):
    x = picked(net, range(2, 5))
    axis = net.integer(1, x.rank - 1)
    size = x.shape[axis]
    if size < 2:
        raise Reject("too small")
    first = net.integer(1, size - 1)
    sizes = [first, size - first]
    if net.opset >= 13:
        if net.opset >= 18 and net.chance(0.3):
            parts = net.add("Split", [x], outputs=2, axis=axis, num_outputs=2)
        else:
            parts = net.add("Split", [x, net.ints(*sizes)], outputs=2, axis=axis)
    else:
        parts = net.add("Split", [x], outputs=2, axis=axis, split=sizes)
    if net.chance(0.3):
        return parts[net.integer(0, 1)]
    changed = net.add(net.of("Relu", "Neg", "Sigmoid"), [parts[0]])
    return net.add("Concat", [parts[1], changed], axis=axis)


def slice_(net):
    x = picked(net, range(2, 5))
    axis = net.integer(1, x.rank - 1)
    size = x.shape[axis]
    begin, end = sorted((net.integer(0, size - 1), net.integer(1, size)))
    if begin == end:
        end += 1
    if net.opset < 10:
        ends = net.of(end, end - size if end < size else 1000)
        return net.add("Slice", [x], starts=[begin], ends=[ends], axes=[axis])
    step = net.of(1, 1, 2, 3, -1, -2)
    if step < 0:
        begin, end = net.of(size - 1, -1, 1000), net.of(-1000, -size - 1, 0)
    elif net.chance(0.3):
        begin, end = begin - size, net.of(2**31 - 1, 2**63 - 1, size)
    dtype = net.of(np.int64, np.int32) if abs(end) < 2**31 else np.int64
    part = [net.const(np.asarray([number], dtype)) for number in (begin, end, axis - x.rank if net.chance(0.3) else axis, step)]
    return net.add("Slice", [x, *part])


def pad(net):
    x = picked(net, range(2, 5))
    modes = ["constant", "constant", "reflect", "edge"] + (["wrap"] if net.opset >= 19 else [])
    mode = net.of(*modes)
    most = [min(3, size - 1 if mode != "constant" else 3) for size in x.shape]
    pads = [0 if axis == 0 or net.chance(0.4) else net.integer(0, max(0, most[axis])) for axis in list(range(x.rank)) * 2]
    if mode == "constant" and net.chance(0.15):
        pads[-1] = -min(1, x.shape[-1] - 1)
    shown = None if mode == "constant" and net.chance(0.5) else mode
    value = net.of(None, 0.0, 1.5, -2.0) if mode == "constant" else None
    if net.opset < 11:
        return net.add("Pad", [x], pads=pads, mode=shown, value=value)
    ends = [] if value is None else [net.const(np.float32(value))]
    if net.opset >= 18 and net.chance(0.2):
        axes = list(range(1, x.rank))
        pads = pads[1:x.rank] + pads[x.rank + 1:]
        return net.add("Pad", [x, net.ints(*pads), ends[0] if ends else None, net.ints(*axes)], mode=shown)
    return net.add("Pad", [x, net.ints(*pads), *ends], mode=shown)


def gather(net):
    x = picked(net, range(2, 5))
    axis = net.integer(1, x.rank - 1)
    size = x.shape[axis]
    count = net.integer(1, 4)
    places = net.random.integers(-size if net.opset >= 11 else 0, size, count)
    kind = net.integer(0, 3)
    if kind == 0:
        return net.add("Gather", [x, net.const(np.asarray(places[0], np.int64))], axis=axis)
    if kind == 1:
        return net.add("Gather", [x, net.const(places.reshape(1, -1).astype(np.int64))], axis=axis)
    if kind == 2 and net.opset >= 11 and net.batches == (1,):
        index = net.random.integers(0, size, [*x.shape[:axis], count, *x.shape[axis + 1:]])
        return net.add("GatherElements", [x, net.const(index.astype(np.int64))], axis=axis)
    return net.add("Gather", [x, net.const(places.astype(net.of(np.int64, np.int32)))], axis=axis)


def embedding(net):
    """A table looked up by a whole input, or by what is computed of a real one."""
    whole = [value for value in net.values if value.dtype == np.int64 and value.batched and not value.constant]
    table = net.weights(9, net.integer(1, 8), scale=1)
    if whole:
        index = whole[-1]
    else:
        x = picked(net, range(2, 4))
        index = net.add("ArgMax", [x], axis=x.rank - 1, keepdims=0)
    if index.least() < -9 or index.most() > 8:
        raise Reject("places")
    return net.add("Gather", [table, index])


def expand(net):
    x = picked(net, range(2, 5))
    if net.opset < 8:
        raise Reject("too new")
    shape = [net.of(size, 1) if size > 1 else net.integer(1, 4) for size in x.shape]
    shape[0] = 1
    if net.chance(0.3):
        shape = shape[1:]
    return net.add("Expand", [x, net.ints(*shape)])


def tile(net):
    x = picked(net, range(2, 5))
    return net.add("Tile", [x, net.ints(1, *[net.integer(1, 3) for _ in range(x.rank - 1)])])


def resize(net):
    x = picked(net, [3, 4])
    mode = net.of("nearest", "linear", "nearest", "linear", "cubic")
    axes = x.rank - 2
    factors = [net.of(2.0, 1.5, 0.5, 1.0, 3.0, 0.7) for _ in range(axes)]
    if net.opset < 11:
        if mode == "cubic":
            raise Reject("too new")
        scales = net.const(np.asarray([1, 1, *factors], np.float32))
        if net.opset >= 10:
            return net.add("Resize", [x, scales], mode=mode)
        if min(factors) < 1:
            raise Reject("smaller")
        if net.opset == 9:
            return net.add("Upsample", [x, scales], mode=mode)
        return net.add("Upsample", [x], scales=[1.0, 1.0, *factors], mode=mode)
    made = {"mode": mode, "coordinate_transformation_mode":
            net.of(None, "half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel")}
    if mode == "nearest":
        made["nearest_mode"] = net.of(None, "round_prefer_floor", "round_prefer_ceil", "floor", "ceil")
    if mode == "cubic":
        made |= {"cubic_coeff_a": net.of(None, -0.5), "exclude_outside": net.of(None, 1)}
    if mode != "nearest" and net.opset >= 18 and net.chance(0.15):
        made["antialias"] = 1
    roi = None if net.opset >= 13 else net.const(np.zeros(0, np.float32))
    if net.chance(0.4):
        sizes = [max(1, int(size * factor)) for size, factor in zip(x.shape[2:], factors)]
        if net.opset >= 18:
            return net.add("Resize", [x, roi, None, net.ints(*sizes)], axes=list(range(2, x.rank)), **made)
        if net.batches != (1,):
            raise Reject("batch")
        empty = None if net.opset >= 13 else net.const(np.zeros(0, np.float32))
        return net.add("Resize", [x, roi, empty, net.ints(1, x.shape[1], *sizes)], **made)
    return net.add("Resize", [x, roi, net.const(np.asarray([1, 1, *factors], np.float32))], **made)


def depth_to_space(net):
    x = picked(net, [4])
    if x.shape[1] % 4 == 0 and net.chance(0.6):
        return net.add("DepthToSpace", [x], blocksize=2, mode=net.of(None, "DCR", "CRD") if net.opset >= 11 else None)
    if x.shape[2] % 2 == 0 and x.shape[3] % 2 == 0:
        return net.add("SpaceToDepth", [x], blocksize=2)
    raise Reject("sizes")


def computed_reshape(net):
    """What PyTorch's x.view(x.size(0), -1) becomes."""
    x = picked(net, range(3, 5))
    shape = net.add("Shape", [x])
    first = net.add("Gather", [shape, net.const(np.int64(0))], axis=0)
    first = with_axes(net, "Unsqueeze", first, [0])
    target = net.add("Concat", [first, net.ints(-1)], axis=0)
    return net.add("Reshape", [x, target])


def computed_slice(net):
    """A half of an axis, whose size is computed of the shape."""
    x = picked(net, range(2, 5))
    axis = net.integer(1, x.rank - 1)
    if net.opset < 10 or x.shape[axis] < 2:
        raise Reject("size")
    size = net.add("Gather", [net.add("Shape", [x]), net.ints(axis)], axis=0)
    half = net.add("Div", [size, net.ints(2)])
    return net.add("Slice", [x, net.ints(0), half, net.ints(axis)])


def constant_of_shape(net):
    x = picked(net, range(2, 4))
    if net.opset < 9:
        raise Reject("too new")
    from onnx import helper
    value = helper.make_tensor("value", 1, [1], [net.of(0.5, -1.0)])
    ones = net.add("ConstantOfShape", [net.add("Shape", [x])], value=value)
    return net.add("Add", [x, ones])


def trilu(net):
    x = picked(net, range(2, 5))
    if net.opset < 14:
        raise Reject("too new")
    if x.rank < 3:
        raise Reject("the batch is an axis of it")
    k = [net.const(np.int64(net.integer(-1, 1)))] if net.chance(0.5) else []
    return net.add("Trilu", [x, *k], upper=net.of(None, 0, 1))


def einsum(net):
    x = picked(net, [2, 3])
    if net.opset < 12:
        raise Reject("too new")
    if x.rank == 2:
        return net.add("Einsum", [x, net.weights(x.shape[1], net.integer(1, 6))], equation="bi,ij->bj")
    w = net.weights(x.shape[2], net.integer(1, 6))
    return net.add("Einsum", [x, w], equation=net.of("bij,jk->bik", "bij,jk->bki", "bij,jk->bk"))


SHAPES = [(reshape, 7), (flatten, 5), (transpose, 6), (unsqueeze, 3), (squeeze, 3), (concat, 5), (split, 3), (slice_, 5), (pad, 5),
          (gather, 4), (embedding, 1), (expand, 2), (tile, 2), (resize, 6), (depth_to_space, 2), (computed_reshape, 2),
          (computed_slice, 1), (constant_of_shape, 1), (trilu, 1), (einsum, 1)]

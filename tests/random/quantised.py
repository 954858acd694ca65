"""Numbers that are stored as 8-bit integers: quantised weights, pairs of QuantizeLinear and DequantizeLinear, and
operators that compute in integers."""

import numpy as np

from layers import picked, window
from net import Reject


def scale_of(net, value, dtype):
    """A scale and a zero point for a value, as constants."""
    low, high = min(0.0, value.least()), max(0.0, value.most(), 1e-3)
    if dtype == np.uint8:
        scale = (high - low) / 255
        zero = int(np.clip(round(-low / scale), 0, 255))
    else:
        scale = max(-low, high) / 127
        zero = 0 if net.chance(0.5) else net.integer(-20, 20)
    return net.const(np.float32(scale), "s"), net.const(np.asarray(zero, dtype), "z")


def pair(net, value=None):
    x = value or picked(net, range(1, 5))
    if net.opset < 10:
        raise Reject("too new")
    scale, zero = scale_of(net, x, net.of(np.uint8, np.int8))
    q = net.add("QuantizeLinear", [x, scale, zero])
    return net.add("DequantizeLinear", [q, scale, zero])


def stored(net, array, axis=None):
    """Weights as int8 behind a DequantizeLinear."""
    if axis is not None and net.opset < 13:
        axis = None
    other = None if axis is None else tuple(a for a in range(array.ndim) if a != axis)
    scale = np.maximum(np.abs(array).max(axis=other, keepdims=other is not None) / 127, 1e-6).astype(np.float32)
    q = net.const(np.clip(np.round(array / scale), -127, 127).astype(np.int8), "q")
    s = net.const(scale.reshape(-1) if axis is not None else np.float32(scale), "s")
    zero = [net.const(np.zeros(s.shape, np.int8), "z")] if net.chance(0.7) else []
    return net.add("DequantizeLinear", [q, s, *zero], axis=axis)


def quantised_conv(net):
    x = picked(net, [4])
    x = pair(net, x) if net.chance(0.6) else x
    made = window(net, x, 2)
    w = stored(net, net.weights(net.integer(1, 8), x.shape[1], *made["kernel_shape"]).runs[0], net.of(None, 0))
    y = net.add("Conv", [x, w, *([net.weights(w.shape[0], scale=0.5)] if net.chance(0.6) else [])], **made)
    return pair(net, y) if net.chance(0.5) else y


def quantised_dense(net):
    x = picked(net, [2])
    x = pair(net, x) if net.chance(0.6) else x
    if net.chance(0.5):
        w = stored(net, net.weights(net.integer(1, 20), x.shape[1]).runs[0], net.of(None, 0))
        y = net.add("Gemm", [x, w, net.weights(w.shape[0], scale=0.5)], transB=1)
    else:
        y = net.add("MatMul", [x, stored(net, net.weights(x.shape[1], net.integer(1, 20)).runs[0], net.of(None, 1))])
    return pair(net, y) if net.chance(0.5) else y


def integer_form(net):
    """QLinearConv, QLinearMatMul, ConvInteger, MatMulInteger, DynamicQuantizeLinear."""
    if net.opset < 10:
        raise Reject("too new")
    kind = net.of("QLinearConv", "QLinearMatMul", "ConvInteger", "MatMulInteger", "DynamicQuantizeLinear")
    x = picked(net, [4] if "Conv" in kind else [2, 3])
    dtype = net.of(np.uint8, np.int8)
    if kind == "DynamicQuantizeLinear":
        if net.opset < 11:
            raise Reject("too new")
        q, s, z = net.add(kind, [x], outputs=3)
        return net.add("DequantizeLinear", [q, s, z])
    sx, zx = scale_of(net, x, dtype)
    q = net.add("QuantizeLinear", [x, sx, zx])
    made = window(net, x, 2, share_auto=0.1) if "Conv" in kind else {}
    shape = (net.integer(1, 6), x.shape[1], *made["kernel_shape"]) if made else (x.shape[-1], net.integer(1, 12))
    weights = net.weights(*shape).runs[0]
    scale = max(float(np.abs(weights).max()) / 127, 1e-6)
    w = net.const(np.clip(np.round(weights / scale), -127, 127).astype(np.int8), "q")
    sw, zw = net.const(np.float32(scale), "s"), net.const(np.int8(0), "z")
    if kind in ("ConvInteger", "MatMulInteger"):
        whole = net.add(kind, [q, w, zx, *([zw] if net.chance(0.5) else [])], **made)
        return net.add("Mul", [net.add("Cast", [whole], to=1), net.const(sx.runs[0] * np.float32(scale))])
    plain = net.add("Conv" if made else "MatMul", [x, net.const(weights)], **made)
    sy, zy = scale_of(net, plain, dtype)
    if kind == "QLinearConv":
        b = [net.const((net.random.normal(0, 0.3, shape[0]) / (sx.runs[0] * scale)).astype(np.int32))]
        y = net.add(kind, [q, sx, zx, w, sw, zw, sy, zy, *(b if net.chance(0.6) else [])], **made)
    else:
        y = net.add(kind, [q, sx, zx, w, sw, zw, sy, zy])
    return net.add("DequantizeLinear", [y, sy, zy])


def moved(net):
    """Stored numbers that are moved or compared as they are."""
    if net.opset < 12:
        raise Reject("too new")
    x = picked(net, range(2, 5))
    scale, zero = scale_of(net, x, net.of(np.uint8, np.int8))
    q = net.add("QuantizeLinear", [x, scale, zero])
    kind = net.integer(0, 5)
    if kind == 0 and x.rank == 4:
        q = net.add("MaxPool", [q], **window(net, x, 2, share_auto=0.2))
    elif kind == 1:
        q = net.add("Transpose", [q], perm=[0, *(1 + net.random.permutation(x.rank - 1)).tolist()])
    elif kind == 2:
        q = net.add("Flatten", [q])
    elif kind == 3:
        q = net.add("Concat", [q, q], axis=1)
    elif kind == 4:
        q = net.add("Slice", [q, net.ints(0), net.ints(net.integer(1, x.shape[1])), net.ints(1)])
    return net.add("DequantizeLinear", [q, scale, zero])


QUANTISED = [(moved, 3), (pair, 4), (quantised_conv, 4), (quantised_dense, 4), (integer_form, 5)]

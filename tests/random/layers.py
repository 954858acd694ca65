"""Layers: convolutions, dense layers, recurrent ones, pools and normalisations, with all their attributes."""

import numpy as np

from net import Reject

AUTO_PADS = ["SAME_UPPER", "SAME_LOWER", "VALID", "NOTSET"]


def picked(net, ranks, batched=True):
    """A real value of one of the ranks, mostly the last one; its axes are made to be of a rank where none is."""
    fitting = [value for value in net.values
               if value.real and value.rank in ranks and (value.batched or not batched) and not value.constant]
    if not fitting:
        raise Reject("nothing fits")
    return fitting[-1] if net.chance(0.7) else net.of(*fitting)


def window(net, value, axes, share_auto=0.3):
    """Attributes of a window that moves over the last axes of `value`."""
    sizes = value.shape[-axes:]
    kernel = [net.integer(1, min(5, size)) for size in sizes]
    made = {"kernel_shape": kernel}
    if net.chance(0.6):
        made["strides"] = [net.integer(1, 3) for _ in range(axes)]
    if net.chance(share_auto):
        made["auto_pad"] = net.of(*AUTO_PADS)
    elif net.chance(0.6):
        pads = [net.integer(0, k - 1) if k > 1 else 0 for k in kernel * 2]
        made["pads"] = pads[:axes] * 2 if net.chance(0.5) else pads
    return made


def conv(net):
    axes = net.of(1, 2, 2, 2)
    x = picked(net, [axes + 2])
    channels = x.shape[1]
    group = net.of(1, 1, *[g for g in range(1, channels + 1) if channels % g == 0])
    if net.chance(0.2):
        group = channels
    outputs = group * net.integer(1, max(1, 12 // group))
    made = window(net, x, axes)
    if net.chance(0.3) and not made.get("auto_pad", "").startswith("SAME"):
        made["dilations"] = [net.integer(1, 2) for _ in range(axes)]
    w = net.weights(outputs, channels // group, *made["kernel_shape"])
    b = net.weights(outputs, scale=0.5) if net.chance(0.7) else None
    if net.chance(0.3):
        del made["kernel_shape"]
    return net.add("Conv", [x, w, b], group=group if group > 1 else None, **made)


def conv_transpose(net):
    axes = net.of(1, 2, 2)
    x = picked(net, [axes + 2])
    channels = x.shape[1]
    group = net.of(1, 1, 1, channels)
    each = net.integer(1, 4)
    made = {"kernel_shape": [net.integer(1, 4) for _ in range(axes)]}
    if net.chance(0.6):
        made["strides"] = [net.integer(1, 3) for _ in range(axes)]
    strides = made.get("strides", [1] * axes)
    if net.chance(0.2):
        made["auto_pad"] = net.of(*AUTO_PADS)
    elif net.chance(0.5):
        made["pads"] = [net.integer(0, max(0, k - 1)) for k in made["kernel_shape"] * 2]
    if net.chance(0.3):
        made["output_padding"] = [net.integer(0, s - 1) for s in strides]
    if net.chance(0.15):
        made["dilations"] = [net.integer(1, 2) for _ in range(axes)]
    w = net.weights(channels, each, *made["kernel_shape"], scale=0.4)
    b = net.weights(each * group, scale=0.5) if net.chance(0.6) else None
    return net.add("ConvTranspose", [x, w, b], group=group if group > 1 else None, **made)


def gemm(net):
    x = picked(net, [2])
    rows, columns = net.integer(1, 40), x.shape[1]
    swapped = net.chance(0.5)
    w = net.weights(*((rows, columns) if swapped else (columns, rows)))
    shape = net.of((rows,), (rows,), (1, rows), (1,), (), None, None)
    c = None if shape is None else net.weights(*shape, scale=0.5)
    if c is None and net.opset < 11:
        c = net.weights(rows, scale=0.5)
    made = {"transB": int(swapped) if swapped or net.chance(0.3) else None}
    if net.chance(0.3):
        made |= {"alpha": net.of(0.5, 2.0, -1.0, 1.0), "beta": net.of(0.25, 1.0, -2.0, 0.0)}
    if net.chance(0.1):
        # Both turned: the samples lie along the second axis in front of it.
        x = net.add("Transpose", [x], perm=[1, 0])
        made["transA"] = 1
    return net.add("Gemm", [x, w, c], **made)


def matmul(net):
    x = picked(net, [2, 3, 4])
    kind = net.integer(0, 9)
    if kind < 6:
        return net.add("MatMul", [x, net.weights(x.shape[-1], net.integer(1, 20))])
    if kind == 6:
        return net.add("MatMul", [x, net.weights(x.shape[-1])])
    if kind == 7 and x.rank > 2:
        return net.add("MatMul", [net.weights(net.integer(1, 12), x.shape[-2]), x])
    if kind == 8 and x.rank > 2:
        turned = net.add("Transpose", [x], perm=[*range(x.rank - 2), x.rank - 1, x.rank - 2])
        pair = [x, turned] if net.chance(0.5) else [turned, x]
        return net.add("MatMul", pair)
    if x.rank > 2:
        lead = x.shape[1:-2]
        return net.add("MatMul", [x, net.weights(*lead, x.shape[-1], net.integer(1, 9), scale=0.4)])
    raise Reject("no pair")


def dense(net):
    """A MatMul with an Add behind it."""
    x = picked(net, [2, 3])
    width = net.integer(1, 40)
    y = net.add("MatMul", [x, net.weights(x.shape[-1], width)])
    b = net.weights(*net.of((width,), (1, width), (1,), ()), scale=0.5)
    return net.add("Add", [y, b] if net.chance(0.5) else [b, y])


def state(net, op, directions, hidden):
    """Lengths of the sequences, states before the first step, and peepholes, some of them."""
    lengths = net.const(np.asarray([net.integer(1, 3)], np.int32)) if net.chance(0.3) else None
    first = net.weights(directions, 1, hidden, scale=0.5) if net.chance(0.6) else None
    if op != "LSTM":
        return [lengths, first]
    cells = net.weights(directions, 1, hidden, scale=0.5) if net.chance(0.6) else None
    peepholes = net.weights(directions, 3 * hidden, scale=0.3) if net.chance(0.2) else None
    return [lengths, first, cells, peepholes]


def recurrent(net):
    x = picked(net, [3])
    op, gates = net.of(("LSTM", 4), ("LSTM", 4), ("GRU", 3), ("GRU", 3), ("RNN", 1))
    direction = net.of(None, "forward", "reverse", "bidirectional")
    directions = 2 if direction == "bidirectional" else 1
    hidden, features = net.integer(1, 8), x.shape[2]
    layout = int(net.opset >= 14 and net.chance(0.2))
    batch_first = bool(layout)
    if not batch_first:
        x = net.add("Transpose", [x], perm=[1, 0, 2])
    w = net.weights(directions, gates * hidden, features, scale=0.4)
    r = net.weights(directions, gates * hidden, hidden, scale=0.4)
    b = net.weights(directions, 2 * gates * hidden, scale=0.3) if net.chance(0.7) else None
    made = {"hidden_size": hidden, "direction": direction, "layout": layout or None}
    if op == "GRU" and net.chance(0.7):
        made["linear_before_reset"] = 1
    if net.chance(0.1):
        made["clip"] = 0.5
    if net.chance(0.1):
        made["activations"] = {"LSTM": ["Sigmoid", "Tanh", "Relu"], "GRU": ["Sigmoid", "Relu"],
                               "RNN": ["Relu"]}[op] * directions
    if op == "LSTM" and net.chance(0.08):
        made["input_forget"] = 1
    more = state(net, op, directions, hidden) if net.batches == (1,) and net.chance(0.4) else []
    found = net.add(op, [x, w, r, b, *more], outputs=3 if op == "LSTM" else 2, **made)
    if batch_first:
        return net.add("Reshape", [found[0], net.ints(0, -1)])
    if net.chance(0.5):
        # The state behind the last step: directions, batch, hidden.
        last = net.add("Transpose", [net.of(*found[1:])], perm=[1, 0, 2])
        return net.add("Flatten", [last])
    every = net.add("Transpose", [found[0]], perm=[2, 0, 1, 3])
    return net.add("Reshape", [every, net.ints(0, 0, -1)])


def pool(net):
    axes = net.of(1, 2, 2, 2)
    x = picked(net, [axes + 2])
    op = net.of("MaxPool", "AveragePool")
    made = window(net, x, axes)
    if net.opset >= 10 and net.chance(0.4):
        made["ceil_mode"] = 1
    if op == "AveragePool" and net.chance(0.5):
        made["count_include_pad"] = net.integer(0, 1)
    if net.chance(0.15) and net.opset >= (10 if op == "MaxPool" else 19):
        made["dilations"] = [net.integer(1, 2) for _ in range(axes)]
    if op == "MaxPool" and net.opset >= 8 and net.chance(0.1):
        made["storage_order"] = 0
    return net.add(op, [x], **made)


def global_pool(net):
    x = picked(net, [3, 4, 5])
    return net.add(net.of("GlobalAveragePool", "GlobalMaxPool"), [x])


def batch_norm(net):
    x = picked(net, [2, 3, 4])
    count = x.shape[1]
    positive = net.const(net.random.uniform(0.2, 2, count).astype(np.float32), "var")
    shift = [net.weights(count, scale=0.5) for _ in range(3)]
    made = {"epsilon": net.of(None, 1e-3, 0.1), "momentum": net.of(None, 0.99)}
    if net.opset < 9 and net.chance(0.2):
        made["spatial"] = 1
    return net.add("BatchNormalization", [x, *shift, positive], **made)


def normalisation(net):
    kinds = ["InstanceNormalization", "LayerNormalization", "LpNormalization"]
    kind = net.of(*kinds * 3, "GroupNormalization", "RMSNormalization", "MeanVarianceNormalization", "LRN")
    x = picked(net, [2, 3, 4] if kind in ("LayerNormalization", "LpNormalization", "RMSNormalization") else [3, 4])
    if kind == "LpNormalization":
        return net.add(kind, [x], axis=net.integer(1, x.rank - 1) if net.chance(0.7) else None, p=net.of(None, 1, 2))
    if kind == "InstanceNormalization":
        return net.add(kind, [x, net.weights(x.shape[1], scale=1), net.weights(x.shape[1], scale=1)],
                       epsilon=net.of(None, 1e-3))
    if kind in ("LayerNormalization", "RMSNormalization"):
        axis = net.integer(1, x.rank - 1)
        scale = net.weights(*x.shape[axis:], scale=1)
        bias = [net.weights(*x.shape[axis:], scale=1)] if net.chance(0.6) and kind[0] == "L" else []
        shown = axis - x.rank if net.chance(0.5) else axis
        return net.add(kind, [x, scale, *bias], axis=shown, epsilon=net.of(None, 1e-2))
    if kind == "GroupNormalization":
        groups = net.of(*[g for g in range(1, x.shape[1] + 1) if x.shape[1] % g == 0])
        count = x.shape[1] if net.opset >= 21 else groups
        return net.add(kind, [x, net.weights(count, scale=1), net.weights(count, scale=1)], num_groups=groups)
    if kind == "LRN":
        return net.add(kind, [x], size=net.of(1, 3, 5), alpha=net.of(None, 0.1), beta=net.of(None, 0.5))
    axes = list(range(2, x.rank))
    return net.add(kind, [x], axes=axes if x.rank != 4 or net.chance(0.5) else None)


def attention(net):
    """Dot products of a value with itself, as transformers have them."""
    x = picked(net, [3])
    width = x.shape[2]
    key = net.add("MatMul", [x, net.weights(width, width)])
    turned = net.add("Transpose", [key], perm=[0, 2, 1])
    scores = net.add("MatMul", [x, turned])
    scores = net.add("Div", [scores, net.const(np.float32(width**0.5))])
    return net.add("MatMul", [net.add("Softmax", [scores], axis=2 if net.opset < 13 else -1), x])


LAYERS = [(conv, 10), (conv_transpose, 3), (gemm, 7), (matmul, 6), (dense, 6), (recurrent, 4), (pool, 8), (global_pool, 2),
          (batch_norm, 4), (normalisation, 4), (attention, 1)]

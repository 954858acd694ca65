"""What is right: the reference, one sample at a time, and how much of it is the rounding that a model amplifies."""

import numpy as np
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from peers import Onnx
from tolerance import LOGISTIC, NEAR_ONE, NOISE_FACTOR, ROUNDING, SHORT_REALS, UNIT, allowed, units

# Runs with noise behind every node that rounds; more where some may fall to the other side of a half step.
NOISY_RUNS, MORE_RUNS = 6, 100
# Nodes behind which noise is as large as that of the largest number: sums cancel.
TERMS = set("""Conv ConvTranspose Gemm MatMul ReduceMean ReduceSum ReduceL1 ReduceLogSum BatchNormalization InstanceNormalization
LayerNormalization GroupNormalization Add Sub Sum Mean AveragePool GlobalAveragePool Resize CumSum Einsum LSTM GRU RNN
LpNormalization MeanVarianceNormalization Mod Sin Cos QLinearConv QLinearMatMul DequantizeLinear
QuantizeLinear DynamicQuantizeLinear""".split())


# Which input is the scale of what these give: noise on it is that of the sum before it is rounded to a step.
SCALES = {"QuantizeLinear": 1, "QLinearConv": 6, "QLinearMatMul": 6}


class Unrunnable(Exception):
    """The reference itself refuses the model."""


def batch_of(model):
    """How many samples the file wants at a time, where it says; else 1."""
    return max(1, model.graph.input[0].type.tensor_type.shape.dim[0].dim_value)


def each(model, inputs):
    """The samples of all inputs, one by one, or as many at a time as the file wants; the last ones again where
    too few are left. With each batch the number of its samples."""
    count, batch = len(inputs[0][1]), batch_of(model)
    for first in range(0, count, batch):
        places = np.minimum(np.arange(first, first + batch), count - 1)
        yield {name: array[places] for name, array in inputs}, min(batch, count - first)


def flat(found):
    return np.asarray(found).astype(np.float64).reshape(-1)


def rows(found, batch, kept):
    """An output as samples x values."""
    found = np.asarray(found).astype(np.float64)
    if batch > 1 and (found.ndim == 0 or found.shape[0] != batch):
        raise ValueError("the output has not one row per sample")
    return found.reshape(batch, -1)[:kept]


class Reference:
    """A model in onnxruntime, or, where that lacks an operator, in onnx's reference evaluator."""

    def __init__(self, model):
        self.model = model
        try:
            self.session = Onnx(model.SerializeToString())
            self.run_one = self.session.run
        except Exception as error:
            if "NOT_IMPLEMENTED" not in str(error):
                raise Unrunnable(str(error)) from error
            evaluator = ReferenceEvaluator(model)
            self.run_one = lambda feed: evaluator.run(None, feed)

    def outputs(self, inputs, index=0):
        """What output `index` is for each sample: samples x values."""
        try:
            batch = batch_of(self.model)
            found = [rows(self.run_one(feed)[index], batch, kept) for feed, kept in each(self.model, inputs)]
        except Exception as error:
            raise Unrunnable(str(error)) from error
        if len({part.shape[1] for part in found}) != 1:
            raise Unrunnable("as many values for every sample are needed")
        return np.concatenate(found)


def agrees(ours, theirs, nodes, factor=1.0):
    """Whether `ours` is `theirs` up to the rounding of `nodes`."""
    least = 1.0 if any(node.op_type in NEAR_ONE for node in nodes) else 0.0
    largest = np.max(np.abs(theirs[np.isfinite(theirs)]), initial=least)
    return within(ours, theirs, allowed(nodes) * factor * UNIT * largest)


def within(ours, theirs, tolerance):
    if ours.shape != theirs.shape:
        return False
    with np.errstate(invalid="ignore"):
        close = np.abs(ours - theirs) <= tolerance
    return bool(np.all(close | (ours == theirs) | (np.isnan(ours) & np.isnan(theirs))))


def noise(model, inputs, size=1.0, index=0, factor=NOISE_FACTOR, steps=None, runs=NOISY_RUNS):
    """By how much each output may change where every node that rounds is given noise of `size` roundings: `factor`
    times what it did in a few runs. Operators in `steps` round what they give to steps of that size."""
    random, reference = np.random.default_rng(0), Reference(model)
    right = reference.outputs(inputs, index)
    spread, batch, first = np.zeros_like(right), batch_of(model), 0
    for feed, kept in each(model, inputs):
        part = slice(first, first + kept)
        first += kept
        try:
            values = every_value(model, feed)
            for _ in range(runs):
                found = rows(Reference(noisy(model, values, random, size, steps or {})).run_one(feed)[index], batch, kept)
                spread[part] = np.fmax(spread[part], np.abs(found - right[part]))
        except Exception:
            # What cannot be measured excuses nothing.
            continue
    # A single value may be spared by chance: what most of its neighbours feel counts for it too.
    return factor * (spread + spread.mean(axis=1, keepdims=True))


def every_value(model, feed):
    """All values that nodes compute from one sample."""
    whole = type(model)()
    whole.CopyFrom(model)
    names = [name for node in model.graph.node for name in node.output if name]
    del whole.graph.output[:]
    whole.graph.output.extend(unnamed(name) for name in names)
    return {**feed, **dict(zip(names, Reference(whole).run_one(feed)))}


def unnamed(name):
    made = helper.make_tensor_value_info(name, TensorProto.FLOAT, None)
    made.ClearField("type")
    return made


def noisy(model, values, random, size, steps):
    """The model with noise on what each node that rounds reads, where it sums that, and on what it gives. Where
    shapes cannot be inferred as they are when run, one number is the noise of a whole value."""
    try:
        made = disturbed_model(model, values, random, size, steps)
        Onnx(made.SerializeToString())
        return made
    except Exception:
        bare = {name: np.max(np.abs(value), initial=0.0).astype(np.float32) if np.asarray(value).dtype == np.float32 else value
                for name, value in values.items()}
        return disturbed_model(model, bare, random, size, steps)


def disturbed_model(model, values, random, size, steps):
    """The model with an Add of noise, of the shape of each value, where that is due."""
    made = type(model)()
    made.CopyFrom(model)
    del made.graph.node[:]

    def disturbed(name, to, share, size, step=0.0):
        value = np.asarray(values[name])
        change = random.normal(0, 2 * UNIT * size, value.shape) * share(np.abs(value))
        change = (change + random.uniform(-step / 2, step / 2, value.shape)).astype(np.float32)
        made.graph.initializer.append(numpy_helper.from_array(change, f"{to}~noise"))
        return helper.make_node("Add", [name if to != name else f"{name}~", f"{to}~noise"], [to])

    def real(name):
        return name in values and np.asarray(values[name]).dtype == np.float32

    def short(name):
        """What a value in a short real type has been rounded by; noise is laid on it where it is float32 again."""
        return {"float16": SHORT_REALS[10], "bfloat16": SHORT_REALS[16]}.get(str(np.asarray(values.get(name, 0)).dtype), 0)

    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    for number, node in enumerate(model.graph.node):
        cast = node.op_type == "Cast"
        copy, behind = type(node)(), []
        rounds = size * (max(units(node), short(node.input[0])) / 4 if cast else units(node) / ROUNDING)
        copy.CopyFrom(node)
        if rounds and node.op_type in TERMS and node.input and real(node.input[0]):
            copy.input[0] = f"{node.input[0]}~{number}"
            made.graph.node.append(disturbed(node.input[0], copy.input[0], lambda value: value, rounds))
        for index, name in enumerate(node.output):
            if rounds and real(name):
                share = share_of(node.op_type)
                if node.op_type == "InstanceNormalization":
                    share = normalised(node, values)
                copy.output[index] = f"{name}~"
                behind.append(disturbed(name, name, share, rounds, steps.get(node.op_type, 0.0)))
        scale = stored.get(node.input[SCALES[node.op_type]]) if node.op_type in SCALES else None
        if scale is not None and scale.dtype == np.float32:
            copy.input[SCALES[node.op_type]] += f"~{number}"
            moved = (scale * (1 + random.normal(0, 2 * UNIT * size, scale.shape))).astype(np.float32)
            made.graph.initializer.append(numpy_helper.from_array(np.asarray(moved), copy.input[SCALES[node.op_type]]))
        made.graph.node.extend([copy, *behind])
    return made


def normalised(node, values):
    """What a normalisation makes of the rounding of its input where that hardly varies."""
    epsilon = next((attribute.f for attribute in node.attribute if attribute.name == "epsilon"), 1e-5)
    largest = np.max(np.abs(values[node.input[0]]), initial=0.0) / np.sqrt(epsilon)
    return lambda value: np.maximum(np.max(value, initial=0.0), largest)


def share_of(operator):
    """What the noise behind an operator is a share of."""
    if operator in NEAR_ONE | LOGISTIC:
        return lambda value: np.maximum(value, 1.0)
    return (lambda value: np.max(value, initial=0.0)) if operator in TERMS else lambda value: value


def second_opinion(model, inputs, index=0):
    """What onnx's reference evaluator gives, or None where it does not run the model."""
    try:
        evaluator = ReferenceEvaluator(model)
        batch = batch_of(model)
        return np.concatenate([rows(evaluator.run(None, feed)[index], batch, kept) for feed, kept in each(model, inputs)])
    except Exception:
        return None


def orders_nan(model, inputs):
    """Whether a node puts values in order of which some are no numbers."""
    orders = [node.input[0] for node in model.graph.node if node.op_type in ("TopK", "ArgMax", "ArgMin")]
    if not orders:
        return False
    try:
        values = [every_value(model, feed) for feed, _ in each(model, inputs)]
    except Exception:
        return False
    return any(np.isnan(np.asarray(found[name], np.float64)).any() for found in values for name in orders if name in found)

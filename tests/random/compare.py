"""Asks our program about a model, and holds each answer against the reference. What is refused in words is fine and
counted by its sentence; what differs without a word, panics, ends the program or hangs is a finding."""

import io
import re
from collections import Counter

import numpy as np
import onnx
from onnx import helper, numpy_helper

from peers import Dead, Lite
from reference import MORE_RUNS, NOISY_RUNS, Reference, Unrunnable, agrees, flat, noise, orders_nan, second_opinion, within
from tolerance import FIXED_STEPS, FULL_RANK, FULL_RANK_NOISE, INT8_SHARE, NEAR_ONE_ON_DEVICE, QUANTISED, STEP_NOISE

STAGES = ["evaluate", "plans", "tflite", "artifact"]
CALIBRATION = 24
# Values of which no spread can be told.
FEW = 6
# Plans that change nothing but the form.
FULL = "plan full"


class Finding:
    """Something wrong at a stage."""

    def __init__(self, stage, kind, text, output=None):
        self.stage, self.kind, self.text, self.output = stage, kind, text, output

    @property
    def key(self):
        """What a smaller case must have in common with it."""
        place = re.sub(r"\d+", "", self.text[:60]) if self.kind == "panic" else "shape" if " values for [" in self.text else ""
        return (self.stage, self.kind, place)


class Outcome:
    """What became of one case."""

    def __init__(self):
        self.findings, self.refused, self.passed = [], Counter(), Counter()

    def find(self, stage, kind, text, output=None):
        self.findings.append(Finding(stage, kind, text, output))


def npz(arrays):
    stored = io.BytesIO()
    np.savez(stored, **arrays)
    return stored.getvalue()


def sentence(said):
    """A refusal without its names and numbers."""
    said = re.sub(r"'[^']*'", "'…'", said)
    return re.sub(r"\d+(\.\d+)?", "#", said)[:150]


class Checker:
    """Asks `core`, our program, and `board`, the C runtime."""

    def __init__(self, core, board=None):
        self.core, self.board = core, board

    def alone(self):
        """Leaves the programs that run to the process that started them."""
        for program in filter(None, (self.core, self.board)):
            program.process = None

    def onnx(self, case, stages):
        """Checks a drawn ONNX model."""
        outcome = Outcome()
        try:
            reference = Reference(case.model)
            right = [reference.outputs(case.inputs, index) for index in range(len(case.model.graph.output))]
        except (Unrunnable, Exception) as error:
            outcome.refused[f"reference: {sentence(str(error))}"] += 1
            return outcome
        content = case.model.SerializeToString()
        for index, output in enumerate(case.model.graph.output):
            named = output.name if index else None
            asked = stages if index == 0 else ["evaluate"]
            answer = self.ask(outcome, ("m.onnx", content, named), case.inputs, asked)
            if answer is not None:
                names = [output.name for output in case.model.graph.output]
                # The first output that is real, where none is named.
                chosen = answer.get("open", {}).get("output")
                place = names.index(chosen) if chosen in names else index
                self.judge(outcome, case, answer, (right[place], place))
        return outcome

    def lite(self, case, stages):
        """Checks a drawn TensorFlow Lite file."""
        outcome = Outcome()
        try:
            model = Lite(case.content)
            right = np.stack([flat(model.run([sample])[0]) for sample in case.inputs[0][1]])
        except (RuntimeError, ValueError) as error:
            outcome.refused[f"reference: {sentence(str(error))}"] += 1
            return outcome
        answer = self.ask(outcome, ("m.tflite", case.content, None), case.inputs, [*stages, "onnx"])
        if answer is None:
            return outcome
        self.said(outcome, answer, None)
        ours = outputs(answer.get("evaluate"))
        if ours is None or "file" not in answer.get("onnx", {}):
            return outcome
        as_onnx = onnx.load_from_string(answer["onnx"]["file"])
        inputs = [(as_onnx.graph.input[0].name, case.inputs[0][1])]
        model = Changed(as_onnx, inputs, case.operators)
        if case.quantities:
            step = case.quantities[-1][0]
            same = within(ours, right, 1.01 * step)
            same = same or within(ours, right, 1.01 * step + noise(as_onnx, inputs, STEP_NOISE, 0, 4.0))
            outcome.passed["evaluate"] += same
            if not same:
                outcome.find("evaluate", "differs", difference(ours, right))
        else:
            same = self.same(outcome, "evaluate", model, (ours, right, 0), 2.0)
        if same:
            self.forms(outcome, model, answer, (ours, 0))
        return outcome

    def ask(self, outcome, model, inputs, stages):
        name, content, output = model
        arrays = dict(inputs)
        blobs = [content, npz(arrays)]
        if "tflite" in stages or "plans" in stages:
            random = np.random.default_rng(7)
            blobs.append(npz({key: calibration(array, random) for key, array in arrays.items()}))
        question = {"name": name, "output": output, "work": stages, "seed": 5}
        try:
            line, pieces = self.core.ask(question, blobs)
        except Dead as error:
            outcome.find("open", "abort", str(error), output)
            return None
        found = {}
        for stage in line["stages"]:
            for key in ("outputs", "onnx", "file", "read", "given"):
                if key in stage and isinstance(stage[key], int):
                    stage[key] = pieces[stage[key]]
            found[stage["stage"]] = stage
        return found

    def judge(self, outcome, case, answer, given):
        right, index = given
        self.said(outcome, answer, case.model.graph.output[index].name)
        opened = answer.get("open", {})
        warned = [text for text in opened.get("warnings", []) if text.startswith("Results may differ")]
        ours = outputs(answer.get("evaluate"))
        if ours is None:
            return
        if warned:
            outcome.refused[f"warned: {sentence(warned[0])}"] += 1
        elif not self.same(outcome, "evaluate", case, (ours, right, index)):
            return
        self.forms(outcome, case, answer, (ours, index))

    def said(self, outcome, answer, output):
        """Notes what was refused in words, and what panicked."""
        for stage, said in answer.items():
            if "panic" in said:
                outcome.find(stage, "panic", said["panic"], output)
            elif "refused" in said:
                outcome.refused[f"{stage.split(' ')[0]}: {sentence(said['refused'])}"] += 1
        if answer.get("open", {}).get("evaluation"):
            outcome.refused[f"open: {sentence(answer['open']['evaluation'])}"] += 1

    def forms(self, outcome, case, answer, given):
        """Checks what was made of the model."""
        ours, index = given
        for stage, said in answer.items():
            if stage.startswith("plan "):
                self.plan(outcome, case, (stage, said), given)
        self.files(outcome, case, answer, given)
        if self.board is not None:
            self.c_runtime(outcome, answer)

    def same(self, outcome, stage, case, given, size=1.0):
        """Whether ours is right, up to rounding and what the model makes of it."""
        ours, right, index = given
        nodes = case.model.graph.node
        if agrees(ours, right, nodes, size):
            outcome.passed[stage] += 1
            return True
        if ours.shape == right.shape:
            runs = MORE_RUNS if quantised(case) else NOISY_RUNS
            spread = noise(case.model, case.inputs, size, index, runs=runs)
            if within(ours, right, spread + 1e-30) or quantised(case) and stage != "evaluate" and eight_bits(ours, right):
                outcome.passed[f"{stage}, amplified"] += 1
                return True
        if orders_nan(case.model, case.inputs):
            outcome.refused["reference: no one says where NaN stands in an order"] += 1
            return True
        text = difference(ours, right)
        other = second_opinion(case.model, case.inputs, index)
        if other is not None and other.shape == ours.shape:
            judge = agrees(ours, other, nodes, size), agrees(right, other, nodes, size)
            text += {(True, False): "; onnx.reference agrees with us", (False, True): "; onnx.reference agrees with onnxruntime"}.get(judge, "")
            if judge == (True, False):
                outcome.refused[f"onnxruntime against onnx.reference: {' '.join(sorted(set(case.operators)))}"] += 1
                return True
        outcome.find(stage, "differs", text, case.model.graph.output[index].name)
        return False

    def plan(self, outcome, case, named, given):
        (stage, said), (base, index) = named, given
        ours = outputs(said)
        if ours is None:
            return
        if stage.startswith(FULL):
            largest = np.max(np.abs(base), initial=0.0)
            if not within(ours, base, FULL_RANK * largest):
                spread = noise(case.model, case.inputs, FULL_RANK_NOISE, index)
                if not within(ours, base, spread):
                    outcome.find(stage, "differs", f"at full rank: {difference(ours, base)}")
                    return
        try:
            model = onnx.load_from_string(said["onnx"])
            written = Reference(model)
            theirs = written.outputs(case.inputs, index)
        except Exception as error:
            outcome.find(stage, "unreadable", f"the written .onnx does not run: {sentence(str(error))}")
            return
        changed = Changed(model, case.inputs, [node.op_type for node in model.graph.node])
        self.same(outcome, stage, changed, (ours, theirs, index), 4.0)

    def files(self, outcome, case, answer, given):
        """The files for devices, in LiteRT and in our runtime."""
        ours, index = given
        def order(stage):
            return answer.get(f"artifact {stage.split()[1]}", {}).get("permutation")

        found = {stage: self.file(outcome, case, (stage, answer.get(stage)), order(stage))
                 for stage in ("tflite float", "tflite int8", "artifact float", "artifact int8")}
        step = last_step(answer.get("tflite int8", {}).get("file"))
        for stage, theirs in found.items():
            if theirs is None:
                continue
            forms = [form for form in theirs if form.shape == ours.shape]
            if stage.endswith("float"):
                good = self.real(case, forms, given)
            else:
                good = any(eight_bits(form, ours) for form in forms) or self.steps(case, forms, given, step)
            if good is None:
                outcome.refused["no reference: real numbers of a model that computes in steps"] += 1
            elif good:
                outcome.passed[stage] += 1
            else:
                outcome.find(stage, "differs", difference(theirs[0], ours))

    def steps(self, case, forms, given, step):
        """Whether a file of 8 bits is off by what steps between do to the model, or by one `step` of its output,
        where they are large beside the numbers that it gives."""
        ours, index = given
        spread = 1.01 * step + noise(case.model, case.inputs, STEP_NOISE, index, 4.0, FIXED_STEPS)
        return any(within(form, ours, spread) for form in forms)

    def real(self, case, forms, given):
        """Whether a file of real numbers is right; it is made without the steps between."""
        model, (right, index) = case.model, given
        if quantised(case):
            model = without_steps(case.model)
            if model is None:
                return None
            right = Reference(model).outputs(case.inputs, index)
        near_one = any(node.op_type in NEAR_ONE_ON_DEVICE for node in model.graph.node)
        largest = max(np.max(np.abs(right), initial=0.0), 0.01 if near_one else 0.0)
        if any(within(form, right, 3e-5 * largest) for form in forms):
            return True
        spread = noise(model, case.inputs, 8.0, index)
        return any(within(form, right, spread) for form in forms)

    def file(self, outcome, case, named, order):
        """The numbers that a file gives, in each order of axes that its output may have."""
        stage, said = named
        if said is None or "file" not in said:
            return None
        if stage.startswith("artifact"):
            return [outputs(said)]
        try:
            model = Lite(said["file"])
            samples = [np.concatenate([np.ravel(array[i]) for _, array in case.inputs]) for i in range(len(case.inputs[0][1]))]
            rows = []
            for sample in samples:
                shape = model.model.get_input_details()[0]["shape"]
                rows.append(model.run([last(sample, shape, case, order)])[0])
        except Exception as error:
            outcome.find(stage, "unreadable", f"LiteRT does not run the file: {sentence(str(error))}")
            return None
        stacked = np.stack(rows).astype(np.float64)
        first = np.moveaxis(stacked, -1, 2) if stacked.ndim > 3 else stacked
        return [first.reshape(len(rows), -1), stacked.reshape(len(rows), -1)]

    def c_runtime(self, outcome, answer):
        for stage in ("artifact float", "artifact int8"):
            said = answer.get(stage, {})
            if "file" not in said:
                continue
            try:
                line, (found,) = self.board.ask({"samples": said["shape"][0]}, [said["file"], said["read"]])
            except Dead as error:
                outcome.find(stage, "C aborts", str(error))
                continue
            if line["status"] == 0 and found == said["given"]:
                outcome.passed[f"C {stage}"] += 1
            else:
                outcome.find(stage, "C differs", f"status {line['status']}")


def without_steps(model):
    """The model with each QuantizeLinear and the DequantizeLinear behind it left out, but for the ends of a range
    that stands for a ReLU; None where more is in steps."""
    made = onnx.ModelProto()
    made.CopyFrom(model)
    del made.graph.node[:]
    steps = {node.output[0]: node for node in model.graph.node if node.op_type == "QuantizeLinear"}
    kept = []
    for node in model.graph.node:
        if node.op_type == "DequantizeLinear" and node.input[0] in steps:
            kept.extend(cut(model, steps[node.input[0]], node.output[0]))
        else:
            kept.append(node)
    needed = {output.name for output in model.graph.output}
    for node in reversed(kept):
        if needed & set(node.output):
            needed |= set(node.input)
            made.graph.node.insert(0, node)
    return None if quantised(Changed(made, [], [])) else made


def cut(model, node, output):
    """The nodes that a QuantizeLinear and its DequantizeLinear are instead of: nothing, a ReLU or one up to 6."""
    known = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    known |= {made.output[0]: numpy_helper.to_array(made.attribute[0].t) for made in model.graph.node if made.op_type == "Constant"}
    scale, zero = known.get(node.input[1]), known.get(node.input[2]) if len(node.input) > 2 else np.uint8(0)
    if scale is None or zero is None or np.size(scale) != 1:
        return [helper.make_node("Identity", [node.input[0]], [output])]
    if float(np.ravel(zero)[0]) != (-128 if np.asarray(zero).dtype == np.int8 else 0):
        return [helper.make_node("Identity", [node.input[0]], [output])]
    step = float(np.ravel(scale)[0])
    if abs(255 * step - 6) > step / 2:
        return [helper.make_node("Relu", [node.input[0]], [output])]
    six = f"{output}~six"
    constant = helper.make_node("Constant", [], [six], value=numpy_helper.from_array(np.float32(6)))
    return [constant, helper.make_node("Min", [node.input[0], six], [f"{output}~cut"]), helper.make_node("Relu", [f"{output}~cut"], [output])]


def last_step(content):
    """The step of what a TensorFlow Lite file gives; 0 where there is none."""
    try:
        return Lite(content).steps()[0] if content else 0.0
    except (RuntimeError, ValueError):
        return 0.0


def quantised(case):
    return any(node.op_type in QUANTISED for node in case.model.graph.node)


class Changed:
    """A model that was written, as a case."""

    def __init__(self, model, inputs, operators):
        self.model, self.inputs, self.operators = model, inputs, operators


def last(sample, shape, case, order):
    """A sample with its channels last, as an image of `shape` has them."""
    if len(shape) < 4:
        return sample
    if order is not None:
        own = case.inputs[0][1].shape[1:]
        sample = np.ravel(np.transpose(sample.reshape(own), order))
    _, rows, columns, channels = shape
    return np.moveaxis(sample.reshape(channels, rows, columns), 0, -1)


def calibration(array, random):
    """More samples like those of an input."""
    shape = (CALIBRATION, *array.shape[1:])
    if array.dtype == bool:
        return random.random(shape) < 0.5
    if array.dtype.kind in "iu":
        return random.integers(int(array.min()), int(array.max()) + 1, shape).astype(array.dtype)
    made = random.normal(0, float(np.std(array)) or 1, shape).astype(array.dtype)
    made[: len(array)] = array
    return made


def outputs(said):
    if said is None or "outputs" not in said or "shape" not in said:
        return None
    return np.frombuffer(said["outputs"], np.float32).reshape(said["shape"]).astype(np.float64)


def eight_bits(found, right):
    """Whether `found` is `right` as closely as 8 bits allow; of a few values that says nothing."""
    if right.size < FEW:
        return True
    spread = float(np.std(right)) + 0.02 * float(np.max(np.abs(right), initial=0.0)) + 1e-9
    return float(np.sqrt(np.mean((found - right) ** 2))) <= INT8_SHARE * spread


def difference(ours, theirs):
    """How they differ, in words."""
    if ours.shape != theirs.shape:
        return f"{list(ours.shape)} values for {list(theirs.shape)}"
    with np.errstate(invalid="ignore"):
        off = np.abs(ours - theirs)
    off[np.isnan(off)] = np.inf
    off[(ours == theirs) | (np.isnan(ours) & np.isnan(theirs))] = 0
    worst = np.unravel_index(int(off.argmax()), off.shape)
    share = float((off > 1e-4 * np.max(np.abs(theirs), initial=1e-30)).mean())
    return f"{ours[worst]:.6g} for {theirs[worst]:.6g}, {100 * share:.0f} % of {off.size} values are off"

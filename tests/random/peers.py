"""Those who are asked besides us: onnxruntime without optimisation and LiteRT, each in this process; our own
program and the C runtime, each in a process of its own that answers as long as it lives."""

import json
import select
import struct
import subprocess
import time

import numpy as np
import onnxruntime as ort

ort.set_default_logger_severity(4)

# Seconds after which a program that does not answer is said to hang.
HANGS = 120


def options():
    made = ort.SessionOptions()
    made.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    made.intra_op_num_threads = made.inter_op_num_threads = 1
    made.log_severity_level = 4
    return made


class Onnx:
    """A model in onnxruntime."""

    def __init__(self, content):
        self.session = ort.InferenceSession(content, options(), providers=["CPUExecutionProvider"])

    def run(self, feed, outputs=None):
        return [np.asarray(found) for found in self.session.run(outputs, feed)]


class Lite:
    """A model in LiteRT, given and giving real numbers."""

    def __init__(self, content, keep=False):
        from ai_edge_litert.interpreter import Interpreter, OpResolverType
        resolver = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
        self.model = Interpreter(model_content=content, experimental_op_resolver_type=resolver, num_threads=1,
                                 experimental_preserve_all_tensors=keep)
        self.model.allocate_tensors()

    def run(self, values):
        """The outputs for one sample, flat; `values` are those of each input, in the file's order."""
        self.model.reset_all_variables()
        for given, value in zip(self.model.get_input_details(), values):
            stored = stored_as(np.reshape(value, given["shape"]), given["dtype"], given["quantization"])
            self.model.set_tensor(given["index"], stored)
        self.model.invoke()
        return [real(self.model.get_tensor(wanted["index"]), wanted["quantization"])
                for wanted in self.model.get_output_details()]

    def every(self, samples, tensors):
        """The values of `tensors` for all samples: one array for each, samples first."""
        details = {given["index"]: given for given in self.model.get_tensor_details()}
        found = [[] for _ in tensors]
        for sample in samples:
            self.run([sample])
            for values, index in zip(found, tensors):
                values.append(real(self.model.get_tensor(index), details[index]["quantization"]))
        return [np.stack(values) for values in found]

    def steps(self):
        """The step of each output; 0 of a real one."""
        return [float(wanted["quantization"][0]) for wanted in self.model.get_output_details()]


def stored_as(values, dtype, quantisation):
    scale, zero = quantisation
    if not scale:
        return values.astype(dtype)
    info = np.iinfo(dtype)
    return np.clip(np.round(values / np.float32(scale)) + zero, info.min, info.max).astype(dtype)


def real(stored, quantisation):
    scale, zero = quantisation
    return (stored.astype(np.float32) - zero) * np.float32(scale) if scale else stored.astype(np.float32)


class Dead(Exception):
    """The program ended, or hangs."""


class Program:
    """A program that is asked over its standard input. It is started anew after it has ended."""

    def __init__(self, command):
        self.command, self.process = command, None

    def start(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, bufsize=0)

    def ask(self, question, blobs):
        """The answer's line and blobs."""
        if self.process is None:
            self.start()
        line = json.dumps({**question, "blobs": [len(blob) for blob in blobs]}).encode()
        try:
            self.give(b"".join([struct.pack("<I", len(line)), line, *blobs]))
            answer = json.loads(self.take(struct.unpack("<I", self.take(4))[0]))
            return answer, [self.take(length) for length in answer["blobs"]]
        except (Dead, BrokenPipeError) as error:
            raise Dead(self.last_words() or str(error)) from error

    def give(self, content):
        rest = memoryview(content)
        while rest:
            rest = rest[self.process.stdin.write(rest) :]

    def take(self, length):
        parts, deadline = [], time.monotonic() + HANGS
        while length > 0:
            ready, _, _ = select.select([self.process.stdout], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                self.process.kill()
                raise Dead(f"no answer after {HANGS} s")
            part = self.process.stdout.read(length)
            if not part:
                raise Dead("the program ended")
            parts.append(part)
            length -= len(part)
        return b"".join(parts)

    def last_words(self):
        process, self.process = self.process, None
        process.kill()
        said = process.stderr.read().decode(errors="replace").strip().splitlines()
        process.wait()
        return f"ended with {process.returncode}: {' | '.join(said[-3:])}"

    def end(self):
        if self.process is not None:
            self.process.stdin.close()
            self.process.wait()

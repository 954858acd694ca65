"""Compares real TensorFlow Lite models in LiteRT and in Sepal's graph of them.

    cargo build --release -p sepal-core --example run_model
    python tests/conformance/tflite_reader_check.py target/release/examples/run_model DATA

DATA is a folder with models/ and data/ as the manifest in it says; its files are not part of the project.
Prints one line for each model; ends with 1 where one differs by more than it may.
"""

import gzip
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter

# Percentage points between LiteRT and Sepal.
POINTS = 0.3


def idx(path):
    content = gzip.open(path).read()
    axes = content[3]
    shape = [int.from_bytes(content[4 + 4 * i:8 + 4 * i], "big") for i in range(axes)]
    return np.frombuffer(content, np.uint8, offset=4 + 4 * axes).reshape(shape)


def samples(name, data):
    """Real inputs for a model in its own layout, and labels where there are some."""
    random = np.random.default_rng(1)
    if name.startswith("lenet"):
        x, y = idx(data / "mnist/t10k-images-idx3-ubyte.gz"), idx(data / "mnist/t10k-labels-idx1-ubyte.gz")
        return x[..., None] / np.float32(255), y
    for start, file, order, scale in (
        ("fsdd", "fsdd_test.npz", (0, 2, 3, 1), 1),
        ("watch", "watch_test.npz", (0, 2, 3, 1), 1),
        ("resnet8", "cifar10_test1000.npz", (0, 1, 2, 3), 1),
        ("vww", "vww_coco128_val2017.npz", (0, 1, 2, 3), 255),
    ):
        if name.startswith(start):
            loaded = np.load(data / file)
            return np.ascontiguousarray(loaded["x"].transpose(order)).astype(np.float32) / np.float32(scale), loaded["y"]
    if name.startswith("kws"):
        loaded = np.load(data / "mlperf_kws01_1000.npz")
        return (loaded["x"].astype(np.float32) - 83) * np.float32(0.5847029), loaded["y"]
    if name.startswith("ad01"):
        frames = np.fromfile(data / "ad01_normal_id_01_00000000_hist_librosa.bin", "<f4").reshape(200, 128)
        return np.stack([frames[i:i + 5].ravel() for i in range(196)]), None
    if name.startswith("hello"):
        return np.linspace(0, 6.2, 200, dtype=np.float32)[:, None], None
    return random.uniform(0, 26, (200, 1960)).astype(np.float32), None


def litert(path, x):
    interpreter = Interpreter(model_path=str(path))
    interpreter.allocate_tensors()
    given, wanted = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    scale, zero = given["quantization"]
    step, origin = wanted["quantization"]
    outputs = []
    for sample in x:
        if scale:
            info = np.iinfo(given["dtype"])
            sample = np.clip(np.round(sample / np.float32(scale)) + zero, info.min, info.max).astype(given["dtype"])
        interpreter.set_tensor(given["index"], sample[None])
        interpreter.invoke()
        outputs.append(interpreter.get_tensor(wanted["index"])[0])
    outputs = np.stack(outputs).astype(np.float32)
    return (outputs - origin) * np.float32(step) if step else outputs, step


def check(runner, path, data):
    with tempfile.TemporaryDirectory() as folder:
        ends = [str(Path(folder) / name) for name in ("graph.onnx", "x.npy", "y.npy")]
        if path.name.startswith("audio_preprocessor"):
            done = subprocess.run([runner, path, ends[0]], capture_output=True, text=True)
            reported = done.stderr.count("(Evaluation)")
            print(f"{path.name}: opens, {reported} operators are reported")
            return done.returncode == 0 and reported >= 8
        x, y = samples(path.name, data)
        np.save(ends[1], x)
        done = subprocess.run([runner, path, *ends], capture_output=True, text=True)
        if done.returncode:
            print(f"{path.name}: {done.stderr.strip()}")
            return False
        own = np.load(ends[2])
    theirs, step = litert(path, x)
    own = own.reshape(theirs.shape)
    off = np.abs(own - theirs)
    if step:
        text = f"{np.mean(off <= 1.01 * step):.2%} within one step, {np.mean(off <= 2.01 * step):.2%} within two, worst {off.max() / step:.0f}"
        good = np.mean(off <= 2.01 * step) > 0.9
    else:
        relative = off.max() / max(np.abs(theirs).max(), 1e-9)
        text = f"relative difference {relative:.1e}"
        good = relative < 1e-4 or "-dr" in path.name or "hybrid" in path.name
    if y is not None:
        scores = [100 * np.mean(v.argmax(1) == y[:len(v)]) for v in (theirs, own)]
        text += f", accuracy {scores[0]:.2f} % in LiteRT, {scores[1]:.2f} % here (n = {len(y)})"
        good = good and abs(scores[0] - scores[1]) <= POINTS
    print(f"{path.name}: {text}{'' if good else '  DIFFERS'}", flush=True)
    return good


def main():
    runner, folder = sys.argv[1], Path(sys.argv[2])
    paths = sorted(folder.glob("models/*/*.tflite"))
    results = [check(runner, path, folder / "data") for path in paths]
    print(f"{sum(results)} of {len(results)} agree")
    sys.exit(0 if results and all(results) else 1)


if __name__ == "__main__":
    main()

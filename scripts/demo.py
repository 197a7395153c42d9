# SPDX-License-Identifier: Apache-2.0
"""The demo: first weights for a real ResNet-50 and for a small GPT, and both run in onnxruntime afterwards.

The ResNet-50 is the architecture file that the onnx package carries: full size, but every weight is the constant 0.02.
"""

import pathlib
import shutil
import subprocess
import sys
import time

import numpy
import onnx
import onnxruntime

ROOT = pathlib.Path(__file__).resolve().parent.parent
COMMAND = ROOT / "build" / "evenkeel"
FOLDER = ROOT / "build" / "demo"


def shown(path):
    return str(path.relative_to(ROOT))


def say(text):
    print(f"\n== {text}", flush=True)


def evenkeel(*arguments, output=None):
    """Runs the command from the project's folder, with its output where ours goes or, for output=PIPE, returned."""
    words = [shown(a) if isinstance(a, pathlib.Path) else str(a) for a in arguments]
    print(f"$ build/evenkeel {' '.join(words)}", flush=True)
    done = subprocess.run([str(COMMAND), *words], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, text=True)
    if done.returncode != 0:
        sys.exit(f"{done.stdout or ''}the demo stopped: evenkeel ended with status {done.returncode}")
    return done.stdout


def init(model, out):
    """`init` prints the same table again; only its last line is news."""
    print(evenkeel("init", model, "-o", out, "--seed", 1, "--force", output=subprocess.PIPE).rstrip().splitlines()[-1])


def made_up_inputs(session):
    """Normal numbers for images, ids below 2 for tokens: valid for any vocabulary."""
    random = numpy.random.default_rng(0)
    for value in session.get_inputs():
        shape = [size if isinstance(size, int) and size > 0 else 16 for size in value.shape]
        if "float" in value.type:
            yield value.name, random.standard_normal(shape).astype(numpy.float32)
        else:
            yield value.name, random.integers(0, 2, shape).astype(numpy.int64 if "int64" in value.type else numpy.int32)


def run_in_onnxruntime(path):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    for value, output in zip(session.get_outputs(), session.run(None, dict(made_up_inputs(session)))):
        finite = bool(numpy.isfinite(output).all())
        print(f"onnxruntime: output {value.name} {tuple(output.shape)}: mean {output.mean():+.4g}, std {output.std():.4g}, "
              f"from {output.min():+.4g} to {output.max():+.4g}, {'all finite' if finite else 'NOT FINITE'}")
        if not finite:
            sys.exit("the demo stopped: the outputs are not finite")


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()

    say("A real ResNet-50: which scheme does each tensor get, and why?")
    resnet = FOLDER / "resnet50.onnx"
    shutil.copy(pathlib.Path(onnx.__file__).parent / "backend" / "test" / "data" / "light" / "light_resnet50.onnx", resnet)
    evenkeel("plan", resnet)
    first = FOLDER / "resnet50_first.onnx"
    init(resnet, first)
    run_in_onnxruntime(first)

    say("A small GPT from a built-in spec: width 128, 4 blocks")
    evenkeel("plan", "gpt:128x4")
    gpt = FOLDER / "gpt.onnx"
    init("gpt:128x4", gpt)
    run_in_onnxruntime(gpt)

    say(f"Done in {time.monotonic() - start:.1f} s. What to try next:")
    print(f"build/evenkeel plan {shown(resnet)} --recipe pytorch     # what PyTorch's own defaults would do")
    print("build/evenkeel init YOUR.onnx -o first.onnx --seed 1                # your own model")
    print("build/evenkeel schemes he_normal                                    # one scheme: formula, paper, when to use it")
    print("docs/getting-started.md                                             # ten minutes, step by step")


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: Apache-2.0
"""How long `evenkeel init` takes on files of gigabytes, and how much memory, against `cp --reflink=never` and `sync` of the same file.

python bench/large_files.py [--evenkeel build/evenkeel] [--folder DIR] [--runs 5] [--scale 1]. Makes a 5 GB safetensors file (bfloat16,
random bytes, the names of a llama) and a 2.5 GB ONNX model with external data, then copies and initialises them in turn. Prints the
medians, their ratio (at most 1.3) and the peak of resident memory, mapped pages included (below 300 MiB). --scale 0.1 is a tenth of the
size. Needs three times the largest file on the disk.
"""

import argparse
import json
import os
import pathlib
import statistics
import struct
import subprocess
import sys
import tempfile
import time

HIDDEN, FEED_FORWARD, VOCABULARY = 2560, 6912, 50304


def llama_shapes(layers):
    yield "model.embed_tokens.weight", (VOCABULARY, HIDDEN)
    for i in range(layers):
        for name in "qkvo":
            yield f"model.layers.{i}.self_attn.{name}_proj.weight", (HIDDEN, HIDDEN)
        for name in ("gate", "up"):
            yield f"model.layers.{i}.mlp.{name}_proj.weight", (FEED_FORWARD, HIDDEN)
        yield f"model.layers.{i}.mlp.down_proj.weight", (HIDDEN, FEED_FORWARD)
        for name in ("input_layernorm", "post_attention_layernorm"):
            yield f"model.layers.{i}.{name}.weight", (HIDDEN,)
    yield "model.norm.weight", (HIDDEN,)
    yield "lm_head.weight", (VOCABULARY, HIDDEN)


def make_safetensors(path, layers):
    header, end = {}, 0
    for name, shape in llama_shapes(layers):
        size = 2 * shape[0] * (shape[1] if len(shape) == 2 else 1)
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [end, end + size]}
        end += size
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        while end > 0:
            end -= file.write(os.urandom(min(end, 1 << 24)))
    (path.parent / "config.json").write_text(json.dumps({"model_type": "llama", "hidden_act": "silu", "num_hidden_layers": layers}))


def measured(command):
    """(seconds, MiB at the most)"""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{command} ended with {process.returncode}")
    return seconds, usage.ru_maxrss / 1024


def copied(source, folder):
    seconds, _ = measured(["cp", "--reflink=never", str(source), str(folder / "copy")])
    more, _ = measured(["sync", str(folder / "copy")])
    (folder / "copy").unlink()
    return seconds + more


def compare(label, weights, command, folder, runs):
    """One row: `weights` is the file that is copied, `command` writes as much under folder/out.*."""
    copies, ours, peak = [], [], 0
    for _ in range(runs):
        subprocess.run(["sync"], check=True)
        copies.append(copied(weights, folder))
        subprocess.run(["sync"], check=True)
        seconds, memory = measured(command)
        ours.append(seconds)
        peak = max(peak, memory)
        written = max(folder.glob("out.*"), key=lambda path: path.stat().st_size).stat().st_size
        assert written >= weights.stat().st_size
        for path in folder.glob("out.*"):
            path.unlink()
    a, b = statistics.median(copies), statistics.median(ours)
    print(f"{label:42s} {weights.stat().st_size / 1e9:6.2f} {a:8.1f} {b:8.1f} {b / a:7.2f} {peak:9.0f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--evenkeel", default="build/evenkeel", type=pathlib.Path)
    parser.add_argument("--folder", help="where the files go (default: the system's temporary folder)")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--scale", type=float, default=1)
    options = parser.parse_args()
    program = str(options.evenkeel.resolve())
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = pathlib.Path(name)
        source, graph = folder / "model.safetensors", folder / "model.onnx"
        make_safetensors(source, max(1, round(29 * options.scale)))
        spec = f"gpt:2048x{max(1, round(13 * options.scale))}"
        subprocess.run([program, "init", spec, "-o", str(graph), "--quiet"], check=True)
        data = max(folder.glob("model.onnx*"), key=lambda path: path.stat().st_size)
        print(f"{'':42s} {'GB':>6s} {'cp s':>8s} {'init s':>8s} {'ratio':>7s} {'peak MiB':>9s}")
        init = [program, "init", "--quiet", "--seed", "1"]
        out = str(folder / "out.safetensors")
        compare("safetensors, bfloat16, all new", source, [*init, str(source), "-o", out], folder, options.runs)
        only = [*init, str(source), "--only", "model.layers.0.*", "-o", out]
        compare("safetensors, one layer new, the rest kept", source, only, folder, options.runs)
        compare("ONNX with external data, all new", data, [*init, str(graph), "-o", str(folder / "out.onnx")], folder, options.runs)


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: Apache-2.0
"""How long `evenkeel plan` takes as a command, from start to exit: a small file, ResNet-50, a transformer of more than 1,000 nodes.

python bench/startup.py [--evenkeel build/evenkeel] [--resnet FILE] [--runs 20]. Prints minimum and median in milliseconds beside the same
for `true`, which is what starting any process costs here.
"""

import argparse
import pathlib
import statistics
import subprocess
import tempfile
import time


def timed(command, runs):
    took = []
    for _ in range(runs):
        start = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        took.append(1000 * (time.perf_counter() - start))
    return min(took), statistics.median(took)


def light_resnet():
    import onnx

    return pathlib.Path(onnx.__file__).parent / "backend/test/data/light/light_resnet50.onnx"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--evenkeel", default="build/evenkeel")
    parser.add_argument("--resnet")
    parser.add_argument("--runs", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        files = {
            "small file (mlp, 3 layers)": ("mlp:64,64x2,10:relu", 20),
            "ResNet-50, weights stored": ("resnet:50", 100),
            "transformer, 1252 nodes": ("gpt:64x40", 300),
        }
        rows = [("true", ["true"], None)]
        for label, (spec, limit) in files.items():
            path = f"{folder}/{spec.replace(':', '_').replace(',', '_')}.onnx"
            subprocess.run([options.evenkeel, "init", spec, "-o", path, "--seed", "1", "--quiet"], check=True, stdout=subprocess.DEVNULL)
            rows.append((label, [options.evenkeel, "plan", path], limit))
        rows.append(("ResNet-50, public file", [options.evenkeel, "plan", str(options.resnet or light_resnet())], 100))
        print(f"{'evenkeel plan':30s} {'min ms':>8s} {'median':>8s} {'at most':>8s}")
        for label, command, limit in rows:
            least, median = timed(command, options.runs)
            print(f"{label:30s} {least:8.1f} {median:8.1f} {limit or '':>8}")


if __name__ == "__main__":
    main()

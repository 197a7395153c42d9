# SPDX-License-Identifier: Apache-2.0
"""Fills per second, evenkeel against memset, PyTorch, NumPy and JAX, one process, in turn.

python bench/peers/fill.py [--quick] [--json FILE] [--threads 1 2]. Each case runs all contenders one after another, several rounds; the
figure is the best round of each (others of this machine only ever slow a round down) and the table's ratios are those of one case. --quick
takes fewer sizes. Memory is warm; first touch has rows of its own.
"""

import argparse
import json
import os
import platform
import sys
import time

import contenders
import numpy

LAWS = ("uniform", "normal", "truncated normal")
DTYPES = ("float32", "bfloat16", "float64")
COUNTS = (64, 4096, 1 << 18, 1 << 22, 1 << 26)
QUICK_COUNTS = (64, 1 << 22)
SQUARES = (256, 512, 1024, 2048, 4096)
QUICK_SQUARES = (256, 1024, 2048, 4096)


def seconds_of(run, budget):
    """Best time of one call; calls that are short are timed many at once."""
    start = time.perf_counter()
    run()
    once = time.perf_counter() - start
    repeat = max(1, int(2e-3 / max(once, 1e-7)))
    best, spent = float("inf"), 0.0
    while spent < budget or best == float("inf"):
        start = time.perf_counter()
        for _ in range(repeat):
            run()
        took = time.perf_counter() - start
        spent += took
        best = min(best, took / repeat)
    return best


def everyone(threads):
    import evenkeel

    yield contenders.Memset(threads)
    for backend in evenkeel.backends():
        if backend.supported:
            yield contenders.Evenkeel(threads, backend.name)
    for kind in (contenders.PyTorch, contenders.NumPy, contenders.Jax):
        yield kind(threads)


def measure_case(law, dtype, count, threads, rounds, budget):
    """{contender: seconds}"""
    runs = [(c.name, c.prepare(law, dtype, count)) for c in everyone(threads)]
    best = {}
    for _ in range(rounds):
        for name, run in runs:
            if run is not None:
                best[name] = min(best.get(name, float("inf")), seconds_of(run, budget))
    return best


def first_touch(threads):
    """Seconds to fill 256 MiB that nothing has touched yet."""
    import evenkeel
    import torch

    torch.set_num_threads(threads)
    count = 1 << 26
    law = "uniform(low=-1, high=1)"
    pool = contenders.ThreadPoolExecutor(threads)
    runs = {
        "memset": lambda out: contenders.memset(out.numpy().view("u1"), pool, threads),
        f"evenkeel {evenkeel.active_backend()}": lambda out: evenkeel.fill(out, law, seed=1, name="w", threads=threads),
        "PyTorch": lambda out: out.uniform_(-1, 1),
    }
    best = {}
    for _ in range(3):
        for name, run in runs.items():
            out = torch.empty(count)
            start = time.perf_counter()
            run(out)
            best[name] = min(best.get(name, float("inf")), time.perf_counter() - start)
            del out
    return best


def many_small(threads):
    """Nanoseconds for each of 10,000 tensors of 64 normals, from Python."""
    import evenkeel
    import torch

    tensors = [(torch.ones(64), f"layers.{i}.weight") for i in range(10_000)]

    def with_evenkeel():
        for out, name in tensors:
            evenkeel.fill(out, "normal(mean=0, std=1)", seed=1, name=name, threads=1)

    def with_torch():
        for out, _ in tensors:
            out.normal_()

    return {
        f"evenkeel {evenkeel.active_backend()}": min(seconds_of(with_evenkeel, 0.5) for _ in range(3)) / 10_000,
        "PyTorch": min(seconds_of(with_torch, 0.5) for _ in range(3)) / 10_000,
    }


def line(case, best, unit):
    fastest = min(seconds for name, seconds in best.items() if name.startswith("evenkeel"))
    cells = []
    for name, seconds in best.items():
        peer = name in ("PyTorch", "NumPy", "JAX")
        cells.append(f"{name} {unit(seconds)}" + (f" (x{seconds / fastest:.1f})" if peer else ""))
    print(f"{case:44s} " + "  ".join(cells), flush=True)


def versions():
    import evenkeel
    import jax
    import torch

    processor = next((text.split(":")[1].strip() for text in open("/proc/cpuinfo") if text.startswith("model name")), platform.processor())
    return {
        "processor": processor,
        "processors": len(os.sched_getaffinity(0)),
        "evenkeel": evenkeel.__version__,
        "backend": evenkeel.active_backend(),
        "PyTorch": torch.__version__,
        "NumPy": numpy.__version__,
        "JAX": jax.__version__,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    options = parser.parse_args()
    rounds, budget = (2, 0.02) if options.quick else (3, 0.1)
    result = {"machine": versions(), "quick": options.quick, "cases": []}
    print("evenkeel {evenkeel} ({backend}), PyTorch {PyTorch}, NumPy {NumPy}, JAX {JAX}".format(**result["machine"]))
    print("million elements a second; (xN): evenkeel's fastest is N times as fast")

    def add(law, dtype, count, threads, best, unit):
        result["cases"].append({"law": law, "dtype": dtype, "count": count, "threads": threads, "seconds": best})
        line(f"{law} {dtype} {count} threads {threads}", best, unit)

    for threads in options.threads:
        for law in LAWS:
            for dtype in DTYPES:
                for count in QUICK_COUNTS if options.quick else COUNTS:
                    best = measure_case(law, dtype, count, threads, rounds, budget)
                    add(law, dtype, count, threads, best, lambda seconds: f"{count / seconds / 1e6:.0f}")
        for count in QUICK_SQUARES if options.quick else SQUARES:
            best = measure_case("orthogonal", "float32", count, threads, rounds, budget)
            add("orthogonal", "float32", count, threads, best, lambda seconds: f"{1000 * seconds:.1f} ms")
        add("first touch, uniform", "float32", 1 << 26, threads, first_touch(threads), lambda seconds: f"{(1 << 26) / seconds / 1e6:.0f}")
    add("10000 tensors, normal", "float32", 64, 1, many_small(1), lambda seconds: f"{1e9 * seconds:.0f} ns")
    if options.json:
        with open(options.json, "w") as file:
            json.dump(result, file, indent=1)


if __name__ == "__main__":
    sys.exit(main())

# SPDX-License-Identifier: Apache-2.0
"""Who is measured: each contender says what it cannot do (None) or gives a function that fills `count` elements once.

Laws are names: memset, uniform [-1, 1), normal N(0, 1), truncated normal N(0, 1) on [-2, 2], orthogonal (count x count).
"""

import ctypes
import os
from concurrent.futures import ThreadPoolExecutor

os.environ.setdefault("JAX_PLATFORMS", "cpu")

import numpy

SIZES = {"float32": 4, "bfloat16": 2, "float64": 8}


def memset(memory, pool, threads):
    pieces = numpy.array_split(memory, 4 * threads)
    list(pool.map(lambda piece: ctypes.memset(piece.ctypes.data, 0, piece.size), pieces))


class Memset:
    """The floor: glibc's memset, on pieces for several threads (ctypes lets go of the interpreter's lock)."""

    name = "memset"

    def __init__(self, threads):
        self.threads = threads
        self.pool = ThreadPoolExecutor(threads)

    def prepare(self, law, dtype, count):
        if law == "orthogonal":
            return None
        memory = numpy.ones(count * SIZES[dtype], dtype=numpy.uint8)
        if self.threads == 1 or memory.size < 1 << 20:
            return lambda: ctypes.memset(memory.ctypes.data, 0, memory.size)
        return lambda: memset(memory, self.pool, self.threads)


class Evenkeel:
    def __init__(self, threads, backend):
        import evenkeel
        import torch

        self.evenkeel, self.torch, self.threads, self.backend = evenkeel, torch, threads, backend
        self.name = f"evenkeel {backend}"

    def prepare(self, law, dtype, count):
        text = {
            "uniform": "uniform(low=-1, high=1)",
            "normal": "normal(mean=0, std=1)",
            "truncated normal": "truncated_normal(mean=0, std=1, low=-2, high=2)",
            "orthogonal": "orthogonal",
        }[law]
        if law == "orthogonal":
            if self.backend != self.evenkeel.active_backend():
                return None  # one choice for the whole process
            out = self.torch.ones((count, count), dtype=getattr(self.torch, dtype))
            return lambda: self.evenkeel.fill(out, text, seed=1, name="w", layout="OI", threads=self.threads)
        out = self.torch.ones(count, dtype=getattr(self.torch, dtype))
        return lambda: self.evenkeel.fill(out, text, seed=1, name="w", threads=self.threads, backend=self.backend)


class PyTorch:
    name = "PyTorch"

    def __init__(self, threads):
        import torch

        self.torch, self.threads = torch, threads

    def prepare(self, law, dtype, count):
        torch = self.torch
        torch.set_num_threads(self.threads)
        out = torch.ones((count, count) if law == "orthogonal" else count, dtype=getattr(torch, dtype))
        if law == "orthogonal":
            return (lambda: torch.nn.init.orthogonal_(out)) if dtype != "bfloat16" else None
        return {
            "uniform": lambda: out.uniform_(-1, 1),
            "normal": lambda: out.normal_(),
            "truncated normal": lambda: torch.nn.init.trunc_normal_(out),
        }[law]


class NumPy:
    """One thread; no bfloat16, no truncated normal."""

    name = "NumPy"

    def __init__(self, threads):
        self.generator = numpy.random.Generator(numpy.random.Philox(1))

    def prepare(self, law, dtype, count):
        if law not in ("uniform", "normal") or dtype == "bfloat16":
            return None
        out = numpy.ones(count, dtype=dtype)
        draw = self.generator.random if law == "uniform" else self.generator.standard_normal
        return lambda: draw(out=out, dtype=dtype)


class Jax:
    """Compiled once before the clock starts. XLA takes its threads when the process starts: all processors, whatever is asked for here."""

    name = "JAX"

    def __init__(self, threads):
        import jax

        jax.config.update("jax_enable_x64", True)
        self.jax = jax

    def prepare(self, law, dtype, count):
        jax = self.jax
        key = jax.random.key(1)
        kind = getattr(jax.numpy, dtype)
        if law == "orthogonal":
            if dtype == "bfloat16":
                return None
            draw = jax.jit(lambda k: jax.random.orthogonal(k, count, dtype=kind))
        else:
            law_of = {
                "uniform": lambda k: jax.random.uniform(k, (count,), kind, -1, 1),
                "normal": lambda k: jax.random.normal(k, (count,), kind),
                "truncated normal": lambda k: jax.random.truncated_normal(k, -2, 2, (count,), kind),
            }
            draw = jax.jit(law_of[law])
        draw(key).block_until_ready()
        return lambda: draw(key).block_until_ready()

# SPDX-License-Identifier: Apache-2.0
"""What the tests of weight files share: the command with options for tensors whose role no name tells."""

import json

import pytest

UNKNOWN = ("--unknown", "normal(std=0.02)")
ALL = ("--set", "*=normal(std=0.02)")


@pytest.fixture
def planned_tensors(evenkeel):
    """planned_tensors(file) -> {name: shape} of every tensor that the plan names, parameters and buffers."""

    def run(file):
        plan = json.loads(evenkeel("plan", file, *UNKNOWN, "--json").stdout)
        return {p["name"]: tuple(p["shape"]) for p in plan["parameters"] + plan["buffers"]}

    return run


@pytest.fixture
def initialised(evenkeel):
    """initialised(file, out, *options, code=0): new values for every floating tensor; floats=False: there is none."""

    def run(file, out, *options, code=0, floats=True):
        seed = () if "--seed" in options else ("--seed", 1)
        return evenkeel("init", file, "-o", out, *seed, *(ALL if floats else ()), *UNKNOWN, "--quiet", *options, code=code)

    return run

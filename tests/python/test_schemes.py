# SPDX-License-Identifier: Apache-2.0
"""Schemes as they stand in written files, by scipy's laws."""

import json

import numpy
import pytest
from scipy import stats


@pytest.fixture
def written(evenkeel, values_of, tmp_path):
    """written(spec, scheme) -> {name: (outputs x inputs, fan_in, fan_out)} of the weights of a built-in model."""

    def run(spec, scheme):
        out = tmp_path / "out.onnx"
        options = ["--set", f"*.weight={scheme}"]
        plan = json.loads(evenkeel("plan", spec, *options, "--json").stdout)
        evenkeel("init", spec, "-o", out, *options, "--seed", 3, "--quiet", "--force")
        arrays = values_of(out)
        found = {}
        for p in plan["parameters"]:
            if p["name"].endswith(".weight"):
                matrix = arrays[p["name"]].astype(numpy.float64)
                assert sorted(matrix.shape) == sorted([p["fan_in"], p["fan_out"]])
                found[p["name"]] = (matrix if matrix.shape == (p["fan_out"], p["fan_in"]) else matrix.T, p["fan_in"], p["fan_out"])
        return found

    return run


def test_log_uniform_has_scipys_law(written):
    (matrix, _, _), *_ = written("mlp:1024,2048,10:relu", "log_uniform(low=0.001, high=0.1)").values()
    values = matrix.ravel()
    assert values.size == 2**21 and values.min() >= 0.001 and values.max() < 0.1
    # False alarm 1e-6, a distance of 0.0019; an end that is 1 % off is one of 0.0022.
    assert stats.kstest(values, stats.loguniform(0.001, 0.1).cdf).pvalue > 1e-6
    assert stats.kstest(values, stats.loguniform(0.00101, 0.1).cdf).pvalue < 1e-6

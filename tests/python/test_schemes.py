# SPDX-License-Identifier: Apache-2.0
"""Schemes as they stand in written files, by numpy's determinants and singular values and by scipy's laws."""

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


def test_special_orthogonal_matrices_are_rotations(written):
    signs = set()
    for matrix, _, _ in written("mlp:48,48x11,48:relu", "special_orthogonal").values():
        assert abs(numpy.linalg.det(matrix) - 1) < 1e-5
        assert numpy.abs(matrix @ matrix.T - numpy.eye(48)).max() < 1e-5
    for matrix, _, _ in written("mlp:48,48x11,48:relu", "orthogonal").values():
        signs.add(round(numpy.linalg.det(matrix)))
    assert signs == {-1, 1}  # what special_orthogonal has to mend


def test_scaled_orthogonal_keeps_the_mean_square_in_every_shape(written):
    random = numpy.random.default_rng(0)
    for matrix, fan_in, fan_out in written("mlp:32,96,96,24,200,10:tanh", "scaled_orthogonal(gain=1.5)").values():
        expected = 1.5 * max(numpy.sqrt(fan_out / fan_in), 1)
        assert numpy.allclose(numpy.linalg.svd(matrix, compute_uv=False), expected, rtol=1e-5)
        x = random.standard_normal((fan_in, 20_000))
        ratio = numpy.mean((matrix @ x) ** 2) / numpy.mean(x**2)
        assert abs(ratio - 2.25) < 0.05 if fan_out < fan_in else abs(ratio - 2.25) < 1e-4  # a wide matrix keeps it in the mean only


def test_log_uniform_has_scipys_law(written):
    (matrix, _, _), *_ = written("mlp:1024,2048,10:relu", "log_uniform(low=0.001, high=0.1)").values()
    values = matrix.ravel()
    assert values.size == 2**21 and values.min() >= 0.001 and values.max() < 0.1
    # False alarm 1e-6, a distance of 0.0019; an end that is 1 % off is one of 0.0022.
    assert stats.kstest(values, stats.loguniform(0.001, 0.1).cdf).pvalue > 1e-6
    assert stats.kstest(values, stats.loguniform(0.00101, 0.1).cdf).pvalue < 1e-6

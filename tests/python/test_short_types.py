# SPDX-License-Identifier: Apache-2.0
"""f16, bf16 and fp8 values are the f32 values of the same elements, rounded once: NumPy and ml_dtypes are the judges of the rounding."""

import ml_dtypes
import numpy
import pytest

COUNT = 1 << 18
SHORT = {"float16": numpy.float16, "bfloat16": ml_dtypes.bfloat16, "float8_e4m3fn": ml_dtypes.float8_e4m3fn,
         "float8_e5m2": ml_dtypes.float8_e5m2}
LAWS = ["uniform 0 1", "uniform -0.25 0.25", "uniform -0.3 0.7", "uniform 1.5 7", "uniform -1e-5 1e-5", "uniform 0 0.001",
        "uniform -1e-39 1e-39", "normal 0 1", "normal 0.25 0.02", "normal 0 1e-6", "normal 0 0.002", "normal 0 1e-39", "normal 0 100",
        "truncated_normal 0 1 -2 2",
        "truncated_normal 0 1 -3.3 2.7", "truncated_normal 0 1 -inf inf", "truncated_normal 0 1 8 9", "truncated_normal 0 0.25 -0.5 0.75",
        "log_uniform 0.02 3", "truncated_normal 0 1 3 inf", "truncated_normal 0 0.001 -inf inf", "truncated_normal 0 0.02 -0.0401 0.0399"]


def values(dump_values, law, dtype, numpy_type):
    return numpy.frombuffer(dump_values(f"fill {COUNT} {law} {dtype} 5 short 0"), numpy_type)


def finite_values(numpy_type):
    bits = numpy.dtype(numpy_type).itemsize * 8
    codes = numpy.arange(1 << bits, dtype=numpy.uint32).astype(f"uint{bits}")
    with numpy.errstate(invalid="ignore"):  # the codes of NaN
        every = codes.view(numpy_type).astype(numpy.float64)
    return numpy.unique(every[numpy.isfinite(every)])


def limits(law, numpy_type):
    """The least and greatest value of the type that the law may return."""
    name, *parameters = law.split()
    low, high = (float(p) for p in parameters[-2:]) if name != "normal" else (-numpy.inf, numpy.inf)
    every = finite_values(numpy_type)
    inside = every[(every >= low) & ((every < high) if name in ("uniform", "log_uniform") else (every <= high))]
    return inside[0], inside[-1]


def rounded(single, law, numpy_type):
    least, greatest = limits(law, numpy_type)
    largest = finite_values(numpy_type)[-1]
    return numpy.clip(numpy.clip(single, -largest, largest).astype(numpy_type).astype(numpy.float64), least, greatest)


@pytest.mark.parametrize("dtype", SHORT)
@pytest.mark.parametrize("law", LAWS)
def test_short_values_are_the_f32_values_rounded_once(dump_values, law, dtype):
    single = values(dump_values, law, "float32", numpy.float32)
    got = values(dump_values, law, dtype, SHORT[dtype]).astype(numpy.float64)
    expected = rounded(single, law, SHORT[dtype])
    wrong = numpy.nonzero(got != expected)[0]
    said = [f"element {i}: f32 {single[i]!r}, got {got[i]!r}, expected {expected[i]!r}" for i in wrong[:3]]
    assert wrong.size == 0, f"{wrong.size} differ: " + "; ".join(said)


def test_the_judge_sees_truncation_and_a_second_rounding(dump_values):
    single = values(dump_values, "normal 0 1", "float32", numpy.float32)
    cut = (single.view(numpy.uint32) & 0xFFFF0000).view(numpy.float32).astype(numpy.float64)
    assert 0.4 < (rounded(single, "normal 0 1", ml_dtypes.bfloat16) != cut).mean() < 0.6
    twice = single.astype(numpy.float16).astype(ml_dtypes.float8_e4m3fn).astype(numpy.float64)
    assert (rounded(single, "normal 0 1", ml_dtypes.float8_e4m3fn) != twice).sum() > 20

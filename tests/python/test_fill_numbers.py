# SPDX-License-Identifier: Apache-2.0
"""evenkeel.fill() from Python gives the published numbers: golden lines, the stream from its page, the files that the command writes."""

import json
import math

import ml_dtypes
import numpy
import onnx
import onnx.numpy_helper
import pytest

import stream_v1

VECTORS = stream_v1.PAGE.parents[1] / "tests" / "vectors" / "stream_v1.txt"
LAWS = {"uniform": "uniform({}, {})", "normal": "normal(mean={}, std={})",
        "truncated_normal": "truncated_normal(mean={}, std={}, low={}, high={}, absolute=true)", "log_uniform": "log_uniform({}, {})"}
DTYPES = ["float64", "float32", "float16", "bfloat16", "float8_e4m3fn", "float8_e5m2"]


def dtype_of(name):
    return numpy.dtype(getattr(ml_dtypes, name)) if name.startswith(("bf", "float8")) else numpy.dtype(name)


def bits(array):
    """Bit patterns as integers, in the order of the elements."""
    array = numpy.ascontiguousarray(array)
    return array.view(f"u{array.dtype.itemsize}").ravel().tolist()


def scheme_of(law, parameters):
    """Text has no infinity: 1e300 is as far beyond every number of these laws."""
    return LAWS[law].format(*({"inf": "1e300", "-inf": "-1e300"}.get(p, p) for p in parameters))


def test_golden_lines(ek):
    wrong, count = [], 0
    for line in VECTORS.read_text().splitlines():
        if line.startswith("#"):
            continue
        law, *parameters, dtype, seed, name, index, code = line.split()
        value, index = numpy.zeros(1, dtype_of(dtype)), int(index)
        ek.fill(value, scheme_of(law, parameters), seed=int(seed), name=name, view=ek.View((index + 1,), offset=index))
        count += 1
        if bits(value) != [int(code, 16)]:
            wrong.append(f"{line}: got {bits(value)[0]:x}")
    assert not wrong, "\n".join(wrong)
    assert count >= 600


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("law,parameters", [("uniform", (-0.3, 0.7)), ("normal", (0.5, 0.02)), ("truncated_normal", (0, 1, -2, 1.5))])
def test_numbers_of_the_page(ek, law, parameters, dtype):
    values = numpy.empty((3, 7), dtype_of(dtype))
    assert ek.fill(values, scheme_of(law, parameters), seed=2**64 - 1, name="module.h.0.w") is values
    expected = [stream_v1.element(law, parameters, dtype, 2**64 - 1, "h.0.w", index) for index in range(21)]
    assert bits(values) == expected


@pytest.mark.parametrize("backend", ["portable", "avx2", "avx512", "neon"])
def test_backends_and_threads_never_change_a_number(ek, backend):
    if backend not in [each.name for each in ek.backends() if each.supported]:
        pytest.skip(f"no {backend} on this machine")
    expected = ek.fill(numpy.empty((700, 1000), "f4"), "truncated_normal(std=0.02)", seed=1, name="layer.weight")
    for threads in (1, 2, 7):
        values = numpy.empty_like(expected)
        ek.fill(values, "truncated_normal(std=0.02)", seed=1, name="layer.weight", threads=threads, backend=backend)
        assert numpy.array_equal(values, expected)
    assert abs(expected.std() / 0.02 - 0.87962566) < 5 * 0.0007  # the standard error of an estimated std is below 0.0007


def test_views_are_parts_of_the_whole(ek):
    whole = ek.fill(numpy.empty((24, 10), "f4"), "normal(std=1)", seed=3, name="w")

    def part(shape, view):
        return ek.fill(numpy.empty(shape, "f4"), "normal(std=1)", seed=3, name="w", view=view)

    assert numpy.array_equal(part((6, 10), ek.View((24, 10), offset=60)), whole[6:12])
    assert numpy.array_equal(part((24, 4), ek.View((24, 10), offset=3)), whole[:, 3:7])
    assert numpy.array_equal(part((10, 24), ek.View((24, 10), strides=(1, 10))), whole.T)
    assert numpy.array_equal(part((17,), ek.View((24, 10), offset=100, strides=(1,))), whole.ravel()[100:117])
    orthogonal = ek.fill(numpy.empty((24, 10), "f4"), "orthogonal", seed=3, name="w", layout="OI")
    shard = ek.fill(numpy.empty((6, 10), "f4"), "orthogonal", seed=3, name="w", layout="OI", view=ek.View((24, 10), offset=60))
    assert numpy.array_equal(shard, orthogonal[6:12])
    assert abs(orthogonal.T @ orthogonal - numpy.eye(10)).max() < 1e-5


@pytest.mark.parametrize("scheme,arguments,std", [
    ("he_normal", {"layout": "OI"}, math.sqrt(2 / 32)),
    ("he_normal", {"layout": "IO"}, math.sqrt(2 / 64)),
    ("he_normal(mode=fan_out)", {"layout": "OI"}, math.sqrt(2 / 64)),
    ("lecun_normal", {"layout": "OI", "role": "dense"}, math.sqrt(1 / 32)),
    ("glorot_normal", {"fans": (10, 6)}, math.sqrt(2 / 16)),
    ("lecun_normal", {"layout": "VE", "role": "embedding"}, 1)])
def test_fans_come_from_the_layout(ek, scheme, arguments, std):
    values = ek.fill(numpy.empty((64, 32)), scheme, seed=1, name="w", **arguments)
    assert numpy.array_equal(values, ek.fill(numpy.empty((64, 32)), f"normal(std={std!r})", seed=1, name="w"))


def test_fans_of_convolutions_and_sections(ek):
    def std_of(shape, **arguments):
        values = ek.fill(numpy.empty(shape), "lecun_normal", seed=1, name="w", **arguments)
        return values / ek.fill(numpy.empty(shape), "normal(std=1)", seed=1, name="w")

    kernel = (8, 4, 3, 3)
    assert numpy.allclose(std_of(kernel, layout="OIHW"), 1 / 6, rtol=1e-14)
    assert numpy.allclose(std_of(kernel, layout="OIHW", role="grouped_conv", groups=2), 1 / 6, rtol=1e-14)
    assert numpy.allclose(std_of(kernel, layout="IOHW", role="transposed_conv", stride=(2, 2)), 1 / math.sqrt(8 * 9 / 4), rtol=1e-14)
    ratio = std_of((12, 5), fans=[(4, 1), (16, 1)], sections=[("q", 8), ("v", 4)], section_axis=0)
    assert numpy.allclose(ratio[:8], 1 / 2, rtol=1e-14) and numpy.allclose(ratio[8:], 1 / 4, rtol=1e-14)
    bias = ek.fill(numpy.empty(8, "f4"), "lstm_forget_bias", sections=[(gate, 2) for gate in "iofc"], section_axis=-1)
    assert bias.tolist() == [0, 0, 0, 0, 1, 1, 0, 0]


@pytest.mark.parametrize("model", ["gpt:32x1,vocab=64,context=16", "cnn:3,16x2,10:relu"])
def test_the_command_writes_the_same_numbers(ek, evenkeel, tmp_path, model):
    """Every tensor of a written model, made again from its entry of the plan."""
    options = ["--set", "*head.weight=orthogonal", "--set", "*qkv.weight=glorot_uniform"]
    evenkeel("init", model, "-o", tmp_path / "out.onnx", "--seed", 9, "--quiet", *options[:2 if "cnn" in model else 4])
    plan = json.loads(evenkeel("plan", model, "--json", *options[:2 if "cnn" in model else 4]).stdout)
    stored = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in onnx.load(tmp_path / "out.onnx").graph.initializer}
    assert len(plan["parameters"]) >= 6
    for entry in plan["parameters"]:
        values = numpy.empty_like(stored[entry["name"]])
        parts = entry.get("sections", [])
        fans = [(part["fan_in"], part["fan_out"]) for part in parts or [entry] if part["fan_in"]]
        ek.fill(values, entry["scheme"], seed=9, name=entry["stream"], role=entry["role"], layout=entry["layout"] or None,
                fans=fans or None, sections=[(part["name"], part["end"] - part["begin"]) for part in parts] or None,
                section_axis=entry.get("section_axis"))
        assert numpy.array_equal(values, stored[entry["name"]]), entry["name"]

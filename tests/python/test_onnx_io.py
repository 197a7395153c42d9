# SPDX-License-Identifier: Apache-2.0
"""Written ONNX files before the onnx checker and onnxruntime; what nobody asked to change is the same."""

import numpy
import onnx
import onnxruntime
import pytest


def session_of(path):
    return onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])


SPECS = {
    "mlp:20,16x3,5:gelu": [("batch", 3)],
    "cnn:3,8x2,16,10:silu": [("batch", 2), ("height", 20), ("width", 28)],
    "resnet:18": [("batch", 2)],
    "gpt:64x2,heads=4,vocab=50,context=16": [("batch", 3), ("sequence", 9)],
}


@pytest.mark.parametrize("spec", SPECS)
def test_specs_pass_the_checker_and_run_with_any_batch(evenkeel, tmp_path, spec):
    out = tmp_path / "out.onnx"
    evenkeel("init", spec, "-o", out, "--seed", 1)
    onnx.checker.check_model(onnx.load(out), full_check=True)
    session = session_of(out)
    for growth in (0, 1):
        sizes = {name: size + growth for name, size in SPECS[spec]}
        feeds = {}
        for value in session.get_inputs():
            shape = [sizes.get(size, size) for size in value.shape]
            integers = value.type == "tensor(int64)"
            feeds[value.name] = numpy.random.default_rng(0).integers(0, 50, shape) if integers else numpy.ones(shape, numpy.float32)
        (output,) = session.run(None, feeds)
        assert output.shape[0] == sizes["batch"]
        assert numpy.isfinite(output).all()


def test_a_gpt_does_not_see_the_future_and_sees_the_past(evenkeel, tmp_path):
    out = tmp_path / "gpt.onnx"
    evenkeel("init", "gpt:64x2,heads=4,vocab=50,context=16", "-o", out, "--seed", 1)
    session = session_of(out)
    ids = numpy.random.default_rng(0).integers(0, 50, (1, 12))
    changed = ids.copy()
    changed[0, 6] = (changed[0, 6] + 1) % 50
    before, after = (session.run(None, {"input_ids": tokens})[0][0] for tokens in (ids, changed))
    assert numpy.array_equal(before[:6], after[:6])
    assert (numpy.abs(before[6:] - after[6:]).max(axis=1) > 1e-4).all()


def test_all_but_the_weights_is_the_same(evenkeel, light_model, tmp_path):
    """light_resnet50 has its weights as ConstantOfShape nodes: they become Constant nodes, nothing else changes."""
    source = light_model("resnet50")
    out = tmp_path / "out.onnx"
    evenkeel("init", source, "-o", out, "--seed", 1)
    before, after = onnx.load(source), onnx.load(out)
    onnx.checker.check_model(after)
    made = 0
    for old, new in zip(before.graph.node, after.graph.node, strict=True):
        if old.op_type == "ConstantOfShape" and new.op_type == "Constant":
            assert list(old.output) == list(new.output) and old.name == new.name
            made += 1
        else:
            assert old == new
    assert made > 200
    stored = {tensor.name: tensor for tensor in before.graph.initializer}
    for tensor in after.graph.initializer:
        old = stored.pop(tensor.name)
        assert tensor.dims == old.dims and tensor.data_type == old.data_type
    assert not stored
    for model in (before, after):
        for field in ("node", "initializer"):
            model.graph.ClearField(field)
        model.ClearField("metadata_props")
    assert before == after


def test_values_reach_onnxruntime(evenkeel, tmp_path):
    """A network of identity matrices and ones answers as arithmetic does."""
    out = tmp_path / "out.onnx"
    evenkeel("init", "mlp:4,4,4:relu", "-o", out, "--set", "layers.*.weight=identity", "--set", "layers.*.bias=constant(value=0.5)")
    x = numpy.array([[1, 2, -3, 4]], numpy.float32)
    (y,) = session_of(out).run(None, {"input": x})
    assert numpy.array_equal(y, numpy.maximum(x + 0.5, 0) + 0.5)


@pytest.mark.parametrize("spec", ["mlp:784,256y8,10:relu", "resnet:19", "gpt:128x4,heads=3"])
def test_a_wrong_spec_is_a_usage_error_with_an_example(evenkeel, spec):
    assert "for example" in evenkeel("plan", spec, code=2).stderr

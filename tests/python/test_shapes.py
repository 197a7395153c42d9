# SPDX-License-Identifier: Apache-2.0
"""Shape inference against the operator suite of the onnx package, against onnx's own inference, and against runs in onnxruntime."""

import numpy
import pytest

onnx = pytest.importorskip("onnx", reason="onnx is not installed")
onnxruntime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")

import shape_judge  # noqa: E402
from onnx import TensorProto, helper  # noqa: E402

LIGHT = ["resnet50", "vgg19", "densenet121", "inception_v1", "inception_v2", "shufflenet", "squeezenet", "bvlc_alexnet", "zfnet512"]


@pytest.fixture(scope="module")
def dump_shapes(build):
    program = next((path for path in (build / "tests" / "tools" / "dump_shapes", build / "dump_shapes") if path.is_file()), None)
    if program is None:
        pytest.skip("dump_shapes is not built (EVENKEEL_BUILD_TESTS)")
    return lambda paths: shape_judge.dump(program, paths)


@pytest.fixture(scope="module")
def cases():
    """(name, model, inputs, outputs) of every case of the operator suite, the expanded copies too."""
    from onnx.backend.test.case.node import collect_testcases

    with numpy.errstate(all="ignore"):
        found = collect_testcases(None)
    return [(case.name, case.model, *case.data_sets[0]) for case in found if case.model is not None and case.data_sets]


VARIANTS = {
    "as_is": lambda model, inputs: shape_judge.without_answers(model),
    "open_sizes": lambda model, inputs: shape_judge.without_sizes(
        shape_judge.with_constants(model, inputs, lambda array: array.dtype.kind in "iub" and array.ndim <= 1)),
    "all_constant": lambda model, inputs: shape_judge.without_answers(shape_judge.with_constants(model, inputs, lambda array: True)),
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_no_claim_about_an_operator_is_wrong(cases, dump_shapes, tmp_path, variant):
    expected = {}
    for name, model, inputs, outputs in cases:
        path = tmp_path / f"{name}.onnx"
        changed = VARIANTS[variant](model, inputs)
        path.write_bytes(changed.SerializeToString())
        expected[str(path)] = dict(zip((value.name for value in changed.graph.output), outputs))
    lines = dump_shapes(expected)
    wrong, ranks, sizes, all_values = [], 0, 0, 0
    for path, outputs in expected.items():
        if "error" in lines[path]:
            continue
        for name, actual in outputs.items():
            claim = lines[path]["values"].get(name)
            if claim is None or not isinstance(actual, numpy.ndarray):
                continue
            problem = shape_judge.contradiction(claim, actual)
            if problem:
                wrong.append(f"{path}: {name}: {problem}")
            all_values += 1
            ranks += claim[1] is not None
            sizes += claim[1] is not None and -1 not in claim[1]
    print(f"{variant}: {all_values} outputs, {ranks} ranks and {sizes} shapes known, {len(wrong)} wrong")
    assert not wrong, "\n".join(wrong[:40])
    assert all_values > 1200
    assert ranks >= 0.9 * all_values
    assert variant != "all_constant" or sizes >= 0.85 * all_values


def feeds_of(model, free):
    """Inputs that fit: normal numbers, ids 0 and 1, true; open sizes are taken from `free` by name."""
    random = numpy.random.default_rng(1)
    weights = {tensor.name for tensor in model.graph.initializer}
    feeds = {}
    for value in model.graph.input:
        if value.name in weights:
            continue
        tensor = value.type.tensor_type
        shape = [dim.dim_value if dim.HasField("dim_value") else free.get(dim.dim_param, 2) for dim in tensor.shape.dim]
        dtype = helper.tensor_dtype_to_np_dtype(tensor.elem_type)
        feeds[value.name] = (random.standard_normal(shape) if dtype.kind == "f" else random.integers(0, 2, shape)).astype(dtype)
    return feeds


def judge_by_run(dump_shapes, path, free):
    """Compares the claims about all values of the main graph with a run, and the ranks known with those that onnx finds."""
    model = onnx.load(path)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    whole = shape_judge.with_all_outputs(model)
    session = onnxruntime.InferenceSession(whole.SerializeToString(), options, providers=["CPUExecutionProvider"])
    names = [value.name for value in session.get_outputs()]
    claims = dump_shapes([path])[str(path)]["values"]
    wrong = []
    for name, actual in zip(names, session.run(names, feeds_of(model, free))):
        problem = shape_judge.contradiction(claims[name], actual) if name in claims else "not among the values"
        if problem:
            wrong.append(f"{name}: {problem}")
    inferred = onnx.shape_inference.infer_shapes(model, data_prop=True).graph
    lost = [value.name for value in inferred.value_info
            if value.type.tensor_type.HasField("shape") and value.name in claims and claims[value.name][1] is None]
    assert not wrong, "\n".join(wrong[:40])
    assert not lost, f"onnx knows the rank of {lost[:20]}"
    return len(names)


@pytest.mark.parametrize("name", LIGHT)
def test_public_architectures(light_model, dump_shapes, name):
    assert judge_by_run(dump_shapes, light_model(name), {}) > 20


def constant(name, values, dtype=TensorProto.INT64, dims=None):
    values = numpy.atleast_1d(values)
    return helper.make_tensor(name, dtype, values.shape if dims is None else dims, values)


def exporter_graph():
    """Exporters' shape arithmetic on a (batch, length, 24) input: heads split off, a causal mask, padding, sizes through floats."""
    node = helper.make_node
    nodes = [
        node("Shape", ["x"], ["shape"]),
        node("Gather", ["shape", "zero"], ["batch"]), node("Gather", ["shape", "one"], ["length"]),
        node("Unsqueeze", ["batch", "first"], ["batch1"]), node("Unsqueeze", ["length", "first"], ["length1"]),
        node("Concat", ["batch1", "length1", "four", "minus1"], ["split_shape"], axis=0),
        node("Reshape", ["x", "split_shape"], ["heads"]),
        node("Transpose", ["heads"], ["by_head"], perm=[0, 2, 1, 3]), node("Transpose", ["heads"], ["keys"], perm=[0, 2, 3, 1]),
        node("MatMul", ["by_head", "keys"], ["scores"]),
        node("Range", ["zero", "length", "one"], ["positions"]),
        node("Unsqueeze", ["positions", "first"], ["row"]), node("Unsqueeze", ["positions", "one1"], ["column"]),
        node("LessOrEqual", ["row", "column"], ["mask"]), node("Where", ["mask", "scores", "low"], ["masked"]),
        node("Softmax", ["masked"], ["weights"]), node("MatMul", ["weights", "by_head"], ["mixed"]),
        node("Transpose", ["mixed"], ["back"], perm=[0, 2, 1, 3]),
        node("Concat", ["batch1", "length1", "width1"], ["join_shape"], axis=0), node("Reshape", ["back", "join_shape"], ["joined"]),
        node("Cast", ["length"], ["real_length"], to=TensorProto.FLOAT), node("Mul", ["real_length", "two"], ["doubled"]),
        node("Floor", ["doubled"], ["floored"]), node("Cast", ["floored"], ["new_length"], to=TensorProto.INT64),
        node("Equal", ["split_shape", "minus1"], ["is_open"]), node("Where", ["is_open", "ones4", "split_shape"], ["filled"]),
        node("ConstantOfShape", ["filled"], ["zeros"]), node("ReduceProd", ["shape"], ["count"], keepdims=0), node("Size", ["x"], ["size"]),
        node("Slice", ["joined", "zero1", "minus1", "one1"], ["shorter"]),
        node("Pad", ["shorter", "pads"], ["padded"]), node("Add", ["padded", "x"], ["sum"]),
        node("Shape", ["sum"], ["sum_shape"]), node("Slice", ["sum_shape", "two1", "three1"], ["last"]),
    ]
    constants = [constant("zero", 0, dims=()), constant("one", 1, dims=()), constant("first", [0]),
                 constant("zero1", [0]), constant("one1", [1]),
                 constant("two1", [2]), constant("three1", [3]), constant("four", [4]), constant("minus1", [-1]), constant("width1", [24]),
                 constant("ones4", [1, 1, 1, 1]), constant("pads", [0, 1, 0, 0, 0, 0]), constant("low", -1e9, TensorProto.FLOAT, ()),
                 constant("two", 2.0, TensorProto.FLOAT, ())]
    value = helper.make_tensor_value_info
    outputs = [value(name, TensorProto.FLOAT, None) for name in ("sum", "zeros")]
    outputs += [value(name, TensorProto.INT64, None) for name in ("count", "size", "last", "new_length")]
    graph = helper.make_graph(nodes, "exporter", [value("x", TensorProto.FLOAT, ["batch", "length", 24])], outputs, constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def test_shape_arithmetic_of_exporters(dump_shapes, tmp_path):
    path = tmp_path / "exporter.onnx"
    onnx.save(exporter_graph(), path)
    assert judge_by_run(dump_shapes, path, {"batch": 2, "length": 5}) > 30
    values = dump_shapes([path])[str(path)]["values"]
    assert values["heads"][1] == [-1, -1, 4, 6]
    assert values["joined"][1] == [-1, -1, 24]
    assert values["last"][2] == [24]
    assert values["is_open"][2] == [0, 0, 0, 1]
    assert not values["positions"][3] and not values["mask"][3]
    assert values["scores"][3] and values["sum"][3]


def test_a_wrong_claim_is_caught():
    actual = numpy.zeros((2, 3), numpy.int64)
    assert shape_judge.contradiction(["int64", [-1, 3], [0] * 6, False], actual) is None
    assert shape_judge.contradiction(["int64", [-1, 4], None, False], actual)
    assert shape_judge.contradiction(["int64", [2], None, False], actual)
    assert shape_judge.contradiction(["int32", None, None, False], actual)
    assert shape_judge.contradiction(["int64", None, [0, 0, 0, 0, 0, 1], False], actual)

# SPDX-License-Identifier: Apache-2.0
"""Fixtures for tests of the Python package, and for those that hold the written files against independent judges."""

import importlib
import importlib.util
import pathlib
import re
import shutil
import subprocess
import sys

import numpy
import onnx
import onnx.numpy_helper
import onnxruntime
import pytest


@pytest.fixture(scope="session")
def ek(build):
    """The built package `evenkeel`."""
    if re.search(r"^EVENKEEL_BUILD_PYTHON:STRING=OFF$", (build / "CMakeCache.txt").read_text(), re.MULTILINE):
        pytest.skip("the build has no Python package (EVENKEEL_BUILD_PYTHON=OFF)")
    folder = build / "python"
    assert list((folder / "evenkeel").glob("_core.*.so")), f"{folder} has no built package: run `make test`"
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    package = importlib.import_module("evenkeel")
    assert pathlib.Path(package.__file__).is_relative_to(folder)
    return package


@pytest.fixture(scope="session")
def torch():
    if importlib.util.find_spec("torch") is None:
        pytest.skip("PyTorch is not installed; scripts/install_torch.sh tells how it may be had")
    return importlib.import_module("torch")


@pytest.fixture(scope="session")
def light_model(tmp_path_factory):
    """light_model("resnet50"): a copy of a public architecture that the onnx package ships."""
    source = pathlib.Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"
    folder = tmp_path_factory.mktemp("light")

    def copy(name):
        target = folder / f"{name}.onnx"
        if not target.exists():
            shutil.copy(source / f"light_{name}.onnx", target)
        return target

    return copy


def constants_of(graph):
    """(name, TensorProto) of initializers and Constant nodes, in subgraphs too."""
    yield from ((tensor.name, tensor) for tensor in graph.initializer)
    for node in graph.node:
        for attribute in node.attribute:
            if node.op_type == "Constant" and attribute.name == "value":
                yield node.output[0], attribute.t
            if attribute.type == onnx.AttributeProto.GRAPH:
                yield from constants_of(attribute.g)


@pytest.fixture(scope="session")
def values_of():
    """values_of(path) -> {name: array} of every stored tensor of an ONNX file, external ones too."""
    return lambda path: {name: onnx.numpy_helper.to_array(tensor) for name, tensor in constants_of(onnx.load(path).graph)}


INPUT_TYPES = {"tensor(float)": numpy.float32, "tensor(float16)": numpy.float16, "tensor(double)": numpy.float64,
               "tensor(int64)": numpy.int64, "tensor(int32)": numpy.int32, "tensor(bool)": numpy.bool_}


def made_up_inputs(session, seed=0, free_size=2):
    """Inputs that fit: normal numbers for floats, 0 and 1 for integers (valid ids of any vocabulary); free axes get `free_size`.
    Old files list their weights among the inputs; those that have an initializer are left alone."""
    random = numpy.random.default_rng(seed)
    weights = {value.name for value in session.get_overridable_initializers()}
    feeds = {}
    for value in session.get_inputs():
        if value.name in weights:
            continue
        shape = [size if isinstance(size, int) and size > 0 else free_size for size in value.shape]
        dtype = INPUT_TYPES[value.type]
        floating = numpy.issubdtype(dtype, numpy.floating)
        feeds[value.name] = (random.standard_normal(shape) if floating else random.integers(0, 2, shape)).astype(dtype)
    return feeds


@pytest.fixture(scope="session")
def run_onnx():
    """run_onnx(path, feeds=None) -> outputs by onnxruntime, on made-up inputs where none are given."""

    def run(path, feeds=None):
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        return session.run(None, feeds if feeds is not None else made_up_inputs(session))

    return run


@pytest.fixture(scope="session")
def dump_values(build):
    """dump_values("fill 100 normal 0 1 float32 0 weight 0") -> bytes: requests as tests/tools/dump_values.cpp describes them."""
    program = build / "tests" / "tools" / "dump_values"
    assert program.is_file(), f"{program} is missing: run `make test`"

    def run(*requests):
        done = subprocess.run([program], input="\n".join(requests).encode(), capture_output=True, timeout=300)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    return run

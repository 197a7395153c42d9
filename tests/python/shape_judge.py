# SPDX-License-Identifier: Apache-2.0
"""Holds what shape inference claims against what runs produce. A claim may be incomplete (-1, null), never wrong."""

import copy
import json
import subprocess

import numpy
import onnx
import onnx.numpy_helper

DTYPES = {"float64", "float32", "float16", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "bool"}


def dump(program, paths):
    """{path: {"values": {name: [dtype, shape, integers, data_dependent]}} or {"error": text}} for every file."""
    listing = "".join(f"{path}\n" for path in paths)
    done = subprocess.run([str(program)], input=listing, capture_output=True, text=True, timeout=600, check=True)
    return {line["file"]: line for line in map(json.loads, done.stdout.splitlines())}


def contradiction(claim, actual):
    """What is wrong with a claim about a value that came out as `actual`, or None. Sequences and missing optionals are not compared."""
    if not isinstance(actual, (numpy.ndarray, numpy.generic)):
        return None
    dtype, shape, integers, _ = claim
    if shape is not None:
        if len(shape) != actual.ndim or any(size not in (-1, real) for size, real in zip(shape, actual.shape)):
            return f"shape {shape}, came out as {list(actual.shape)}"
    if dtype in DTYPES and actual.dtype.name in DTYPES and dtype != actual.dtype.name:
        return f"dtype {dtype}, came out as {actual.dtype.name}"
    if integers is not None and actual.dtype.kind in "iub" and integers != actual.astype(numpy.int64).ravel().tolist():
        return f"content {integers[:8]}, came out as {actual.ravel()[:8].tolist()}"
    return None


def with_constants(model, inputs, chosen):
    """The model with the inputs that `chosen` picks turned into initializers, so that inference knows their contents."""
    model = copy.deepcopy(model)
    graph = model.graph
    kept = []
    for value, array in zip(graph.input, inputs):
        if isinstance(array, numpy.ndarray) and value.type.HasField("tensor_type") and array.dtype.kind in "iubf" and chosen(array):
            tensor = onnx.numpy_helper.from_array(array, value.name)
            if tensor.data_type != value.type.tensor_type.elem_type:
                kept.append(copy.deepcopy(value))
                continue
            graph.initializer.append(tensor)
        else:
            kept.append(copy.deepcopy(value))
    del graph.input[:]
    graph.input.extend(kept)
    return model


def without_sizes(model):
    """The model with every size of its inputs left open, and nothing said about its outputs."""
    model = copy.deepcopy(model)
    for place, value in enumerate(model.graph.input):
        if value.type.HasField("tensor_type"):
            for axis, dim in enumerate(value.type.tensor_type.shape.dim):
                dim.dim_param = f"open_{place}_{axis}"
    return without_answers(model)


def without_answers(model):
    """The model without the shapes of its outputs, which would give the answer away."""
    model = copy.deepcopy(model)
    for value in model.graph.output:
        if value.type.HasField("tensor_type"):
            value.type.tensor_type.ClearField("shape")
    del model.graph.value_info[:]
    return model


def with_all_outputs(model):
    """The model with every value of the main graph as an output."""
    model = copy.deepcopy(model)
    present = {value.name for value in model.graph.output}
    names = [name for node in model.graph.node for name in node.output if name and name not in present]
    model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    return model

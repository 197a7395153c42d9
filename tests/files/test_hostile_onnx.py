# SPDX-License-Identifier: Apache-2.0
"""ONNX files that are broken or made to do harm, given to the command: exit 3 and one line, little time and memory, nothing written."""

import json
import os
import struct
import subprocess
import sys

import pytest
from models import wire
from models.wire import chain, field, graph, integers, model, node, tensor

SECONDS = 3  # of processor time; the slowest takes about a second
MEGABYTES = 120  # for a file of a few bytes, the program itself included
PER_MEGABYTE = 110  # of file: names, nodes and values of a dense file are larger in memory than in it


# In a process of its own: a child starts with its parent's memory, and that of a test run is large.
MEASURE = """
import json, os, resource, subprocess, sys

resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
done = subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
measured = {"seconds": used.ru_utime + used.ru_stime, "megabytes": used.ru_maxrss / 1024}
print(json.dumps({"code": done.returncode, "message": done.stderr.decode(), **measured}))
"""


@pytest.fixture(scope="module")
def program(build):
    path = build / "evenkeel"
    assert path.is_file(), f"{path} is missing: run `make build`"
    return path


@pytest.fixture
def refused(program, tmp_path):
    """refused(bytes) runs `init` and holds time, memory, exit code and the folder against what is allowed; returns the message."""

    def run(content, allowed=(3,), name="hostile.onnx"):
        path = tmp_path / name
        path.write_bytes(content)
        before = {entry.name for entry in tmp_path.iterdir()}
        arguments = [program, "init", path, "-o", tmp_path / "out.onnx", "--unknown", "normal(std=0.02)", "--quiet"]
        measured = subprocess.run([sys.executable, "-S", "-c", MEASURE, *map(str, arguments)], stdout=subprocess.PIPE, check=True)
        said = json.loads(measured.stdout)
        message = said["message"]
        assert said["code"] in allowed, f"exit {said['code']}: {message[:2000]}"
        assert said["seconds"] < SECONDS
        assert said["megabytes"] < MEGABYTES + PER_MEGABYTE * len(content) / 1e6
        if said["code"] != 0:
            assert {entry.name for entry in tmp_path.iterdir()} == before
            assert message.startswith("evenkeel: error: ") and message.count("\n") == 1 and len(message) < 5000
            assert name in message
        return message

    return run


def small():
    """A bit of everything, each part of which a cut may fall into."""
    then = graph([node("MatMul", ["x", "w"], ["t"])], [tensor("w", [4, 4], range(16))], [], ["t"])
    other = graph([node("Relu", ["x"], ["e"], name="relu")], [], [], ["e"])
    call = wire.function("F", ["i"], ["o"], [node("Relu", ["i"], ["o"])])
    nodes = [
        node("If", ["c"], ["y"], wire.subgraph("then_branch", then), wire.subgraph("else_branch", other)),
        node("F", ["y"], ["z"], domain="my"),
    ]
    return model(graph(nodes, [tensor("c", [], b"\1", 9)], outputs=["z"]), [call])


def test_the_small_model_is_whole(refused):
    refused(small(), allowed=(0,))


@pytest.mark.parametrize("part", range(24))
def test_truncated(refused, part):
    content = small()
    graph_end = content.rindex(field(25, wire.function("F", ["i"], ["o"], [node("Relu", ["i"], ["o"])])))
    message = refused(content[: max(1, graph_end * part // 24)])
    assert "byte " in message or part == 0


def cyclic():
    return model(graph([node("Add", ["x", "b"], ["a"]), node("Relu", ["a"], ["b"])], outputs=["b"]))


def nested(depth):
    content = graph([node("Relu", ["x"], ["y"])], inputs=[], outputs=["y"])
    for _ in range(depth):
        content = graph([node("Q", [], ["y"], wire.subgraph("body", content), domain="z")], inputs=[], outputs=["y"])
    return model(graph([node("Q", [], ["y"], wire.subgraph("body", content), domain="z")], outputs=["y"]))


def nested_types(depth):
    """A sequence of sequences of ..., as a TypeProto."""
    kind = field(1, field(1, 1))
    for _ in range(depth):
        kind = field(4, field(1, kind))
    return field(1, 8) + field(7, field(11, field(1, "x") + field(2, kind)) + field(1, node("MatMul", ["x", "nothing"], ["y"])))


def mutual():
    first = wire.function("F", ["i"], ["o"], [node("G", ["i"], ["o"], domain="my")])
    second = wire.function("G", ["i"], ["o"], [node("F", ["i"], ["o"], domain="my")])
    return model(graph([node("F", ["x"], ["y"], domain="my")], outputs=["y"]), [first, second])


def doubling():
    """Sixty functions that each call the one before twice."""
    made = [wire.function("F0", ["i"], ["o"], [node("Relu", ["i"], ["o"])])]
    for k in range(1, 60):
        calls = [node(f"F{k - 1}", ["i"], ["t"], domain="my"), node(f"F{k - 1}", ["t"], ["o"], domain="my")]
        made.append(wire.function(f"F{k}", ["i"], ["o"], calls))
    return model(graph([node("F59", ["x"], ["y"], domain="my")], outputs=["y"]), made)


def with_tensor(content):
    return model(graph([node("MatMul", ["x", "w"], ["y"])], [content], outputs=["y"]))


def convolution(attribute):
    weights = tensor("w", [2, 2, 3, 3], [1.0 + i for i in range(36)])
    return model(graph([node("Conv", ["x", "w"], ["y"], attribute)], [weights], outputs=["y"]))


REFUSED = {
    "no_group": (convolution(wire.integer("group", 0)), "a number of groups of at least 1"),
    "no_stride": (convolution(integers("strides", [1, 0])), "strides of at least 1"),
    "no_dilation": (convolution(integers("dilations", [0, 1])), "dilations of at least 1"),
    "empty": (b"", "an empty file"),
    "cycle": (cyclic(), "without cycles"),
    "own_output": (model(graph([node("Relu", ["a"], ["a"])], outputs=["a"])), "without cycles"),
    "reads_nothing": (model(graph([node("Relu", ["nothing"], ["y"])], outputs=["y"])), "which nothing in the file defines"),
    "dims_and_data": (with_tensor(tensor("w", [4, 5], range(16))), "needs 80 bytes"),
    "no_data": (with_tensor(wire.fields(1, [4, 4]) + field(2, 1) + field(8, "w")), "has no data at all"),
    "absurd_dims": (with_tensor(tensor("w", [1 << 40, 1 << 40], b"")), "larger than any file"),
    "overflowing_dims": (with_tensor(tensor("w", [1 << 62, 8], b"")), "larger than any file"),
    "negative_dims": (with_tensor(tensor("w", [-4, 4], b"")), "no negative dimension"),
    "axes": (with_tensor(field(1, wire.varint(1) * 200000) + field(2, 1) + field(8, "w") + field(9, struct.pack("<f", 1))), "64 axes"),
    "axes_of_a_value": (model(graph([node("Relu", ["x"], ["y"])], outputs=["y"]) + field(13, wire.value_info("y", [1] * 100))), "64 axes"),
    "no_type": (with_tensor(tensor("w", [4, 4], b"\0" * 64, 0)), "has no data type"),
    "fill_too_large": (
        model(graph([node("ConstantOfShape", ["s"], ["y"])], [tensor("s", [2], [1 << 62, 1 << 62], 7)], outputs=["y"])),
        "larger than any file",
    ),
    "fill_negative": (model(graph([node("ConstantOfShape", ["s"], ["y"])], [tensor("s", [1], [-1], 7)], outputs=["y"])), "negative"),
    "twice": (model(graph([node("Relu", ["x"], ["y"])], [tensor("w", [1], [1.0])] * 2, outputs=["y"])), "is given twice"),
    "function_twice": (
        model(graph([node("Relu", ["x"], ["y"])], outputs=["y"]), [wire.function("F", ["i"], ["o"], [node("Relu", ["i"], ["o"])])] * 2),
        "stands twice",
    ),
    "mutual_recursion": (mutual(), "or by itself"),
    "doubling_calls": (doubling(), "grows beyond all bounds"),
    "nested_graphs": (nested(10000), "deep in each other"),
    "nested_types": (nested_types(3000), "which nothing in the file defines"),
    "group": (field(1, 8) + b"\x3b\x3c", "no valid protobuf tag"),
    "wire_type": (field(1, 8) + field(7, 5), "expected bytes or a message"),
    "long_varint": (b"\x08" + b"\xff" * 11 + b"\x01" + field(7, graph()), "at most 10 bytes"),
    "length_of_4_gb": (field(1, 8) + b"\x3a\xff\xff\xff\xff\x0f", "truncated"),
    "length_of_2_to_63": (field(1, 8) + b"\x3a" + wire.varint(1 << 63), "truncated"),
    "segment": (with_tensor(tensor("w", [4, 4], range(16)) + field(3, field(1, 0))), "segments"),
    "no_operator": (model(graph([field(2, "y")], outputs=["y"])), "op_type"),
    "strange_name": (model(graph([node("Relu", [b"\xff\xfe\n\x1b[31mred"], ["y"])], outputs=["y"])), "\\xff\\xfe\\x0a\\x1b[31mred"),
    "long_name": (model(graph([node("Relu", ["n" * 900000], ["y"])], outputs=["y"])), "export the model again"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(refused, name):
    content, expected = REFUSED[name]
    assert expected in refused(content)


OUTSIDE = "expected a path within the model's folder"
LOCATIONS = {
    "missing": ({"location": "nowhere.data"}, "cannot be opened"),
    "absolute": ({"location": "/etc/passwd"}, OUTSIDE),
    "parent": ({"location": "../secret"}, OUTSIDE),
    "parent_within": ({"location": "folder/../data"}, OUTSIDE),
    "link": ({"location": "link"}, "a link out of the model's folder"),
    "link_folder": ({"location": "out/secret"}, "a link out of the model's folder"),
    "empty": ({"location": ""}, OUTSIDE),
    "zero_byte": ({"location": "data\0more"}, OUTSIDE),
    "folder": ({"location": "folder"}, "expected a file there"),
    "pipe": ({"location": "pipe"}, "expected a file there"),
    "offset_beyond": ({"location": "data", "offset": 64, "length": 64}, "has only 64"),
    "length_beyond": ({"location": "data", "length": 1 << 61}, "are said to have"),
    "offset_huge": ({"location": "data", "offset": (1 << 62) - 1}, "has only 64"),
    "offset_negative": ({"location": "data", "offset": -1}, "needs a whole number"),
    "offset_beyond_64_bits": ({"location": "data", "offset": 1 << 70}, "needs a whole number"),
    "offset_in_words": ({"location": "data", "offset": "0x10"}, "needs a whole number"),
    "long": ({"location": "d" * 100000}, "cannot be opened"),
}


@pytest.mark.parametrize("name", LOCATIONS)
def test_external_data(refused, tmp_path, name):
    entries, expected = LOCATIONS[name]
    secret = tmp_path.parent / "secret"
    secret.write_bytes(bytes(64))
    (tmp_path / "data").write_bytes(bytes(64))
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(secret)
    (tmp_path / "out").symlink_to(tmp_path.parent)
    os.mkfifo(tmp_path / "pipe")
    message = refused(with_tensor(wire.external("w", [4, 4], **entries)))
    assert expected in message and "'w'" in message


def test_a_type_of_the_future_is_copied(refused):
    """A new type of number is no damage: such a tensor keeps its bytes."""
    refused(
        model(graph([node("Relu", ["x"], ["y"]), node("Q", ["w"], ["z"], domain="z")], [tensor("w", [4, 4], b"abc", 99)], outputs=["y"])),
        allowed=(0,),
    )


def repeated_integers(op):
    nodes, last = chain(op, 20000, first="c")
    return model(graph(nodes, [tensor("c", [4096], range(4096), 7)], outputs=[last]))


def repeated_floats():
    nodes, last = chain("Identity", 20000, first="c")
    return model(graph([*nodes, node("MatMul", ["x", last], ["y"])], [tensor("c", [4, 4], range(16))], outputs=["y"]))


def called(body, **more):
    """A function called many times, whatever is in it."""
    calls = [node("F", ["x"], [f"v{i}"], domain="my", name="n") for i in range(20000)]
    return model(graph(calls, outputs=["v0"]), [wire.function("F", ["i"], ["o"], body, **more)])


def initializers_in_calls():
    then = graph([node("Relu", ["i"], ["t"])], [tensor(f"w{i}", [1], [1.0]) for i in range(5000)], [], ["t"])
    return called([node("If", ["i"], ["o"], wire.subgraph("then_branch", then), wire.subgraph("else_branch", graph([], [], [], ["i"])))])


def references():
    count = 12000
    uses = [wire.reference(f"a{i}", f"d{count - 1}", 1) for i in range(count)]
    defaults = [field(1, f"d{i}") + wire.real(2, 1.0) + field(20, 1) for i in range(count)]
    return called([node("Q", ["i"], ["o"], *uses, domain="z")], defaults=defaults)


def chained(op, **attributes):
    nodes, last = chain(op, 60000, *[integers(name, value) for name, value in attributes.items()])
    return model(graph([*nodes, node("MatMul", [last, "w"], ["y"])], [tensor("w", [4, 4], range(16))], outputs=["y"]))


def sums_of_all():
    nodes, count, last = [], 0, "x"
    for i in range(250):
        for j in range(max(0, i - 50), i + 1):
            nodes.append(node("Add", [last, f"v{j}" if j < i else "x"], [f"a{count}"]))
            last, count = f"a{count}", count + 1
        nodes.append(node("MatMul", [last, f"w{i}"], [f"v{i}"]))
    return model(graph(nodes, [tensor(f"w{i}", [4, 4], range(16)) for i in range(250)], outputs=["v249"]))


def read_by_all(op):
    nodes = [
        node(op, ["x"], ["r"]),
        *(node("MatMul", ["r", f"w{i}"], [f"v{i}"]) for i in range(4000)),
        node("Sum", [f"v{i}" for i in range(4000)], ["s"]),
        node("MatMul", ["s", "w0"], ["y"]),
    ]
    return model(graph(nodes, [tensor(f"w{i}", [4, 4], range(16)) for i in range(4000)], outputs=["y"]))


def concats_of_concats():
    """Seven concats that read the one before a thousand times: 10^21 ways through it."""
    nodes, last = [], "x"
    for i in range(7):
        nodes.append(node("Concat", [last] * 1000, [f"c{i}"], wire.integer("axis", 0)))
        last = f"c{i}"
    return model(graph([*nodes, node("MatMul", [last, "w"], ["y"])], [tensor("w", [4, 4], range(16))], outputs=["y"]))


def sums_of_weights():
    """Weights made of weights made of weights, each step twice the one before."""
    nodes, last = [node("Add", ["a", "b"], ["s0"]), node("Add", ["b", "a"], ["t0"])], 60
    for i in range(last):
        nodes += [node("Add", [f"s{i}", f"t{i}"], [f"s{i + 1}"]), node("Mul", [f"t{i}", f"s{i}"], [f"t{i + 1}"])]
    return model(
        graph(
            [*nodes, node("MatMul", ["x", f"s{last}"], ["y"])],
            [tensor("a", [4, 4], range(16)), tensor("b", [4, 4], range(1, 17))],
            outputs=["y"],
        )
    )


def shared_constant():
    return model(graph([node("Add", ["x", "b"], [f"v{i}"]) for i in range(20000)], [tensor("b", [4], [0.0] * 4)], outputs=["v0"]))


def loops():
    body = graph([node("Relu", ["s"], ["t"])], [], ["it", "go", "s"], ["go", "t"])
    return model(graph([node("Loop", ["", "", "x"], [f"v{i}"], wire.subgraph("body", body)) for i in range(6000)], outputs=["v0"]))


def scalars():
    nodes, last = chain("Unsqueeze", 60000, integers("axes", [0]), first="c")
    return model(graph([*nodes, node("Mul", ["x", last], ["y"])], [tensor("c", [], [2.0])], outputs=["y"]))


def long_names():
    long = "n" * 400000
    body, last = chain("Relu", 10000, first="i")
    inside = wire.function("F", ["i"], [last], body)
    calls = [node("F", ["x"], ["y"], domain="my", name=long), node("F", ["y"], ["z"], domain="my", name="/" + long + "/m")]
    return model(graph(calls, outputs=["z"]), [inside])


HUGE = 1 << 62
EXTENTS = [
    node("ConstantOfShape", ["s"], ["a"]),
    node("Range", ["zero", "e", "one"], ["r"]),
    node("Tile", ["x", "h"], ["t"]),
    node("Expand", ["x", "h"], ["ex"]),
    node("Resize", ["x", "", "sc"], ["rs"]),
    node("Pad", ["x", "pads"], ["p"]),
    node("OneHot", ["r", "e", "h"], ["oh"]),
    node("Reshape", ["x", "h"], ["rh"]),
    node("Mul", ["e", "e"], ["mm"]),
    node("Div", ["m", "zero"], ["dd"]),
    node("Mod", ["m", "zero"], ["mo"]),
    node("Div", ["m", "minus"], ["dm"]),
    node("Range", ["zero", "e", "zero"], ["r0"]),
    node("Split", ["x"], ["q1", "q2", "q3"], wire.integer("num_outputs", 1)),
    node("Conv", ["x", "sc"], ["cv"], integers("pads", [HUGE] * 4), integers("strides", [0, 0]), integers("kernel_shape", [HUGE, HUGE])),
    node("MaxPool", ["x"], ["mp"], integers("kernel_shape", [HUGE, HUGE]), integers("strides", [0, -1]), integers("pads", [HUGE] * 4)),
    node("Gather", ["x", "h"], ["g"], wire.integer("axis", -HUGE)),
    node("SpaceToDepth", ["x"], ["sd"], wire.integer("blocksize", HUGE)),
    node("Einsum", ["x", "x"], ["ei"], wire.text("equation", "ab,bc" * 100000 + "->ac")),
    node("HannWindow", ["e"], ["hw"]),
]
NUMBERS = [
    tensor("s", [1], [1 << 40], 7),
    tensor("e", [], [HUGE], 7),
    tensor("zero", [], [0], 7),
    tensor("one", [], [1], 7),
    tensor("h", [2], [HUGE, HUGE], 7),
    tensor("sc", [2], [1e30, 1e30]),
    tensor("pads", [4], [HUGE] * 4, 7),
    tensor("m", [1], [-2 * HUGE], 7),
    tensor("minus", [], [-1], 7),
]

# Files that are well formed, and small, but ask for work without end: they may be written or refused, within bounds.
BOUNDED = {
    "identities_of_integers": lambda: repeated_integers("Identity"),
    "arithmetic_of_integers": lambda: repeated_integers("Neg"),
    "identities_of_floats": repeated_floats,
    "calls_with_long_lists": lambda: called([node("Q", ["i"], ["o"], integers("k", [1] * 100000), domain="z")]),
    "calls_with_long_texts": lambda: called([node("Q", ["i"], ["o"], wire.text("k", "s" * 200000), domain="z")]),
    "calls_with_long_names": lambda: called([node("Relu", ["i"], ["o"], name="s" * 200000)]),
    "calls_that_clash": lambda: called([node("Relu", ["i"], ["t"]), node("Relu", ["t"], ["o"])]),
    "calls_with_values": lambda: called([node("Relu", ["i"], ["o"])], infos=[wire.value_info("q")] * 40000),
    "calls_with_initializers": initializers_in_calls,
    "references": references,
    "long_names": long_names,
    "relus": lambda: chained("Relu"),
    "transposes": lambda: chained("Transpose", perm=[1, 0]),
    "scalars": scalars,
    "sums_of_all": sums_of_all,
    "relu_read_by_all": lambda: read_by_all("Relu"),
    "softmax_read_by_all": lambda: read_by_all("Softmax"),
    "concats_of_concats": concats_of_concats,
    "sums_of_weights": sums_of_weights,
    "shared_constant": shared_constant,
    "loops": loops,
    "empty_attributes": lambda: model(graph([node("Q", ["x"], ["y"], *[b""] * 300000, domain="z")], outputs=["y"])),
    "empty_values": lambda: model(graph([node("Relu", ["x"], ["y"])], outputs=["y"]) + field(13, b"") * 300000),
    "extents": lambda: model(graph(EXTENTS, NUMBERS, outputs=["a"])),
}


@pytest.mark.parametrize("name", BOUNDED)
def test_bounded(refused, name):
    refused(BOUNDED[name](), allowed=(0, 3))

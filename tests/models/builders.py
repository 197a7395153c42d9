# SPDX-License-Identifier: Apache-2.0
"""Small ONNX models made with onnx.helper, one function each: (model, feeds). Values are noise, so that every tensor has its own."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


class Net:
    """Collects nodes and initializers; names are given by the caller, values are drawn."""

    def __init__(self, seed=0, dtype=np.float32):
        self.random = np.random.default_rng(seed)
        self.dtype = dtype
        self.nodes, self.initializers, self.inputs, self.outputs, self.feeds = [], [], [], [], {}

    def input(self, name, shape, integers=None):
        kind = TensorProto.INT64 if integers else helper.np_dtype_to_tensor_dtype(np.dtype(self.dtype))
        self.inputs.append(helper.make_tensor_value_info(name, kind, shape))
        self.feeds[name] = self.random.integers(0, integers, shape) if integers else self.random.standard_normal(shape).astype(self.dtype)
        return name

    def weight(self, name, *shape, value=None):
        array = self.random.standard_normal(shape) * 0.3 if value is None else np.full(shape, value)
        return self.stored(name, array.astype(self.dtype))

    def stored(self, name, array):
        self.initializers.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def node(self, op, inputs, output, **attributes):
        outputs = output if isinstance(output, list) else [output]
        self.nodes.append(helper.make_node(op, inputs, outputs, name=f"node_{outputs[0]}", **attributes))
        return outputs[0] if len(outputs) == 1 else outputs

    def output(self, name, shape):
        self.outputs.append(helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(np.dtype(self.dtype)), shape))

    def model(self, opset=20):
        graph = helper.make_graph(self.nodes, "net", self.inputs, self.outputs, self.initializers)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=9)
        onnx.checker.check_model(model)
        return model, self.feeds

    def linear(self, x, name, out, into, bias=True, output=None):
        """Gemm with a (out, in) weight, as torch.nn.Linear is exported for matrices."""
        inputs = [x, self.weight(f"{name}.weight", out, into)] + ([self.weight(f"{name}.bias", out)] if bias else [])
        return self.node("Gemm", inputs, output or f"{name}_out", transB=1)

    def norm(self, x, name, width):
        return self.node(
            "LayerNormalization", [x, self.weight(f"{name}.weight", width), self.weight(f"{name}.bias", width)], f"{name}_out", axis=-1
        )


def mlp(activation="Relu", widths=(64, 128, 128, 10), dtype=np.float32):
    net = Net(1, dtype)
    x = net.input("x", [2, widths[0]])
    for i in range(len(widths) - 1):
        last = i == len(widths) - 2
        x = net.linear(x, f"fc{i}", widths[i + 1], widths[i], output="y" if last else None)
        if not last:
            x = net.node(activation, [x], f"act{i}")
    net.output("y", [2, widths[-1]])
    return net.model()


def cnn(channels=32):
    """Stem, two residual blocks with BatchNormalization, classifier."""
    net = Net(2)

    def conv_norm(x, name, out, into):
        x = net.node(
            "Conv", [x, net.weight(f"{name}.conv.weight", out, into, 3, 3)], f"{name}_conv", pads=[1, 1, 1, 1], kernel_shape=[3, 3]
        )
        stats = [
            net.weight(f"{name}.bn.{part}", out, value=value)
            for part, value in (("weight", 1.5), ("bias", 0.2), ("running_mean", 0.1), ("running_var", 2))
        ]
        return net.node("BatchNormalization", [x, *stats], f"{name}_bn")

    x = net.input("x", [2, 3, 8, 8])
    x = net.node("Relu", [conv_norm(x, "stem", channels, 3)], "stem_relu")
    for block in range(2):
        y = net.node("Relu", [conv_norm(x, f"block{block}.a", channels, channels)], f"block{block}_relu")
        y = conv_norm(y, f"block{block}.b", channels, channels)
        x = net.node("Relu", [net.node("Add", [y, x], f"block{block}_add")], f"block{block}_end")
    x = net.node("Flatten", [net.node("GlobalAveragePool", [x], "pool")], "flat")
    net.linear(x, "fc", 10, channels, output="y")
    net.output("y", [2, 10])
    return net.model()


def transformer(width=64, heads=4, blocks=2, vocabulary=96, length=6, tied=True):
    """GPT: embedding, positions, pre-norm blocks with packed QKV in (in, out) layout, head tied as a transposed copy."""
    net = Net(3)
    ids = net.input("ids", [2, length], integers=vocabulary)
    table = net.weight("wte.weight", vocabulary, width)
    x = net.node("Add", [net.node("Gather", [table, ids], "embedded"), net.weight("wpe.weight", 1, length, width)], "with_positions")
    split = net.stored("split_heads", np.array([2, length, heads, width // heads]))
    merge = net.stored("merge_heads", np.array([2, length, width]))
    scale = net.stored("scale", np.array((width // heads) ** -0.5, np.float32))
    for b in range(blocks):
        x = attention_block(net, x, f"h.{b}", width, (split, merge, scale))
        y = net.norm(x, f"h.{b}.ln_2", width)
        y = net.node(
            "Add",
            [
                net.node("MatMul", [y, net.weight(f"h.{b}.fc.weight", width, 4 * width)], f"h{b}_fc"),
                net.weight(f"h.{b}.fc.bias", 4 * width),
            ],
            f"h{b}_fc_b",
        )
        y = net.node("Gelu", [y], f"h{b}_gelu")
        y = net.node(
            "Add",
            [
                net.node("MatMul", [y, net.weight(f"h.{b}.proj.weight", 4 * width, width)], f"h{b}_proj"),
                net.weight(f"h.{b}.proj.bias", width),
            ],
            f"h{b}_proj_b",
        )
        x = net.node("Add", [x, y], f"h{b}_mlp_add")
    x = net.norm(x, "ln_f", width)
    copy = numpy_helper.to_array(net.initializers[0]).T.copy() if tied else None
    head = net.stored("head_t", copy) if tied else net.weight("head_t", width, vocabulary)
    net.node("MatMul", [x, head], "logits")
    net.output("logits", [2, length, vocabulary])
    return net.model()


def attention_block(net, x, name, width, constants):
    split, merge, scale = constants
    tag = name.replace(".", "")
    y = net.norm(x, f"{name}.ln_1", width)
    y = net.node(
        "Add",
        [
            net.node("MatMul", [y, net.weight(f"{name}.qkv.weight", width, 3 * width)], f"{tag}_qkv"),
            net.weight(f"{name}.qkv.bias", 3 * width),
        ],
        f"{tag}_qkv_b",
    )
    q, k, v = net.node("Split", [y], [f"{tag}_q", f"{tag}_k", f"{tag}_v"], axis=-1, num_outputs=3)
    q, k, v = (net.node("Reshape", [t, split], f"{t}_heads") for t in (q, k, v))
    q = net.node("Transpose", [q], f"{tag}_qt", perm=[0, 2, 1, 3])
    k = net.node("Transpose", [k], f"{tag}_kt", perm=[0, 2, 3, 1])
    v = net.node("Transpose", [v], f"{tag}_vt", perm=[0, 2, 1, 3])
    scores = net.node("Mul", [net.node("MatMul", [q, k], f"{tag}_scores"), scale], f"{tag}_scaled")
    mixed = net.node("MatMul", [net.node("Softmax", [scores], f"{tag}_softmax", axis=-1), v], f"{tag}_mixed")
    y = net.node("Reshape", [net.node("Transpose", [mixed], f"{tag}_back", perm=[0, 2, 1, 3]), merge], f"{tag}_merged")
    y = net.node(
        "Add",
        [net.node("MatMul", [y, net.weight(f"{name}.out.weight", width, width)], f"{tag}_out"), net.weight(f"{name}.out.bias", width)],
        f"{tag}_out_b",
    )
    return net.node("Add", [x, y], f"{tag}_attn_add")


def lstm(hidden=32, width=24):
    net = Net(4)
    x = net.input("x", [5, 2, width])
    net.node(
        "LSTM",
        [x, net.weight("W", 1, 4 * hidden, width), net.weight("R", 1, 4 * hidden, hidden), net.weight("B", 1, 8 * hidden)],
        ["", "h"],
        hidden_size=hidden,
    )
    y = net.node("Squeeze", ["h", net.stored("axis", np.array([0]))], "h_last")
    net.linear(y, "head", 7, hidden, output="y")
    net.output("y", [2, 7])
    return net.model()


def transposed_weights():
    """Weights stored as (out, in) and transposed by a node, as an unfolded export leaves them."""
    net = Net(5)
    x = net.input("x", [2, 64])
    w = net.node("Transpose", [net.weight("fc0.weight", 96, 64)], "fc0_t", perm=[1, 0])
    x = net.node("Relu", [net.node("MatMul", [x, w], "fc0_out")], "relu")
    w = net.node("Transpose", [net.weight("fc1.weight", 48, 96)], "fc1_t", perm=[1, 0])
    net.node("MatMul", [x, w], "y")
    net.output("y", [2, 48])
    return net.model()


def subgraph():
    """Weights inside both branches of an If."""
    net = Net(6)
    x = net.input("x", [2, 64])

    def branch(name):
        inner = Net(7)
        weight = numpy_helper.from_array((inner.random.standard_normal((64, 64)) * 0.1).astype(np.float32), f"{name}_w")
        nodes = [
            helper.make_node("MatMul", [x, f"{name}_w"], [f"{name}_m"], name=f"{name}_matmul"),
            helper.make_node("Relu", [f"{name}_m"], [f"{name}_y"]),
        ]
        return helper.make_graph(nodes, name, [], [helper.make_tensor_value_info(f"{name}_y", TensorProto.FLOAT, [2, 64])], [weight])

    condition = net.stored("condition", np.array(True))
    picked = net.node("If", [condition], "picked", then_branch=branch("then"), else_branch=branch("else"))
    net.linear(picked, "head", 10, 64, output="y")
    net.output("y", [2, 10])
    return net.model()


def merged():
    """What an exporter makes of two fresh residual blocks: norm scales of 1 stored once for all, equal weights behind Identity nodes."""
    net = Net(9)
    ones, zeros = net.weight("block0.bn1.weight", 16, value=1), net.weight("block0.bn1.bias", 16, value=0)
    mean, var = net.weight("mean", 16, value=0), net.weight("var", 16, value=1)
    first = net.weight("block0.conv1.weight", 16, 16, 3, 3)
    x = net.input("x", [2, 16, 6, 6])
    for block in range(2):
        y = x
        for layer in (1, 2):
            name = f"block{block}.conv{layer}.weight"
            weight = first if (block, layer) == (0, 1) else net.node("Identity", [first], name)
            y = net.node("Conv", [y, weight], f"y{block}{layer}", pads=[1, 1, 1, 1], kernel_shape=[3, 3])
            y = net.node("BatchNormalization", [y, ones, zeros, mean, var], f"n{block}{layer}")
            y = net.node("Relu", [y], f"r{block}{layer}") if layer == 1 else y
        x = net.node("Relu", [net.node("Add", [x, y], f"add{block}")], "y" if block else "x1")
    net.output("y", [2, 16, 6, 6])
    return net.model()


def mystery():
    """A stored float tensor that no rule can name: it meets the data in an operator from nowhere."""
    net = Net(8)
    x = net.input("x", [2, 64])
    x = net.linear(x, "fc", 64, 64)
    net.nodes.append(helper.make_node("Strange", [x, net.weight("mystery", 64, 64)], ["y"], name="strange", domain="some.where"))
    net.output("y", [2, 64])
    graph = helper.make_graph(net.nodes, "net", net.inputs, net.outputs, net.initializers)
    return (
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20), helper.make_opsetid("some.where", 1)], ir_version=9),
        net.feeds,
    )


ALL = {
    "mlp": mlp,
    "cnn": cnn,
    "transformer": transformer,
    "lstm": lstm,
    "transposed_weights": transposed_weights,
    "subgraph": subgraph,
    "merged": merged,
}


def stored_arrays(path):
    """name -> array of every float initializer of a file, subgraphs and external data included."""
    model = onnx.load(path)
    found = {}

    def visit(graph):
        for tensor in graph.initializer:
            if tensor.data_type in (TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.DOUBLE):
                found[tensor.name] = numpy_helper.to_array(tensor)
        for node in graph.node:
            for attribute in node.attribute:
                if attribute.HasField("g"):
                    visit(attribute.g)

    visit(model.graph)
    return found


def save_external(model, path):
    onnx.save_model(model, path, save_as_external_data=True, location=path.name + ".data", size_threshold=256)

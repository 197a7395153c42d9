# SPDX-License-Identifier: Apache-2.0
"""Models in the manner of exporters, which take layers to pieces, pack, merge and rename them: (model, {tensor: what it is}).

What a tensor is: (role, fan_in, fan_out), with None where there are no fans; None for a number that no plan may change. The truth is
written by hand from the layer that the nodes compute.
"""

import numpy as np
import onnx
from onnx import TensorProto, helper

from .builders import Net


def constant(net, name, value):
    return net.stored(name, np.array(value, np.float32))


def tokens(net, vocabulary=50, width=16, length=6):
    ids = net.input("ids", [2, length], integers=vocabulary)
    return net.node("Gather", [net.weight("embed.weight", vocabulary, width), ids], "embedded")


def rms_norm_in_pieces():
    net = Net(20)
    x = tokens(net)
    square = net.node("Pow", [x, constant(net, "two", 2.0)], "square")
    mean = net.node("ReduceMean", [square, net.stored("last", np.array([-1]))], "mean", keepdims=1)
    root = net.node("Sqrt", [net.node("Add", [mean, constant(net, "eps", 1e-6)], "shifted")], "root")
    normed = net.node("Mul", [x, net.node("Reciprocal", [root], "inverse")], "normed")
    scaled = net.node("Mul", [net.weight("norm.weight", 16), normed], "scaled")
    net.node("MatMul", [scaled, net.weight("val_7", 16, 12)], "y")
    net.output("y", [2, 6, 12])
    return net.model()[0], {"embed.weight": ("embedding", 1, 16), "norm.weight": ("norm_scale", None, None), "val_7": ("dense", 16, 12)}


def layer_norm_with_early_scale():
    """As tf2onnx leaves it: gamma times the reciprocal root first, beta minus the scaled mean later."""
    net = Net(21)
    x = tokens(net)
    axes = net.stored("last", np.array([-1]))
    mean = net.node("ReduceMean", [x, axes], "mean", keepdims=1)
    centred = net.node("Sub", [x, mean], "centred")
    variance = net.node("ReduceMean", [net.node("Mul", [centred, centred], "square"), axes], "variance", keepdims=1)
    root = net.node("Sqrt", [net.node("Add", [variance, constant(net, "eps", 1e-6)], "shifted")], "root")
    factor = net.node("Mul", [net.node("Reciprocal", [root], "inverse"), net.weight("ln/gamma", 16)], "factor")
    offset = net.node("Sub", [net.weight("ln/beta", 16), net.node("Mul", [mean, factor], "scaled_mean")], "offset")
    normed = net.node("Add", [net.node("Mul", [x, factor], "scaled"), offset], "normed")
    net.node("MatMul", [normed, net.weight("kernel", 16, 12)], "y")
    net.output("y", [2, 6, 12])
    return net.model()[0], {"ln/gamma": ("norm_scale", None, None), "ln/beta": ("norm_shift", None, None), "kernel": ("dense", 16, 12)}


def batch_norm_of_constants():
    """A Keras batch norm at inference: Sub mean, Mul gamma/std (one folded tensor), Add beta."""
    net = Net(22)
    x = net.input("x", [2, 3, 8, 8])
    x = net.node("Conv", [x, net.weight("kernel", 8, 3, 3, 3)], "conv", pads=[1, 1, 1, 1])
    x = net.node("Sub", [x, net.weight("mean", 1, 8, 1, 1)], "sub")
    x = net.node("Mul", [x, net.weight("folded", 1, 8, 1, 1)], "mul")
    x = net.node("Relu", [net.node("Add", [x, net.weight("beta", 1, 8, 1, 1)], "add")], "relu")
    net.node("Conv", [x, net.weight("kernel2", 4, 8, 1, 1)], "y")
    net.output("y", [2, 4, 8, 8])
    return net.model()[0], {
        "kernel": ("conv", 27, 72),
        "mean": ("running_mean", None, None),
        "folded": ("norm_scale", None, None),
        "beta": ("norm_shift", None, None),
        "kernel2": ("conv", 8, 4),
    }


def convolutions():
    net = Net(23)
    x = net.input("x", [2, 8, 12, 12])
    x = net.node("Conv", [x, net.weight("grouped", 16, 2, 3, 3)], "a", group=4, pads=[1, 1, 1, 1])
    x = net.node("Conv", [x, net.weight("depthwise", 32, 1, 3, 3)], "b", group=16, pads=[1, 1, 1, 1])
    x = net.node("ConvTranspose", [x, net.weight("up", 32, 6, 4, 4)], "c", strides=[2, 2])
    net.node("ConvTranspose", [x, net.weight("up_each", 6, 1, 3, 3)], "y", group=6)
    net.output("y", [2, 6, 28, 28])
    return net.model()[0], {
        "grouped": ("grouped_conv", 18, 36),
        "depthwise": ("depthwise_conv", 9, 18),
        "up": ("transposed_conv", 128, 96),
        "up_each": ("depthwise_transposed_conv", 9, 9),
    }


def heads(net, x, name, perm, shape):
    return net.node(
        "Transpose", [net.node("Reshape", [x, net.stored(f"{name}_shape", np.array(shape))], f"{name}_split")], f"{name}_heads", perm=perm
    )


def attend(net, q, k, v, width, output):
    scores = net.node("Softmax", [net.node("MatMul", [q, k], "scores")], "softmax", axis=-1)
    mixed = net.node("Transpose", [net.node("MatMul", [scores, v], "mixed")], "back", perm=[0, 2, 1, 3])
    merged = net.node("Reshape", [mixed, net.stored("merge", np.array([2, 6, width]))], "merged")
    net.node("MatMul", [merged, net.weight("out", width, width)], output)


def interleaved_qkv():
    """GPT-NeoX: rows of q, k, v alternate head by head."""
    net = Net(24)
    x = net.node("MatMul", [tokens(net), net.weight("qkv", 16, 48)], "packed")
    x = net.node("Reshape", [x, net.stored("per_head", np.array([2, 6, 4, 12]))], "by_head")
    q, k, v = net.node("Split", [x], ["q0", "k0", "v0"], axis=-1, num_outputs=3)
    q = net.node("Transpose", [q], "q", perm=[0, 2, 1, 3])
    k = net.node("Transpose", [k], "k", perm=[0, 2, 3, 1])
    v = net.node("Transpose", [v], "v", perm=[0, 2, 1, 3])
    attend(net, q, k, v, 16, "y")
    net.output("y", [2, 6, 16])
    return net.model()[0], {"qkv": ("packed_qkv", 16, 16), "out": ("dense", 16, 16)}


def grouped_query_qkv():
    """Four query heads, two key and value heads, cut by Slice."""
    net = Net(25)
    x = net.node("MatMul", [tokens(net), net.weight("qkv", 16, 32)], "packed")
    ends, axes = {"q": (0, 16), "k": (16, 24), "v": (24, 32)}, net.stored("axes", np.array([2]))
    parts = {}
    for name, (start, end) in ends.items():
        part = net.node(
            "Slice", [x, net.stored(f"{name}_start", np.array([start])), net.stored(f"{name}_end", np.array([end])), axes], f"{name}_part"
        )
        parts[name] = heads(net, part, name, [0, 2, 3, 1] if name == "k" else [0, 2, 1, 3], [2, 6, -1, 4])
    twice = net.stored("twice", np.array([1, 2, 1, 1]))
    k, v = (net.node("Tile", [parts[name], twice], f"{name}_twice") for name in "kv")
    attend(net, parts["q"], k, v, 16, "y")
    net.output("y", [2, 6, 16])
    return net.model()[0], {"qkv": ("packed_qkv", 16, 16)}


def packed_gate_and_up():
    net = Net(26)
    x = net.node("MatMul", [tokens(net), net.weight("gate_up", 16, 64)], "packed")
    gate, up = net.node("Split", [x], ["gate", "up"], axis=-1, num_outputs=2)
    x = net.node("Mul", [net.node("Mul", [gate, net.node("Sigmoid", [gate], "sigmoid")], "silu"), up], "product")
    net.node("MatMul", [x, net.weight("down", 32, 16)], "y")
    net.output("y", [2, 6, 16])
    return net.model()[0], {"gate_up": ("packed_gate_up", 16, 32), "down": ("dense", 32, 16)}


def gelu_with_named_numbers():
    """The half and the root of a GELU in pieces, named like parameters; and a learned scalar on a branch, which is one."""
    net = Net(39)
    x = net.linear(net.input("x", [4, 16]), "fc", 16, 16)
    root = net.node("Div", [x, constant(net, "gelu.root_two", np.sqrt(2.0))], "over_root")
    risen = net.node("Add", [net.node("Erf", [root], "erf"), constant(net, "gelu.one", 1.0)], "risen")
    y = net.node("Mul", [net.node("Mul", [x, risen], "twice"), constant(net, "gelu.half", 0.5)], "gelu")
    y = net.node("Relu", [net.linear(y, "proj", 16, 16)], "relu")
    net.node("Add", [x, net.node("Mul", [y, net.stored("alpha", np.array([0.3], np.float32))], "scaled")], "y")
    net.output("y", [4, 16])
    return net.model()[0], {
        "fc.weight": ("dense", 16, 16),
        "proj.weight": ("dense", 16, 16),
        "alpha": ("residual_scale", None, None),
        "gelu.half": None,
        "gelu.one": None,
        "gelu.root_two": None,
    }


def experts():
    """A router, TopK, and a stack (E, out, in) of which one matrix a token is gathered."""
    net = Net(27)
    x = net.node("Reshape", [tokens(net), net.stored("flat", np.array([-1, 16]))], "rows")
    scores = net.node("Softmax", [net.node("MatMul", [x, net.weight("router", 16, 4)], "logits")], "probabilities", axis=-1)
    best, index = net.node("TopK", [scores, net.stored("one", np.array([1]))], ["best", "index"], axis=-1)
    picked = net.node("GatherND", [net.weight("experts", 4, 24, 16), index], "picked")
    column = net.node("Unsqueeze", [x, net.stored("last", np.array([-1]))], "column")
    y = net.node("Squeeze", [net.node("MatMul", [picked, column], "expert_out"), "last"], "rows_out")
    y = net.node("Mul", [net.node("Relu", [y], "relu"), best], "weighted")
    net.node("MatMul", [y, net.weight("head", 24, 5)], "y")
    net.output("y", [12, 5])
    return net.model()[0], {"router": ("router", 16, 4), "experts": ("expert_stack", 16, 24), "head": ("dense", 24, 5)}


def unrolled_lstm():
    """Two steps of a Keras LSTM: gates i f c o along the last axis; every kernel has several readers."""
    net = Net(28)
    x = net.input("x", [2, 2, 10])
    inputs = net.node("Add", [net.node("MatMul", [x, net.weight("kernel", 10, 32)], "all_steps"), net.weight("bias", 32)], "with_bias")
    net.weight("recurrent", 8, 32)
    h, c = net.input("h_start", [2, 8]), net.input("c_start", [2, 8])
    for t in range(2):
        at = net.node("Gather", [inputs, net.stored(f"t{t}", np.array(t))], f"at{t}", axis=1)
        gates = net.node("Add", [at, net.node("MatMul", [h, "recurrent"], f"hr{t}")], f"gates{t}")
        i, f, g, o = net.node("Split", [gates], [f"i{t}", f"f{t}", f"g{t}", f"o{t}"], axis=-1, num_outputs=4)
        kept = net.node("Mul", [net.node("Sigmoid", [f], f"sf{t}"), c], f"kept{t}")
        new = net.node("Mul", [net.node("Sigmoid", [i], f"si{t}"), net.node("Tanh", [g], f"tg{t}")], f"new{t}")
        c = net.node("Add", [kept, new], f"c{t}")
        h = net.node("Mul", [net.node("Sigmoid", [o], f"so{t}"), net.node("Tanh", [c], f"tc{t}")], f"h{t}")
    net.node("MatMul", [h, net.weight("head", 8, 3)], "y")
    net.output("y", [2, 3])
    return net.model()[0], {
        "kernel": ("packed_gates", 10, 8),
        "recurrent": ("packed_gates", 8, 8),
        "bias": ("packed_gate_bias", None, None),
    }


def per_head_kernels():
    net = Net(29)
    x = tokens(net)
    q = net.node("Einsum", [x, net.weight("query", 16, 4, 5)], "q", equation="abc,cde->abde")
    k = net.node("Einsum", [x, net.weight("key", 16, 4, 5)], "k", equation="abc,cde->abde")
    v = net.node("Einsum", [x, net.weight("value", 16, 4, 5)], "v", equation="abc,cde->abde")
    scores = net.node("Softmax", [net.node("Einsum", [k, q], "scores", equation="aecd,abcd->acbe")], "softmax", axis=-1)
    mixed = net.node("Einsum", [scores, v], "mixed", equation="acbe,aecd->abcd")
    net.node("Einsum", [mixed, net.weight("out", 4, 5, 16)], "y", equation="abcd,cde->abe")
    net.output("y", [2, 6, 16])
    return net.model()[0], {"query": ("per_head_in", 16, 20), "value": ("per_head_in", 16, 20), "out": ("per_head_out", 20, 16)}


def class_token_and_positions():
    net = Net(30)
    x = net.input("x", [2, 3, 8, 8])
    x = net.node("Conv", [x, net.weight("patch.weight", 16, 3, 4, 4), net.weight("patch.bias", 16)], "patches", strides=[4, 4])
    x = net.node("Transpose", [net.node("Reshape", [x, net.stored("flat", np.array([2, 16, 4]))], "rows")], "sequence", perm=[0, 2, 1])
    token = net.node("Expand", [net.weight("cls_token", 1, 1, 16), net.stored("batch", np.array([2, 1, 16]))], "tokens")
    x = net.node("Add", [net.node("Concat", [token, x], "joined", axis=1), net.weight("pos_embed", 1, 5, 16)], "placed")
    net.node("MatMul", [x, net.weight("head", 16, 7)], "y")
    net.output("y", [2, 5, 7])
    return net.model()[0], {
        "patch.weight": ("conv", 48, 256),
        "patch.bias": ("bias", None, None),
        "cls_token": ("token", None, None),
        "pos_embed": ("position_embedding", 1, 16),
    }


def one_hot_embedding():
    net = Net(31)
    ids = net.input("ids", [2, 6], integers=20)
    hot = net.node("OneHot", [ids, net.stored("depth", np.array(20)), constant(net, "off_on", [0.0, 1.0])], "hot")
    x = net.node("MatMul", [hot, net.weight("table", 20, 16)], "embedded")
    net.node("MatMul", [x, net.weight("head", 16, 3)], "y")
    net.output("y", [2, 6, 3])
    return net.model()[0], {"table": ("embedding", 1, 16), "head": ("dense", 16, 3)}


def learned_queries():
    """Cross-attention of stored queries: their first weights meet no data of the input."""
    net = Net(32)
    memory = tokens(net)
    q = net.node("MatMul", [net.weight("queries", 3, 16), net.weight("to_q", 16, 16)], "q")
    k = net.node("Transpose", [net.node("MatMul", [memory, net.weight("to_k", 16, 16)], "k")], "kt", perm=[0, 2, 1])
    v = net.node("MatMul", [memory, net.weight("to_v", 16, 16)], "v")
    shifted = net.node("Add", [net.node("MatMul", [q, k], "scores"), constant(net, "shift", 0.0)], "shifted")
    scores = net.node("Softmax", [shifted], "softmax", axis=-1)
    net.node("MatMul", [scores, v], "y")
    net.output("y", [2, 3, 16])
    return net.model()[0], {"queries": ("query_embedding", None, None), "to_q": ("dense", 16, 16), "to_k": ("dense", 16, 16)}


def fourier_basis():
    """A short-time Fourier transform written as a convolution is no weight."""
    net = Net(33)
    n = np.arange(64)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * n / 64)
    rows = [f(2 * np.pi * k * n / 64) * window for k in range(1, 9) for f in (np.cos, np.sin)]
    basis = net.stored("stft.basis", np.array(rows, np.float32)[:, None, :])
    x = net.node("Conv", [net.input("audio", [2, 1, 256]), basis], "spectrum", strides=[16])
    net.node("Conv", [x, net.weight("conv.weight", 8, 16, 3)], "y")
    net.output("y", [2, 8, 11])
    return net.model()[0], {"stft.basis": ("constant", None, None), "conv.weight": ("conv", 48, 24)}


def rotary_table():
    """cos and sin of positions multiply queries; the frequencies are no parameter, though they stand among the initializers."""
    net = Net(34)
    x = net.node("MatMul", [tokens(net), net.weight("q_proj.weight", 16, 16)], "q")
    positions = net.node(
        "Cast",
        [
            net.node(
                "Range", [net.stored("start", np.array(0)), net.stored("length", np.array(6)), net.stored("step", np.array(1))], "range"
            )
        ],
        "positions",
        to=TensorProto.FLOAT,
    )
    column = net.node("Unsqueeze", [positions, net.stored("one", np.array([1]))], "column")
    angles = net.node("Mul", [column, net.stored("rotary_emb.inv_freq", np.linspace(1, 0.01, 16, dtype=np.float32))], "angles")
    q = net.node("Mul", [x, net.node("Cos", [angles], "cos")], "rotated")
    k = net.node("Transpose", [net.node("MatMul", ["embedded", net.weight("k_proj.weight", 16, 16)], "k")], "kt", perm=[0, 2, 1])
    scores = net.node("Softmax", [net.node("MatMul", [q, k], "scores")], "softmax", axis=-1)
    net.node("MatMul", [scores, "embedded"], "y")
    net.output("y", [2, 6, 16])
    return net.model()[0], {"rotary_emb.inv_freq": ("constant", None, None), "q_proj.weight": ("dense", 16, 16)}


def fused_attention():
    """onnxruntime's optimizer: packed weights inside com.microsoft.Attention, a residual add inside SkipLayerNormalization."""
    net = Net(35)
    x = tokens(net)
    y = helper.make_node(
        "Attention",
        [x, net.weight("qkv_weight", 16, 48), net.weight("qkv_bias", 48)],
        ["attended"],
        name="attention",
        domain="com.microsoft",
        num_heads=4,
    )
    net.nodes.append(y)
    out = net.node("MatMul", ["attended", net.weight("out", 16, 16)], "projected")
    net.nodes.append(
        helper.make_node(
            "SkipLayerNormalization",
            [out, x, net.weight("gamma", 16), net.weight("beta", 16), net.weight("out_bias", 16)],
            ["normed"],
            name="skip",
            domain="com.microsoft",
        )
    )
    net.node("MatMul", ["normed", net.weight("head", 16, 3)], "y")
    net.output("y", [2, 6, 3])
    graph = helper.make_graph(net.nodes, "net", net.inputs, net.outputs, net.initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)], ir_version=9)
    return model, {
        "qkv_weight": ("packed_qkv", 16, 16),
        "qkv_bias": ("bias", None, None),
        "gamma": ("norm_scale", None, None),
        "beta": ("norm_shift", None, None),
        "out_bias": ("bias", None, None),
        "out": ("dense", 16, 16),
    }


def quantized_weight():
    net = Net(36)
    x = net.input("x", [2, 16])
    net.stored("w_quantized", np.arange(-64, 64, dtype=np.int8).reshape(8, 16))
    net.stored("w_scale", np.linspace(0.01, 0.02, 8, dtype=np.float32))
    net.stored("w_zero", np.zeros(8, np.int8))
    w = net.node("DequantizeLinear", ["w_quantized", "w_scale", "w_zero"], "w", axis=0)
    x = net.node("Relu", [net.node("Gemm", [x, w], "hidden", transB=1)], "relu")
    net.linear(x, "head", 3, 8, output="y")
    net.output("y", [2, 3])
    return net.model()[0], {"w_quantized": ("quantized", None, None), "w_scale": ("quantized", None, None), "head.weight": ("dense", 8, 3)}


def merged_biases():
    """Two layers whose zero biases an optimizer merged into one tensor: read apart again."""
    net = Net(37)
    zero = net.weight("shared_zero", 16, value=0.0)
    x = net.node("Gemm", [net.input("x", [2, 16]), net.weight("a", 16, 16), zero], "ya")
    x = net.node("Gemm", [net.node("Relu", [x], "relu"), net.weight("b", 16, 16), zero], "y")
    net.output("y", [2, 16])
    return net.model()[0], {
        "a": ("dense", 16, 16),
        "b": ("dense", 16, 16),
        "shared_zero": ("bias", None, None),
        "shared_zero.2": ("bias", None, None),
    }


def folded_norms():
    """Convolutions whose batch norms the dynamo exporter folded: it keeps the weight's name and makes up a bias."""
    net = Net(38)
    x = net.input("x", [2, 3, 8, 8])
    for i, (out, into) in enumerate(((8, 3), (8, 8))):
        x = net.node(
            "Conv", [x, net.weight(f"conv{i}.weight", out, into, 3, 3), net.weight(f"conv{i}.weight_bias", out)], f"c{i}", pads=[1, 1, 1, 1]
        )
        x = net.node("Relu", [x], f"r{i}") if i == 0 else x
    net.node("Identity", [x], "y")
    net.output("y", [2, 8, 8, 8])
    return net.model()[0], {"conv0.weight": ("conv", 27, 72), "conv0.weight_bias": ("bias", None, None), "conv1.weight": ("conv", 72, 72)}


ALL = {
    f.__name__: f
    for f in (
        rms_norm_in_pieces,
        layer_norm_with_early_scale,
        batch_norm_of_constants,
        convolutions,
        interleaved_qkv,
        grouped_query_qkv,
        packed_gate_and_up,
        gelu_with_named_numbers,
        experts,
        unrolled_lstm,
        per_head_kernels,
        class_token_and_positions,
        one_hot_embedding,
        learned_queries,
        fourier_basis,
        rotary_table,
        fused_attention,
        quantized_weight,
        merged_biases,
        folded_norms,
    )
}


def save(folder):
    """Writes every model to folder/NAME.onnx and returns {NAME: truth}."""
    truths = {}
    for name, build in ALL.items():
        model, truths[name] = build()
        onnx.save(model, folder / f"{name}.onnx")
    return truths

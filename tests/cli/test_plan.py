# SPDX-License-Identifier: Apache-2.0
"""What plan decides for whole models, and its JSON."""

import json
import math

import jsonschema
import pytest


def test_json_follows_the_published_schema(evenkeel, model_folder, root):
    schema = json.loads((root / "docs" / "plan-schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    for file in sorted(model_folder.glob("*.onnx")):
        if file.stem != "mystery":
            jsonschema.validate(json.loads(evenkeel("plan", file, "--json").stdout), schema)


def test_cnn(planned, model_folder):
    plan = planned(model_folder / "cnn.onnx")
    assert plan["block0.a.conv.weight"]["scheme"] == "he_normal(mode=fan_out)"
    assert plan["block0.a.conv.weight"]["fan_out"] == 288
    assert plan["block0.b.bn.weight"]["scheme"] == "zeros"
    assert plan["block0.a.bn.weight"]["scheme"] == "ones"
    assert plan["stem.bn.running_var"]["scheme"] == "ones"
    assert planned(model_folder / "cnn.onnx", "--keep-statistics")["stem.bn.running_var"]["scheme"] == "keep"


def test_transformer(planned, model_folder):
    plan = planned(model_folder / "transformer.onnx")
    qkv = plan["h.0.qkv.weight"]
    assert (qkv["role"], qkv["fan_in"], qkv["fan_out"], qkv["std"]) == ("packed_qkv", 64, 64, 0.02)
    assert [s["name"] for s in qkv["sections"]] == ["q", "k", "v"]
    assert math.isclose(plan["h.1.out.weight"]["std"], 0.01) and math.isclose(plan["h.1.proj.weight"]["std"], 0.01)
    assert plan["wte.weight"]["std"] == 0.02
    assert plan["head_t"]["stream"] == "wte.weight" and plan["head_t"]["view"]["strides"] == [1, 64]


def test_lstm(planned, model_folder):
    plan = planned(model_folder / "lstm.onnx")
    assert plan["W"]["fan_in"] == 24 and plan["W"]["fan_out"] == 32
    assert plan["R"]["scheme"] == "orthogonal"
    assert plan["B"]["scheme"] == "lstm_forget_bias"


@pytest.mark.parametrize(
    "activation, scheme", [("Relu", "he_normal"), ("Tanh", "glorot_uniform"), ("Selu", "lecun_normal"), ("Sigmoid", "kumar")]
)
def test_the_activation_that_feeds(evenkeel, tmp_path, planned, activation, scheme):
    import onnx
    from models import builders

    onnx.save(builders.mlp(activation)[0], tmp_path / "m.onnx")
    plan = planned(tmp_path / "m.onnx")
    assert plan["fc0.weight"]["scheme"] == "lecun_normal" and "*assumed*" in plan["fc0.weight"]["reason"]
    assert plan["fc1.weight"]["scheme"].startswith(scheme)
    assert plan["fc2.weight"]["scheme"] == "lecun_normal"


def test_set_by_name_node_and_role(planned, model_folder):
    file = model_folder / "mlp.onnx"
    assert planned(file, "--set", "fc1*=ones")["fc1.weight"]["scheme"] == "ones"
    assert planned(file, "--set", "node_fc1_out=ones")["fc1.weight"]["scheme"] == "ones"
    assert planned(file, "--set", "role:dense=orthogonal(gain=1.4)")["fc1.weight"]["scheme"] == "orthogonal(gain=1.4)"
    assert planned(file, "--set", "*=ones", "--set", "fc1*=zeros")["fc1.bias"]["scheme"] == "zeros"


def test_recipes_keep_true_fans(planned, model_folder):
    for recipe in ("pytorch", "keras", "flax", "gpt2", "llama", "bert"):
        assert planned(model_folder / "transformer.onnx", "--recipe", recipe)["h.0.qkv.weight"]["fan_out"] == 64
    packed = planned(model_folder / "transformer.onnx", "--recipe", "pytorch")["h.0.qkv.weight"]
    assert math.isclose(packed["std"], math.sqrt(2 / (64 + 192)))
    assert "fan_out 192" in packed["reason"] and "64" in packed["reason"]


def test_a_toml_recipe(planned, model_folder, tmp_path):
    (tmp_path / "r.toml").write_text(
        'base = "auto"\n[[rule]]\nmatch = "fc2*"\nrole = "dense"\nscheme = "normal(std=0.001)"\nreason = "small head"\n'
    )
    plan = planned(model_folder / "mlp.onnx", "--recipe", tmp_path / "r.toml")
    assert plan["fc2.weight"]["std"] == 0.001 and plan["fc2.weight"]["reason"] == "small head"
    assert plan["fc1.weight"]["scheme"] == "he_normal"

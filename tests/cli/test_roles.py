# SPDX-License-Identifier: Apache-2.0
"""What `plan` says a tensor is, against models whose truth is written by hand, one for each thing that exporters do to weights."""

import json

import pytest
from models import exporters


@pytest.fixture(scope="session")
def exported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("exporters")
    return folder, exporters.save(folder)


@pytest.fixture
def entries(evenkeel, exported):
    """entries(name, *options): every entry of the plan, parameters and buffers, by name."""

    def run(name, *options):
        plan = json.loads(evenkeel("plan", exported[0] / f"{name}.onnx", "--json", *options).stdout)
        return {e["name"]: e for e in plan["parameters"] + plan["buffers"]}

    return run


@pytest.mark.parametrize("name", exporters.ALL)
def test_roles_and_fans(entries, exported, name):
    planned = entries(name)
    for tensor, truth in exported[1][name].items():
        if truth is None:
            assert tensor not in planned or planned[tensor]["scheme"] == "keep", tensor
            continue
        role, fan_in, fan_out = truth
        entry = planned[tensor]
        assert (entry["role"], entry["fan_in"], entry["fan_out"]) == (role, fan_in, fan_out), (tensor, entry["evidence"])


def sections(entry):
    return [(s["name"], s["begin"], s["end"]) for s in entry["sections"]]


def test_interleaved_heads_are_sections_of_their_own(entries):
    found = sections(entries("interleaved_qkv")["qkv"])
    assert found == [(name, 4 * i, 4 * i + 4) for i, name in enumerate("qkv" * 4)]


def test_grouped_queries_have_fans_of_their_own(entries):
    entry = entries("grouped_query_qkv")["qkv"]
    assert [(s["name"], s["fan_out"]) for s in entry["sections"]] == [("q", 16), ("k", 8), ("v", 8)]


def test_gates_are_named_by_what_they_multiply(entries):
    planned = entries("unrolled_lstm")
    assert "".join(s["name"] for s in planned["kernel"]["sections"]) == "ifco"
    assert "".join(s["name"] for s in planned["bias"]["sections"]) == "ifco"
    assert planned["bias"]["scheme"].startswith("lstm_forget_bias")
    assert planned["recurrent"]["scheme"].startswith("orthogonal")


def test_what_is_no_parameter_is_kept(entries):
    for name, tensor in (
        ("fourier_basis", "stft.basis"),
        ("rotary_table", "rotary_emb.inv_freq"),
        ("quantized_weight", "w_quantized"),
    ):
        assert entries(name)[tensor]["scheme"] == "keep", tensor
    assert "shift" not in entries("learned_queries"), "softmax does not see one number added to all scores"


def test_folded_norms_are_warned_about(evenkeel, exported):
    plan = json.loads(evenkeel("plan", exported[0] / "folded_norms.onnx", "--json").stdout)
    assert any("norm" in w.lower() for w in plan["warnings"])
    assert {b["name"] for b in plan["buffers"]} == {"conv0.weight_bias", "conv1.weight_bias"}


def test_scale_and_variance_in_one_are_reset_and_warned_about(evenkeel, exported):
    plan = json.loads(evenkeel("plan", exported[0] / "batch_norm_of_constants.onnx", "--json").stdout)
    assert {b["name"]: b["scheme"] for b in plan["buffers"]} == {"mean": "zeros", "folded": "ones"}
    assert any("FOLDED" in w for w in plan["warnings"])


def test_an_activation_in_pieces_is_seen_by_the_next_layer(entries):
    entry = entries("packed_gate_and_up")["down"]
    assert any("silu" in e for e in entry["evidence"]), entry["evidence"]

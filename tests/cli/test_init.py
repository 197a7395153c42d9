# SPDX-License-Identifier: Apache-2.0
"""What init writes: the numbers, the manifest, the same bytes whatever the machine does."""

import json
import math

import numpy as np
import onnx
import onnxruntime
import pytest
from models import builders
from scipy import stats


def run(path, feeds):
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.run(None, feeds)


@pytest.mark.parametrize("name", sorted(builders.ALL))
def test_written_models_run_with_finite_outputs(evenkeel, model_folder, tmp_path, name):
    evenkeel("init", model_folder / f"{name}.onnx", "-o", tmp_path / "out.onnx", "--seed", 3, "--quiet")
    onnx.checker.check_model(onnx.load(tmp_path / "out.onnx"))
    for output in run(tmp_path / "out.onnx", builders.ALL[name]()[1]):
        assert np.isfinite(output).all()


def wide_models(folder):
    """Every tensor large, so that 1 % of std is far from chance: 2^20 entries put it 14 standard errors away."""
    onnx.save(builders.mlp("Gelu", (1024, 1024, 1024, 512))[0], folder / "mlp.onnx")
    onnx.save(builders.transformer(width=256, vocabulary=1024)[0], folder / "gpt.onnx")
    onnx.save(builders.cnn(128)[0], folder / "cnn.onnx")
    onnx.save(builders.lstm(128, 96)[0], folder / "lstm.onnx")
    return sorted(folder.glob("*.onnx"))


@pytest.mark.parametrize("recipe", ["auto", "pytorch", "keras", "flax", "gpt2", "llama", "bert"])
def test_measured_std_is_the_planned_one(evenkeel, tmp_path, planned, recipe):
    checked = 0
    for file in wide_models(tmp_path):
        plan = planned(file, "--recipe", recipe)
        evenkeel("init", file, "-o", tmp_path / "out.bin", "--recipe", recipe, "--seed", 5, "--quiet", "--force")
        for name, array in builders.stored_arrays(tmp_path / "out.bin").items():
            entry = plan.get(name)
            if array.size < 4096 or entry is None or entry["scheme"] == "keep":
                continue
            values = array.astype(np.float64)
            if entry["std"] == 0:
                assert (values == entry["mean"]).all()
                continue
            # Five standard errors of a standard deviation, by the measured kurtosis; an orthogonal matrix has less spread than that.
            kurtosis = np.mean((values - values.mean()) ** 4) / values.var() ** 2
            error = entry["std"] * math.sqrt(max(kurtosis - 1, 0.1) / (4 * values.size))
            assert abs(values.std() - entry["std"]) < 5 * error, (file.name, name, values.std(), entry["std"])
            assert abs(values.mean() - entry["mean"]) < 5 * entry["std"] / math.sqrt(values.size) + 1e-7, (file.name, name)
            checked += 1
    assert checked >= 10


def test_the_pytorch_recipe_has_pytorchs_laws(evenkeel, tmp_path):
    onnx.save(builders.mlp("Relu", (256, 1024, 256, 64))[0], tmp_path / "m.onnx")
    evenkeel("init", tmp_path / "m.onnx", "-o", tmp_path / "out.onnx", "--recipe", "pytorch", "--quiet")
    arrays = builders.stored_arrays(tmp_path / "out.onnx")
    for name, fan_in in (("fc0.weight", 256), ("fc1.weight", 1024), ("fc1.bias", 1024)):
        bound = 1 / math.sqrt(fan_in)
        values = arrays[name].ravel()
        assert np.abs(values).max() < bound * (1 + 1e-6)
        # Kolmogorov-Smirnov, false alarm 1e-6, for the shape. A bound 1 % too small would show in the maximum of 2^18 values, one too large
        # breaks the limit above.
        assert np.abs(values).max() > bound * (0.95 if values.size < 10**5 else 0.999), name
        assert stats.kstest(values, stats.uniform(-bound, 2 * bound).cdf).pvalue > 1e-6, name


def test_the_same_bytes_whatever_the_threads_and_backend(evenkeel, model_folder, tmp_path):
    for name in ("transformer", "cnn", "lstm"):
        seen = set()
        for threads in (1, 2, 7):
            for backend in ("portable", "avx2"):
                evenkeel(
                    "init",
                    model_folder / f"{name}.onnx",
                    "-o",
                    tmp_path / "out.onnx",
                    "--seed",
                    1,
                    "--force",
                    "--quiet",
                    env={"EVENKEEL_THREADS": str(threads), "EVENKEEL_BACKEND": backend},
                )
                seen.add((tmp_path / "out.onnx").read_bytes())
        assert len(seen) == 1


def test_seeds_and_tensors_differ(evenkeel, model_folder, tmp_path):
    arrays = []
    for seed in (1, 2):
        evenkeel("init", model_folder / "mlp.onnx", "-o", tmp_path / f"{seed}.onnx", "--seed", seed, "--quiet")
        arrays.append(builders.stored_arrays(tmp_path / f"{seed}.onnx"))
    assert not np.array_equal(arrays[0]["fc1.weight"], arrays[1]["fc1.weight"])
    assert not np.array_equal(arrays[0]["fc0.weight"].ravel()[:64], arrays[0]["fc1.weight"].ravel()[:64])


def test_the_manifest_reproduces_the_file(evenkeel, model_folder, tmp_path):
    for name in ("transformer", "cnn", "external"):
        first, again, third = (tmp_path / f"{name}{i}.onnx" for i in range(3))
        evenkeel("init", model_folder / f"{name}.onnx", "-o", first, "--seed", 77, "--set", "*weight*=normal(std=0.3)", "--quiet")
        evenkeel("init", model_folder / f"{name}.onnx", "--plan", first, "-o", again, "--quiet")
        evenkeel("init", first, "--plan", first, "-o", third, "--quiet")
        a, b, c = (builders.stored_arrays(p) for p in (first, again, third))
        assert all(np.array_equal(a[k], b[k]) and np.array_equal(a[k], c[k]) for k in a)
        if name != "external":
            assert first.read_bytes() == again.read_bytes() == third.read_bytes()
        manifest = {p.key: p.value for p in onnx.load(first, load_external_data=False).metadata_props}["evenkeel.plan"]
        plan = json.loads(manifest)
        assert plan["seed"] == 77 and plan["stream_version"] == 1
        assert str(tmp_path) not in manifest and "thread" not in manifest and "avx2" not in manifest


def test_an_edited_plan(evenkeel, model_folder, tmp_path):
    plan = json.loads(evenkeel("plan", model_folder / "mlp.onnx", "--json").stdout)
    for entry in plan["parameters"]:
        if entry["name"] == "fc1.weight":
            entry["scheme"] = "constant(0.25)"
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    done = evenkeel("init", model_folder / "mlp.onnx", "--plan", tmp_path / "plan.json", "-o", tmp_path / "out.onnx")
    assert "Edited in the plan" in done.stdout
    assert (builders.stored_arrays(tmp_path / "out.onnx")["fc1.weight"] == 0.25).all()
    plan["parameters"][0]["shem"] = 1
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    assert (
        "parameters[0]"
        in evenkeel("init", model_folder / "mlp.onnx", "--plan", tmp_path / "plan.json", "-o", tmp_path / "o2.onnx", code=3).stderr
    )


def test_a_plan_of_another_model_is_refused(evenkeel, model_folder, tmp_path):
    (tmp_path / "plan.json").write_text(evenkeel("plan", model_folder / "mlp.onnx", "--json").stdout)
    said = evenkeel("init", model_folder / "cnn.onnx", "--plan", tmp_path / "plan.json", "-o", tmp_path / "out.onnx", code=2).stderr
    assert "do not fit" in said and not (tmp_path / "out.onnx").exists()
    evenkeel("init", model_folder / "mlp.onnx", "--plan", model_folder / "mlp.onnx", "-o", tmp_path / "out.onnx", code=3)


def test_only_keeps_the_rest_byte_for_byte(evenkeel, model_folder, tmp_path):
    evenkeel("init", model_folder / "mlp.onnx", "-o", tmp_path / "out.onnx", "--only", "fc2*", "--quiet")
    before, after = builders.stored_arrays(model_folder / "mlp.onnx"), builders.stored_arrays(tmp_path / "out.onnx")
    changed = {name for name in before if not np.array_equal(before[name], after[name])}
    assert changed == {"fc2.weight", "fc2.bias"}


def test_ties_stay_tied_and_can_be_untied(evenkeel, model_folder, tmp_path):
    evenkeel("init", model_folder / "transformer.onnx", "-o", tmp_path / "tied.onnx", "--quiet")
    tied = builders.stored_arrays(tmp_path / "tied.onnx")
    assert np.array_equal(tied["wte.weight"].T, tied["head_t"])
    evenkeel("init", model_folder / "transformer.onnx", "-o", tmp_path / "untied.onnx", "--untie", "head_t", "--quiet")
    untied = builders.stored_arrays(tmp_path / "untied.onnx")
    assert not np.array_equal(untied["wte.weight"].T, untied["head_t"])
    assert np.array_equal(untied["wte.weight"], tied["wte.weight"])


def test_merged_constants_are_taken_apart_and_other_sharing_is_kept(evenkeel, model_folder, tmp_path, planned):
    file = model_folder / "merged.onnx"
    scales = {e["scheme"] for e in planned(file).values() if e["role"] == "norm_scale"}
    assert scales == {"ones", "zeros"}  # zero gamma for two of four norms that shared one tensor
    evenkeel("init", file, "-o", tmp_path / "out.onnx", "--quiet")
    arrays = builders.stored_arrays(tmp_path / "out.onnx")
    assert {tuple(np.unique(a)) for name, a in arrays.items() if a.shape == (16,) and "mean" not in name and "var" not in name} == {
        (0.0,),
        (1.0,),
    }
    session = onnxruntime.InferenceSession(str(tmp_path / "out.onnx"), providers=["CPUExecutionProvider"])
    x = builders.merged()[1]["x"]
    assert np.allclose(session.run(None, {"x": x})[0], np.maximum(x, 0))  # every branch starts at zero
    assert "block1.conv1.weight" not in arrays
    evenkeel("init", file, "-o", tmp_path / "apart.onnx", "--untie", "block1.*", "--quiet")
    apart = {
        n.output[0]: onnx.numpy_helper.to_array(n.attribute[0].t)
        for n in onnx.load(tmp_path / "apart.onnx").graph.node
        if n.op_type == "Constant"
    }
    apart |= builders.stored_arrays(tmp_path / "apart.onnx")
    assert not np.array_equal(apart["block1.conv1.weight"], apart["block0.conv1.weight"])


def test_only_the_source_of_shared_values_leaves_the_others_as_they_were(evenkeel, model_folder, tmp_path):
    file = model_folder / "merged.onnx"
    evenkeel("init", file, "-o", tmp_path / "out.onnx", "--untie", "block0.conv1*", "--only", "block0.conv1*", "--quiet")
    before = builders.stored_arrays(file)["block0.conv1.weight"]
    model = onnx.load(tmp_path / "out.onnx")
    kept = {n.output[0]: onnx.numpy_helper.to_array(n.attribute[0].t) for n in model.graph.node if n.op_type == "Constant"}
    kept |= builders.stored_arrays(tmp_path / "out.onnx")
    assert not np.array_equal(kept["block0.conv1.weight"], before)
    assert np.array_equal(kept["block1.conv2.weight"], before)


def test_in_place(evenkeel, model_folder, tmp_path):
    file = tmp_path / "m.onnx"
    file.write_bytes((model_folder / "mlp.onnx").read_bytes())
    evenkeel("init", file, "--in-place", "--set", "fc1.weight=ones", "--quiet")
    assert (builders.stored_arrays(file)["fc1.weight"] == 1).all()
    assert [p.name for p in tmp_path.iterdir()] == ["m.onnx"]


def test_half_precision(evenkeel, tmp_path):
    onnx.save(builders.mlp(dtype=np.float16)[0], tmp_path / "m.onnx")
    evenkeel("init", tmp_path / "m.onnx", "-o", tmp_path / "half.onnx", "--quiet")
    onnx.save(builders.mlp()[0], tmp_path / "f.onnx")
    evenkeel("init", tmp_path / "f.onnx", "-o", tmp_path / "full.onnx", "--quiet")
    half, full = builders.stored_arrays(tmp_path / "half.onnx"), builders.stored_arrays(tmp_path / "full.onnx")
    assert half["fc1.weight"].dtype == np.float16
    assert np.array_equal(half["fc1.weight"], full["fc1.weight"].astype(np.float16))


def test_json_result(evenkeel, model_folder, tmp_path):
    report = json.loads(evenkeel("init", model_folder / "mlp.onnx", "-o", tmp_path / "out.onnx", "--seed", 9, "--json").stdout)
    assert report["result"]["tensors_written"] == 6 and report["result"]["seed"] == 9
    assert {p["name"] for p in report["plan"]["parameters"]} == set(builders.stored_arrays(tmp_path / "out.onnx"))


@pytest.mark.parametrize("spec", ["mlp:784,256x2,10:relu", "resnet:18", "gpt:128x4"])
def test_built_in_specs(evenkeel, tmp_path, spec):
    evenkeel("init", spec, "-o", tmp_path / "out.onnx", "--seed", 1, "--quiet")
    onnx.checker.check_model(onnx.load(tmp_path / "out.onnx"))


def test_a_written_model_is_model_and_plan_in_one(evenkeel, model_folder, tmp_path):
    evenkeel("init", model_folder / "mlp.onnx", "-o", tmp_path / "first.onnx", "--seed", "7")
    evenkeel("init", "--plan", tmp_path / "first.onnx", "-o", tmp_path / "again.onnx")
    assert (tmp_path / "first.onnx").read_bytes() == (tmp_path / "again.onnx").read_bytes()
    (tmp_path / "plan.json").write_text(evenkeel("plan", model_folder / "mlp.onnx", "--json").stdout)
    assert "expected MODEL" in evenkeel("init", "--plan", tmp_path / "plan.json", "-o", tmp_path / "x.onnx", code=2).stderr
    assert "expected MODEL" in evenkeel("init", "-o", tmp_path / "x.onnx", code=2).stderr

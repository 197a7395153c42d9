# SPDX-License-Identifier: Apache-2.0
"""--from: what is taken, what is new, what did not fit, and that nothing of it is silent."""

import json
import re

import jsonschema
import ml_dtypes
import numpy as np
import onnx
import pytest
from models import builders
from models.builders import Net, stored_arrays
from models.weight_files import load
from onnx import numpy_helper
from safetensors.numpy import load_file, save_file


def save(built, path):
    onnx.save(built[0] if isinstance(built, tuple) else built, path)
    return path


def changed(path, target, change):
    """The model with change(name, array) -> (name, array), or None to leave a tensor out, applied to its initializers."""
    model = onnx.load(path)
    kept = []
    for tensor in model.graph.initializer:
        result = change(tensor.name, numpy_helper.to_array(tensor))
        if result is not None:
            kept.append(numpy_helper.from_array(np.ascontiguousarray(result[1]), result[0]))
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
    onnx.save(model, target)
    return target


def weights_only(target, arrays):
    """A file of weights that no graph reads: every tensor is known by name and shape alone."""
    graph = onnx.helper.make_graph([], "weights", [], [], [numpy_helper.from_array(a, n) for n, a in arrays.items()])
    onnx.save(onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 20)], ir_version=9), target)
    return target


@pytest.fixture
def pretrained(model_folder):
    return {name: model_folder / f"{name}.onnx" for name in builders.ALL}


@pytest.fixture
def fresh(tmp_path, evenkeel, pretrained):
    """fresh("mlp"): the model with values of another seed, so that what is taken shows."""

    def make(name):
        out = tmp_path / f"fresh_{name}.onnx"
        evenkeel("init", pretrained[name], "-o", out, "--seed", 99, "--set", "*=normal(std=0.5)", "--quiet", "--force")
        return out

    return make


def classifier(classes, width=64, name="classifier", seed=3, dtype=np.float32):
    net = Net(seed, dtype)
    x = net.linear(net.input("x", [2, width]), "body", width, width)
    net.linear(net.node("Relu", [x], "act"), name, classes, width, output="y")
    net.output("y", [2, classes])
    return net.model()


def language_model(vocabulary, tied=True, seed=11):
    """Embedding, a layer, head: tied as a transposed copy, or a tensor of its own with a bias."""
    net = Net(seed)
    ids = net.input("ids", [2, 5], integers=50)
    table = net.weight("wte.weight", vocabulary, 32)
    x = net.node("Gather", [table, ids], "embedded")
    x = net.node("MatMul", [x, net.weight("body.weight", 32, 32)], "body_out")
    x = net.node("Relu", [x], "act")
    head = net.stored("head", numpy_helper.to_array(net.initializers[0]).T.copy()) if tied else net.weight("head", 32, vocabulary)
    x = net.node("MatMul", [x, head], "logits" if tied else "product")
    if not tied:
        net.node("Add", [x, net.weight("head_bias", vocabulary)], "logits")
    net.output("logits", [2, 5, vocabulary])
    return net.model()


@pytest.mark.parametrize("name", sorted(set(builders.ALL) - {"subgraph", "merged"}))
def test_everything_is_taken_from_a_file_of_the_same_model(evenkeel, tmp_path, fresh, pretrained, planned, name):
    model = fresh(name)
    plan = planned(model, "--from", pretrained[name])
    assert {e["source"]["status"] for e in plan.values() if e.get("source")} == {"taken"}
    evenkeel("init", model, "--from", pretrained[name], "-o", tmp_path / "out.onnx", "--quiet")
    wanted, got = stored_arrays(pretrained[name]), stored_arrays(tmp_path / "out.onnx")
    assert wanted.keys() == got.keys() and all(np.array_equal(wanted[k], got[k]) for k in wanted)


def sharded(target, arrays):
    """Two files and their index."""
    names = sorted(arrays)
    places = {}
    for shard in range(2):
        file = f"{target.stem}-{shard + 1}-of-2.safetensors"
        save_file({n: arrays[n] for n in names[shard::2]}, target.parent / file)
        places |= dict.fromkeys(names[shard::2], file)
    index = target.with_suffix(".safetensors.index.json")
    index.write_text(json.dumps({"metadata": {}, "weight_map": places}))
    return index


def store(target, arrays, form):
    """The arrays in a file of this form."""
    if form == "safetensors":
        save_file(arrays, target.with_suffix(".safetensors"))
        return target.with_suffix(".safetensors")
    if form == "npz":
        np.savez(target.with_suffix(".npz"), **arrays)
        return target.with_suffix(".npz")
    return sharded(target, arrays) if form == "sharded" else weights_only(target.with_suffix(".onnx"), arrays)


FORMS = ["onnx", "safetensors", "sharded", "npz"]


@pytest.mark.parametrize("form", FORMS)
def test_from_every_format_into_a_graph(evenkeel, tmp_path, pretrained, fresh, form):
    stored = store(tmp_path / "stored", stored_arrays(pretrained["mlp"]), form)
    evenkeel("init", fresh("mlp"), "--from", stored, "-o", tmp_path / "out.onnx", "--quiet")
    wanted, got = stored_arrays(pretrained["mlp"]), stored_arrays(tmp_path / "out.onnx")
    assert all(np.array_equal(wanted[k], got[k]) for k in wanted)


@pytest.mark.parametrize("form", FORMS)
def test_from_every_format_into_a_file_of_weights(evenkeel, tmp_path, form):
    random = np.random.default_rng(8)

    def state(classes):
        shapes = {"layers.0.weight": (16, 8), "layers.0.bias": (16,), "head.weight": (classes, 16), "head.bias": (classes,)}
        arrays = {name: random.standard_normal(shape).astype(np.float32) for name, shape in shapes.items()}
        return arrays | {"bn.weight": np.ones(16, np.float32), "bn.running_mean": random.standard_normal(16).astype(np.float32),
                         "bn.num_batches_tracked": random.integers(5, 1000, ())}  # fmt: skip

    before, there = state(7), state(5)
    model = store(tmp_path / "model", before, "safetensors")
    options = ["--from", store(tmp_path / "stored", there, form), "--activation", "relu", "--unknown", "ones"]
    evenkeel("init", model, *options, "-o", tmp_path / "out.safetensors", "--quiet")
    got = load_file(tmp_path / "out.safetensors")
    assert got.keys() == before.keys()
    for name in got:
        assert np.array_equal(got[name], there[name]) == (not name.startswith("head")), name
    evenkeel("init", model, *options, "--only", "layers*", "-o", tmp_path / "only.safetensors", "--quiet")
    only = load_file(tmp_path / "only.safetensors")
    assert all(np.array_equal(only[n], before[n]) for n in before if n.startswith(("head", "bn.")))
    assert all(np.array_equal(only[n], there[n]) for n in before if n.startswith("layers"))
    if form == "safetensors":
        evenkeel("init", "--plan", tmp_path / "out.safetensors", "-o", tmp_path / "again.safetensors", "--quiet")
        assert (tmp_path / "again.safetensors").read_bytes() == (tmp_path / "out.safetensors").read_bytes()


def test_new_head(evenkeel, tmp_path):
    old, new = save(classifier(10), tmp_path / "old.onnx"), save(classifier(1000, seed=4), tmp_path / "new.onnx")
    said = evenkeel("init", new, "--from", old, "-o", tmp_path / "out.onnx", "--seed", 5, env={"COLUMNS": "200"}).stdout
    assert "taken 2, extended 0, new 0, did not fit 2" in said
    assert "classifier.weight: stored (10, 64), wanted (1000, 64)" in said and "--extend" in said
    got, before = stored_arrays(tmp_path / "out.onnx"), stored_arrays(old)
    assert np.array_equal(got["body.weight"], before["body.weight"])
    evenkeel("init", new, "-o", tmp_path / "alone.onnx", "--seed", 5, "--quiet")
    alone = stored_arrays(tmp_path / "alone.onnx")
    assert np.array_equal(got["classifier.weight"], alone["classifier.weight"])  # a new tensor has the numbers it always has
    assert not np.array_equal(got["body.weight"], alone["body.weight"])


def test_more_classes_are_extended_where_asked(evenkeel, tmp_path, planned):
    old, new = save(classifier(10), tmp_path / "old.onnx"), save(classifier(25, seed=4), tmp_path / "new.onnx")
    options = ["--from", old, "--extend", "classifier*"]
    entry = planned(new, *options)["classifier.weight"]
    where = {"axis": 0, "rows": 10}
    assert entry["source"] == {"status": "extended", "name": "classifier.weight", "shape": [10, 64], "dtype": "float32", **where}
    evenkeel("init", new, *options, "-o", tmp_path / "out.onnx", "--quiet")
    evenkeel("init", new, "-o", tmp_path / "alone.onnx", "--quiet")
    got, before, alone = (stored_arrays(p) for p in (tmp_path / "out.onnx", old, tmp_path / "alone.onnx"))
    for name in ("classifier.weight", "classifier.bias"):
        assert np.array_equal(got[name][:10], before[name])
        assert np.array_equal(got[name][10:], alone[name][10:])  # row 10 has the numbers of row 10
    # fewer rows than stored: nothing is cut off
    assert planned(old, "--from", new, "--extend", "classifier*")["classifier.weight"]["source"]["status"] == "did not fit"


@pytest.mark.parametrize("tied", [True, False])
def test_more_tokens(evenkeel, tmp_path, planned, tied):
    old, new = save(language_model(100, tied), tmp_path / "old.onnx"), save(language_model(110, tied, 12), tmp_path / "new.onnx")
    plan = planned(new, "--from", old)
    assert plan["wte.weight"]["source"] | {"name": ""} == {
        "status": "extended", "name": "", "shape": [100, 32], "dtype": "float32", "axis": 0, "rows": 100}  # fmt: skip
    assert plan["body.weight"]["source"]["status"] == "taken"
    evenkeel("init", new, "--from", old, "-o", tmp_path / "out.onnx", "--seed", 7, "--quiet")
    evenkeel("init", new, "-o", tmp_path / "alone.onnx", "--seed", 7, "--quiet")
    got, before, alone = (stored_arrays(p) for p in (tmp_path / "out.onnx", old, tmp_path / "alone.onnx"))
    assert np.array_equal(got["wte.weight"][:100], before["wte.weight"])
    assert np.array_equal(got["wte.weight"][100:], alone["wte.weight"][100:])
    if tied:
        assert np.array_equal(got["head"], got["wte.weight"].T)
    else:
        assert np.array_equal(got["head"][:, :100], before["head"]) and np.array_equal(got["head"][:, 100:], alone["head"][:, 100:])
        assert np.array_equal(got["head_bias"][:100], before["head_bias"]) and (got["head_bias"][100:] == 0).all()


def test_a_tie_takes_one_tensor_and_says_where_the_file_differs(evenkeel, tmp_path, planned):
    model = save(language_model(100), tmp_path / "model.onnx")
    stored = changed(model, tmp_path / "apart.onnx", lambda n, a: (n, a + 1 if n == "head" else a))
    said = evenkeel("plan", model, "--from", stored, env={"COLUMNS": "400"}).stdout
    assert "The file holds other values under head than under wte.weight" in said and "--untie" in said
    evenkeel("init", model, "--from", stored, "-o", tmp_path / "out.onnx", "--quiet")
    got, there = stored_arrays(tmp_path / "out.onnx"), stored_arrays(stored)
    assert np.array_equal(got["wte.weight"], there["wte.weight"]) and np.array_equal(got["head"], there["wte.weight"].T)
    evenkeel("init", model, "--from", stored, "--untie", "head", "-o", tmp_path / "both.onnx", "--quiet")
    assert np.array_equal(stored_arrays(tmp_path / "both.onnx")["head"], there["head"])
    # Only the copy's name is known to the file: the owner takes the copy's values, turned.
    only = weights_only(tmp_path / "only.onnx", {"head": there["head"], "body.weight": there["body.weight"]})
    assert planned(model, "--from", only)["wte.weight"]["source"]["transposed"] is True
    evenkeel("init", model, "--from", only, "-o", tmp_path / "turned.onnx", "--quiet")
    got = stored_arrays(tmp_path / "turned.onnx")
    assert np.array_equal(got["wte.weight"], there["head"].T) and np.array_equal(got["head"], there["head"])


def test_map_renames(evenkeel, tmp_path, pretrained, fresh):
    stored = changed(pretrained["mlp"], tmp_path / "stored.onnx", lambda n, a: (f"old.{n}", a))
    stored = weights_only(tmp_path / "stored.onnx", {f"old.{n}": a for n, a in stored_arrays(pretrained["mlp"]).items()})
    model = fresh("mlp")
    said = evenkeel("plan", model, "--from", stored, code=2).stderr
    assert "no tensor fits" in said and "--map 'old.*=*' would make 6 fit" in said
    evenkeel("init", model, "--from", stored, "--map", "old.*=*", "-o", tmp_path / "out.onnx", "--quiet")
    wanted, got = stored_arrays(pretrained["mlp"]), stored_arrays(tmp_path / "out.onnx")
    assert all(np.array_equal(wanted[k], got[k]) for k in wanted)
    # several stars in order, and the last rule that matches decides
    twice = ["--map", "old.*=wrong.*", "--map", "old.fc*.*=fc*.*"]
    evenkeel("init", model, "--from", stored, *twice, "-o", tmp_path / "twice.onnx", "--quiet")
    assert all(np.array_equal(wanted[k], stored_arrays(tmp_path / "twice.onnx")[k]) for k in wanted)


@pytest.mark.parametrize(
    "options, said",
    [
        (["--from", "{mlp}", "--map", "nothing.*=x.*"], "found no match among its 6 tensors"),
        (["--from", "{mlp}", "--map", "fc0.weigth=a"], "did you mean fc0.weight"),
        (["--from", "{mlp}", "--map", "fc*.weight=x"], "as many *"),
        (["--from", "{mlp}", "--map", "fc0.weight"], "FROM=TO"),
        (["--from", "{mlp}", "--map", "fc0.weight=fc1.weight"], "both become fc1.weight"),
        (["--map", "a=b"], "--from FILE"),
        (["--from", "mlp:3,4:relu"], "built-in spec holds no values"),
        (["--from", "{mlp}", "--extend", "nothing*"], "--extend nothing*"),
        (["--from", "{mlp}", "--set", "*=ones"], "nothing is left to take"),
        (["--activation", "gelu"], "has a graph"),
        (["--activation", "gleu"], "did you mean gelu?"),
    ],
)
def test_wrong_options(evenkeel, model_folder, options, said):
    mlp = model_folder / "mlp.onnx"
    assert said in evenkeel("plan", mlp, *[o.format(mlp=mlp) for o in options], code=2).stderr


def test_options_that_decide_before_from(evenkeel, tmp_path, planned, pretrained, fresh):
    model, stored = fresh("mlp"), pretrained["mlp"]
    before, there = stored_arrays(model), stored_arrays(stored)
    plan = planned(model, "--from", stored, "--set", "fc1.weight=ones", "--only", "fc1*", "--only", "fc2.bias")
    assert plan["fc1.weight"]["rule"] == "--set" and "fc1.weight of the file is not taken" in plan["fc1.weight"]["reason"]
    assert plan["fc0.weight"]["scheme"] == "keep" and "source" not in plan["fc0.weight"]
    evenkeel("init", model, "--from", stored, "--set", "fc1.weight=ones", "--only", "fc1*", "--only", "fc2.bias", "-o",
             tmp_path / "out.onnx", "--quiet")  # fmt: skip
    got = stored_arrays(tmp_path / "out.onnx")
    assert (got["fc1.weight"] == 1).all()
    assert all(np.array_equal(got[k], there[k]) for k in ("fc1.bias", "fc2.bias"))
    assert all(np.array_equal(got[k], before[k]) for k in ("fc0.weight", "fc0.bias", "fc2.weight"))


def test_another_model_is_no_source(evenkeel, pretrained):
    said = evenkeel("plan", pretrained["transformer"], "--from", pretrained["lstm"], code=2).stderr
    assert "no tensor fits" in said and "check that it is the right file" in said and "wte.weight" in said and "W, R, B" in said


def test_running_statistics_are_taken_with_the_rest(evenkeel, tmp_path, planned, pretrained, fresh):
    model = fresh("cnn")
    assert planned(model, "--from", pretrained["cnn"])["stem.bn.running_var"]["source"]["status"] == "taken"
    assert planned(model, "--from", pretrained["cnn"], "--keep-statistics")["stem.bn.running_var"]["rule"] == "--keep-statistics"


def test_what_is_left_over_is_said(evenkeel, planned, tmp_path, pretrained, fresh):
    arrays = stored_arrays(pretrained["mlp"])
    spare = weights_only(tmp_path / "spare.onnx", {**arrays, "head.weight": arrays["fc0.weight"], "extra": np.zeros(3, np.float32)})
    said = evenkeel("plan", fresh("mlp"), "--from", spare, env={"COLUMNS": "300"})
    plan = json.loads(evenkeel("plan", fresh("mlp"), "--from", spare, "--json").stdout)
    known = weights_only(tmp_path / "part.onnx", {k: v for k, v in arrays.items() if k != "fc2.bias"})
    assert "new 1" in evenkeel("plan", fresh("mlp"), "--from", known).stdout
    assert planned(fresh("mlp"), "--from", known)["fc2.bias"]["source"] == {"status": "new"}
    assert plan["from"] == "spare.onnx" and plan["unused"] == ["head.weight", "extra"]
    assert "2 stored tensors were not used: head.weight, extra" in said.stdout


def test_numbers_of_the_graph_stay(evenkeel, tmp_path, pretrained, fresh):
    def change(name, array):
        return name, array + 1 if name == "split_heads" else array.reshape(-1) if name == "scale" else array

    other = changed(pretrained["transformer"], tmp_path / "other.onnx", change)
    evenkeel("init", fresh("transformer"), "--from", other, "-o", tmp_path / "out.onnx", "--quiet")
    stored = {t.name: numpy_helper.to_array(t) for t in onnx.load(tmp_path / "out.onnx").graph.initializer}
    assert stored["split_heads"].tolist() == [2, 6, 4, 16]


@pytest.mark.parametrize("there, here", [(a, b) for a in ("float32", "float16", "float64") for b in ("float32", "float16", "float64")])
def test_other_types_are_rounded_once(evenkeel, tmp_path, planned, there, here):
    model = save(builders.mlp(dtype=np.dtype(here).type), tmp_path / "model.onnx")
    arrays = {}
    random = np.random.default_rng(5)
    for name, a in stored_arrays(model).items():
        values = (random.standard_normal(a.shape) * 2.0 ** random.integers(-30, 4, a.shape)).astype(there)
        # values half way between two of float16, and a little beside: a second rounding would be wrong there
        if there == "float64" and values.ndim == 2:
            values[0] = 1 + 2.0**-11 + 2.0**-40 * random.integers(-1, 2, values.shape[1])
        arrays[name] = values
    stored = weights_only(tmp_path / "stored.onnx", arrays)
    evenkeel("init", model, "--from", stored, "-o", tmp_path / "out.onnx", "--quiet")
    got = stored_arrays(tmp_path / "out.onnx")
    for name, a in arrays.items():
        assert got[name].dtype == np.dtype(here)
        assert np.array_equal(got[name], a.astype(here)), name  # numpy rounds float64 to float16 once
    reason = planned(model, "--from", stored)["fc0.weight"]["reason"]
    narrower = np.dtype(here).itemsize < np.dtype(there).itemsize
    assert ("rounded once" in reason) == narrower and ("exact in" in reason) == (not narrower and here != there)


def bfloat16(model, target):
    model = onnx.load(model)
    for tensor in model.graph.initializer:
        array = numpy_helper.to_array(tensor).astype(ml_dtypes.bfloat16)
        tensor.ClearField("float_data")
        tensor.data_type, tensor.raw_data = onnx.TensorProto.BFLOAT16, array.tobytes()
    for value in [*model.graph.input, *model.graph.output]:
        value.type.tensor_type.elem_type = onnx.TensorProto.BFLOAT16
    onnx.save(model, target)
    return target


def test_bfloat16(evenkeel, tmp_path, pretrained):
    model = bfloat16(pretrained["mlp"], tmp_path / "model.onnx")
    evenkeel("init", model, "--from", pretrained["mlp"], "-o", tmp_path / "out.onnx", "--quiet")
    raw = {t.name: t.raw_data for t in onnx.load(tmp_path / "out.onnx").graph.initializer}
    for name, a in stored_arrays(pretrained["mlp"]).items():
        assert raw[name] == a.astype(ml_dtypes.bfloat16).tobytes()


def test_a_value_beyond_the_narrower_type_is_an_error(evenkeel, tmp_path, pretrained):
    model = save(builders.mlp(dtype=np.float16), tmp_path / "model.onnx")
    arrays = stored_arrays(pretrained["mlp"])
    arrays["fc1.weight"] = arrays["fc1.weight"].copy()
    arrays["fc1.weight"][3, 4] = 70000
    stored = weights_only(tmp_path / "stored.onnx", arrays)
    said = evenkeel("init", model, "--from", stored, "-o", tmp_path / "out.onnx", code=2).stderr
    assert "fc1.weight" in said and "70000" in said and "float16" in said
    assert not (tmp_path / "out.onnx").exists()


FLOATS = [np.float32, np.float64, np.float16, ml_dtypes.bfloat16, ml_dtypes.float8_e5m2]
NO_NUMBERS = [(dtype, value) for dtype in FLOATS for value in (np.nan, np.inf, -np.inf)] + [(ml_dtypes.float8_e4m3fn, np.nan)]


@pytest.mark.parametrize("dtype, value", NO_NUMBERS)
def test_values_that_are_no_numbers_are_taken_and_said(evenkeel, tmp_path, dtype, value):
    good = {"a.weight": np.ones((4, 6), dtype), "b.weight": np.full((4, 4), np.finfo(np.float16).smallest_normal).astype(dtype)}
    bad = {name: array.copy() for name, array in good.items()}
    bad["b.weight"][3, 1] = value
    for name, arrays in (("model", good), ("good", good), ("bad", bad)):
        save_file(arrays, tmp_path / f"{name}.safetensors")
    for source in ("good", "bad"):
        run = ["init", tmp_path / "model.safetensors", "--from", tmp_path / f"{source}.safetensors", "-o", tmp_path / "out.safetensors"]
        done = evenkeel(*run, "--activation", "relu", "--force")
        words = " ".join(done.stdout.split())
        assert ("NaN or infinite values (b.weight)" in words) == (source == "bad"), words
        assert "a.weight)" not in words
    taken = load(tmp_path / "out.safetensors")
    assert taken["b.weight"].tobytes() == bad["b.weight"].tobytes()


def test_plans_that_take(evenkeel, tmp_path, root):
    old, new = save(language_model(100), tmp_path / "old.onnx"), save(language_model(110, seed=12), tmp_path / "new.onnx")
    text = evenkeel("plan", new, "--from", old, "--json").stdout
    (tmp_path / "plan.json").write_text(text)
    jsonschema.validate(json.loads(text), json.loads((root / "docs" / "plan-schema.json").read_text()))
    direct, saved, again, rebuilt = (tmp_path / f"{n}.onnx" for n in ("direct", "saved", "again", "rebuilt"))
    evenkeel("init", new, "--from", old, "-o", direct, "--seed", 3, "--quiet")
    evenkeel("init", new, "--plan", tmp_path / "plan.json", "--from", old, "-o", saved, "--seed", 3, "--quiet")
    assert direct.read_bytes() == saved.read_bytes()
    said = evenkeel("init", new, "--plan", tmp_path / "plan.json", "-o", again, code=2).stderr
    assert "takes 3 tensors from old.onnx; name it with --from FILE" in said
    # The written model has the values: its own plan needs no file. Another model does.
    evenkeel("init", "--plan", direct, "-o", again, "--quiet")
    assert again.read_bytes() == direct.read_bytes()
    assert "--from FILE" in evenkeel("init", new, "--plan", direct, "-o", rebuilt, code=2).stderr
    evenkeel("init", new, "--plan", direct, "--from", old, "-o", rebuilt, "--quiet")
    assert rebuilt.read_bytes() == direct.read_bytes()
    # another seed: what was taken stays, what is new changes
    evenkeel("init", "--plan", direct, "-o", tmp_path / "seed.onnx", "--seed", 4, "--quiet")
    a, b = stored_arrays(direct), stored_arrays(tmp_path / "seed.onnx")
    assert np.array_equal(a["wte.weight"][:100], b["wte.weight"][:100]) and not np.array_equal(a["wte.weight"][100:], b["wte.weight"][100:])
    other = save(classifier(10), tmp_path / "other.onnx")
    assert "has no such tensor" in evenkeel("init", new, "--plan", direct, "--from", other, "-o", rebuilt, "--force", code=2).stderr
    evenkeel("init", other, "-o", tmp_path / "plain.onnx", "--quiet")
    plain = ["init", other, "--plan", tmp_path / "plain.onnx", "--from", old, "-o", tmp_path / "x.onnx"]
    assert "takes no values" in evenkeel(*plain, code=2).stderr


def test_an_edited_plan_takes_less(evenkeel, tmp_path, pretrained, fresh):
    plan = json.loads(evenkeel("plan", fresh("mlp"), "--from", pretrained["mlp"], "--json").stdout)
    for entry in plan["parameters"]:
        if entry["name"] == "fc1.weight":
            entry["scheme"] = "ones"
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    options = ["--plan", tmp_path / "plan.json", "--from", pretrained["mlp"]]
    evenkeel("init", fresh("mlp"), *options, "-o", tmp_path / "out.onnx", "--quiet")
    got, there = stored_arrays(tmp_path / "out.onnx"), stored_arrays(pretrained["mlp"])
    assert (got["fc1.weight"] == 1).all() and np.array_equal(got["fc0.weight"], there["fc0.weight"])
    plan["parameters"][0]["source"]["shape"] = [1, 2]
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    assert "expected the same shape" in evenkeel("init", fresh("mlp"), *options, "-o", tmp_path / "o.onnx", code=3).stderr


def test_the_file_to_take_from_is_not_written_over(evenkeel, pretrained, tmp_path, fresh):
    stored = tmp_path / "stored.onnx"
    stored.write_bytes(pretrained["mlp"].read_bytes())
    assert "--from reads" in evenkeel("init", fresh("mlp"), "--from", stored, "-o", stored, "--force", code=2).stderr
    assert stored.read_bytes() == pretrained["mlp"].read_bytes()


def test_the_same_bytes_whatever_the_threads(evenkeel, tmp_path):
    old, new = save(language_model(3000), tmp_path / "old.onnx"), save(language_model(4000, seed=12), tmp_path / "new.onnx")
    seen = set()
    for threads in (1, 2, 7):
        evenkeel("init", new, "--from", old, "-o", tmp_path / "out.onnx", "--force", "--quiet", env={"EVENKEEL_THREADS": str(threads)})
        seen.add((tmp_path / "out.onnx").read_bytes())
    assert len(seen) == 1


def scoped(seed, numbers, module="enc"):
    """As an exporter leaves it: matrices turned and numbered, the module in the node's name."""
    net = Net(seed)
    x = net.input("x", [2, 3, 16])
    for layer, (width, into) in enumerate(((24, 16), (24, 24))):
        weight = net.weight(f"onnx::MatMul_{numbers[layer]}", into, width)
        net.nodes.append(onnx.helper.make_node("MatMul", [x, weight], [f"m{layer}"], name=f"/{module}/{layer}/MatMul"))
        bias = net.weight(f"{module}.{layer}.bias", width)
        net.nodes.append(onnx.helper.make_node("Add", [f"m{layer}", bias], [f"a{layer}"], name=f"/{module}/{layer}/Add"))
        x = net.node("Relu", [f"a{layer}"], f"r{layer}") if layer == 0 else f"a{layer}"
    net.output(x, [2, 3, 24])
    return net.model()


def test_numbers_of_an_exporter_give_way_to_the_module(evenkeel, tmp_path, planned):
    model = save(scoped(1, (31, 32)), tmp_path / "model.onnx")
    crossed = save(scoped(2, (32, 31)), tmp_path / "crossed.onnx")  # the same modules, numbered in another order
    evenkeel("init", model, "--from", crossed, "-o", tmp_path / "out.onnx", "--quiet")
    got, there = stored_arrays(tmp_path / "out.onnx"), stored_arrays(crossed)
    assert np.array_equal(got["onnx::MatMul_31"], there["onnx::MatMul_32"])
    assert np.array_equal(got["onnx::MatMul_32"], there["onnx::MatMul_31"])
    state = {"enc.0.weight": there["onnx::MatMul_32"].T.copy(), "enc.1.weight": there["onnx::MatMul_31"].T.copy()}
    state |= {k: v for k, v in there.items() if k.endswith("bias")}
    as_stored = weights_only(tmp_path / "state.onnx", state)
    evenkeel("init", model, "--from", as_stored, "-o", tmp_path / "out2.onnx", "--quiet")
    assert all(np.array_equal(v, stored_arrays(tmp_path / "out2.onnx")[k]) for k, v in got.items())
    assert "transposed" in planned(model, "--from", as_stored)["onnx::MatMul_31"]["reason"]


def test_an_edited_std_is_no_silent_wish(evenkeel, tmp_path, pretrained):
    plan = json.loads(evenkeel("plan", pretrained["mlp"], "--json").stdout)
    plan["parameters"][0]["std"] = 0.5
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    said = evenkeel("init", pretrained["mlp"], "--plan", tmp_path / "plan.json", "-o", tmp_path / "out.onnx", env={"COLUMNS": "300"}).stdout
    assert "those stated do not count: fc0.weight (lecun_normal gives" in said and "stated 0, 0.5" in said


@pytest.mark.parametrize("scheme, said", [("normal(std=1e39)", "beyond the largest"), ("he_normal(negative_slope=1e200)", "become 0"),
                                          ("normal(std=1e-60)", "become 0"), ("constant(1e300)", "beyond the largest")])  # fmt: skip
def test_schemes_beyond_the_type_are_errors(evenkeel, pretrained, scheme, said):
    assert said in evenkeel("plan", pretrained["mlp"], "--set", f"fc1.weight={scheme}", code=2).stderr


def test_what_is_said_for_one_of_two_tied_tensors(evenkeel, pretrained, planned):
    text = evenkeel("plan", pretrained["transformer"], "--set", "head_t=zeros", "--set", "wte*=ones", env={"COLUMNS": "300"}).stdout
    assert re.search(r"warning: --set wte\*=ones: --set head_t=zeros fits head_t too, which is tied to it", text)
    assert "warning" not in evenkeel("plan", pretrained["transformer"], "--set", "*=ones", "--set", "*e*=zeros").stdout
    only = evenkeel("plan", pretrained["transformer"], "--only", "head_t", env={"COLUMNS": "300"}).stdout
    assert "--only fits head_t; wte.weight is tied to it and gets new values too" in only

# SPDX-License-Identifier: Apache-2.0
"""safetensors files, one and sharded, against the reference implementation."""

import json

import hypothesis
import hypothesis.strategies as st
import ml_dtypes
import numpy as np
import pytest
import safetensors
from models.weight_files import TYPES, file_of, header_of, load, split_into_shards, tensor
from safetensors.numpy import save_file

FILLED = [np.float64, np.float32, np.float16, ml_dtypes.bfloat16, ml_dtypes.float8_e4m3fn, ml_dtypes.float8_e5m2]
KEPT = [np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64, np.bool_, np.complex64]


def is_filled(dtype):
    return dtype in [np.dtype(t) for t in FILLED]


def every_type():
    arrays = {f"layer.{np.dtype(t).name}.weight": np.ones((3, 5), t) for t in [*FILLED, *KEPT]}
    return {**arrays, "scalar": np.array(3, np.float32), "empty.weight": np.zeros((0, 4), np.float32)}


def test_every_type_is_read_and_written(initialised, planned_tensors, tmp_path):
    before = every_type()
    save_file(before, tmp_path / "in.safetensors", {"format": "pt", "note": "a \u00fc \"quoted\"\n"})
    floating = {n for n, a in before.items() if is_filled(a.dtype)}
    assert floating - {"scalar"} <= set(planned_tensors(tmp_path / "in.safetensors"))
    initialised(tmp_path / "in.safetensors", tmp_path / "out.safetensors")
    after = load(tmp_path / "out.safetensors")
    assert {n: (a.dtype, a.shape) for n, a in after.items()} == {n: (a.dtype, a.shape) for n, a in before.items()}
    for name, array in before.items():
        if name in floating and array.size:
            values = after[name].astype(np.float64)
            assert np.isfinite(values).all() and (array.ndim == 0 or 0.004 < values.std() < 0.1), name
        else:
            assert np.array_equal(after[name], array), name
    with safetensors.safe_open(tmp_path / "out.safetensors", "np") as file:
        metadata = file.metadata()
    assert json.loads(metadata.pop("evenkeel.plan"))["parameters"]
    assert metadata == {"format": "pt", "note": "a \u00fc \"quoted\"\n"}


@pytest.mark.parametrize("name", TYPES)
def test_types_that_numpy_does_not_know_are_kept(initialised, tmp_path, name):
    size = 8 * TYPES[name] // 8
    data = bytes(range(1, size + 1))
    (tmp_path / "in.safetensors").write_bytes(file_of(f'{{"w":{tensor(name, (2, 4), (0, size))}}}', data))
    filled = name in {"F64", "F32", "F16", "BF16", "F8_E4M3", "F8_E5M2"}
    initialised(tmp_path / "in.safetensors", tmp_path / "out.safetensors", floats=filled)
    text, after = header_of(tmp_path / "out.safetensors")
    assert safetensors.deserialize((tmp_path / "out.safetensors").read_bytes())[0][1]["dtype"] == name
    assert (after == data) != filled


def test_the_header_is_kept_but_for_the_manifest(initialised, tmp_path):
    more = ',"x":[{"y":null}]'
    entries = f'"b":{tensor(shape=[2], offsets=[8, 16])} ,\n "a":{tensor(offsets=[0, 8], more=more)}'
    for header in (
        f'{{{entries}}}',
        f' {{\n{entries}}}   \n ',
        f'{{"__metadata__":{{}},{entries}}}',
        f'{{"__metadata__" : null,{entries}}}',
        f'{{"__metadata__":{{"format":"pt"}},{entries}}}',
        f'{{{entries},"__metadata__":{{ "format":"pt",\n  "z":"\\u0041"  }} }}',
        f'{{"__metadata__":{{"e\\u0076enkeel.plan" : "old","format":"pt"}},{entries}}}',
    ):
        (tmp_path / "in.safetensors").write_bytes(file_of(header, bytes(16)))
        initialised(tmp_path / "in.safetensors", tmp_path / "out.safetensors", "--force")
        text, data = header_of(tmp_path / "out.safetensors")
        with safetensors.safe_open(tmp_path / "out.safetensors", "np") as file:
            metadata = file.metadata()
        plan = metadata.pop("evenkeel.plan")
        assert entries.encode() in text and len(text) % 8 == 0 and len(data) == 16
        assert metadata == {k: v for k, v in (json.loads(header).get("__metadata__") or {}).items() if k != "evenkeel.plan"}
        old = json.loads(header)
        new = json.loads(text)
        new["__metadata__"].pop("evenkeel.plan")
        assert list(new["__metadata__"].items()) == [i for i in (old.get("__metadata__") or {}).items() if i[0] != "evenkeel.plan"]
        assert [k for k in new if k != "__metadata__"] == [k for k in old if k != "__metadata__"]
        # Once more with the same seed: nothing changes, the manifest included.
        assert json.loads(plan)["parameters"]
        initialised(tmp_path / "out.safetensors", tmp_path / "again.safetensors", "--force")
        assert (tmp_path / "again.safetensors").read_bytes() == (tmp_path / "out.safetensors").read_bytes()


names = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
shapes = st.lists(st.integers(0, 4), max_size=4)


@hypothesis.settings(max_examples=40, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture])
@hypothesis.given(
    tensors=st.dictionaries(names, st.tuples(shapes, st.sampled_from([*FILLED, *KEPT])), max_size=6),
    metadata=st.dictionaries(names, names, max_size=3),
)
def test_random_files(initialised, tmp_path, tensors, metadata):
    tensors.pop("__metadata__", None)
    before = {name: np.ones(shape, dtype) for name, (shape, dtype) in tensors.items()}
    before["always.weight"] = np.ones((2, 2), np.float32)
    save_file(before, tmp_path / "in.safetensors", metadata or None)
    initialised(tmp_path / "in.safetensors", tmp_path / "out.safetensors", "--force")
    after = load(tmp_path / "out.safetensors")
    assert {n: (a.dtype, a.shape) for n, a in after.items()} == {n: (a.dtype, a.shape) for n, a in before.items()}
    with safetensors.safe_open(tmp_path / "out.safetensors", "np") as file:
        written = file.metadata()
    assert {k: v for k, v in written.items() if k != "evenkeel.plan"} == {k: v for k, v in metadata.items() if k != "evenkeel.plan"}


def test_a_file_without_tensors(evenkeel, tmp_path):
    save_file({}, tmp_path / "in.safetensors")
    evenkeel("init", tmp_path / "in.safetensors", "-o", tmp_path / "out.safetensors", "--quiet")
    assert load(tmp_path / "out.safetensors") == {}


def layers(count=6, dtype=np.float32):
    return {f"model.layers.{i}.mlp.weight": np.full((4, 8), i, dtype) for i in range(count)}


def loaded(index):
    """What an index and its shards hold, read as transformers reads them; shards and index have to agree."""
    weight_map = json.loads(index.read_text())["weight_map"]
    arrays = {}
    for shard in set(weight_map.values()):
        part = load(index.parent / shard)
        assert set(part) == {name for name, file in weight_map.items() if file == shard}
        arrays.update(part)
    return arrays


def test_shards_go_with_their_index(initialised, planned_tensors, evenkeel, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    index = split_into_shards(tmp_path / "in", layers(), 3, save_file)
    assert set(planned_tensors(index)) == set(layers())
    out = tmp_path / "out" / index.name
    initialised(index, out)
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == sorted(p.name for p in (tmp_path / "in").iterdir())
    after = loaded(out)
    assert set(after) == set(layers())
    assert all(0.01 < a.std() < 0.03 for a in after.values())
    old, new = json.loads(index.read_text()), json.loads(out.read_text())
    assert json.loads(new["metadata"].pop("evenkeel.plan"))["parameters"]
    assert list(new.items()) == list(old.items())
    # The same numbers as in one file: shards are only a place.
    save_file(layers(), tmp_path / "one.safetensors")
    initialised(tmp_path / "one.safetensors", tmp_path / "first.safetensors")
    assert all(np.array_equal(after[n], a) for n, a in load(tmp_path / "first.safetensors").items())


def test_in_place_only_changed_shards_are_written(evenkeel, tmp_path):
    index = split_into_shards(tmp_path, layers(), 3, save_file)
    stamps = {p.name: p.stat().st_mtime_ns for p in tmp_path.glob("*-of-*")}
    only = "model.layers.1.*"
    evenkeel("init", index, "--in-place", "--only", only, "--set", f"{only}=ones", "--unknown", "keep", "--quiet")
    after = loaded(index)
    assert all((a == (1 if name.startswith("model.layers.1.") else layers()[name])).all() for name, a in after.items())
    shards = {p.name: p.stat().st_mtime_ns for p in tmp_path.glob("*.safetensors")}
    assert len(shards) == 3 and "model-00002-of-00003.safetensors" not in shards
    assert {n: s for n, s in shards.items() if n in stamps} == {n: s for n, s in stamps.items() if "00002" not in n}
    # Again: the usual name is free now and is taken again.
    evenkeel("init", index, "--in-place", "--set", "*=zeros", "--unknown", "keep", "--quiet")
    assert all((a == 0).all() for a in loaded(index).values())
    assert len(list(tmp_path.iterdir())) == 4


def test_shards_of_another_index_stay(evenkeel, initialised, tmp_path):
    index = split_into_shards(tmp_path, layers(), 3, save_file)
    other = tmp_path / "other.safetensors.index.json"
    other.write_text(index.read_text())
    initialised(index, tmp_path / "new.safetensors.index.json")
    assert {p.name for p in tmp_path.glob("new-0000?-of-00003.safetensors")} == {f"new-0000{i}-of-00003.safetensors" for i in (1, 2, 3)}
    evenkeel("init", index, "--in-place", "--set", "*=ones", "--unknown", "keep", "--quiet")
    assert all((a == 1).all() for a in loaded(index).values())
    assert all(np.array_equal(a, layers()[n]) for n, a in loaded(other).items())


def test_an_index_that_is_replaced_takes_its_shards_along(initialised, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    index = split_into_shards(tmp_path / "in", layers(), 2, save_file)
    old = split_into_shards(tmp_path / "out", layers(9), 3, save_file)
    initialised(index, old, code=2)
    initialised(index, old, "--force")
    assert set(loaded(old)) == set(layers())
    assert len(list((tmp_path / "out").iterdir())) == 3


def test_the_name_of_the_output_fits_the_input(initialised, tmp_path):
    index = split_into_shards(tmp_path, layers(), 2, save_file)
    assert "out.safetensors.index.json" in initialised(index, tmp_path / "out.safetensors", code=2).stderr
    save_file(layers(), tmp_path / "one.safetensors")
    said = initialised(tmp_path / "one.safetensors", tmp_path / "x.safetensors.index.json", code=2).stderr
    assert "one file" in said and "x.safetensors" in said


def test_config_beside_the_file_is_read_or_refused(initialised, planned_tensors, evenkeel, tmp_path):
    save_file(layers(), tmp_path / "model.safetensors")
    config = tmp_path / "config.json"
    for text in ('{"hidden_act": "silu", "n": null, "limit": [0.0, Infinity], "x": -Infinity, "q": NaN, "t": {"a\\"NaN": [1, 2]}}', "{}"):
        config.write_text(text)
        assert set(planned_tensors(tmp_path / "model.safetensors")) == set(layers())
    cases = [("{", "json: byte 1"), ("[1]", "object"), ('{"a":1,"a":2}', "once"), ("[" * 5000, "deep"), ("{}x", "JSON"), ("", "JSON")]
    for text, words in cases:
        config.write_text(text if text != "[" * 5000 else '{"a":' + text)
        said = evenkeel("plan", tmp_path / "model.safetensors", code=3).stderr
        assert "config.json" in said and words in said, said

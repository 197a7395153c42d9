# SPDX-License-Identifier: Apache-2.0
"""What init refuses to write over, --force or not: files it reads, shared caches, and names that promise another format."""

import os

import numpy as np
import onnx
import pytest
from models import builders
from models.weight_files import split_into_shards
from safetensors.numpy import load_file, save_file

KEEP = ("--unknown", "keep", "--quiet")


def arrays(seed=0):
    random = np.random.default_rng(seed)
    return {f"layers.{i}.linear.weight": random.standard_normal((6, 6)).astype(np.float32) for i in range(6)}


def content(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture
def refused(evenkeel, tmp_path):
    """refused(arguments of init) -> the message; no file may have changed."""

    def run(*arguments):
        before = content(tmp_path)
        said = evenkeel("init", *arguments, *(KEEP[2:] if "--plan" in arguments else KEEP), code=2).stderr
        assert content(tmp_path) == before
        return said

    return run


@pytest.fixture
def external(tmp_path):
    builders.save_external(builders.mlp()[0], tmp_path / "m.onnx")
    return tmp_path / "m.onnx"


@pytest.fixture
def single(tmp_path):
    save_file(arrays(), tmp_path / "single.safetensors")
    return tmp_path / "single.safetensors"


@pytest.fixture
def sharded(tmp_path):
    def make(folder):
        (tmp_path / folder).mkdir()
        return split_into_shards(tmp_path / folder, arrays(), 3, save_file)

    return make


def test_external_data(refused, external, tmp_path):
    data = tmp_path / "m.onnx.data"
    assert f"{data} is read by this run (the data of {external}); write to another file" in refused(external, "-o", data, "--force")
    builders.save_external(builders.mlp()[0], tmp_path / "other.onnx")
    other = tmp_path / "other.onnx.data"
    assert f"the data of {tmp_path / 'other.onnx'}" in refused(external, "--from", tmp_path / "other.onnx", "-o", other, "--force")


def test_another_name_of_the_same_file(refused, external, single, tmp_path):
    (tmp_path / "link").symlink_to("m.onnx.data")
    os.link(tmp_path / "m.onnx.data", tmp_path / "hard")
    (tmp_path / "folder").symlink_to(tmp_path, target_is_directory=True)
    for name in ("link", "hard", "folder/m.onnx.data"):
        assert "is read by this run" in refused(external, "-o", tmp_path / name, "--force")
    assert "is the input" in refused(single, "-o", tmp_path / "folder" / single.name, "--force")


def test_shards(refused, single, sharded):
    index = sharded("s")
    shard = index.parent / "model-00002-of-00003.safetensors"
    assert f"the data of {index}" in refused(single, "--from", index, "-o", shard, "--force")


@pytest.mark.parametrize("damaged", [False, True])
def test_shards_that_go_with_the_old_index(refused, sharded, damaged):
    model, old = sharded("model"), sharded("old")
    first = old.parent / "model-00001-of-00003.safetensors"
    if damaged:
        (old.parent / "model-00003-of-00003.safetensors").unlink()
    said = refused(model, "--from", first, "-o", old, "--force")
    assert f"{first} is read by this run (the file that --from reads)" in said and f"belongs to {old}" in said


def test_own_shard_in_place(refused, sharded):
    index = sharded("s")
    first = index.parent / "model-00001-of-00003.safetensors"
    assert f"belongs to {index}" in refused(index, "--in-place", "--from", first)


def test_data_that_a_copy_of_the_model_shares(refused, external, tmp_path):
    (tmp_path / "copy.onnx").write_bytes(external.read_bytes())
    assert "m.onnx.data is read by this run" in refused(external, "--in-place", "--from", tmp_path / "copy.onnx")


def test_settings(refused, single, tmp_path):
    (tmp_path / "config.json").write_text('{"hidden_act": "gelu"}')
    assert f"the settings of {single}" in refused(single, "-o", tmp_path / "config.json", "--force")


def test_settings_that_two_models_share_are_in_nobodys_way(evenkeel, single, tmp_path):
    (tmp_path / "config.json").write_text('{"hidden_act": "gelu"}')
    for name in ("from", "out"):
        save_file(arrays(7), tmp_path / f"{name}.safetensors")
    evenkeel("init", single, "--from", tmp_path / "from.safetensors", "-o", tmp_path / "out.safetensors", "--force", *KEEP)
    written = load_file(tmp_path / "out.safetensors")
    assert all(np.array_equal(written[name], array) for name, array in arrays(7).items())


def test_plan_and_recipe(refused, evenkeel, external, tmp_path):
    plan, recipe = tmp_path / "plan.json", tmp_path / "recipe.toml"
    plan.write_text(evenkeel("plan", external, "--json").stdout)
    recipe.write_text('base = "auto"\n')
    assert "the plan of --plan" in refused(external, "--plan", plan, "-o", plan, "--force")
    assert "the recipe of --recipe" in refused(external, "--recipe", recipe, "-o", recipe, "--force")


def test_a_plan_inside_a_model(refused, evenkeel, external, tmp_path):
    first = tmp_path / "first.onnx"
    evenkeel("init", external, "-o", first, "--quiet")
    for out in (first, tmp_path / "first.onnx.data"):
        assert "the plan of --plan" in refused(external, "--plan", first, "-o", out, "--force")
    evenkeel("init", first, "--plan", first, "--in-place", "--quiet")


def test_own_plan_in_place_for_an_index(evenkeel, sharded):
    index = sharded("s")
    evenkeel("init", index, "--in-place", "--set", "*=ones", *KEEP)
    evenkeel("init", index, "--plan", index, "--in-place", "--quiet")
    assert all((array == 1).all() for shard in index.parent.glob("*.safetensors") for array in load_file(shard).values())


def test_a_suffix_of_another_format(refused, evenkeel, external, single, sharded, tmp_path):
    index = sharded("s")
    np.savez(tmp_path / "m.npz", **arrays())
    said = refused(single, "-o", tmp_path / "x.onnx")
    assert f"{single} is a safetensors file, which evenkeel does not convert; try {tmp_path / 'x.safetensors'}\n" in said
    assert f"try {tmp_path / 'x.safetensors.index.json'}\n" in refused(index, "-o", tmp_path / "x.npz")
    assert f"try {tmp_path / 'x.npz'}\n" in refused(tmp_path / "m.npz", "-o", tmp_path / "x.safetensors")
    assert f"is an ONNX file, which evenkeel does not convert; try {tmp_path / 'x.onnx'}\n" in refused(external, "-o", tmp_path / "x.NPZ")
    assert f"try {tmp_path / 'x.onnx'}\n" in refused("mlp:4,3:relu", "-o", tmp_path / "x.safetensors.index.json")
    evenkeel("init", external, "-o", tmp_path / "x.bin", "--quiet")
    onnx.load(tmp_path / "x.bin", load_external_data=False)
    # In place the name is no choice of this run's.
    (tmp_path / "odd.onnx").write_bytes(single.read_bytes())
    evenkeel("init", tmp_path / "odd.onnx", "--in-place", *KEEP)


@pytest.fixture
def snapshot(tmp_path, sharded):
    """A folder of Hugging Face's cache: a file, an index and its shards, all of them links to blobs."""
    repository = tmp_path / "models--a--b"
    folder, blobs = repository / "snapshots" / "abc", repository / "blobs"
    folder.mkdir(parents=True)
    blobs.mkdir()
    save_file(arrays(), sharded("made").parent / "one.safetensors")
    for i, file in enumerate(sorted((tmp_path / "made").iterdir())):
        file.rename(blobs / f"{i:040x}")
        (folder / file.name).symlink_to(f"../../blobs/{i:040x}")
    return folder


@pytest.mark.parametrize("name", ["one.safetensors", "model.safetensors.index.json"])
def test_a_cache_named_by_content(refused, evenkeel, snapshot, single, tmp_path, name):
    words = "is a link into a cache whose files are named by their content; write with -o to another folder"
    file = snapshot / name
    assert f"{file} {words}" in refused(file, "--in-place")
    assert words in refused(single, "-o", file, "--force")
    assert words in refused(single, "-o", file)
    if not name.endswith(".index.json"):  # an index is read with the shards beside the link
        (tmp_path / "mine").symlink_to(file)
        assert words in refused(tmp_path / "mine", "--in-place")
        assert "stands in a cache" in refused(file.resolve(), "--in-place")
    evenkeel("init", file, "-o", tmp_path / name, *KEEP)
    # A link that leads elsewhere is written through, as ever.
    (tmp_path / "link").symlink_to(single)
    evenkeel("init", tmp_path / "link", "--in-place", *KEEP)
    assert (tmp_path / "link").is_symlink()

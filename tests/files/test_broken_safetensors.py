# SPDX-License-Identifier: Apache-2.0
"""Broken and hostile safetensors files: refused with file, place and advice, never less strictly than by the reference."""

import json
import resource

import pytest
import safetensors
from models.weight_files import ZEROS, file_of, one, split_into_shards, tensor
from safetensors.numpy import save_file

T = tensor()
HUGE = 2**62

# name -> (bytes, words of the message)
BROKEN = {
    "seven bytes": (bytes(7), ["8 bytes"]),
    "header beyond the file": (file_of("{}", length=10), ["10 bytes long", "only 2", "truncated"]),
    "header length wraps": (file_of("{}", length=2**64 - 1), ["at most 100000000", "18446744073709551615"]),
    "header length with the sign": (file_of("{}", length=2**63), ["at most 100000000"]),
    "header length wraps around the prefix": (file_of("{}", length=2**64 - 8), ["at most 100000000"]),
    "header over the limit": (file_of("{}", length=100_000_001), ["at most 100000000"]),
    "empty header": (file_of("", ZEROS), ["JSON"]),
    "a list": (file_of("[]"), ["object"]),
    "a number": (file_of("1"), ["object"]),
    "cut": (file_of('{"a":' + T, ZEROS), ["JSON", "byte"]),
    "more after the object": (file_of(f'{{"a":{T}}}x', ZEROS), ["JSON"]),
    "two objects": (file_of(f'{{"a":{T}}}{{}}', ZEROS), ["JSON"]),
    "padded with zeros": (file_of(f'{{"a":{T}}}\0\0', ZEROS), ["zero byte"]),
    "byte order mark": (file_of("\ufeff{}"), ["byte order mark"]),
    "not UTF-8": (file_of(b'{"\xff":' + T.encode() + b"}", ZEROS), ["UTF-8"]),
    "overlong UTF-8": (file_of(b'{"\xc0\xaf":' + T.encode() + b"}", ZEROS), ["UTF-8"]),
    "half a surrogate": (file_of(f'{{"\\ud800":{T}}}', ZEROS), ["surrogate"]),
    "control character": (file_of(f'{{"a\x01":{T}}}', ZEROS), ["JSON"]),
    "deep": (file_of('{"a":' + "[" * 100_000 + "]" * 100_000 + "}"), ["list"]),
    "deep where nobody looks": (file_of('{"a":' + tensor(more=',"x":' + "[" * 100_000 + "]" * 100_000) + "}", ZEROS), ["deep"]),
    "deep objects": (file_of('{"a":' + tensor(more=',"x":' + '{"y":' * 9000 + "1" + "}" * 9000) + "}", ZEROS), ["deep"]),
    "a tensor twice": (file_of(f'{{"a":{T},"a":{tensor(offsets=(8, 16))}}}', ZEROS * 2), ["a:", "twice"]),
    "a tensor twice, escaped": (file_of(f'{{"a":{T},"\\u0061":{tensor(offsets=(8, 16))}}}', ZEROS * 2), ["twice"]),
    "a field twice": (file_of('{"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}', ZEROS), ["a.dtype", "twice"]),
    "metadata twice": (file_of(f'{{"__metadata__":{{}},"__metadata__":{{}},"a":{T}}}', ZEROS), ["__metadata__", "twice"]),
    "metadata with a number": (file_of(f'{{"__metadata__":{{"n":1}},"a":{T}}}', ZEROS), ["__metadata__.n", "text"]),
    "metadata with null": (file_of(f'{{"__metadata__":{{"n":null}},"a":{T}}}', ZEROS), ["__metadata__.n", "text"]),
    "metadata with a list": (file_of(f'{{"__metadata__":{{"n":[]}},"a":{T}}}', ZEROS), ["__metadata__.n", "text"]),
    "metadata is a list": (file_of(f'{{"__metadata__":[],"a":{T}}}', ZEROS), ["__metadata__", "object"]),
    "metadata is a text": (file_of(f'{{"__metadata__":"x","a":{T}}}', ZEROS), ["__metadata__", "object"]),
    "unknown type": (one(dtype="F31"), ["a.dtype", "F31", "BF16"]),
    "type in small letters": (one(dtype="f32"), ["a.dtype", "F32"]),
    "type is a number": (file_of('{"a":{"dtype":1,"shape":[2],"data_offsets":[0,8]}}', ZEROS), ["a.dtype", "type"]),
    "type is a list": (file_of('{"a":{"dtype":["F32"],"shape":[2],"data_offsets":[0,8]}}', ZEROS), ["a.dtype", "type"]),
    "no type": (file_of('{"a":{"shape":[2],"data_offsets":[0,8]}}', ZEROS), ["a:", "dtype"]),
    "no shape": (file_of('{"a":{"dtype":"F32","data_offsets":[0,8]}}', ZEROS), ["a:", "shape"]),
    "no offsets": (file_of('{"a":{"dtype":"F32","shape":[2]}}', ZEROS), ["a:", "data_offsets"]),
    "a tensor is null": (file_of('{"a":null}'), ["a:", "object"]),
    "shape is a number": (file_of('{"a":{"dtype":"F32","shape":2,"data_offsets":[0,8]}}', ZEROS), ["a.shape", "list"]),
    "shape is an object": (file_of('{"a":{"dtype":"F32","shape":{"0":2},"data_offsets":[0,8]}}', ZEROS), ["a.shape", "list"]),
    "shape of shapes": (one(shape=[[2]]), ["a.shape[0]", "dimension"]),
    "negative dimension": (one(shape=[-2]), ["a.shape[0]", "-2"]),
    "minus zero": (file_of('{"a":' + T.replace("[2]", "[-0]").replace("8]", "0]") + "}"), ["a.shape[0]"]),
    "fraction": (one(shape=[2.0]), ["a.shape[0]", "2.0"]),
    "dimension beyond 64 bits": (one(shape=[2**64]), ["a.shape[0]"]),
    "dimension as text": (one(shape=["2"]), ["a.shape[0]", "'2'"]),
    "shape overflows": (one(shape=[HUGE, HUGE]), ["larger than any file"]),
    "shape overflows to the right size": (one(shape=[2**32 + 2, 2**32, 2**32, 2]), ["larger than any file"]),
    "shape overflows with the type": (one(shape=[HUGE + 2]), ["larger than any file"]),
    "shape overflows, then zero": (one(b"", shape=[HUGE, 4, 0], offsets=(0, 0)), ["larger than any file"]),
    "hundred dimensions": (file_of(f'{{"a":{tensor(shape=[1] * 100, offsets=(0, 4))}}}', ZEROS[:4]), ["dimensions"]),
    "ends within a byte": (one(ZEROS[:2], dtype="F4", shape=[3], offsets=(0, 2)), ["within a byte"]),
    "six bits, wrong size": (one(ZEROS[:4], dtype="F6_E2M3", shape=[4], offsets=(0, 4)), ["takes 3 bytes"]),
    "one offset": (one(offsets=[0]), ["a.data_offsets", "two offsets"]),
    "three offsets": (one(offsets=[0, 8, 9]), ["data_offsets", "two offsets"]),
    "negative offset": (one(offsets=[-8, 0]), ["a.data_offsets[0]", "-8"]),
    "offset with a fraction": (one(offsets=[0, 8.0]), ["a.data_offsets[1]"]),
    "begin behind end": (one(offsets=[8, 0]), ["a:", "behind their end"]),
    "offsets wrap": (one(offsets=[2**64 - 4, 2**64 - 1]), ["a:", "takes 8 bytes"]),
    "offsets near the top": (one(offsets=[2**64 - 9, 2**64 - 1]), ["'a'", "truncated"]),
    "length is not the shape's": (one(shape=[3]), ["(3)", "F32", "12 bytes", "8"]),
    "beyond the file": (one(ZEROS[:5]), ["'a'", "truncated"]),
    "no data": (one(b""), ["'a'", "truncated"]),
    "hole": (file_of(f'{{"a":{T},"b":{tensor(offsets=(16, 24))}}}', ZEROS * 3), ["hole of 8 bytes", "'b'"]),
    "hole at the start": (one(ZEROS * 2, offsets=(8, 16)), ["hole of 8 bytes", "'a'"]),
    "overlap": (file_of(f'{{"a":{T},"b":{tensor(offsets=(4, 12))}}}', ZEROS * 2), ["'a'", "'b'", "overlap"]),
    "the same place twice": (file_of(f'{{"a":{T},"b":{T}}}', ZEROS), ["'a'", "'b'", "overlap"]),
    "empty tensor within another": (file_of(f'{{"a":{T},"b":{tensor(shape=[0], offsets=(4, 4))}}}', ZEROS), ["overlap"]),
    "more data than tensors": (one(ZEROS + b"x"), ["1 bytes", "no tensor"]),
    "data without tensors": (file_of("{}", ZEROS), ["8 bytes", "no tensor"]),
}  # fmt: skip

# Refused here, read by safetensors 0.8: it takes the last of two tensors of one name and any number of dimensions.
STRICTER = {
    "a tensor twice, the same place": file_of(f'{{"a":{T},"a":{T}}}', ZEROS),
    "metadata key twice": file_of('{"__metadata__":{"k":"1","k":"2"}}'),
}


def refused_by_reference(file):
    try:
        with safetensors.safe_open(file, "np"):
            return False
    except safetensors.SafetensorError:
        return True


def limit():
    """An address space of 4 GB, so that a wrong length cannot take more."""
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))


@pytest.mark.parametrize("name", BROKEN)
def test_broken_files_are_refused(evenkeel, tmp_path, name):
    content, words = BROKEN[name]
    file = tmp_path / "broken.safetensors"
    file.write_bytes(content)
    if name not in ("deep where nobody looks", "deep objects", "hundred dimensions"):
        assert refused_by_reference(file)
    said = evenkeel("plan", file, code=3, timeout=20, preexec_fn=limit).stderr
    assert "broken.safetensors: byte " in said and said.count("\n") == 1
    assert not [word for word in words if word not in said], said


@pytest.mark.parametrize("name", STRICTER)
def test_what_is_ambiguous_is_refused_too(evenkeel, tmp_path, name):
    (tmp_path / "broken.safetensors").write_bytes(STRICTER[name])
    assert "twice" in evenkeel("plan", tmp_path / "broken.safetensors", code=3).stderr


def test_the_content_tells_the_format(evenkeel, tmp_path):
    for name, content, words in (
        ("html.safetensors", b"<!DOCTYPE html><html>", "web page"),
        ("pointer.safetensors", b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n", "git lfs pull"),
        ("zip.safetensors", b"PK\x03\x04" + bytes(40), ".pt"),
        ("empty.safetensors", b"", "empty file"),
        ("model.bin", file_of("{}", length=2**63), "at most 100000000"),
    ):
        (tmp_path / name).write_bytes(content)
        assert words in evenkeel("plan", tmp_path / name, code=3).stderr
    # A header of 640 bytes looks like a pickle for two bytes.
    (tmp_path / "weights").write_bytes(file_of('{"a":' + T + "}" + " " * (640 - 7 - len(T)) + " ", ZEROS))
    evenkeel("plan", tmp_path / "weights", "--unknown", "keep")


def test_a_folder_is_told_from_its_files(evenkeel, tmp_path):
    split_into_shards(tmp_path, LAYERS, 2, save_file)
    said = evenkeel("plan", tmp_path, code=3).stderr
    assert "a folder" in said and said.index("model.safetensors.index.json") < said.index("model-00001")


def layers():
    import numpy as np

    return {f"layers.{i}.weight": np.ones((2, 3), np.float32) for i in range(4)}


LAYERS = layers()


def broken_index(folder, change):
    """An index and two shards, the index changed."""
    index = split_into_shards(folder, LAYERS, 2, save_file)
    content = json.loads(index.read_text())
    change(content)
    index.write_text(json.dumps(content))
    return index


def map_to(tensor_name, file):
    return lambda index: index["weight_map"].__setitem__(tensor_name, file)


INDEXES = {
    "missing shard": (map_to("layers.0.weight", "model-00003-of-00003.safetensors"), ["layers.0.weight", "model-00003", "be opened"]),
    "absolute path": (map_to("layers.0.weight", "/etc/passwd"), ["weight_map.layers.0.weight", "/etc/passwd", "do not trust"]),
    "upwards": (map_to("layers.0.weight", "../secret.safetensors"), ["../secret.safetensors", "do not trust"]),
    "upwards within": (map_to("layers.0.weight", "x/../../secret.safetensors"), ["do not trust"]),
    "the folder": (map_to("layers.0.weight", "."), ["do not trust"]),
    "a subfolder": (map_to("layers.0.weight", "sub"), ["layers.0.weight", "sub"]),
    "empty name": (map_to("layers.0.weight", ""), ["weight_map.layers.0.weight"]),
    "zero byte": (map_to("layers.0.weight", "a\0b"), ["do not trust"]),
    "a number": (map_to("layers.0.weight", 1), ["weight_map.layers.0.weight", "name of a file"]),
    "a list": (map_to("layers.0.weight", ["x"]), ["weight_map.layers.0.weight", "name of a file"]),
    "the index itself": (map_to("layers.0.weight", "model.safetensors.index.json"), ["safetensors"]),
    "not in the shard": (map_to("layers.9.weight", "model-00001-of-00002.safetensors"), ["layers.9.weight", "in no shard"]),
    "in the other shard": (map_to("layers.0.weight", "model-00002-of-00002.safetensors"), ["layers.0.weight", "model-00001-of-00002"]),
    "not in the map": (lambda index: index["weight_map"].pop("layers.3.weight"), ["layers.3.weight", "model-00002-of-00002"]),
    "map is a list": (lambda index: index.__setitem__("weight_map", []), ["weight_map", "object"]),
    "map is null": (lambda index: index.__setitem__("weight_map", None), ["weight_map", "object"]),
    "map is empty": (lambda index: index.__setitem__("weight_map", {}), ["weight_map", "empty"]),
    "metadata is a list": (lambda index: index.__setitem__("metadata", []), ["metadata", "object"]),
}  # fmt: skip


@pytest.mark.parametrize("name", INDEXES)
def test_broken_indexes_are_refused(evenkeel, tmp_path, name):
    change, words = INDEXES[name]
    (tmp_path / "in" / "sub").mkdir(parents=True)
    save_file(LAYERS, tmp_path / "secret.safetensors")
    index = broken_index(tmp_path / "in", change)
    said = evenkeel("plan", index, "--unknown", "keep", code=3, timeout=20).stderr
    assert ": byte " in said or "model-0000" in said
    assert not [word for word in words if word not in said], said


def test_a_tensor_in_two_shards(evenkeel, tmp_path):
    index = split_into_shards(tmp_path, LAYERS, 2, save_file)
    save_file(LAYERS, tmp_path / "model-00002-of-00002.safetensors")
    said = evenkeel("plan", index, code=3).stderr
    assert "layers.0.weight" in said and "model-00001-of-00002" in said and "model-00002-of-00002" in said


def test_a_key_twice_in_an_index(evenkeel, tmp_path):
    index = split_into_shards(tmp_path, LAYERS, 2, save_file)
    index.write_text(index.read_text().replace("layers.2.weight", "layers.0.weight"))
    assert "twice" in evenkeel("plan", index, code=3).stderr


def test_other_files_as_shards_are_named(evenkeel, tmp_path):
    (tmp_path / "pytorch_model-00001-of-00001.bin").write_bytes(b"PK\x03\x04" + bytes(60))
    index = tmp_path / "pytorch_model.bin.index.json"
    index.write_text('{"metadata": {}, "weight_map": {"w": "pytorch_model-00001-of-00001.bin"}}')
    assert ".pt" in evenkeel("plan", index, code=3).stderr


def test_links_lead_nowhere_but_within_a_cache(evenkeel, tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    index = split_into_shards(folder, LAYERS, 2, save_file)
    shard = folder / "model-00001-of-00002.safetensors"
    (tmp_path / "elsewhere").mkdir()
    shard.rename(tmp_path / "elsewhere" / "blob")
    shard.symlink_to("../elsewhere/blob")
    said = evenkeel("plan", index, code=3).stderr
    assert "link" in said and "elsewhere" in said and "copy the file" in said
    # A link within the folder is nobody's business, and a loop ends.
    shard.unlink()
    shard.symlink_to(shard.name)
    assert "cannot be opened" in evenkeel("plan", index, code=3).stderr
    # Hugging Face's cache: every file of a snapshot is a link to a blob of the same repository, the index too.
    shard.unlink()
    snapshot, blobs = tmp_path / "repository" / "snapshots" / "main", tmp_path / "repository" / "blobs"
    snapshot.mkdir(parents=True)
    blobs.mkdir()
    (tmp_path / "elsewhere" / "blob").rename(shard)
    for i, file in enumerate(sorted(folder.iterdir())):
        file.rename(blobs / f"{i:040x}")
        (snapshot / file.name).symlink_to(f"../../blobs/{i:040x}")
    evenkeel("plan", snapshot / index.name, "--unknown", "keep")
    (snapshot / shard.name).unlink()
    (tmp_path / "elsewhere" / "blob").write_bytes((blobs / f"{0:040x}").read_bytes())
    (snapshot / shard.name).symlink_to("../../../elsewhere/blob")
    assert "link" in evenkeel("plan", snapshot / index.name, code=3).stderr


def test_damage_anywhere_is_refused_or_harmless(evenkeel, tmp_path):
    """Every cut, and every byte of a header changed in turn: exit 3, or a file that the reference reads too."""
    whole = file_of({"__metadata__": {"k": "v"}, "a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}, ZEROS)
    file = tmp_path / "damaged.safetensors"
    for size in range(0, len(whole), 3):
        file.write_bytes(whole[:size])
        evenkeel("plan", file, code=3)
    for place in range(0, len(whole) - 8, 2):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 0x21]) + whole[place + 1 :])
        evenkeel("plan", file, "--unknown", "keep", code=3 if refused_by_reference(file) else 0)

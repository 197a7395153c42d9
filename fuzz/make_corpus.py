#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the first inputs of the fuzz targets: from the models that the tests build, from the built-in specs, from what the onnx package
brings, and from files in folders named as arguments. Real files are made small: the structure stays, the weights go.

    fuzz/make_corpus.py --out build/fuzz-corpus [--command build/evenkeel] [FOLDER ...]
"""

import argparse
import hashlib
import io
import json
import pathlib
import struct
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import safetensors.numpy
from onnx import external_data_helper

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
from models import builders, exporters

LARGEST = 64 * 1024  # of an input
LARGE_DATA = 64 << 20  # of the data file "large" that the target puts beside each input
SPECS = ["mlp:4,8x2,3:relu", "mlp:3,5,2:gelu", "cnn:3,4x2,8,5:relu", "gpt:16x1,heads=2,vocab=11,context=7"]
SCHEMES = [
    "he_normal(mode=fan_out)",
    "normal(std=0.02)",
    "constant(0.1)",
    "truncated_normal(std=0.02, low=-2, high=2)",
    "orthogonal(gain=1.41)",
    "variance_scaling(scale=2, mode=fan_avg, distribution=uniform)",
    "zeros",
    "keep",
    "uniform(low=-1e-3, high=1e300)",
]
GLOBS = ["*.weight\nlayer1.0.weight", "[!a-c]?*x\nzzx", "role:dense\nnormal(std=1)", "[\n[", "h.[0-9]*\nh.10.attn", "*a*b*c*\naabbcc"]
INDEX = {"model.embed_tokens.weight": "a", "model.layers.0.mlp.up_proj.weight": "a", "lm_head.weight": "b"}
CONFIG = b'{"model_type": "llama", "hidden_act": "silu", "num_attention_heads": 2, "text_config": {"hidden_size": 2}, "list": [1, 2.5]}'
RECIPE = """name = "mine"
summary = "one of each kind of rule"
[[rule]]
name = "dense"
match = { role = "dense", name = "*.weight" }
scheme = "normal(std=0.02)"
reason = "as the paper says"
"""


class Corpus:
    """Writes inputs under names made from their content, so that the same input is there once."""

    def __init__(self, out):
        self.out, self.counts = out, {}

    def add(self, target, content, largest=LARGEST):
        if len(content) > largest:
            return
        path = self.out / target / hashlib.sha256(content).hexdigest()[:16]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        self.counts[target] = len(list(path.parent.iterdir()))


def without_weights(model):
    """The same model with every larger tensor in a data file, all at its beginning."""
    for tensor in external_data_helper._get_all_tensors(model):
        size = len(tensor.raw_data) or sum(
            len(getattr(tensor, field)) * 8 for field in ("float_data", "int32_data", "int64_data", "double_data")
        )
        if size <= 256:
            continue
        if tensor.data_location != onnx.TensorProto.EXTERNAL and not tensor.raw_data:
            array = onnx.numpy_helper.to_array(tensor)
            tensor.CopyFrom(onnx.numpy_helper.from_array(array, tensor.name))
        length = len(tensor.raw_data)
        if length > LARGE_DATA:
            continue
        tensor.ClearField("raw_data")
        tensor.ClearField("external_data")
        for key, value in (("location", "data" if length <= 4096 else "large"), ("offset", "0"), ("length", str(length))):
            tensor.external_data.add(key=key, value=value)
        tensor.data_location = onnx.TensorProto.EXTERNAL
    for tensor in external_data_helper._get_all_tensors(model):
        for entry in tensor.external_data:
            if entry.key == "location" and entry.value not in ("data", "large"):
                entry.value = "large"
    return model


def add_onnx(corpus, model):
    corpus.add("onnx", model.SerializeToString())
    corpus.add("onnx", without_weights(model).SerializeToString())


def add_safetensors(corpus, tensors, metadata):
    """Each tensor with at most 2 elements along an axis."""
    small = {name: np.ascontiguousarray(array[tuple(slice(0, 2) for _ in array.shape)]) for name, array in tensors.items()}
    corpus.add("safetensors", safetensors.numpy.save(small, metadata=metadata))
    file = io.BytesIO()
    np.savez(file, **{name.replace("/", "."): array for name, array in small.items()})
    corpus.add("npz", file.getvalue())


def add_safetensors_header(corpus, path):
    """A real header over no data: the types that NumPy lacks stay."""
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
    end = 0
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        length, elements = entry["data_offsets"][1] - entry["data_offsets"][0], int(np.prod(entry["shape"], dtype=object))
        entry["shape"] = [min(extent, 2) for extent in entry["shape"]]
        size = int(np.prod(entry["shape"], dtype=object)) * length // max(elements, 1)
        entry["data_offsets"], end = [end, end + size], end + size
    text = json.dumps(header).encode()
    corpus.add("safetensors", struct.pack("<Q", len(text)) + text + bytes(end))


def add_built(corpus):
    for models in (builders.ALL, exporters.ALL):
        for build in models.values():
            made = build()
            add_onnx(corpus, made[0] if isinstance(made, tuple) else made)
    tensors = {
        "model.embed_tokens.weight": np.ones((4, 2), np.float32),
        "model.layers.0.self_attn.q_proj.weight": np.ones((2, 2), np.float16),
        "lm_head.bias": np.zeros(3),
        "scalar": np.float32(1).reshape(()),
        "empty": np.zeros((0, 3), np.int8),
    }
    add_safetensors(corpus, tensors, {"format": "pt"})
    add_index(corpus, INDEX)
    add_index(corpus, INDEX, CONFIG)
    for compressed in (np.savez, np.savez_compressed):
        file = io.BytesIO()
        compressed(file, **tensors, order=np.asfortranarray(np.ones((2, 3))), big=np.ones(2, ">f4"))
        corpus.add("npz", file.getvalue())


def add_index(corpus, weights, config=None):
    """An index over the two shards that the target has, which also stand in a folder and outside."""
    shards = {shard: f"{'ab'[i % 2]}.safetensors" for i, shard in enumerate(sorted(set(weights.values())))}
    text = json.dumps({"metadata": {"total_size": 60}, "weight_map": {name: shards[shard] for name, shard in weights.items()}})
    corpus.add("index", text.encode() + (b"\0" + config if config else b""))


def add_text(corpus):
    for selector, texts in enumerate([[], [RECIPE], SCHEMES, SPECS, GLOBS]):
        for text in texts:
            corpus.add("text", bytes([selector]) + text.encode())


def add_by_command(corpus, command):
    """Models of the built-in specs as the command writes them, with its plan inside; and the plans themselves."""
    with tempfile.TemporaryDirectory() as folder:
        for spec in SPECS:
            out = pathlib.Path(folder) / "model.onnx"
            subprocess.run([command, "init", spec, "-o", out, "--force", "--quiet"], check=True)
            corpus.add("onnx", out.read_bytes())
            plan = subprocess.run([command, "plan", spec, "--json"], check=True, capture_output=True).stdout
            corpus.add("text", b"\0" + plan)


def add_folder(corpus, folder):
    """Files that cannot be read are left out with a word: a corpus needs no particular file."""
    for path in sorted(folder.rglob("*")):
        try:
            if path.suffix == ".onnx":
                add_onnx(corpus, onnx.load(path, load_external_data=False))
            elif path.suffix == ".safetensors":
                add_safetensors_header(corpus, path)
            elif path.suffix == ".npz":
                with np.load(path) as file:
                    add_safetensors(corpus, {name: file[name] for name in file.files}, None)
            elif path.name.endswith(".safetensors.index.json"):
                add_index(corpus, json.loads(path.read_text())["weight_map"])
            elif path.name == "config.json":
                add_index(corpus, INDEX, path.read_bytes())
            elif path.suffix == ".toml":
                corpus.add("text", b"\1" + path.read_bytes())
        except Exception as error:
            print(f"left out {path}: {error}", file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--command", type=pathlib.Path, help="the built command, for models and plans that it writes")
    parser.add_argument("folders", type=pathlib.Path, nargs="*")
    arguments = parser.parse_args()
    corpus = Corpus(arguments.out)
    add_built(corpus)
    add_text(corpus)
    if arguments.command:
        add_by_command(corpus, arguments.command.resolve())
    for folder in [pathlib.Path(onnx.__file__).parent / "backend" / "test" / "data", *arguments.folders]:
        add_folder(corpus, folder)
    print(", ".join(f"{count} inputs for {target}" for target, count in sorted(corpus.counts.items())))


if __name__ == "__main__":
    main()

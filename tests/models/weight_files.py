# SPDX-License-Identifier: Apache-2.0
"""Files of weights made by hand, broken ones too: the bytes of a safetensors header are what the tests are about."""

import json
import struct

import ml_dtypes
import numpy as np
import safetensors

ZEROS = bytes(8)

# name -> bits of one element, all types of safetensors 0.8
TYPES = {
    "BOOL": 8, "U8": 8, "I8": 8, "U16": 16, "I16": 16, "U32": 32, "I32": 32, "U64": 64, "I64": 64, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6,
    "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8, "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8, "F16": 16, "BF16": 16, "F32": 32, "F64": 64, "C64": 64,
}  # fmt: skip


def file_of(header, data=b"", length=None):
    """A safetensors file: header as text, bytes or a dictionary."""
    if isinstance(header, dict):
        header = json.dumps(header, separators=(",", ":"))
    header = header.encode() if isinstance(header, str) else header
    return struct.pack("<Q", len(header) if length is None else length) + header + data


def tensor(dtype="F32", shape=(2,), offsets=(0, 8), more=""):
    """One entry of a header, as text, so that anything can be put in."""
    return f'{{"dtype":"{dtype}","shape":{json.dumps(list(shape))},"data_offsets":{json.dumps(list(offsets))}{more}}}'


def one(data=ZEROS, **entry):
    """A file with one tensor `a`."""
    return file_of(f'{{"a":{tensor(**entry)}}}', data)


def header_of(file):
    """(header text, data) of a safetensors file."""
    content = file.read_bytes()
    length = struct.unpack("<Q", content[:8])[0]
    return content[8 : 8 + length], content[8 + length :]


# What safetensors.numpy cannot name.
DTYPES = {
    "F8_E4M3": ml_dtypes.float8_e4m3fn,
    "F8_E5M2": ml_dtypes.float8_e5m2,
    "BF16": ml_dtypes.bfloat16,
    "BOOL": np.bool_,
    "C64": np.complex64,
}


def load(file):
    """{name: array} as the reference implementation reads the file."""
    arrays = {}
    for name, entry in safetensors.deserialize(file.read_bytes()):
        dtype = DTYPES.get(entry["dtype"]) or np.dtype(f"{entry['dtype'][0].lower()}{int(entry['dtype'][1:]) // 8}")
        arrays[name] = np.frombuffer(bytes(entry["data"]), dtype).reshape(entry["shape"])
    return arrays


def split_into_shards(folder, tensors, shards, save, stem="model", metadata=None):
    """Saves tensors round robin into shards with an index, as transformers does; returns the index's path."""
    names = [f"{stem}-{i + 1:05}-of-{shards:05}.safetensors" for i in range(shards)]
    parts = [{} for _ in range(shards)]
    for i, (name, array) in enumerate(tensors.items()):
        parts[i % shards][name] = array
    for name, part in zip(names, parts):
        save(part, folder / name, {"format": "pt"})
    weight_map = {name: names[i % shards] for i, name in enumerate(tensors)}
    size = sum(array.nbytes for array in tensors.values())
    index = folder / f"{stem}.safetensors.index.json"
    index.write_text(json.dumps({"metadata": {"total_size": size, **(metadata or {})}, "weight_map": weight_map}, indent=2) + "\n")
    return index

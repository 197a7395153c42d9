# SPDX-License-Identifier: Apache-2.0
"""NumPy archives against numpy and zipfile."""

import io
import struct
import zipfile

import ml_dtypes
import numpy as np
import pytest

FILLED = [np.float64, np.float32, np.float16]
KEPT = [np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64, np.bool_, np.complex64, "S5", "U3", "M8[ns]"]


def arrays():
    made = {f"params/{np.dtype(t).name}/kernel": np.ones((3, 5), t) for t in [*FILLED, *KEPT]}
    return {
        **made,
        "big_endian": np.ones((4, 4), ">f4"),
        "columns": np.asfortranarray(np.arange(24, dtype=np.float32).reshape(2, 3, 4)),
        "big_columns": np.asfortranarray(np.arange(6, dtype=">f8").reshape(2, 3)),
        "structured": np.zeros(3, [("a", "<f4"), ("b", "<i2", (2,))]),
        "bfloat16": np.ones((2, 2), ml_dtypes.bfloat16),
        "scalar": np.float32(3),
        "empty": np.zeros((0, 3), np.float32),
        "vector": np.ones(7, np.float32),
    }


def filled(array):
    return array.dtype.kind == "f" and array.size > 0


def loaded(file):
    """Every array and its bytes as stored; the archive whole and its checksums right."""
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
    with np.load(file, allow_pickle=True) as content:
        return {name: content[name] for name in content}


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed], ids=["stored", "deflated"])
def test_every_type_is_read_and_written(initialised, tmp_path, save):
    save(tmp_path / "in.npz", **arrays())
    initialised(tmp_path / "in.npz", tmp_path / "out.npz")
    before, after = loaded(tmp_path / "in.npz"), loaded(tmp_path / "out.npz")
    assert list(after) == list(before)
    for name, array in before.items():
        assert after[name].shape == array.shape and after[name].dtype.newbyteorder("=") == array.dtype.newbyteorder("="), name
        if filled(array):
            values = after[name].astype(np.float64)
            assert np.isfinite(values).all() and (array.ndim == 0 or 0.003 < values.std() < 0.1), name
        else:
            assert after[name].tobytes() == array.tobytes(), name


def test_the_same_numbers_whatever_the_order_of_bytes_and_axes(initialised, tmp_path):
    base = np.zeros((6, 5, 4), np.float32)
    for name, array in (("a", base), ("b", np.asfortranarray(base)), ("c", base.astype(">f4"))):
        np.savez(tmp_path / f"{name}.npz", w=array)
        initialised(tmp_path / f"{name}.npz", tmp_path / f"{name}-out.npz")
    a, b, c = (loaded(tmp_path / f"{name}-out.npz")["w"] for name in "abc")
    assert a.std() > 0.01 and np.array_equal(a, b) and np.array_equal(a, c)


def test_what_stays_is_copied_as_it_stands(evenkeel, tmp_path):
    np.savez_compressed(tmp_path / "in.npz", **arrays())
    options = ("--set", "vector=zeros", "--only", "vector", "--unknown", "keep", "--quiet")
    evenkeel("init", tmp_path / "in.npz", "-o", tmp_path / "out.npz", *options)
    before, after = loaded(tmp_path / "in.npz"), loaded(tmp_path / "out.npz")
    assert not after["vector"].any() and before["vector"].all()
    with zipfile.ZipFile(tmp_path / "in.npz") as old, zipfile.ZipFile(tmp_path / "out.npz") as new:
        for a, b in zip(old.infolist(), new.infolist(), strict=True):
            assert a.filename == b.filename
            if a.filename != "vector.npy":
                assert (a.CRC, a.compress_size, a.compress_type, a.date_time) == (b.CRC, b.compress_size, b.compress_type, b.date_time)
                assert after[a.filename[:-4]].tobytes() == before[a.filename[:-4]].tobytes()


def test_the_manifest_is_there_and_nobody_sees_it(initialised, evenkeel, tmp_path):
    np.savez(tmp_path / "in.npz", **{f"layer{i}": np.ones((4, 4), np.float32) for i in range(200)})
    initialised(tmp_path / "in.npz", tmp_path / "out.npz")
    assert len(loaded(tmp_path / "out.npz")) == 200
    with zipfile.ZipFile(tmp_path / "out.npz") as archive:
        assert archive.comment == b""
    assert b"evenkeel.meta.v1PK\x01\x02" in (tmp_path / "out.npz").read_bytes()
    evenkeel("init", tmp_path / "in.npz", "--plan", tmp_path / "out.npz", "-o", tmp_path / "again.npz", "--quiet")
    assert (tmp_path / "again.npz").read_bytes() == (tmp_path / "out.npz").read_bytes()
    initialised(tmp_path / "out.npz", tmp_path / "more.npz", "--seed", 2)  # one manifest, not two
    assert (tmp_path / "more.npz").read_bytes().count(b"evenkeel.meta.v1") == 1
    assert len(loaded(tmp_path / "more.npz")) == 200


def test_in_place_and_empty(evenkeel, tmp_path):
    np.savez(tmp_path / "m.npz", w=np.zeros((8, 8), np.float32), n=np.arange(3))
    evenkeel("init", tmp_path / "m.npz", "--in-place", "--set", "w=ones", "--quiet", "--unknown", "keep")
    assert (loaded(tmp_path / "m.npz")["w"] == 1).all()
    np.savez(tmp_path / "none.npz")
    evenkeel("init", tmp_path / "none.npz", "-o", tmp_path / "out.npz", "--quiet")
    assert loaded(tmp_path / "out.npz") == {}


class Unseekable(io.RawIOBase):
    """A pipe, for which zipfile writes sizes and checksums behind the data."""

    def __init__(self):
        self.content = bytearray()

    def writable(self):
        return True

    def write(self, data):
        self.content += data
        return len(data)


def test_descriptors_comments_and_other_members(initialised, tmp_path):
    pipe = Unseekable()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.comment = b"made by a test"
        archive.writestr("readme.txt", "not an array")
        for name in ("a", "b", "last"):
            buffer = io.BytesIO()
            np.save(buffer, np.ones((5, 5), np.float32 if name != "b" else np.int32))
            archive.writestr(f"{name}.npy", buffer.getvalue())
    (tmp_path / "in.npz").write_bytes(bytes(pipe.content))
    initialised(tmp_path / "in.npz", tmp_path / "out.npz")
    with zipfile.ZipFile(tmp_path / "out.npz") as archive:
        assert archive.testzip() is None and archive.comment == b"made by a test" and archive.read("readme.txt") == b"not an array"
    after = loaded(tmp_path / "out.npz")
    assert (after["b"] == 1).all() and after["a"].std() > 0.01 and after["last"].std() > 0.01


def test_zip64_fields(initialised, tmp_path):
    """zip64's fields where no number needs them, and where one does: an archive of more than 65535 members."""
    with zipfile.ZipFile(tmp_path / "in.npz", "w") as archive:
        buffer = io.BytesIO()
        np.save(buffer, np.ones((5, 5), np.float32))
        with archive.open("w.npy", "w", force_zip64=True) as member:
            member.write(buffer.getvalue())
        for i in range(66_000):
            archive.writestr(zipfile.ZipInfo(f"{i}.txt"), b"")
    initialised(tmp_path / "in.npz", tmp_path / "out.npz")
    with zipfile.ZipFile(tmp_path / "out.npz") as archive:
        assert len(archive.infolist()) == 66_001 and archive.testzip() is None
    assert np.load(tmp_path / "out.npz")["w"].std() > 0.01


def npy(header, data=b"", version=1):
    text = header.encode("latin-1")
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H" if version == 1 else "<I", len(text)) + text + data


def member(content, name="w.npy", method=zipfile.ZIP_STORED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.writestr(zipfile.ZipInfo(name), content, method)
    return buffer.getvalue()


GOOD = npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n", bytes(8))
SHAPE = "{{'descr': '<f4', 'fortran_order': False, 'shape': {}, }}\n"


def patched(place, value, content=None):
    """An archive of one member with bytes changed; places in the central directory count from its mark."""
    content = bytearray(member(GOOD) if content is None else content)
    start = content.rindex(b"PK\x01\x02") if place[0] == "central" else content.rindex(b"PK\x05\x06") if place[0] == "end" else 0
    content[start + place[1] : start + place[1] + len(value)] = value
    return bytes(content)


def twice():
    content = member(GOOD)
    start, end = content.rindex(b"PK\x01\x02"), content.rindex(b"PK\x05\x06")
    directory = content[start:end] * 2
    return content[:start] + directory + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 2, 2, len(directory), start, 0)


def bomb():
    """One member that says it unpacks to 1 TB."""
    content = bytearray(member(npy(SHAPE.format((2**38,)), bytes(64)), method=zipfile.ZIP_DEFLATED))
    return patched(("central", 24), struct.pack("<I", 0xFFFFFFF0), bytes(content))


def pickled():
    buffer = io.BytesIO()
    np.savez(buffer, params=np.array({"w": 1}, dtype=object))
    return buffer.getvalue()


BROKEN = {
    "cut in the member": (member(GOOD)[:60], ["truncated"]),
    "cut in the directory": (member(GOOD)[:-30], ["truncated"]),
    "cut in the end": (member(GOOD)[:-1], ["truncated"]),
    "directory elsewhere": (patched(("end", 16), struct.pack("<I", 3)), ["central directory"]),
    "directory beyond the file": (patched(("end", 16), struct.pack("<I", 2**31)), ["central directory"]),
    "too many members": (patched(("end", 10), struct.pack("<H", 9)), ["9 members"]),
    "too few members": (patched(("end", 10), struct.pack("<H", 0)), ["0 members"]),
    "member beyond the file": (patched(("central", 42), struct.pack("<I", 2**31)), ["'w.npy'", "no member"]),
    "member longer than the file": (patched(("central", 20), struct.pack("<II", 2**30, 2**30)), ["'w.npy'", "truncated"]),
    "another name there": (patched(("local", 30), b"x"), ["'w.npy'", "another name"]),
    "stored size differs": (patched(("central", 24), struct.pack("<I", 5)), ["'w.npy'", "cannot unpack"]),
    "bomb": (bomb(), ["'w.npy'", "cannot unpack"]),
    "encrypted": (patched(("central", 8), b"\x01"), ["encrypted"]),
    "unknown method": (member(GOOD, method=zipfile.ZIP_LZMA), ["method 14"]),
    "overlapping members": (twice(), ["overlaps", "twice"]),
    "no array": (member(b"hello"), ["'w.npy'", "NUMPY"]),
    "no header": (member(b"\x93NUMPY"), ["'w.npy'"]),
    "version 9": (member(npy("{}", version=9)), ["version"]),
    "header beyond the member": (member(b"\x93NUMPY\x01\x00\xff\xff{}"), ["bytes long"]),
    "header of 4 GB": (member(b"\x93NUMPY\x02\x00\xff\xff\xff\xff{}"), ["at most"]),
    "header is no dictionary": (member(npy("__import__('os').system('true')")), ["'{'"]),
    "header without shape": (member(npy("{'descr': '<f4', 'fortran_order': False}")), ["fewer"]),
    "key twice": (member(npy("{'descr': '<f4', 'descr': '<f4', 'shape': ()}")), ["twice"]),
    "unknown key": (member(npy("{'x': '<f4'}")), ["'x'"]),
    "unknown type": (member(npy("{'descr': '<q4', 'fortran_order': False, 'shape': ()}")), ["'<q4'"]),
    "open type": (member(npy("{'descr': [('a', '<f4'")), ["type"]),
    "deep type": (member(npy("{'descr': " + "[" * 5000)), ["deep"]),
    "order is a number": (member(npy("{'descr': '<f4', 'fortran_order': 1, 'shape': ()}")), ["True or False"]),
    "negative dimension": (member(npy(SHAPE.format("(-2,)"))), ["dimension"]),
    "fraction": (member(npy(SHAPE.format("(2.5,)"))), ["','"]),
    "dimension beyond 64 bits": (member(npy(SHAPE.format((2**64,)))), ["dimension"]),
    "shape overflows": (member(npy(SHAPE.format((2**62, 2**62)))), ["larger than any file"]),
    "shape overflows to the right size": (member(npy(SHAPE.format((2**62 + 2,)), bytes(8))), ["larger than any file"]),
    "hundred dimensions": (member(npy(SHAPE.format((1,) * 100), bytes(4))), ["dimensions"]),
    "too little data": (member(npy(SHAPE.format((3,)), bytes(8))), ["(3)", "12 bytes", "8"]),
    "too much data": (member(npy(SHAPE.format((1,)), bytes(8))), ["(1)", "4 bytes", "8"]),
    "pickles only": (pickled(), ["pickled", "params.npy"]),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_broken_files_are_refused(evenkeel, tmp_path, name):
    content, words = BROKEN[name]
    (tmp_path / "broken.npz").write_bytes(content)
    said = evenkeel("plan", tmp_path / "broken.npz", "--unknown", "keep", code=3, timeout=20).stderr
    assert "broken.npz" in said and "byte " in said and said.count("\n") == 1
    assert not [word for word in words if word not in said] or (name == "overlapping members" and "twice" in said), said


def test_damage_anywhere_is_refused_or_harmless(evenkeel, tmp_path):
    buffer = io.BytesIO()
    np.savez_compressed(buffer, w=np.ones((4, 4), np.float32))
    whole = buffer.getvalue()
    for place in range(0, len(whole), 3):
        (tmp_path / "m.npz").write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        done = run_any(evenkeel, "init", tmp_path / "m.npz", "-o", tmp_path / "out.npz", "--set", "*=zeros", "--unknown", "keep", "--force")
        assert done in (0, 2, 3)
    for size in range(0, len(whole), 5):
        (tmp_path / "m.npz").write_bytes(whole[:size])
        evenkeel("plan", tmp_path / "m.npz", code=3)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed], ids=["stored", "deflated"])
def test_damaged_values_are_neither_taken_nor_copied(evenkeel, tmp_path, save):
    values = np.random.default_rng(1).standard_normal((2, 64, 64)).astype(np.float32)
    save(tmp_path / "good.npz", a=values[0], b=values[1])
    content = bytearray((tmp_path / "good.npz").read_bytes())
    with zipfile.ZipFile(tmp_path / "good.npz") as archive:
        content[archive.getinfo("a.npy").header_offset + 2000] ^= 0x10
    (tmp_path / "bad.npz").write_bytes(bytes(content))
    new = ("-o", tmp_path / "out.npz", "--unknown", "keep", "--quiet")
    only_b = ("--only", "b", "--set", "b=ones")
    for arguments in (("good.npz", "--from", tmp_path / "bad.npz"), ("bad.npz", *only_b)):
        said = evenkeel("init", tmp_path / arguments[0], *arguments[1:], *new, code=3).stderr
        assert "bad.npz" in said and "'a.npy'" in said and "damaged" in said
        assert not (tmp_path / "out.npz").exists()
    evenkeel("init", tmp_path / "bad.npz", "--only", "a", "--set", "a=ones", *new)
    after = loaded(tmp_path / "out.npz")
    assert (after["a"] == 1).all() and np.array_equal(after["b"], values[1])


def test_types_without_a_name_are_named(evenkeel, tmp_path):
    np.savez(tmp_path / "in.npz", **{f"w{i}": np.ones((2, 2), ml_dtypes.bfloat16) for i in range(5)}, n=np.arange(3))
    for command in (("plan",), ("init", "-o", tmp_path / "out.npz")):
        said = evenkeel(*command, tmp_path / "in.npz", "--unknown", "keep", env={"COLUMNS": "400"}).stdout
        assert said.count("5 arrays of type") == 1 and "w0, w1, w2 and 2 more" in said and "bfloat16" in said and "safetensors" in said


def run_any(evenkeel, *arguments):
    for code in (0, 2, 3):
        try:
            evenkeel(*arguments, code=code)
            return code
        except AssertionError as error:
            if f"exit {code}" in str(error):
                raise
    return None


def test_other_archives_are_told_apart(evenkeel, tmp_path):
    (tmp_path / "model.pt").write_bytes(member(b"pickle", "archive/data.pkl"))
    (tmp_path / "model.keras").write_bytes(member(b"{}", "config.json"))
    for name in ("model.pt", "model.keras"):
        said = evenkeel("plan", tmp_path / name, code=3).stderr
        assert "zip archive" in said and ".pt" in said and "safetensors" in said

# SPDX-License-Identifier: Apache-2.0
"""Which memory evenkeel.fill() takes, and how it refuses the rest; threads of the interpreter run while it works."""

import array
import ctypes
import mmap
import threading
import time

import ml_dtypes
import numpy
import pytest

SCHEME = "normal(std=1)"
EXACT = {"seed": 1, "name": "w"}


@pytest.fixture(scope="module")
def reference(ek):
    """reference(shape, dtype): the numbers in a plain array."""
    return lambda shape, dtype="f4": ek.fill(numpy.empty(shape, dtype), SCHEME, **EXACT)


STRIDED = {
    "fortran": lambda base: base[:6, :35].reshape(-1)[:210].reshape(10, 21).T,
    "every second": lambda base: base[::2, ::3],
    "a corner": lambda base: base[3:, 7:],
    "turned": lambda base: base.transpose(),
    "a column": lambda base: base[:, 5],
    "a new axis": lambda base: base[:, None, 2:9],
    "one element": lambda base: base[4, 4],
    "nothing": lambda base: base[:0],
}


@pytest.mark.parametrize("dtype", ["f8", "f4", "f2", ml_dtypes.bfloat16, ml_dtypes.float8_e4m3fn, ml_dtypes.float8_e5m2],
                         ids=lambda dtype: numpy.dtype(dtype).name)
@pytest.mark.parametrize("part", STRIDED)
def test_strided_arrays_are_filled_and_nothing_beside_them(ek, reference, part, dtype):
    base = numpy.full((12, 40), 99, dtype)
    values = STRIDED[part](base)
    values = base[4:5, 4:5].reshape(()) if part == "one element" else values
    ek.fill(values, SCHEME, **EXACT)
    if values.base is not None:
        assert numpy.array_equal(values, reference(values.shape, dtype))
        assert (base == 99).sum() == base.size - values.size or not numpy.shares_memory(base, values)


@pytest.mark.parametrize("make", [
    lambda: array.array("f", [0] * 12),
    lambda: (ctypes.c_float * 12)(),
    lambda: memoryview(bytearray(48)).cast("f"),
    lambda: memoryview(mmap.mmap(-1, 48)).cast("f")], ids=["array", "ctypes", "bytearray", "mmap"])
def test_the_buffer_protocol_is_enough(ek, reference, make):
    values = make()
    assert ek.fill(values, SCHEME, **EXACT) is values
    assert numpy.array_equal(numpy.asarray(values), reference(12))


class Foreign:
    """An array of another library, known by DLPack alone."""

    def __init__(self, values, device=(1, 0), versioned=True):
        self.values, self.device, self.versioned, self.dtype = values, device, versioned, values.dtype

    def __dlpack_device__(self):
        return self.device

    def __dlpack__(self, *, max_version=None, **more):
        return self.values.__dlpack__(max_version=max_version if self.versioned else None, **more)


@pytest.mark.parametrize("dtype", ["f8", "f4", "f2"])
def test_dlpack_is_enough(ek, reference, dtype):
    base = numpy.zeros((6, 8), dtype)
    foreign = Foreign(base[:, ::2])
    assert ek.fill(foreign, SCHEME, **EXACT) is foreign
    assert numpy.array_equal(base[:, ::2], reference((6, 4), dtype)) and not base[:, 1::2].any()


class Old(Foreign):
    def __dlpack__(self, stream=None):
        return self.values.__dlpack__()


def read_only():
    values = numpy.zeros(8, "f4")
    values.flags.writeable = False
    return values


SWAPPED = numpy.dtype(ml_dtypes.bfloat16).newbyteorder(">")
REFUSED = {
    "bytes in another order": (lambda: numpy.zeros(8, SWAPPED), TypeError, "expected an array of"),
    "read-only": (read_only, ValueError, "read-only"),
    "bytes": (lambda: memoryview(bytes(32)).cast("f"), ValueError, "read-only"),
    "read-only by DLPack": (lambda: Foreign(read_only()), ValueError, "read-only"),
    "DLPack that does not say": (lambda: Foreign(numpy.zeros(8, "f4"), versioned=False), ValueError, "expected DLPack 1.0 or later"),
    "DLPack of old": (lambda: Old(numpy.zeros(8, "f4")), ValueError, "expected DLPack 1.0 or later"),
    "a device": (lambda: Foreign(numpy.zeros(8, "f4"), device=(2, 0)), ValueError, r"memory of the CPU, got .*\(2, 0\)"),
    "reversed": (lambda: numpy.zeros(8, "f4")[::-1], ValueError, "positive strides, got a reversed array"),
    "broadcast": (lambda: numpy.lib.stride_tricks.as_strided(numpy.zeros(8, "f4"), (3, 8), (0, 4)), ValueError, "broadcast"),
    "overlapping": (lambda: numpy.lib.stride_tricks.as_strided(numpy.zeros(8, "f4"), (3, 4), (4, 4)), ValueError, "do not overlap"),
    "a field": (lambda: numpy.zeros(4, "f4,i1")["f0"], ValueError, "strides of whole elements, got one of 5 bytes"),
    "unaligned": (lambda: numpy.frombuffer(bytearray(33), "f4", 8, 1), ValueError, "aligned"),
    "integers": (lambda: numpy.zeros(8, "i4"), TypeError, "float64, .* got int32"),
    "complex": (lambda: numpy.zeros(8, "c8"), TypeError, "got complex64"),
    "swapped": (lambda: numpy.zeros(8, ">f4"), TypeError, "got >f4"),
    "long double": (lambda: numpy.zeros(8, "g"), TypeError, "got float128"),
    "records": (lambda: numpy.zeros(8, "f4,f4"), TypeError, "got "),
    "objects": (lambda: numpy.zeros(8, object), TypeError, "got object"),
    "dates": (lambda: numpy.zeros(8, "M8[s]"), TypeError, "got datetime64"),
    "4 bits": (lambda: numpy.zeros(8, ml_dtypes.int4), TypeError, "got int4"),
    "another fp8": (lambda: numpy.zeros(8, ml_dtypes.float8_e4m3b11fnuz), TypeError, "got float8_e4m3b11fnuz"),
    "bytearray": (lambda: bytearray(8), TypeError, "elements of format 'B'"),
    "a list": (lambda: [1.0, 2.0], TypeError, "another array whose memory can be written .*, got list"),
    "a number": (lambda: 1.5, TypeError, "got float"),
    "nothing": (lambda: None, TypeError, "got NoneType"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_other_memory_is_refused(ek, case):
    make, error, message = REFUSED[case]
    for scheme in (SCHEME, "zeros"):
        with pytest.raises(error, match=message):
            ek.fill(make(), scheme, **EXACT)


def test_a_refused_array_is_given_back(ek):
    values = bytearray(8)
    with pytest.raises(TypeError):
        ek.fill(values, SCHEME, **EXACT)
    values.append(1)  # a BufferError where a view of it were still held


def test_an_array_is_given_back(ek):
    values = array.array("f", [0] * 8)
    ek.fill(values, SCHEME, **EXACT)
    values.append(1)


def test_two_axes_on_one_stride_are_refused_for_matrices_too(ek):
    values = numpy.lib.stride_tricks.as_strided(numpy.zeros(64, "f4"), (8, 8), (4, 4))
    with pytest.raises(ValueError, match="do not overlap"):
        ek.fill(values, "orthogonal", layout="OI", **EXACT)


def test_other_threads_run_meanwhile(ek):
    """With the interpreter's lock held this thread would not come to count."""
    values, counted = numpy.empty(1 << 22), 0
    worker = threading.Thread(target=ek.fill, args=(values, "truncated_normal(std=1)"),
                              kwargs={"threads": 1, "backend": "portable", **EXACT})
    worker.start()
    while worker.is_alive():
        time.sleep(0.001)
        counted += 1
    assert counted >= 10
    assert numpy.array_equal(values[-8:], ek.fill(numpy.empty(8), "truncated_normal(std=1)", view=ek.View(values.shape, len(values) - 8),
                                                  **EXACT))


def test_arrays_are_filled_by_many_threads_at_once(ek, reference):
    results = [numpy.zeros((50, 40), "f4") for _ in range(16)]
    workers = [threading.Thread(target=ek.fill, args=(values, SCHEME), kwargs=EXACT) for values in results]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert all(numpy.array_equal(values, reference((50, 40))) for values in results)

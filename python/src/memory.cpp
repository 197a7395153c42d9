// SPDX-License-Identifier: Apache-2.0
// The buffer protocol knows three of the element types; those of ml_dtypes come as integers of their size, the rest by DLPack.
#include "memory.hpp"

#include <bit>
#include <cstdint>
#include <optional>
#include <string_view>

#include <nanobind/stl/string.h>

#include "evenkeel/base/error.hpp"

namespace evenkeel::python {
namespace {

constexpr std::string_view dtypes = "float64, float32, float16, bfloat16, float8_e4m3fn or float8_e5m2";

[[noreturn]] void refuse(const std::string& message) { fail(ErrorCode::invalid_argument, "fill: " + message); }

[[noreturn]] void refuse_array(nb::handle array) {
  const std::string type = nb::cast<std::string>(nb::handle(reinterpret_cast<PyObject*>(Py_TYPE(array.ptr()))).attr("__name__"));
  throw nb::type_error(
      ("fill: expected a NumPy array, a PyTorch tensor or another array whose memory can be written (buffer protocol, DLPack), got " + type)
          .c_str());
}

[[noreturn]] void refuse_read_only() {
  refuse("expected an array that may be written, got a read-only one; fill a copy, or a NumPy array to make yours from");
}

// A struct format of one native floating number.
std::optional<DType> find_format(std::string_view format) {
  constexpr char little = std::endian::native == std::endian::little ? '<' : '>';
  if (!format.empty() && (format[0] == '@' || format[0] == '=' || format[0] == little)) format.remove_prefix(1);
  if (format == "d") return DType::f64;
  if (format == "f") return DType::f32;
  if (format == "e") return DType::f16;
  return std::nullopt;
}

std::optional<DType> find_dlpack_dtype(nb::dlpack::dtype dtype) {
  using Code = nb::dlpack::dtype_code;
  if (dtype.lanes != 1) return std::nullopt;
  switch (static_cast<Code>(dtype.code)) {
    case Code::Float:
      if (dtype.bits == 64) return DType::f64;
      if (dtype.bits == 32) return DType::f32;
      return dtype.bits == 16 ? std::optional(DType::f16) : std::nullopt;
    case Code::Bfloat:
      return dtype.bits == 16 ? std::optional(DType::bf16) : std::nullopt;
    case Code::Float8_E4M3FN:
      return DType::f8e4m3;
    case Code::Float8_E5M2:
      return DType::f8e5m2;
    default:
      return std::nullopt;
  }
}

// The name of the element type where there is one, else what the protocol says.
std::string dtype_name(nb::handle array, const std::string& otherwise) {
  if (!nb::hasattr(array, "dtype")) return otherwise;
  return nb::cast<std::string>(nb::str(nb::object(array.attr("dtype"))));
}

// NumPy arrays of a type that ml_dtypes has added; nullopt for all others.
std::optional<DType> find_added_dtype(nb::handle array) {
  const auto numpy = nb::steal(PyImport_GetModule(nb::str("numpy").ptr()));
  if (!numpy.is_valid() || !nb::isinstance(array, numpy.attr("ndarray"))) return std::nullopt;
  if (!nb::cast<bool>(array.attr("dtype").attr("isnative"))) return std::nullopt;
  const auto dtype = find_dtype(nb::cast<std::string>(array.attr("dtype").attr("name")));
  return dtype && is_floating(*dtype) ? dtype : std::nullopt;
}

}  // namespace

void refuse_dtype(const std::string& found) {
  throw nb::type_error(("fill: expected an array of " + std::string(dtypes) + ", got " + found).c_str());
}

Buffer::~Buffer() {
  if (taken_) PyBuffer_Release(&raw_);
}

bool Buffer::take(nb::handle object) {
  taken_ = PyObject_GetBuffer(object.ptr(), &raw_, PyBUF_RECORDS_RO) == 0;
  if (!taken_) PyErr_Clear();
  return taken_;
}

Memory::Memory(nb::handle array) {
  if (PyObject_CheckBuffer(array.ptr()) != 0) {
    borrow_buffer(array);
  } else if (!borrow_torch(array)) {
    borrow_dlpack(array);
  }
  check();
}

void Memory::borrow_buffer(nb::handle array) {
  std::optional<DType> dtype;
  if (buffer_.take(array)) {
    const std::string format = buffer_.raw().format == nullptr ? "B" : buffer_.raw().format;
    dtype = find_format(format);
    if (!dtype) refuse_dtype(dtype_name(array, "elements of format '" + format + "'"));
  } else {
    // NumPy does not pass on added types: the same memory as integers does.
    dtype = find_added_dtype(array);
    if (!dtype) refuse_dtype(dtype_name(array, "elements that the buffer protocol cannot give"));
    if (!buffer_.take(array.attr("view")(size_of(*dtype) == 1 ? "u1" : "u2"))) refuse_array(array);
  }
  const Py_buffer& raw = buffer_.raw();
  if (raw.readonly != 0) refuse_read_only();
  view_.data = raw.buf;
  view_.dtype = *dtype;
  view_.shape.assign(raw.shape, raw.shape + raw.ndim);
  if (raw.strides == nullptr) view_.strides = row_major_strides(view_.shape);  // ctypes
  for (int axis = 0; raw.strides != nullptr && axis < raw.ndim; ++axis) {
    if (raw.strides[axis] % raw.itemsize != 0)
      refuse("expected strides of whole elements, got one of " + std::to_string(raw.strides[axis]) + " bytes; fill a copy");
    view_.strides.push_back(raw.strides[axis] / raw.itemsize);
  }
}

// Only from 1.0 on DLPack says whether memory may be written: arrays that are immutable (JAX's) come by older capsules.
void Memory::borrow_dlpack(nb::handle array) {
  if (!nb::hasattr(array, "__dlpack__") || !nb::hasattr(array, "__dlpack_device__")) refuse_array(array);
  const auto device = nb::cast<nb::tuple>(array.attr("__dlpack_device__")());
  if (nb::cast<int>(device[0]) != nb::device::cpu::value) {
    refuse("expected memory of the CPU, got an array on DLPack device " + nb::cast<std::string>(nb::repr(device)) +
           "; fill an array of the CPU and copy it there");
  }
  nb::object capsule;
  try {
    capsule = array.attr("__dlpack__")(nb::arg("max_version") = nb::make_tuple(1, 1));
  } catch (nb::python_error& error) {
    if (!error.matches(PyExc_TypeError)) throw;  // one that knows no max_version
  }
  if (!capsule.is_valid() || PyCapsule_IsValid(capsule.ptr(), "dltensor_versioned") == 0) {
    refuse(
        "expected DLPack 1.0 or later, which says whether memory may be written, got an older one (JAX's arrays are read-only); fill a "
        "NumPy array and convert it");
  }
  if (!nb::try_cast(capsule, dlpack_, false)) refuse_read_only();
  const auto dtype = find_dlpack_dtype(dlpack_.dtype());
  if (!dtype) refuse_dtype(dtype_name(array, "another element type"));
  view_.data = dlpack_.data();
  view_.dtype = *dtype;
  for (std::size_t axis = 0; axis < dlpack_.ndim(); ++axis) {
    view_.shape.push_back(static_cast<std::int64_t>(dlpack_.shape(axis)));
    view_.strides.push_back(dlpack_.stride(axis));
  }
}

void Memory::check() const {
  for (std::size_t axis = 0; axis < view_.shape.size(); ++axis) {
    if (view_.shape[axis] < 2) continue;
    if (view_.strides[axis] < 0) refuse("expected positive strides, got a reversed array; fill it before it is reversed, or a copy");
    if (view_.strides[axis] == 0) refuse("expected memory of its own for each element, got an expanded or broadcast array; fill a copy");
  }
  if (reinterpret_cast<std::uintptr_t>(view_.data) % size_of(view_.dtype) != 0)
    refuse("expected memory aligned to its elements, got an array that is not; fill a copy");
}

}  // namespace evenkeel::python

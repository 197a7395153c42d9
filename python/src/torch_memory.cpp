// SPDX-License-Identifier: Apache-2.0
// PyTorch tensors by their attributes: DLPack refuses those that require a gradient, and costs more than small tensors take to fill. No
// part of PyTorch is linked or imported: a tensor exists only where the program has imported it.
#include <array>
#include <cstdint>
#include <string>
#include <utility>

#include <nanobind/stl/string.h>

#include "evenkeel/base/error.hpp"
#include "memory.hpp"

namespace evenkeel::python {
namespace {

[[noreturn]] void refuse(const std::string& message) { fail(ErrorCode::invalid_argument, "fill: " + message); }

// What is needed of the module, and names, so that they are looked up once.
struct Torch {
  explicit Torch(const nb::object& module)
      : tensor(module.attr("Tensor")),
        strided(module.attr("strided")),
        increment_version(module.attr("autograd").attr("graph").attr("increment_version")),
        dtypes{{{module.attr("float64"), DType::f64},
                {module.attr("float32"), DType::f32},
                {module.attr("float16"), DType::f16},
                {module.attr("bfloat16"), DType::bf16},
                {module.attr("float8_e4m3fn"), DType::f8e4m3},
                {module.attr("float8_e5m2"), DType::f8e5m2}}} {}

  nb::object tensor, strided, increment_version;
  std::array<std::pair<nb::object, DType>, 6> dtypes;
  nb::str is_cpu{"is_cpu"}, device{"device"}, layout{"layout"}, dtype{"dtype"}, shape{"shape"}, stride{"stride"}, data_ptr{"data_ptr"},
      is_neg{"is_neg"};
};

// nullptr where the program has not imported PyTorch. Lives as long as the process.
const Torch* find_torch() {
  static const Torch* torch = nullptr;
  if (torch == nullptr) {
    static const nb::str* name = new nb::str("torch");
    const auto module = nb::steal(PyImport_GetModule(name->ptr()));
    // A module that is being imported has not everything yet, and no tensors.
    if (module.is_valid() && nb::hasattr(module, "autograd") && nb::hasattr(module, "Tensor")) torch = new Torch(module);
  }
  return torch;
}

nb::object call(nb::handle self, const nb::str& method) {
  PyObject* result = PyObject_CallMethodNoArgs(self.ptr(), method.ptr());
  if (result == nullptr) throw nb::python_error();
  return nb::steal(result);
}

void append_numbers(const nb::object& numbers, std::vector<std::int64_t>& out) {
  const auto tuple = nb::cast<nb::tuple>(numbers);
  out.reserve(tuple.size());
  for (const nb::handle number : tuple) out.push_back(nb::cast<std::int64_t>(number));
}

std::string text_of(const nb::object& value) { return nb::cast<std::string>(nb::str(value)); }

}  // namespace

bool Memory::borrow_torch(nb::handle array) {
  const Torch* torch = find_torch();
  if (torch == nullptr || PyObject_TypeCheck(array.ptr(), reinterpret_cast<PyTypeObject*>(torch->tensor.ptr())) == 0) return false;
  const auto get = [&](const nb::str& name) { return array.attr(name); };
  if (!nb::object(get(torch->is_cpu)).is(Py_True))
    refuse("expected a tensor of the CPU, got one on device '" + text_of(get(torch->device)) + "'; fill one of the CPU and copy it there");
  if (!nb::object(get(torch->layout)).is(torch->strided)) refuse("expected a dense tensor, got layout " + text_of(get(torch->layout)));
  if (call(array, torch->is_neg).is(Py_True)) refuse("expected a tensor that is no negated view; fill a copy, as resolve_neg() makes it");

  const nb::object dtype = get(torch->dtype);
  const auto* row = torch->dtypes.begin();
  while (row != torch->dtypes.end() && !row->first.is(dtype)) ++row;
  if (row == torch->dtypes.end()) refuse_dtype(text_of(dtype));
  view_.dtype = row->second;
  append_numbers(get(torch->shape), view_.shape);
  append_numbers(call(array, torch->stride), view_.strides);
  // PyTorch gives an address as a number. NOLINTNEXTLINE(performance-no-int-to-ptr)
  view_.data = reinterpret_cast<void*>(nb::cast<std::uintptr_t>(call(array, torch->data_ptr)));
  if (view_.data == nullptr && element_count(view_.shape) > 0)
    refuse("expected a tensor with memory of its own, got one without; of a distributed tensor fill the local part, through a view");
  torch_tensor_ = nb::borrow(array);
  return true;
}

// Autograd then finds that a tensor it saved is not what it was.
void Memory::announce_change() const {
  if (torch_tensor_.is_valid() && !nb::cast<bool>(torch_tensor_.attr("is_inference")())) find_torch()->increment_version(torch_tensor_);
}

}  // namespace evenkeel::python

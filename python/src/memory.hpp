// SPDX-License-Identifier: Apache-2.0
// Where the numbers of a Python array are. Three ways lead there: the attributes of a PyTorch tensor, the buffer protocol, DLPack.
#pragma once

#include <string>

#include <nanobind/ndarray.h>

#include "bindings.hpp"
#include "evenkeel/base/tensor_view.hpp"

namespace evenkeel::python {

/// A view of an object by the buffer protocol, given back at the end.
class Buffer {
 public:
  Buffer() = default;
  ~Buffer();
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  /// False where the object cannot give one.
  [[nodiscard]] bool take(nb::handle object);
  [[nodiscard]] const Py_buffer& raw() const noexcept { return raw_; }

 private:
  Py_buffer raw_{};
  bool taken_ = false;
};

/// Memory borrowed from a Python array, writable and on the CPU, held as long as this lives.
class Memory {
 public:
  /// Throws a TypeError for what is no array of floating numbers, ArgumentError for one that cannot be written here.
  explicit Memory(nb::handle array);

  [[nodiscard]] const TensorView& view() const noexcept { return view_; }
  /// Tells the owner that its values have changed, as its own in-place operations do.
  void announce_change() const;

 private:
  [[nodiscard]] bool borrow_torch(nb::handle array);
  void borrow_buffer(nb::handle array);
  void borrow_dlpack(nb::handle array);
  void check() const;

  TensorView view_;
  nb::object torch_tensor_;  // set where it is one
  Buffer buffer_;
  nb::ndarray<> dlpack_;
};

/// Throws a TypeError: an array of elements that are no floating numbers.
[[noreturn]] void refuse_dtype(const std::string& found);

}  // namespace evenkeel::python

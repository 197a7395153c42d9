// SPDX-License-Identifier: Apache-2.0
// Initializers and tensor attributes are handed out as they stand; numbers and fills become bytes here.
#include "io/onnx/weights.hpp"

#include <fmt/format.h>

#include <cstring>

#include "evenkeel/base/error.hpp"
#include "evenkeel/base/half.hpp"

namespace evenkeel::onnx {
namespace {

using Form = TensorPlace::Form;

// A ConstantOfShape of a few bytes may ask for any amount of memory; find_fill answers without any.
constexpr std::uint64_t fill_limit = std::uint64_t{1} << 33U;

TensorBytes own(std::vector<std::byte> bytes) {
  auto owner = std::make_shared<const std::vector<std::byte>>(std::move(bytes));
  return {*owner, owner};
}

template <class T>
TensorBytes own_values(const std::vector<T>& values) {
  std::vector<std::byte> bytes(values.size() * sizeof(T));
  if (!values.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return own(std::move(bytes));
}

TensorBytes number_bytes(const AttributeProto& attribute) {
  switch (attribute.type) {
    case Kind::real:
      return own_values(std::vector<float>{attribute.f});
    case Kind::reals:
      return own_values(attribute.floats);
    case Kind::integer:
      return own_values(std::vector<std::int64_t>{attribute.i});
    default:
      return own_values(attribute.ints);
  }
}

template <class T>
double element(std::span<const std::byte> bytes) {
  T value;
  std::memcpy(&value, bytes.data(), sizeof(T));
  return static_cast<double>(value);
}

double first_number(std::span<const std::byte> bytes, DType dtype) {
  switch (dtype) {
    case DType::f64:
      return element<double>(bytes);
    case DType::f32:
      return element<float>(bytes);
    case DType::f16:
      return float_from_f16(static_cast<std::uint16_t>(element<std::uint16_t>(bytes)));
    case DType::bf16:
      return float_from_bf16(static_cast<std::uint16_t>(element<std::uint16_t>(bytes)));
    case DType::f8e4m3:
      return float_from_f8e4m3(static_cast<std::uint8_t>(bytes[0]));
    case DType::f8e5m2:
      return float_from_f8e5m2(static_cast<std::uint8_t>(bytes[0]));
    case DType::i8:
      return element<std::int8_t>(bytes);
    case DType::i16:
      return element<std::int16_t>(bytes);
    case DType::i32:
      return element<std::int32_t>(bytes);
    case DType::i64:
      return element<std::int64_t>(bytes);
    case DType::u16:
      return element<std::uint16_t>(bytes);
    case DType::u32:
      return element<std::uint32_t>(bytes);
    case DType::u64:
      return element<std::uint64_t>(bytes);
    default:
      return element<std::uint8_t>(bytes);
  }
}

}  // namespace

OnnxWeights::Located OnnxWeights::locate(TensorId id) const {
  const StoredTensor* tensor = &model_->tensors.at(static_cast<std::size_t>(id));
  if (tensor->storage == Storage::alias) {
    id = tensor->alias_of;
    tensor = &model_->tensors.at(static_cast<std::size_t>(id));
  }
  return {*tensor, model_->places[static_cast<std::size_t>(id)]};
}

TensorBytes OnnxWeights::read(TensorId id) const {
  const auto [tensor, place] = locate(id);
  const Source& source = model_->file->source();
  switch (place.form) {
    case Form::tensor:
      return model_->file->bytes_of(*place.tensor);
    case Form::number:
      return number_bytes(*place.attribute);
    case Form::constant_of_shape: {
      const std::size_t width = size_of(tensor.dtype);
      const auto bytes = static_cast<std::uint64_t>(element_count(tensor.shape)) * width;
      if (bytes > fill_limit) {
        fail(ErrorCode::unsupported,
             fmt::format("{}: '{}' of shape {} is one number stored {} times; ask for the number, not for its bytes", source.name,
                         tensor.name, to_string(tensor.shape), element_count(tensor.shape)));
      }
      std::vector<std::byte> filled(bytes);
      if (place.tensor != nullptr) {
        const TensorBytes one = model_->file->bytes_of(*place.tensor);
        for (std::size_t at = 0; at < filled.size(); at += width) std::memcpy(filled.data() + at, one.bytes.data(), width);
      }
      return own(std::move(filled));
    }
    default:
      fail(ErrorCode::unsupported,
           fmt::format("{}: '{}' is sparse, text or of a type that is only copied; its elements cannot be read", source.name, tensor.name));
  }
}

bool OnnxWeights::has_parts(TensorId id) const {
  const TensorPlace& place = locate(id).place;
  return place.form == Form::tensor && model_->file->has_parts(*place.tensor);
}

TensorBytes OnnxWeights::read_part(TensorId id, std::uint64_t begin, std::uint64_t size) const {
  if (!has_parts(id)) return WeightSource::read_part(id, begin, size);
  return model_->file->part_of(*locate(id).place.tensor, begin, size);
}

bool OnnxWeights::has_values(TensorId id) const {
  const auto [tensor, place] = locate(id);
  if (place.form == Form::opaque) return false;
  if (place.form != Form::tensor) return true;
  return place.tensor->data != TensorProto::Data::none || element_count(tensor.shape) == 0;
}

std::optional<double> OnnxWeights::find_fill(TensorId id) const {
  const auto [tensor, place] = locate(id);
  if (place.form != Form::constant_of_shape) return std::nullopt;
  if (place.tensor == nullptr) return 0.0;
  return first_number(model_->file->bytes_of(*place.tensor).bytes, tensor.dtype);
}

}  // namespace evenkeel::onnx

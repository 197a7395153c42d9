// SPDX-License-Identifier: Apache-2.0
// TensorProto: where its data stand. Lengths are compared with the shape by OnnxFile, which knows external files.
#include <fmt/format.h>

#include <array>
#include <charconv>

#include "io/onnx/proto.hpp"

namespace evenkeel::onnx {
namespace {

struct TypeRow {
  std::string_view name;
  DType dtype;
  std::uint32_t typed_field;
};

// By TensorProto.DataType.
constexpr std::array<TypeRow, 29> types{{
    {"UNDEFINED", DType::other, 0},
    {"FLOAT", DType::f32, 4},
    {"UINT8", DType::u8, 5},
    {"INT8", DType::i8, 5},
    {"UINT16", DType::u16, 5},
    {"INT16", DType::i16, 5},
    {"INT32", DType::i32, 5},
    {"INT64", DType::i64, 7},
    {"STRING", DType::other, 6},
    {"BOOL", DType::boolean, 5},
    {"FLOAT16", DType::f16, 5},
    {"DOUBLE", DType::f64, 10},
    {"UINT32", DType::u32, 11},
    {"UINT64", DType::u64, 11},
    {"COMPLEX64", DType::other, 4},
    {"COMPLEX128", DType::other, 10},
    {"BFLOAT16", DType::bf16, 5},
    {"FLOAT8E4M3FN", DType::f8e4m3, 5},
    {"FLOAT8E4M3FNUZ", DType::other, 5},
    {"FLOAT8E5M2", DType::f8e5m2, 5},
    {"FLOAT8E5M2FNUZ", DType::other, 5},
    {"UINT4", DType::other, 5},
    {"INT4", DType::other, 5},
    {"FLOAT4E2M1", DType::other, 5},
    {"FLOAT8E8M0", DType::other, 5},
    {"UINT2", DType::other, 5},
    {"INT2", DType::other, 5},
    {"FLOAT6E2M3", DType::other, 5},
    {"FLOAT6E3M2", DType::other, 5},
}};

const TypeRow& row_of(std::int32_t data_type) noexcept {
  const auto index = static_cast<std::size_t>(data_type);
  return data_type > 0 && index < types.size() ? types[index] : types[0];
}

std::uint64_t parse_number(const Source& source, std::uint64_t offset, std::string_view tensor, std::string_view key,
                           std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number > (std::uint64_t{1} << 62U)) {
    source.fail_at(offset, fmt::format("tensor '{}' needs a whole number as {} of its external data, found '{}'; export the model again",
                                       tensor, key, text.substr(0, 40)));
  }
  return number;
}

void parse_external(const Source& source, Range content, TensorProto& tensor) {
  const auto [key, value] = parse_entry(source, content);
  if (key == "location") tensor.location = value;
  if (key == "offset") tensor.external_offset = parse_number(source, content.begin, tensor.name, key, value);
  if (key == "length") tensor.external_length = parse_number(source, content.begin, tensor.name, key, value);
}

}  // namespace

void add_axis(Shape& shape, std::int64_t dimension) {
  if (shape.size() <= most_axes) shape.push_back(dimension);
}

void check_axes(const Source& source, Range body, const Shape& shape) {
  if (shape.size() <= most_axes) return;
  source.fail_at(body.begin, fmt::format("a shape has more than {} axes; no exporter writes such a file: export the model again or check "
                                         "the download",
                                         most_axes));
}

namespace {

unsigned width_of(std::uint32_t typed_field) { return typed_field == 4 ? 4U : typed_field == 10 ? 8U : 0U; }

}  // namespace

DType dtype_of(std::int32_t data_type) noexcept { return row_of(data_type).dtype; }
std::string_view data_type_name(std::int32_t data_type) noexcept { return row_of(data_type).name; }
std::int32_t data_type_of(DType dtype) noexcept {
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (dtype != DType::other && types[i].dtype == dtype) return static_cast<std::int32_t>(i);
  }
  return 0;
}

std::uint32_t typed_field_of(std::int32_t data_type) noexcept { return row_of(data_type).typed_field; }

TensorProto parse_tensor(const Source& source, Range body) {
  using Data = TensorProto::Data;
  TensorProto tensor;
  tensor.body = body;
  bool external = false;
  bool raw = false;
  Fields fields(source, body, "TensorProto");
  while (fields.next()) {
    switch (fields.tag()) {
      case 1:
        fields.each_integer([&](std::int64_t dimension) { add_axis(tensor.dims, dimension); });
        break;
      case 2:
        tensor.data_type = fields.integer32();
        break;
      case 3:
        source.fail_at(fields.place().begin,
                       "this tensor is stored in segments, which no exporter writes and nothing reads; "
                       "load it with the onnx package and save it again");
      case 4:
      case 5:
      case 6:
      case 7:
      case 10:
      case 11: {
        if (tensor.typed_field != 0 && tensor.typed_field != fields.tag()) {
          source.fail_at(fields.place().begin, fmt::format("tensor '{}' has two kinds of data, fields {} and {}; expected one; export the "
                                                           "model again",
                                                           tensor.name, tensor.typed_field, fields.tag()));
        }
        const std::uint64_t count = fields.tag() == 6 ? (static_cast<void>(fields.bytes()), 1U) : fields.count(width_of(fields.tag()));
        if (count != 0) tensor.typed_field = fields.tag();
        tensor.typed_count += count;
        break;
      }
      case 8:
        tensor.name = fields.text();
        break;
      case 9:
        tensor.raw = fields.bytes();
        raw = true;
        break;
      case 13:
        parse_external(source, fields.bytes(), tensor);
        break;
      case 14:
        external = fields.integer32() == 1;
        break;
      default:
        break;
    }
  }
  if (tensor.data_type == 0) {
    source.fail_at(body.begin, fmt::format("tensor '{}' has no data type; export the model again", tensor.name));
  }
  check_axes(source, body, tensor.dims);
  for (const std::int64_t dimension : tensor.dims) {
    if (dimension < 0) {
      source.fail_at(body.begin, fmt::format("tensor '{}' has the shape {}, expected no negative dimension; export the model again",
                                             tensor.name, to_string(tensor.dims)));
    }
  }
  if (external)
    tensor.data = Data::external;
  else if (raw && (tensor.raw.size() != 0 || tensor.typed_count == 0))
    tensor.data = Data::raw;
  else if (tensor.typed_count != 0)
    tensor.data = Data::typed;
  return tensor;
}

}  // namespace evenkeel::onnx

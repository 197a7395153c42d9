// SPDX-License-Identifier: Apache-2.0
// First bytes of the files that people take for a model.
#include "io/format_guess.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace evenkeel {
namespace {

struct Mark {
  std::size_t offset;
  std::string_view bytes;
  const char* words;
};

using namespace std::string_view_literals;

constexpr std::array<Mark, 13> marks{{
    {0, "version https://git-lfs"sv, "a git-lfs pointer, not the file itself; run `git lfs pull`"},
    {0, "PK\x03\x04"sv,
     "a zip archive without arrays, as PyTorch's .pt and .pth files and Keras' .keras files are; export the model to ONNX, or save its "
     "weights as safetensors"},
    {0, "\x1f\x8b"sv, "a gzip archive; unpack it first"},
    {0,
     "\xfd"
     "7zXZ"sv,
     "an xz archive; unpack it first"},
    {0, "\x28\xb5\x2f\xfd"sv, "a zstd archive; unpack it first"},
    {0, "\x89HDF"sv, "an HDF5 file, as Keras' .h5 files are; export the model to ONNX, or save its weights as safetensors"},
    {0, "\x93NUMPY"sv, "a single NumPy array; name a model file, or an archive of arrays (.npz)"},
    {0, "GGUF"sv, "a GGUF file; name an ONNX or safetensors file"},
    {0, "\x80\x02"sv, "a Python pickle, as old PyTorch files are; export the model to ONNX, or save its weights as safetensors"},
    {0, "\x80\x04"sv, "a Python pickle; export the model to ONNX, or save its weights as safetensors"},
    {0,
     "\x7f"
     "ELF"sv,
     "a program or library; name a model file"},
    {4, "TFL3"sv, "a TensorFlow Lite file; name an ONNX or safetensors file"},
    {4, "ORTM"sv, "a file in onnxruntime's ORT format; name the .onnx file it was made from"},
}};

std::string lower_start(std::string_view bytes) {
  std::size_t begin = 0;
  if (bytes.starts_with("\xef\xbb\xbf")) begin = 3;
  while (begin < bytes.size() && begin < 256 && std::isspace(static_cast<unsigned char>(bytes[begin])) != 0) ++begin;
  std::string start(bytes.substr(begin, 16));
  std::transform(start.begin(), start.end(), start.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return start;
}

bool is_printable(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 || byte == '\n' || byte == '\r' || byte == '\t';
  });
}

}  // namespace

std::string foreign_format_of(std::string_view bytes) {
  if (bytes.empty()) return "an empty file; export the model again or check the download";
  for (const Mark& mark : marks) {
    if (bytes.size() >= mark.offset && bytes.substr(mark.offset).starts_with(mark.bytes)) return mark.words;
  }
  const std::string start = lower_start(bytes);
  for (const std::string_view html : {"<!doctype"sv, "<html"sv, "<head"sv, "<?xml"sv}) {
    if (start.starts_with(html)) return "a web page, as a failed download leaves it; check the address and download it again";
  }
  if (start.starts_with('{') && is_printable(bytes.substr(0, 256)))
    return "JSON text; name a model file, or an index of shards, which has a weight_map";
  if (bytes.front() != '\x0a' && is_printable(bytes.substr(0, 256))) return "a text file; name a model file";
  return {};
}

}  // namespace evenkeel

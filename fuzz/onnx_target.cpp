// SPDX-License-Identifier: Apache-2.0
// ONNX files from the first byte to the written model, with data files beside them that inputs can name as a location.
#include "file_target.hpp"

namespace {

struct OnnxPlace : evenkeel::fuzz::Place {
  OnnxPlace() : Place("input.onnx", "written.onnx") {
    std::string data(4096, '\0');
    for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<char>(i * 7);
    put_everywhere("data", data);
    // Without content, for the shapes of real models.
    const auto large = *this / "model" / evenkeel::fuzz::large_data;
    evenkeel::fuzz::write_bytes(large, "");
    std::filesystem::resize_file(large, std::uintmax_t{64} << 20U);
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const OnnxPlace place;
  place.run(evenkeel::fuzz::text_of(data, size));
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
// The index of a sharded model and the config.json beside it, over two shards that are good. The input is the index, a zero byte, the
// config; without a zero byte there is no config.
#include "file_target.hpp"

namespace {

std::string shard(std::string_view header, std::size_t data) {
  const std::uint64_t length = header.size();
  return std::string(reinterpret_cast<const char*>(&length), 8) + std::string(header) + std::string(data, '\x3c');
}

struct IndexPlace : evenkeel::fuzz::Place {
  IndexPlace() : Place("input.safetensors.index.json", "written.safetensors.index.json") {
    put_everywhere("a.safetensors", shard(R"({"model.embed_tokens.weight":{"dtype":"F32","shape":[4,2],"data_offsets":[0,32]},)"
                                          R"("model.layers.0.mlp.up_proj.weight":{"dtype":"BF16","shape":[3,2],"data_offsets":[32,44]}})",
                                          44));
    put_everywhere("b.safetensors", shard(R"({"lm_head.weight":{"dtype":"F16","shape":[4,2],"data_offsets":[0,16]}})", 16));
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const IndexPlace place;
  const std::string_view input = evenkeel::fuzz::text_of(data, size);
  const std::size_t middle = input.find('\0');
  const auto config = place / "model/config.json";
  if (middle == std::string_view::npos)
    std::filesystem::remove(config);
  else
    evenkeel::fuzz::write_bytes(config, input.substr(middle + 1));
  place.run(input.substr(0, middle));
  return 0;
}

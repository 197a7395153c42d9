// SPDX-License-Identifier: Apache-2.0
// A model file, read: the graph and where its bytes are.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "evenkeel/graph/graph.hpp"
#include "evenkeel/graph/weight_source.hpp"

namespace evenkeel {

/// How a format writes itself anew; made by the reader, since only it knows where everything is.
class ModelWriter;

struct Model {
  std::string name;                          // file or spec as given
  std::filesystem::path path;                // empty for a spec
  std::vector<std::filesystem::path> files;  // all that were read: path, then shards or external data, then config.json
  std::string format;                        // "onnx", "safetensors", "npz"
  Graph graph;
  std::shared_ptr<const WeightSource> weights;
  std::shared_ptr<const ModelWriter> writer;
  std::map<std::string, std::string> metadata;  // metadata_props, __metadata__; the manifest stands under manifest_key
  std::vector<std::string> warnings;            // what may be weights and is not read as such: "2 arrays of type |V2 are kept: ..."
  std::vector<std::string> notes;               // what a reader of the plan should know: "12 tensors stand in resnet.onnx.data"
};

inline constexpr std::string_view manifest_key = "evenkeel.plan";

/// Opens a file by content, not by suffix, or builds a spec. Throws bad_file with path, byte offset, what was expected and what to do.
[[nodiscard]] Model read_model(const std::string& path_or_spec);

/// Makes a tensor's bytes while it is written, little-endian. `make` fills `out` with the bytes from `begin` on; calls come in any order
/// and from several threads at once. Pieces begin at multiples of `unit` bytes and, but for the last, are as long as one or more units: a
/// row or an element where parts can be made alone. 0: only the whole can be made, in one call. Calls run side by side, so that `make`
/// starts no threads of its own, but for wholes above `made_alone` bytes: these come one at a time, after everything else.
struct Producer {
  std::function<void(std::uint64_t begin, std::span<std::byte> out)> make;
  std::uint64_t unit = 0;
};

inline constexpr std::uint64_t made_alone = std::uint64_t{1} << 22U;

/// New content for one tensor. A replaced alias gets values of its own: its Identity node becomes a Constant node.
struct Replacement {
  TensorId tensor = absent;
  Producer producer;
};

/// A tensor that several nodes read directly, taken apart: the uses listed read a new initializer `name` from now on, which has to be
/// replaced too.
struct Split {
  TensorId tensor = absent;
  std::string name;
  std::vector<Use> uses;
  Producer producer;
};

struct WriteOptions {
  std::map<std::string, std::string> metadata;  // set or replaced
  bool overwrite = false;                       // else an existing file is an error
  std::vector<Split> splits;
  std::function<void(std::int64_t done, std::int64_t total)> progress;  // bytes; called on the thread that writes the model
  int threads = 0;                                                      // 0: default_threads(); the bytes do not depend on it
  std::function<void(const std::string&)> note;                         // what the writer did that nobody asked for, in words
  /// A longer model file moves its large replaced initializers to a data file beside it: protobuf ends at 2 GB.
  std::int64_t inline_limit = 1'900'000'000;
};

/// Copies the file, byte for byte but for the replaced tensors, into a temporary file in the target's folder, then fsync and rename: a
/// reader sees the old file or the whole new one. Throws output on a full disk or a forbidden folder and leaves nothing behind.
void write_model(const Model& model, const std::filesystem::path& out, std::span<const Replacement> replacements,
                 const WriteOptions& options = {});

}  // namespace evenkeel

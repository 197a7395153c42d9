// SPDX-License-Identifier: Apache-2.0
// Writing by splicing: everything that no replacement touches is copied from the map. Data files are complete before the model file takes
// its place.
#include "io/onnx/writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>

#include "evenkeel/base/error.hpp"
#include "io/onnx/edit.hpp"
#include "io/onnx/external_plan.hpp"
#include "io/write/place.hpp"

namespace evenkeel::onnx {
namespace {

namespace fs = std::filesystem;
using Form = TensorPlace::Form;

// A protobuf message ends at 2^31 - 1 bytes.
constexpr std::uint64_t message_limit = 2'147'483'647;
// Small tensors stay inline even in a model whose data are moved out.
constexpr std::uint64_t external_minimum = 1024;

/// A data file of an earlier writing that a replaced model leaves behind: named after the model, in its folder.
std::vector<fs::path> own_data_files(const fs::path& out) {
  std::vector<fs::path> files;
  try {
    const OnnxFile old(out);
    const std::string prefix = out.filename().string() + ".data";
    for (const auto& [location, external] : old.externals()) {
      if (location.starts_with(prefix) && location.find('/') == std::string::npos) files.push_back(external.path);
    }
  } catch (const Error&) {
    files.clear();  // what is replaced was no readable model, so it leaves nothing that could be called its own
  }
  return files;
}

class OnnxWriter final : public ModelWriter {
 public:
  explicit OnnxWriter(std::shared_ptr<const OnnxModel> model) : model_(std::move(model)) {}
  void write(const fs::path& out, std::span<const Replacement> replacements, const WriteOptions& options) const override;

 private:
  struct Draft {
    std::vector<Piece> pieces;
    std::vector<OutputPlan> data;
    std::string moved_to;                          // the data file of tensors that stood in the model file
    std::set<std::string, std::less<>> unchanged;  // locations that the new model reads where they are
  };
  using Replaced = std::map<TensorId, Payload>;

  Replaced check_replacements(std::span<const Replacement> replacements) const;
  void check_splits(const WriteOptions& options) const;
  void check_complete(const Replaced& replaced) const;
  Payload payload_of(TensorId tensor, const Producer& producer) const;
  Draft draft(const fs::path& out, const Replaced& replaced, const WriteOptions& options, bool move_out) const;
  void edit_tensors(const Replaced& replaced, Payloads& external, std::vector<Edit>& edits) const;
  void move_out_large(Payloads& inline_data, DataNames& names, Draft& result, std::vector<Edit>& edits) const;
  void keep_aliases(const Replaced& replaced, std::vector<Edit>& edits) const;
  void edit_splits(const WriteOptions& options, std::vector<Edit>& edits) const;
  bool is_input(const fs::path& out) const;
  std::vector<fs::path> data_left_over(const fs::path& out, const Draft& plan) const;
  std::string_view raw_name_of(TensorId tensor) const;
  const Source& source() const { return model_->file->source(); }
  const StoredTensor& tensor(TensorId id) const { return model_->tensors[static_cast<std::size_t>(id)]; }
  const TensorPlace& place(TensorId id) const { return model_->places[static_cast<std::size_t>(id)]; }

  std::shared_ptr<const OnnxModel> model_;
};

Payload OnnxWriter::payload_of(TensorId id, const Producer& producer) const {
  if (id < 0 || static_cast<std::size_t>(id) >= model_->tensors.size()) {
    fail(ErrorCode::invalid_argument, fmt::format("write_model: tensor {} is none of the model's {}", id, model_->tensors.size()));
  }
  if (!producer.make)
    fail(ErrorCode::invalid_argument, fmt::format("write_model: nothing produces the new values of '{}'", tensor(id).name));
  if (place(id).form == Form::opaque && tensor(id).storage != Storage::alias) {
    fail(ErrorCode::unsupported,
         fmt::format("{}: '{}' is sparse, text, of a type that is only copied, or an argument of a function; it cannot be "
                     "replaced, only kept",
                     source().name, tensor(id).name));
  }
  if (tensor(id).dtype == DType::other) {
    fail(ErrorCode::unsupported,
         fmt::format("{}: '{}' is of a type that is only copied; it cannot be replaced, only kept", source().name, tensor(id).name));
  }
  return {&producer, static_cast<std::uint64_t>(element_count(tensor(id).shape)) * size_of(tensor(id).dtype)};
}

OnnxWriter::Replaced OnnxWriter::check_replacements(std::span<const Replacement> replacements) const {
  Replaced replaced;
  for (const Replacement& replacement : replacements) {
    const Payload payload = payload_of(replacement.tensor, replacement.producer);
    if (!replaced.emplace(replacement.tensor, payload).second) {
      fail(ErrorCode::invalid_argument, fmt::format("write_model: '{}' is replaced twice", tensor(replacement.tensor).name));
    }
  }
  return replaced;
}

void OnnxWriter::check_complete(const Replaced& replaced) const {
  for (std::size_t id = 0; id < model_->tensors.size(); ++id) {
    const TensorPlace& at = model_->places[id];
    if (at.form != Form::tensor || at.tensor->data != TensorProto::Data::none || element_count(model_->tensors[id].shape) == 0) continue;
    if (!replaced.contains(static_cast<TensorId>(id))) {
      fail(ErrorCode::invalid_argument,
           fmt::format("{}: '{}' of shape {} has no values yet and got none; a built-in spec is written with new values "
                       "for every parameter",
                       source().name, model_->tensors[id].name, to_string(model_->tensors[id].shape)));
    }
  }
}

bool OnnxWriter::is_input(const fs::path& out) const {
  std::error_code error;
  return !model_->file->path().empty() && fs::equivalent(out, model_->file->path(), error) && !error;
}

/// Data files of the model at `out` that nothing refers to once it is replaced: not those that the input reads, nor, in place, those that
/// stay as they are.
std::vector<fs::path> OnnxWriter::data_left_over(const fs::path& out, const Draft& plan) const {
  std::vector<fs::path> files = own_data_files(out);
  const bool in_place = is_input(out);
  std::erase_if(files, [&](const fs::path& file) {
    const auto& mine = model_->file->externals();
    return std::any_of(mine.begin(), mine.end(), [&](const auto& external) {
      std::error_code error;
      const bool still_read = !in_place || plan.unchanged.contains(external.first);
      return still_read && fs::equivalent(external.second.path, file, error);
    });
  });
  return files;
}

std::string_view OnnxWriter::raw_name_of(TensorId id) const {
  const TensorPlace& at = place(id);
  return at.node != nullptr ? at.node->outputs.front() : at.tensor->name;
}

void OnnxWriter::edit_tensors(const Replaced& replaced, Payloads& external, std::vector<Edit>& edits) const {
  for (const auto& [id, payload] : replaced) {
    const TensorPlace& at = place(id);
    if (at.form != Form::tensor)
      edit_to_constant(source(), at, tensor(id), payload, edits);
    else if (at.tensor->data == TensorProto::Data::external)
      external.emplace(at.tensor, payload);
    else
      edit_data(source(), *at.tensor, payload, edits);
  }
}

/// An alias that keeps its values must not follow one that got new ones: its Identity reads the original directly.
void OnnxWriter::keep_aliases(const Replaced& replaced, std::vector<Edit>& edits) const {
  std::vector<bool> cut_off(model_->tensors.size());  // an alias stands behind the one it reads
  for (std::size_t id = 0; id < model_->tensors.size(); ++id) {
    if (model_->tensors[id].storage != Storage::alias) continue;
    const TensorId parent = model_->places[id].parent;
    const bool reads_alias = tensor(parent).storage == Storage::alias;
    cut_off[id] = reads_alias && (replaced.contains(parent) || cut_off[static_cast<std::size_t>(parent)]);
    if (cut_off[id] && !replaced.contains(static_cast<TensorId>(id)))
      edit_input(source(), *model_->places[id].node, 0, raw_name_of(model_->tensors[id].alias_of), edits);
  }
}

void OnnxWriter::check_splits(const WriteOptions& options) const {
  std::set<std::string_view> names;
  for (const StoredTensor& stored : model_->tensors) names.insert(stored.name);
  for (const Split& split : options.splits) {
    (void)payload_of(split.tensor, split.producer);
    if (split.name.empty() || !names.insert(split.name).second) {
      fail(ErrorCode::invalid_argument,
           fmt::format("write_model: expected a new name for a part of '{}', got '{}', which is taken; choose another",
                       tensor(split.tensor).name, split.name));
    }
    for (const Use& use : split.uses) {
      const bool known = use.node >= 0 && static_cast<std::size_t>(use.node) < model_->origins.size() && use.slot >= 0;
      if (!known)
        fail(ErrorCode::invalid_argument, fmt::format("write_model: a part of '{}' is to be read by no node", tensor(split.tensor).name));
      const NodeOrigin& origin = model_->origins[static_cast<std::size_t>(use.node)];
      if (origin.node == nullptr || origin.first_slot < 0 || origin.in_function) {
        fail(ErrorCode::unsupported,
             fmt::format("{}: '{}' is read within a function or control flow and cannot be taken apart; leave it shared", source().name,
                         tensor(split.tensor).name));
      }
    }
  }
}

void OnnxWriter::edit_splits(const WriteOptions& options, std::vector<Edit>& edits) const {
  for (const Split& split : options.splits) {
    for (const Use& use : split.uses) {
      const NodeOrigin& origin = model_->origins[static_cast<std::size_t>(use.node)];
      edit_input(source(), *origin.node, origin.first_slot + use.slot, split.name, edits);
    }
    add_tensor(source(), model_->file->model(), tensor(split.tensor), split.name, payload_of(split.tensor, split.producer), edits);
  }
}

void OnnxWriter::move_out_large(Payloads& inline_data, DataNames& names, Draft& result, std::vector<Edit>& edits) const {
  const std::string name = result.moved_to = names.fresh();
  OutputPlan file{names.path_of(name), {}, nullptr, {}};
  std::uint64_t end = 0;
  for (const auto& [proto, payload] : inline_data) {
    edit_to_external(source(), *proto, {name, end, payload.size}, edits);
    file.pieces.push_back({{}, {}, payload});
    end += payload.size;
  }
  result.data.push_back(std::move(file));
}

OnnxWriter::Draft OnnxWriter::draft(const fs::path& out, const Replaced& replaced, const WriteOptions& options, bool move_out) const {
  Draft result;
  DataNames names(out);
  std::vector<Edit> edits;
  Payloads external;
  Payloads moved;
  Replaced rest;
  for (const auto& [id, payload] : replaced) {
    const bool moves = move_out && tensor(id).storage == Storage::initializer && place(id).tensor->data != TensorProto::Data::external &&
                       payload.size >= external_minimum;
    if (moves)
      moved.emplace(place(id).tensor, payload);
    else
      rest.emplace(id, payload);
  }
  edit_tensors(rest, external, edits);
  if (!moved.empty()) move_out_large(moved, names, result, edits);
  keep_aliases(replaced, edits);
  edit_splits(options, edits);
  edit_metadata(source(), options.metadata, edits);
  ExternalPlan files = plan_external(*model_, external, names, is_input(out), edits);
  for (OutputPlan& file : files.data) result.data.push_back(std::move(file));
  result.unchanged = std::move(files.unchanged);
  result.pieces = splice(source(), std::move(edits));
  return result;
}

void OnnxWriter::write(const fs::path& given, std::span<const Replacement> replacements, const WriteOptions& options) const {
  const fs::path out = target_of(given);
  std::error_code error;
  const bool exists = fs::exists(out, error);
  if (exists && !options.overwrite) fail_exists(given);
  const Replaced replaced = check_replacements(replacements);
  check_complete(replaced);
  check_splits(options);
  Draft plan = draft(out, replaced, options, false);
  if (size_of_pieces(plan.pieces) > static_cast<std::uint64_t>(options.inline_limit)) plan = draft(out, replaced, options, true);
  if (!plan.moved_to.empty() && options.note) {
    options.note(fmt::format("an ONNX file ends at 2 GB, so the large tensors stand in {}, which belongs to {}: keep them together",
                             plan.moved_to, out.filename().string()));
  }
  const std::uint64_t size = size_of_pieces(plan.pieces);
  if (size > message_limit) {
    fail(ErrorCode::unsupported,
         fmt::format("{}: the model would be {} bytes long without its external data, an ONNX file ends at {}; save it with "
                     "external data first",
                     out.string(), size, message_limit));
  }
  FileSet files;
  if (exists) files.obsolete = data_left_over(out, plan);
  files.data = std::move(plan.data);
  files.commit = {out, source().bytes, model_->file->map(), std::move(plan.pieces)};
  write_files(files, options);
}

}  // namespace

std::shared_ptr<const ModelWriter> make_writer(std::shared_ptr<const OnnxModel> model) {
  return std::make_shared<OnnxWriter>(std::move(model));
}

}  // namespace evenkeel::onnx

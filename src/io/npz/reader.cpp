// SPDX-License-Identifier: Apache-2.0
// Every array is a tensor, named as numpy.load names it.
#include "io/npz/reader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "evenkeel/base/error.hpp"
#include "io/json/settings.hpp"
#include "io/npz/writer.hpp"

namespace evenkeel::npz {
namespace {

class Source final : public WeightSource {
 public:
  explicit Source(std::shared_ptr<const Arrays> arrays) : arrays_(std::move(arrays)) {}

  [[nodiscard]] TensorBytes read(TensorId tensor) const override {
    const Member& member = arrays_->members.at(static_cast<std::size_t>(tensor));
    const Entry& entry = arrays_->archive.entries[member.entry];
    if (is_plain(entry, member.npy)) return read_part(tensor, 0, entry.data.size() - member.npy.length);
    auto elements =
        std::make_shared<const std::vector<std::byte>>(elements_of(arrays_->path.string(), arrays_->map.bytes(), entry, member.npy));
    return {{elements->data(), elements->size()}, elements};
  }
  [[nodiscard]] bool has_parts(TensorId tensor) const override {
    const Member& member = arrays_->members.at(static_cast<std::size_t>(tensor));
    return is_plain(arrays_->archive.entries[member.entry], member.npy);
  }
  [[nodiscard]] TensorBytes read_part(TensorId tensor, std::uint64_t begin, std::uint64_t size) const override {
    if (!has_parts(tensor)) return WeightSource::read_part(tensor, begin, size);
    const Member& member = arrays_->members[static_cast<std::size_t>(tensor)];
    const Range data = arrays_->archive.entries[member.entry].data;
    const std::uint64_t whole = data.size() - member.npy.length;
    if (begin > whole || size > whole - begin)
      fail(ErrorCode::invalid_argument,
           fmt::format("expected a part of the {} bytes of '{}', got bytes {} to {}", whole, member.name, begin, begin + size));
    arrays_->checks->check(arrays_->map, arrays_->archive, member.entry);
    return arrays_->map.lend(data.begin + member.npy.length + begin, size);
  }
  [[nodiscard]] bool has_values(TensorId) const override { return true; }
  [[nodiscard]] std::optional<double> find_fill(TensorId) const override { return std::nullopt; }

 private:
  std::shared_ptr<const Arrays> arrays_;
};

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i]);
    const std::size_t length = first < 0x80                    ? 1
                               : first >= 0xf0 && first < 0xf5 ? 4
                               : first >= 0xe0 && first < 0xf0 ? 3
                               : first >= 0xc2 && first < 0xe0 ? 2
                                                               : 0;
    if (length == 0 || length > text.size() - i) return false;
    for (std::size_t k = 1; k < length; ++k) {
      if ((static_cast<unsigned char>(text[i + k]) & 0xc0U) != 0x80U) return false;
    }
    i += length;
  }
  return true;
}

std::string counted(std::size_t count, const char* one, const char* many) { return fmt::format("{} {}", count, count == 1 ? one : many); }

std::string some_names(const std::vector<std::string>& names) {
  constexpr std::size_t most = 3;
  const auto shown = names.begin() + static_cast<std::ptrdiff_t>(std::min(names.size(), most));
  std::string text = fmt::format("{}", fmt::join(names.begin(), shown, ", "));
  return names.size() > most ? fmt::format("{} and {} more", text, names.size() - most) : text;
}

/// What to do to have arrays of a type initialised; "" where they hold no numbers that could be weights.
std::string advice_for(const Npy& npy) {
  if (npy.pickled)
    return "Python objects are not read; to have their arrays initialised, save one array per tensor, numpy.savez(file, **arrays)";
  const bool unnamed = npy.type.find('V') != std::string::npos && npy.type.size() < 4;
  if (unnamed)
    return "NumPy writes bfloat16 and float8 so, without their names; to have them initialised, save them as float32 or as safetensors";
  return {};
}

/// On the arrays that are only kept, one sentence per type: those for which there is advice, or the others.
std::vector<std::string> notes_of(const Arrays& arrays, bool with_advice) {
  std::map<std::string, std::vector<std::string>> kept;
  std::map<std::string, std::string> advice;
  for (const Member& member : arrays.members) {
    if (member.npy.dtype != DType::other || advice_for(member.npy).empty() == with_advice) continue;
    const std::string type = member.npy.pickled ? "Python objects (pickled)" : "type " + member.npy.type;
    kept[type].push_back(member.name);
    advice[type] = advice_for(member.npy);
  }
  std::vector<std::string> notes;
  for (const auto& [type, names] : kept) {
    notes.push_back(fmt::format("{} of {} {} kept as {}: {}{}{}", counted(names.size(), "array", "arrays"), type,
                                names.size() == 1 ? "is" : "are", names.size() == 1 ? "it stands" : "they stand", some_names(names),
                                with_advice ? ". " : "", advice[type]));
  }
  return notes;
}

void check_pickles(const Arrays& arrays) {
  const auto pickled = [](const Member& member) { return member.npy.pickled; };
  if (arrays.members.empty() || !std::all_of(arrays.members.begin(), arrays.members.end(), pickled)) return;
  const Entry& entry = arrays.archive.entries[arrays.members.front().entry];
  json::refuse_at({arrays.path.string(), 0, ""}, entry.data.begin,
                  fmt::format("expected arrays of numbers, found only pickled Python objects ({}), which are not read; save one array per "
                              "tensor, numpy.savez(file, **arrays)",
                              json::in_quotes(entry.name)));
}

}  // namespace

Model read_npz(const std::string& path) {
  auto arrays = std::make_shared<Arrays>();
  arrays->path = path;
  arrays->map = MappedFile(path);
  const std::string_view bytes = arrays->map.bytes();
  arrays->archive = read_archive(path, bytes);
  for (std::size_t i = 0; i < arrays->archive.entries.size(); ++i) {
    const Entry& entry = arrays->archive.entries[i];
    if (!is_utf8(entry.name))
      json::refuse_at({path, 0, ""}, entry.header.begin,
                      fmt::format("expected the names of members in UTF-8, found other bytes in member {}; save the file again", i));
    if (entry.name.ends_with(".npy")) arrays->members.push_back(read_member(path, bytes, arrays->archive, i));
  }
  check_pickles(*arrays);
  Model model;
  model.name = path;
  model.path = path;
  model.format = "npz";
  model.metadata = arrays->archive.metadata;
  arrays->checks = std::make_shared<Checks>(arrays->archive.entries.size());
  model.warnings = notes_of(*arrays, true);
  model.notes = notes_of(*arrays, false);
  if (const std::size_t others = arrays->archive.entries.size() - arrays->members.size(); others > 0)
    model.notes.push_back(counted(others, "member that is no array is kept", "members that are no arrays are kept"));
  model.graph.names_only = true;
  for (const Member& member : arrays->members) {
    StoredTensor tensor;
    tensor.name = member.name;
    tensor.shape = member.npy.shape;
    tensor.dtype = member.npy.dtype;
    model.graph.tensors.push_back(std::move(tensor));
  }
  model.files.push_back(model.path);
  json::read_settings(model.path, model.graph);
  if (!model.graph.settings_origin.empty()) model.files.push_back(model.path.parent_path() / model.graph.settings_origin);
  model.writer = make_writer(arrays);
  model.weights = std::make_shared<Source>(std::move(arrays));
  return model;
}

}  // namespace evenkeel::npz

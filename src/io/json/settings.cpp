// SPDX-License-Identifier: Apache-2.0
// A flat map: paths joined by dots, lists of integers or of texts whole.
#include "io/json/settings.hpp"

#include <fmt/format.h>

#include <cctype>
#include <limits>
#include <optional>

#include "evenkeel/base/error.hpp"
#include "io/json/events.hpp"
#include "io/mapped_file.hpp"

namespace evenkeel::json {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest = 10'000'000;
constexpr const char* file_name = "config.json";

/// NaN, Infinity and -Infinity, which Python writes and JSON does not know, become empty objects of the same length: no settings.
std::string without_python_numbers(std::string_view bytes) {
  std::string text(bytes);
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quoted && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (!quoted) {
      for (const std::string_view word : {"NaN", "Infinity", "-Infinity"}) {
        if (std::string_view(text).substr(i, word.size()) == word) text.replace(i, word.size(), "{}" + std::string(word.size() - 2, ' '));
      }
    }
  }
  return text;
}

std::optional<Setting> setting_of(Scalar&& value) {
  if (auto* const text = std::get_if<std::string>(&value)) return std::move(*text);
  if (const auto* const flag = std::get_if<bool>(&value)) return *flag;
  if (const auto* const negative = std::get_if<std::int64_t>(&value)) return *negative;
  if (const auto* const real = std::get_if<double>(&value)) return *real;
  if (const auto* const number = std::get_if<std::uint64_t>(&value)) {
    if (*number <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return static_cast<std::int64_t>(*number);
    return static_cast<double>(*number);
  }
  return std::nullopt;
}

class Flattener final : public Listener {
 public:
  explicit Flattener(std::map<std::string, Setting>& settings) : settings_(settings) {}

  void key(const Cursor&) override {}

  void enter(const Cursor& at, Opens what) override {
    if (at.depth() == 0 && what != Opens::object) at.refuse("expected an object with the model's settings, found a list; make it again");
    if (list_depth_) usable_ = false;  // a list or object in a list
    if (what == Opens::object || list_depth_) return;
    list_depth_ = at.depth();
    usable_ = true;
    integers_.clear();
    texts_.clear();
  }

  void leave(const Cursor& at) override {
    if (!list_depth_ || at.depth() != *list_depth_) return;
    list_depth_.reset();
    if (!usable_ || integers_.empty() == texts_.empty()) return;
    const std::string path = path_of(at);
    if (texts_.empty())
      settings_.insert_or_assign(path, std::move(integers_));
    else
      settings_.insert_or_assign(path, std::move(texts_));
  }

  void scalar(const Cursor& at, Scalar&& value) override {
    if (at.depth() == 0) at.refuse(fmt::format("expected an object with the model's settings, found {}; make it again", shown(value)));
    std::optional<Setting> setting = setting_of(std::move(value));
    if (!list_depth_) {
      if (setting) settings_.insert_or_assign(path_of(at), std::move(*setting));
    } else if (setting && std::holds_alternative<std::int64_t>(*setting)) {
      integers_.push_back(std::get<std::int64_t>(*setting));
    } else if (setting && std::holds_alternative<std::string>(*setting)) {
      texts_.push_back(std::get<std::string>(std::move(*setting)));
    } else {
      usable_ = false;
    }
  }

 private:
  static std::string path_of(const Cursor& at) {
    std::string path = at.key(0);
    for (std::size_t level = 1; level < at.depth(); ++level) path.append(".").append(at.key(level));
    return path;
  }

  std::map<std::string, Setting>& settings_;
  std::optional<std::size_t> list_depth_;  // of the outermost list around the cursor
  bool usable_ = true;
  std::vector<std::int64_t> integers_;
  std::vector<std::string> texts_;
};

}  // namespace

void read_settings(const fs::path& model, Graph& graph) {
  const fs::path path = model.parent_path() / file_name;
  std::error_code error;
  if (fs::symlink_status(path, error).type() == fs::file_type::not_found) return;
  const MappedFile file(path);
  const std::string_view bytes = file.bytes();
  if (bytes.size() > longest) {
    fail(ErrorCode::bad_file, fmt::format("{}: expected the model's settings in at most {} bytes, found {}; move the file away, or put the "
                                          "model's own config.json there",
                                          path.string(), longest, bytes.size()));
  }
  Flattener flattener(graph.settings);
  read(without_python_numbers(bytes), {path.string(), 0, "a model's settings"}, flattener);
  graph.settings_origin = file_name;
}

}  // namespace evenkeel::json

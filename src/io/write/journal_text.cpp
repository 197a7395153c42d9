// SPDX-License-Identifier: Apache-2.0
#include "io/write/journal_text.hpp"

#include <charconv>
#include <system_error>

namespace evenkeel {
namespace {

constexpr std::string_view first_field = "evenkeel journal 1", last_field = "end";

void add(std::string& text, std::string_view field) { text.append(field).push_back('\0'); }

void add(std::string& text, const PendingCommit::File& file) {
  add(text, file.name);
  add(text, std::to_string(file.identity.inode));
  add(text, std::to_string(file.identity.size));
  add(text, std::to_string(file.identity.modified_ns));
}

/// Every read fails once one has failed.
class Fields {
 public:
  explicit Fields(std::string_view text) : text_(text) {}

  std::string_view next() {
    const std::size_t end = text_.find('\0');
    good_ = good_ && end != std::string_view::npos;
    if (!good_) return {};
    const std::string_view field = text_.substr(0, end);
    text_.remove_prefix(end + 1);
    return field;
  }

  template <class T>
  T number() {
    const std::string_view field = next();
    T value{};
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
    good_ = good_ && error == std::errc() && end == field.data() + field.size();
    return value;
  }

  /// A journal speaks of its own folder only.
  std::string name() {
    const std::string_view field = next();
    good_ = good_ && !field.empty() && field != "." && field != ".." && field.find('/') == std::string_view::npos;
    return std::string(field);
  }

  PendingCommit::File file() {
    PendingCommit::File file;
    file.name = name();
    file.identity.inode = number<std::uint64_t>();
    file.identity.size = number<std::uint64_t>();
    file.identity.modified_ns = number<std::int64_t>();
    return file;
  }

  void expect(std::string_view field) { good_ = next() == field && good_; }
  [[nodiscard]] bool good() const { return good_; }

 private:
  std::string_view text_;
  bool good_ = true;
};

}  // namespace

std::string print_journal(const PendingCommit& commit) {
  std::string text;
  add(text, first_field);
  add(text, commit.commit);
  add(text, std::to_string(commit.data.size()));
  for (const PendingCommit::File& file : commit.data) add(text, file);
  add(text, std::to_string(commit.obsolete.size()));
  for (const std::string& name : commit.obsolete) add(text, name);
  add(text, last_field);
  return text;
}

std::optional<PendingCommit> parse_journal(std::string_view text) {
  Fields fields(text);
  PendingCommit commit;
  fields.expect(first_field);
  commit.commit = fields.file();
  const auto data = fields.number<std::size_t>();
  for (std::size_t i = 0; i < data && fields.good(); ++i) commit.data.push_back(fields.file());
  const auto obsolete = fields.number<std::size_t>();
  for (std::size_t i = 0; i < obsolete && fields.good(); ++i) commit.obsolete.push_back(fields.name());
  fields.expect(last_field);
  return fields.good() ? std::optional(std::move(commit)) : std::nullopt;
}

}  // namespace evenkeel

// SPDX-License-Identifier: Apache-2.0
// JSON from a file that nobody trusts, as a stream of events: depth is limited, duplicate keys are refused, positions are known and no tree
// is built, so that memory stays near the size of the text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <variant>
#include <vector>

namespace evenkeel::json {

/// Where a text comes from, for messages.
struct Origin {
  std::string file;
  std::uint64_t offset = 0;  // of the text's first byte in the file
  std::string what;          // "the header", "an index"
};

/// Throws bad_file: "FILE: byte N: WHAT".
[[noreturn]] void refuse_at(const Origin& origin, std::uint64_t position, const std::string& what);

/// null, true or false, an integer of 0 or more, a negative one, another number, text.
using Scalar = std::variant<std::monostate, bool, std::uint64_t, std::int64_t, double, std::string>;
/// As a message shows it: "null", "-2", "\"F32\"", cut where it is long.
[[nodiscard]] std::string shown(const Scalar& scalar);
/// A name in quotes, cut where it is long.
[[nodiscard]] std::string in_quotes(std::string_view name);

/// The place in the document.
class Cursor {
 public:
  explicit Cursor(const Origin& origin) : origin_(&origin) {}
  /// Objects and arrays around the current value; the outermost is level 0.
  [[nodiscard]] std::size_t depth() const noexcept { return frames_.size(); }
  [[nodiscard]] const std::string& key(std::size_t level) const { return frames_[level].key; }
  /// Offset in the text, behind the last byte of the current token (of a number perhaps one more).
  [[nodiscard]] std::size_t position() const noexcept { return position_; }
  /// Throws bad_file with file, byte and JSON path.
  [[noreturn]] void refuse(const std::string& what) const;

 private:
  friend class Reader;
  struct Frame {
    bool object;
    std::string key;
    std::size_t index = 0;
    std::unordered_set<std::string> keys;
  };
  [[nodiscard]] std::string path() const;

  const Origin* origin_;
  std::vector<Frame> frames_;
  std::size_t position_ = 0;
};

enum class Opens : bool { array, object };

/// `at.depth()` is the same in enter, scalar and leave of one value: the number of containers around it.
class Listener {
 public:
  virtual ~Listener() = default;
  virtual void key(const Cursor& at) = 0;
  virtual void enter(const Cursor& at, Opens what) = 0;
  virtual void leave(const Cursor& at) = 0;
  virtual void scalar(const Cursor& at, Scalar&& value) = 0;
};

inline constexpr std::size_t deepest = 128;
inline constexpr std::size_t most_keys = 1'000'000;  // of one object; they are held, to find the ones that stand twice

/// Throws bad_file for text that is no JSON, is not UTF-8, nests deeper than `deepest`, or has a key twice or more than `most_keys`.
void read(std::string_view text, const Origin& origin, Listener& listener);

}  // namespace evenkeel::json

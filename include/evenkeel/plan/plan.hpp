// SPDX-License-Identifier: Apache-2.0
// A decision as data: one scheme per parameter, with the reason. A plan can be read, edited, diffed, committed and applied anywhere.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "evenkeel/base/dtype.hpp"
#include "evenkeel/base/geometry.hpp"
#include "evenkeel/base/tensor_view.hpp"
#include "evenkeel/schemes/fans.hpp"
#include "evenkeel/schemes/scheme.hpp"

namespace evenkeel {

/// What became of an entry where a plan takes stored values from another file: `taken` whole, `extended` (the stored rows, and new ones
/// beyond them), `fresh` (the file has none), or `unfit` (it has one of another shape or type).
enum class SourceStatus : std::uint8_t { taken, extended, fresh, unfit };
/// "taken", "extended", "new", "did not fit".
[[nodiscard]] std::string_view to_string(SourceStatus status) noexcept;

struct EntrySource {
  SourceStatus status = SourceStatus::fresh;
  std::string name;            // of the tensor in the other file; "" where it has none
  Shape shape;                 // as stored there
  DType dtype = DType::other;  // likewise
  bool transposed = false;     // the tensor that owns the stream is the transpose of what is stored there
  std::string why;             // unfit: what did not
  bool operator==(const EntrySource&) const = default;
};

struct PlanEntry {
  std::string name;  // of the stored tensor
  Geometry geometry;
  DType dtype = DType::f32;
  std::vector<Fans> fans;         // true fans, one per section; empty for a role without fans
  std::vector<Fans> scheme_fans;  // what the recipe's framework computes, where that differs; else empty
  Scheme scheme;                  // "keep": the stored bytes stay
  double mean = 0, std = 0;       // expected, over all entries
  std::string stream;             // name whose hash selects the numbers
  View view;                      // how this tensor maps onto the stream's
  std::string rule;               // which rule of the recipe decided, or "--set", "--only", ...
  std::string reason;             // words for a person
  std::vector<std::string> evidence;
  bool assumed = false;
  bool buffer = false;                // set, yet no parameter: running statistics, biases that an exporter folded a norm into
  std::string consumer, scope;        // what --set may match besides the name
  std::optional<EntrySource> source;  // only in plans that take from a file
};

struct Plan {
  int version = 1;
  int stream_version = 1;
  std::string model;  // file name without folders
  std::string recipe;
  std::optional<std::uint64_t> seed;  // of the run that wrote a manifest
  std::string from;                   // the file that stored values are taken from, without folders; "" in a manifest
  std::vector<std::string> unused;    // tensors of that file that nothing in the model asks for
  std::vector<PlanEntry> parameters;  // in the order of the file, what is kept and buffers included
  std::vector<std::string> warnings;
};

/// The scheme of tensors that keep their bytes.
[[nodiscard]] Scheme keep_scheme();
[[nodiscard]] bool is_kept(const PlanEntry& entry) noexcept;
/// Whether all values come from another file; such an entry has the scheme "keep" too.
[[nodiscard]] bool is_taken(const PlanEntry& entry) noexcept;
/// Taken or extended.
[[nodiscard]] bool needs_source(const PlanEntry& entry) noexcept;
/// What is stored of a tensor of `shape` along the one axis where the source is shorter: the stored box, in the owner's axes.
struct StoredRows {
  std::size_t axis = 0;
  std::int64_t rows = 0;
};
/// nullopt where the shapes have another rank, are equal, or differ elsewhere too.
[[nodiscard]] std::optional<StoredRows> stored_rows_of(const Shape& shape, const EntrySource& source);

/// The tensor whose numbers an entry takes: its own geometry and framework fans, or those of the entry that owns its stream, or, where the
/// plan has no such entry, its own with the view's global shape.
struct StreamOwner {
  Geometry geometry;
  std::vector<Fans> scheme_fans;
};
[[nodiscard]] StreamOwner stream_owner_of(const Plan& plan, const PlanEntry& entry);

/// Sets mean and std of every entry from scheme and geometry. Throws invalid_argument, naming the tensor, where a scheme cannot be applied
/// to it.
void update_expectations(Plan& plan);

/// JSON of docs/plan-schema.json and back. parse throws bad_file with the JSON path, what was expected, what was found. Derived fields
/// (mean, std) are computed anew; where they differ from the text, the scheme was edited: rule and reason then say so.
[[nodiscard]] std::string to_json(const Plan& plan);
[[nodiscard]] Plan parse_plan(std::string_view json, std::string_view origin);

}  // namespace evenkeel

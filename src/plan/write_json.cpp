// SPDX-License-Identifier: Apache-2.0
// A plan as JSON, one parameter a line, so that a diff of two plans reads well.
#include <nlohmann/json.hpp>

#include "base/floating_environment.hpp"
#include "evenkeel/plan/plan.hpp"

namespace evenkeel {
namespace {

using Json = nlohmann::ordered_json;

Json number_or_null(bool known, double number) { return known ? Json(number) : Json(nullptr); }

// Whole numbers without ".0": fans are counts almost everywhere.
Json fan(double number) {
  const auto whole = static_cast<std::int64_t>(number);
  return static_cast<double>(whole) == number ? Json(whole) : Json(number);
}

Json fans_list(const std::vector<Fans>& fans) {
  Json list = Json::array();
  for (const Fans& f : fans) list.push_back(Json{{"fan_in", fan(f.fan_in)}, {"fan_out", fan(f.fan_out)}});
  return list;
}

Json sections_of(const PlanEntry& entry) {
  Json list = Json::array();
  for (std::size_t i = 0; i < entry.geometry.sections.size(); ++i) {
    const Section& section = entry.geometry.sections[i];
    Json item{{"name", section.name}, {"begin", section.begin}, {"end", section.end}};
    if (i < entry.fans.size()) {
      item["fan_in"] = fan(entry.fans[i].fan_in);
      item["fan_out"] = fan(entry.fans[i].fan_out);
    }
    list.push_back(std::move(item));
  }
  return list;
}

Json source_of(const PlanEntry& entry) {
  const EntrySource& source = *entry.source;
  Json out{{"status", to_string(source.status)}};
  if (source.name.empty()) return out;
  out["name"] = source.name;
  out["shape"] = source.shape;
  out["dtype"] = to_string(source.dtype);
  if (source.transposed) out["transposed"] = true;
  const Shape& shape = entry.view.is_identity() ? entry.geometry.shape : entry.view.global;
  if (const auto rows = source.status == SourceStatus::extended ? stored_rows_of(shape, source) : std::nullopt) {
    out["axis"] = rows->axis;
    out["rows"] = rows->rows;
  }
  if (!source.why.empty()) out["why"] = source.why;
  return out;
}

Json json_of(const PlanEntry& entry) {
  const Geometry& g = entry.geometry;
  const bool fans = !entry.fans.empty();
  Json out{{"name", entry.name},
           {"role", to_string(g.role)},
           {"layout", g.layout},
           {"shape", g.shape},
           {"dtype", to_string(entry.dtype)},
           {"fan_in", fans ? fan(entry.fans[0].fan_in) : Json(nullptr)},
           {"fan_out", fans ? fan(entry.fans[0].fan_out) : Json(nullptr)}};
  if (!g.sections.empty()) {
    out["section_axis"] = g.section_axis;
    out["sections"] = sections_of(entry);
  }
  if (g.groups != 1) out["groups"] = g.groups;
  if (!g.stride.empty()) out["stride"] = g.stride;
  if (!g.dilation.empty()) out["dilation"] = g.dilation;
  out["scheme"] = to_string(entry.scheme);
  if (!entry.scheme_fans.empty()) out["scheme_fans"] = fans_list(entry.scheme_fans);
  out["mean"] = number_or_null(!is_kept(entry), entry.mean);
  out["std"] = number_or_null(!is_kept(entry), entry.std);
  out["stream"] = entry.stream;
  out["view"] = nullptr;
  if (!entry.view.is_identity()) {
    out["view"] = Json{{"global", entry.view.global}, {"strides", entry.view.strides}, {"offset", entry.view.offset}};
  }
  out["rule"] = entry.rule;
  out["reason"] = entry.reason;
  out["evidence"] = entry.evidence;
  if (entry.assumed) out["assumed"] = true;
  if (entry.source) out["source"] = source_of(entry);
  if (!entry.consumer.empty()) out["consumer"] = entry.consumer;
  if (!entry.scope.empty()) out["scope"] = entry.scope;
  return out;
}

// Names in a model file need not be UTF-8; they are shown with U+FFFD then.
std::string text_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

std::string to_json(const Plan& plan) {
  const DefaultFloatingPoint environment;
  std::string out = "{\n";
  const auto field = [&out](const char* key, const Json& value) { out += " \"" + std::string(key) + "\": " + text_of(value) + ",\n"; };
  field("version", plan.version);
  field("stream_version", plan.stream_version);
  field("model", plan.model);
  field("recipe", plan.recipe);
  if (plan.seed) field("seed", *plan.seed);
  if (!plan.from.empty()) field("from", plan.from);
  field("warnings", plan.warnings);
  if (!plan.unused.empty()) field("unused", plan.unused);
  const auto list = [&](const char* key, bool buffers) {
    const char* separator = "\n  ";
    out.append(" \"").append(key).append("\": [");
    for (const PlanEntry& entry : plan.parameters) {
      if (entry.buffer != buffers) continue;
      out.append(separator).append(text_of(json_of(entry)));
      separator = ",\n  ";
    }
    out += "\n ]";
  };
  list("parameters", false);
  out += ",\n";
  list("buffers", true);
  out += "\n}\n";
  return out;
}

}  // namespace evenkeel

// SPDX-License-Identifier: Apache-2.0
// A plan read back, strictly: what is not in the schema is refused with its JSON path, never skipped.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <set>

#include "base/floating_environment.hpp"
#include "evenkeel/base/error.hpp"
#include "evenkeel/plan/names.hpp"
#include "evenkeel/plan/plan.hpp"
#include "evenkeel/rng/stream.hpp"
#include "plan/known_fans.hpp"

namespace evenkeel {
namespace {

using Json = nlohmann::json;
constexpr std::size_t deepest = 32;

std::string shown(const Json& value) {
  std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  return text.size() > 60 ? text.substr(0, 57) + "..." : text;
}

// A value and the path that leads to it.
struct Place {
  const Json& value;
  std::string origin;
  std::string path;

  [[noreturn]] void refuse(const std::string& what) const {
    fail(ErrorCode::bad_file, fmt::format("{}: at {}: {}", origin, path.empty() ? "the top" : path, what));
  }
  [[noreturn]] void expected(const std::string& kind) const { refuse(fmt::format("expected {}, found {}", kind, shown(value))); }

  [[nodiscard]] Place at(const std::string& key) const {
    if (!value.is_object()) expected("an object");
    const auto found = value.find(key);
    if (found == value.end()) refuse(fmt::format("the key \"{}\" is missing", key));
    return {*found, origin, path.empty() ? key : path + "." + key};
  }
  [[nodiscard]] bool has(const std::string& key) const { return value.contains(key); }
  [[nodiscard]] std::vector<Place> items() const {
    if (!value.is_array()) expected("a list");
    std::vector<Place> list;
    for (std::size_t i = 0; i < value.size(); ++i) list.push_back({value[i], origin, fmt::format("{}[{}]", path, i)});
    return list;
  }
  [[nodiscard]] std::string text() const {
    if (!value.is_string()) expected("a text");
    return value.get<std::string>();
  }
  [[nodiscard]] bool flag() const {
    if (!value.is_boolean()) expected("true or false");
    return value.get<bool>();
  }
  [[nodiscard]] double real() const {
    if (!value.is_number() || !std::isfinite(value.get<double>())) expected("a finite number");
    return value.get<double>();
  }
  [[nodiscard]] std::int64_t integer() const {
    const bool fits = value.is_number_integer() && (!value.is_number_unsigned() || value.get<std::uint64_t>() <= INT64_MAX);
    if (!fits) expected("an integer");
    return value.get<std::int64_t>();
  }
  [[nodiscard]] std::vector<std::int64_t> integers() const {
    std::vector<std::int64_t> list;
    for (const Place& item : items()) list.push_back(item.integer());
    return list;
  }
  [[nodiscard]] std::vector<std::string> texts() const {
    std::vector<std::string> list;
    for (const Place& item : items()) list.push_back(item.text());
    return list;
  }
  void only(std::initializer_list<const char*> keys) const {
    if (!value.is_object()) expected("an object");
    const std::vector<std::string> known(keys.begin(), keys.end());
    for (const auto& [key, ignored] : value.items()) {
      if (std::find(known.begin(), known.end(), key) == known.end())
        refuse(fmt::format("unknown key \"{}\"{}", key, suggestion(key, known)));
    }
  }
};

bool close(double a, double b) { return std::abs(a - b) <= 1e-9 * std::max({1.0, std::abs(a), std::abs(b)}); }

void check_fan(const Place& place, const char* key, double computed) {
  const Place stated = place.at(key);
  if (!close(stated.real(), computed)) {
    stated.refuse(fmt::format(
        "{} follows from layout, shape, groups and stride and is {} here, found {}; to change the values edit \"scheme\", to use "
        "other fans give \"scheme_fans\"",
        key, computed, shown(stated.value)));
  }
}

void parse_sections(const Place& place, Geometry& geometry) {
  if (place.has("sections") != place.has("section_axis")) place.refuse("\"sections\" and \"section_axis\" belong together; one is missing");
  if (!place.has("sections")) return;
  const Place axis = place.at("section_axis");
  if (axis.integer() < 0 || axis.integer() >= static_cast<std::int64_t>(geometry.shape.size())) axis.expected("an axis of the shape");
  geometry.section_axis = static_cast<int>(axis.integer());
  for (const Place& item : place.at("sections").items()) {
    item.only({"name", "begin", "end", "fan_in", "fan_out"});
    const Section section{item.at("name").text(), item.at("begin").integer(), item.at("end").integer()};
    if (section.begin < 0 || section.end < section.begin || section.end > geometry.shape[static_cast<std::size_t>(geometry.section_axis)]) {
      item.refuse(fmt::format("rows {} to {} do not lie within axis {} of shape {}", section.begin, section.end, geometry.section_axis,
                              to_string(geometry.shape)));
    }
    geometry.sections.push_back(section);
  }
}

Geometry parse_geometry(const Place& place) {
  Geometry geometry;
  const Place role = place.at("role");
  const std::optional<Role> found = find_role(role.text());
  if (!found) role.expected("a role such as dense, conv, bias");
  geometry.role = *found;
  geometry.layout = place.at("layout").text();
  const Place shape = place.at("shape");
  geometry.shape = shape.integers();
  if (std::any_of(geometry.shape.begin(), geometry.shape.end(), [](std::int64_t d) { return d < 0; }))
    shape.expected("dimensions of at least 0");
  if (place.has("groups")) geometry.groups = place.at("groups").integer();
  if (geometry.groups < 1) place.at("groups").expected("a number of groups of at least 1");
  if (place.has("stride")) geometry.stride = place.at("stride").integers();
  if (place.has("dilation")) geometry.dilation = place.at("dilation").integers();
  parse_sections(place, geometry);
  return geometry;
}

void parse_fans(const Place& place, PlanEntry& entry) {
  try {
    entry.fans = known_fans_of(entry.geometry);
  } catch (const Error& error) { place.refuse(error.what()); }
  if (entry.fans.empty()) {
    for (const char* key : {"fan_in", "fan_out"}) {
      if (!place.at(key).value.is_null())
        place.at(key).expected(fmt::format("null (role {} has no fans here)", to_string(entry.geometry.role)));
    }
    return;
  }
  check_fan(place, "fan_in", entry.fans[0].fan_in);
  check_fan(place, "fan_out", entry.fans[0].fan_out);
  if (!place.has("sections")) return;
  const std::vector<Place> sections = place.at("sections").items();
  for (std::size_t i = 0; i < sections.size() && i < entry.fans.size(); ++i) {
    check_fan(sections[i], "fan_in", entry.fans[i].fan_in);
    check_fan(sections[i], "fan_out", entry.fans[i].fan_out);
  }
}

View parse_view(const Place& place, const Shape& shape) {
  View view;
  if (place.value.is_null()) return view;
  place.only({"global", "strides", "offset"});
  view.global = place.at("global").integers();
  view.strides = place.at("strides").integers();
  view.offset = place.at("offset").integer();
  if (view.strides.size() != shape.size()) place.at("strides").expected(fmt::format("one stride per axis of shape {}", to_string(shape)));
  // Every index has to lie within the owner: the extremes are reached at corners of the tensor.
  __extension__ using Wide = __int128;
  Wide low = view.offset, high = view.offset, total = 1;
  for (const std::int64_t d : view.global) {
    if (d < 0) place.at("global").expected("dimensions of at least 0");
    total = std::min<Wide>(total * d, INT64_MAX);
  }
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const Wide reach = static_cast<Wide>(view.strides[i]) * std::max<std::int64_t>(shape[i] - 1, 0);
    (reach < 0 ? low : high) += reach;
  }
  const bool empty = std::find(shape.begin(), shape.end(), 0) != shape.end();
  if (!empty && (low < 0 || high >= total)) place.refuse(fmt::format("the view leaves the tensor of shape {}", to_string(view.global)));
  return view;
}

Scheme parse_entry_scheme(const Place& place) {
  try {
    return parse_scheme(place.text());
  } catch (const Error& error) {
    if (error.code() == ErrorCode::invalid_argument) place.refuse(error.what());
    throw;
  }
}

SourceStatus parse_status(const Place& place) {
  for (const SourceStatus status : {SourceStatus::taken, SourceStatus::extended, SourceStatus::fresh, SourceStatus::unfit}) {
    if (place.text() == to_string(status)) return status;
  }
  place.expected("taken, extended, new or did not fit");
}

// Whoever edits the scheme of a tensor that is taken wants the scheme, not the stored values.
void parse_source(const Place& place, PlanEntry& entry) {
  place.only({"status", "name", "shape", "dtype", "transposed", "axis", "rows", "why"});
  EntrySource source;
  source.status = parse_status(place.at("status"));
  if (place.has("name")) {
    source.name = place.at("name").text();
    source.shape = place.at("shape").integers();
    const std::optional<DType> type = find_dtype(place.at("dtype").text());
    if (!type) place.at("dtype").expected("an element type such as float32, float16, bfloat16");
    source.dtype = *type;
    if (std::any_of(source.shape.begin(), source.shape.end(), [](std::int64_t d) { return d < 0; }))
      place.at("shape").expected("dimensions of at least 0");
  }
  if (place.has("transposed")) source.transposed = place.at("transposed").flag();
  if (place.has("why")) source.why = place.at("why").text();
  entry.source = source;
  const bool values = source.status == SourceStatus::taken || source.status == SourceStatus::extended;
  if (!values) return;
  if (source.name.empty()) place.refuse(fmt::format("the key \"name\" is missing: {} from which tensor?", to_string(source.status)));
  if (source.transposed && source.shape.size() != 2) place.at("transposed").expected("false for anything but a matrix");
  const bool convertible = is_floating(source.dtype) && is_floating(entry.dtype);
  if ((source.dtype != entry.dtype && !convertible) || size_of(source.dtype) == 0)
    place.at("dtype").expected(fmt::format("{}, or two floating types", to_string(entry.dtype)));
  const Shape& shape = entry.view.is_identity() ? entry.geometry.shape : entry.view.global;
  Shape stored = source.shape;
  if (source.transposed) std::reverse(stored.begin(), stored.end());
  if (source.status == SourceStatus::taken ? stored != shape : !stored_rows_of(shape, source)) {
    place.at("shape").refuse(fmt::format("expected {} for a tensor of shape {}{}, found {}",
                                         source.status == SourceStatus::taken ? "the same shape" : "one axis shorter", to_string(shape),
                                         source.transposed ? ", transposed" : "", to_string(source.shape)));
  }
  if (source.status == SourceStatus::extended && is_kept(entry))
    place.refuse("rows beyond the stored ones need a scheme; \"keep\" gives them no values");
  if (source.status == SourceStatus::taken && !is_kept(entry)) {
    entry.source.reset();
    entry.rule = "edited plan";
    entry.reason = fmt::format("Edited in the plan to {}; {} is not taken.", to_string(entry.scheme), source.name);
  }
}

PlanEntry parse_entry(const Place& place) {
  place.only({"name",   "role",   "layout",   "shape",   "dtype",       "fan_in", "fan_out", "section_axis", "sections",
              "groups", "stride", "dilation", "scheme",  "scheme_fans", "mean",   "std",     "stream",       "view",
              "rule",   "reason", "evidence", "assumed", "consumer",    "scope",  "source"});
  PlanEntry entry;
  entry.name = place.at("name").text();
  entry.geometry = parse_geometry(place);
  const Place dtype = place.at("dtype");
  const std::optional<DType> type = find_dtype(dtype.text());
  if (!type) dtype.expected("an element type such as float32, float16, bfloat16");
  entry.dtype = *type;
  parse_fans(place, entry);
  entry.scheme = parse_entry_scheme(place.at("scheme"));
  if (!is_kept(entry) && !is_floating(entry.dtype))
    place.at("scheme").expected(fmt::format("keep, since {} cannot be filled", dtype.text()));
  if (place.has("scheme_fans")) {
    for (const Place& item : place.at("scheme_fans").items()) {
      item.only({"fan_in", "fan_out"});
      entry.scheme_fans.push_back({item.at("fan_in").real(), item.at("fan_out").real()});
      if (entry.scheme_fans.back().fan_in < 1 || entry.scheme_fans.back().fan_out < 1) item.expected("fans of at least 1");
    }
  }
  for (const char* key : {"mean", "std"}) {
    if (place.has(key) && !place.at(key).value.is_null()) (key[0] == 'm' ? entry.mean : entry.std) = place.at(key).real();
  }
  entry.stream = place.at("stream").text();
  entry.view = parse_view(place.at("view"), entry.geometry.shape);
  entry.rule = place.at("rule").text();
  entry.reason = place.at("reason").text();
  entry.evidence = place.at("evidence").texts();
  if (place.has("assumed")) entry.assumed = place.at("assumed").flag();
  if (place.has("consumer")) entry.consumer = place.at("consumer").text();
  if (place.has("scope")) entry.scope = place.at("scope").text();
  if (place.has("source")) parse_source(place.at("source"), entry);
  return entry;
}

Json read_json(std::string_view text, std::string_view origin) {
  const auto limit = [&](int depth, Json::parse_event_t, Json&) {
    if (depth > static_cast<int>(deepest)) fail(ErrorCode::bad_file, fmt::format("{}: nested deeper than {}; not a plan", origin, deepest));
    return true;
  };
  try {
    return Json::parse(text, limit);
  } catch (const Json::parse_error& error) {
    const std::size_t at = std::min(error.byte > 0 ? error.byte - 1 : 0, text.size());
    const std::string_view before = text.substr(0, at);
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const std::size_t start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
    const std::string message = error.what();
    const std::size_t colon = message.find(": ");
    fail(ErrorCode::bad_file, fmt::format("{}: line {}, column {}: expected the JSON of a plan (from evenkeel plan --json){}", origin, line,
                                          at - start + 1, colon == std::string::npos ? "" : message.substr(colon)));
  } catch (const Json::out_of_range& error) {  // 1e999
    const std::string message = error.what();
    fail(ErrorCode::bad_file, fmt::format("{}: expected the JSON of a plan (from evenkeel plan --json): {}", origin,
                                          message.substr(std::min(message.find("number"), message.size()))));
  }
}

// An edited scheme has another mean or std than the one stated beside it: the recipe's reason is then no longer true. Whoever edits mean or
// std alone has to be told that they only follow.
void note_edits(Plan& plan) {
  std::vector<std::pair<double, double>> stated;
  for (const PlanEntry& entry : plan.parameters) stated.emplace_back(entry.mean, entry.std);
  update_expectations(plan);
  std::vector<std::string> differing;
  for (std::size_t i = 0; i < plan.parameters.size(); ++i) {
    PlanEntry& entry = plan.parameters[i];
    if (close(entry.mean, stated[i].first) && close(entry.std, stated[i].second)) continue;
    differing.push_back(fmt::format("{} ({} gives mean {:.4g}, std {:.4g}; stated {:.4g}, {:.4g})", entry.name, to_string(entry.scheme),
                                    entry.mean, entry.std, stated[i].first, stated[i].second));
    if (entry.rule == "edited plan") continue;
    entry.rule = "edited plan";
    entry.reason = fmt::format("Edited in the plan to {}.", to_string(entry.scheme));
    entry.evidence.clear();
    entry.assumed = false;
  }
  if (differing.empty()) return;
  const std::size_t shown = std::min<std::size_t>(3, differing.size());
  plan.warnings.push_back(fmt::format("the plan was edited; mean and std follow from \"scheme\", those stated do not count: {}{}",
                                      fmt::join(differing.begin(), differing.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
                                      differing.size() > shown ? fmt::format(" and {} more", differing.size() - shown) : ""));
}

}  // namespace

Plan parse_plan(std::string_view json, std::string_view origin) {
  const DefaultFloatingPoint environment;
  const Json document = read_json(json, origin);
  const Place top{document, std::string(origin), ""};
  top.only({"version", "stream_version", "model", "recipe", "seed", "from", "warnings", "unused", "parameters", "buffers"});
  Plan plan;
  if (top.at("version").integer() != 1) top.at("version").expected("1, the version this program reads");
  if (top.at("stream_version").integer() != stream_version) top.at("stream_version").expected(fmt::format("{}", stream_version));
  plan.model = top.at("model").text();
  plan.recipe = top.at("recipe").text();
  if (top.has("seed")) {
    const Place seed = top.at("seed");
    if (!seed.value.is_number_unsigned()) seed.expected("an integer from 0 to 2^64-1");
    plan.seed = seed.value.get<std::uint64_t>();
  }
  if (top.has("from")) plan.from = top.at("from").text();
  plan.warnings = top.at("warnings").texts();
  if (top.has("unused")) plan.unused = top.at("unused").texts();
  std::set<std::string> names;
  for (const char* key : {"parameters", "buffers"}) {
    for (const Place& item : top.at(key).items()) {
      plan.parameters.push_back(parse_entry(item));
      plan.parameters.back().buffer = key[0] == 'b';
      if (!names.insert(plan.parameters.back().name).second)
        item.refuse(fmt::format("the name {} stands twice", plan.parameters.back().name));
    }
  }
  try {
    note_edits(plan);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::invalid_argument) throw;
    fail(ErrorCode::bad_file, fmt::format("{}: {}", origin, error.what()));
  }
  return plan;
}

}  // namespace evenkeel

// SPDX-License-Identifier: Apache-2.0
// libFuzzer's mutator for ONNX files: changes fields, not bytes, so that the lengths around a change stay right and inputs get past the
// parser. One change in eight is left to the plain mutator, which finds what the parser itself does wrong.
#include <algorithm>
#include <array>
#include <cstring>
#include <random>

#include "target.hpp"
#include "wire_tree.hpp"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace evenkeel::fuzz {
namespace {

using Random = std::minstd_rand;
using Fields = std::vector<Field>;

std::size_t below(Random& random, std::size_t limit) { return limit == 0 ? 0 : random() % limit; }

/// A list of fields, and the message it is the content of.
struct Site {
  Fields* fields;
  Message message;
};

void collect(Fields& fields, Message message, std::vector<Site>& sites) {
  sites.push_back({&fields, message});
  for (Field& field : fields)
    if (field.message != Message::none) collect(field.children, field.message, sites);
}

std::vector<Site> sites_of(Fields& root) {
  std::vector<Site> sites;
  collect(root, Message::model, sites);
  return sites;
}

std::string mutated(const std::string& bytes, std::size_t room) {
  std::string grown = bytes;
  grown.resize(bytes.size() + std::max<std::size_t>(room, 1));
  grown.resize(LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(grown.data()), bytes.size(), grown.size()));
  return grown;
}

std::uint64_t interesting(Random& random, std::uint64_t now) {
  constexpr std::array<std::uint64_t, 18> numbers{0,           1,           2,         3,           7,          8,
                                                  16,          127,         4096,      INT32_MAX,   UINT32_MAX, 1ULL << 31U,
                                                  1ULL << 32U, 1ULL << 40U, INT64_MAX, 1ULL << 63U, UINT64_MAX, UINT64_MAX - 1};
  switch (below(random, 5)) {
    case 0:
      return now + 1;
    case 1:
      return now - 1;
    case 2:
      return below(random, 32);
    case 3:
      return now ^ (std::uint64_t{1} << below(random, 64));
    default:
      return numbers[below(random, numbers.size())];
  }
}

/// Another field of the same number in a message of the same kind: names meet names, operators meet operators.
const Field* counterpart(Random& random, const std::vector<Site>& sites, const Field& field, Message message) {
  std::vector<const Field*> found;
  for (const Site& site : sites) {
    if (site.message != message) continue;
    for (const Field& other : *site.fields)
      if (&other != &field && other.wire_type == field.wire_type && (other.tag == field.tag || below(random, 8) == 0))
        found.push_back(&other);
  }
  return found.empty() ? nullptr : found[below(random, found.size())];
}

/// Any text of the model in place of this one: an input that reads another value, an output that shadows one.
const Field* any_text(Random& random, const std::vector<Site>& sites) {
  std::vector<const Field*> found;
  for (const Site& site : sites)
    for (const Field& other : *site.fields)
      if (other.wire_type == 2 && other.message == Message::none && other.bytes.size() < 64) found.push_back(&other);
  return found.empty() ? nullptr : found[below(random, found.size())];
}

void change_content(Random& random, const std::vector<Site>& sites, Field& field, Message message, std::size_t room) {
  if (field.wire_type != 2) {
    field.number = interesting(random, field.number);
    return;
  }
  const std::size_t way = below(random, 4);
  const Field* const other = way == 0 ? any_text(random, sites) : way < 3 ? counterpart(random, sites, field, message) : nullptr;
  if (other != nullptr && (other->message == field.message || field.message == Message::none)) {
    const Field copy = *other;
    field.bytes = copy.bytes;
    field.message = copy.message;
    field.children = copy.children;
  } else if (field.message == Message::none) {
    field.bytes = mutated(field.bytes, std::min<std::size_t>(room, 64));
  }
}

/// A new field with a number that the message may know.
Field made_up(Random& random) {
  Field field;
  field.tag = static_cast<std::uint32_t>(1 + below(random, 26));
  constexpr std::array<std::uint8_t, 4> wire_types{0, 2, 5, 1};
  field.wire_type = wire_types[below(random, wire_types.size())];
  field.number = interesting(random, 1);
  return field;
}

void change_structure(Random& random, const std::vector<Site>& sites, Site site) {
  Fields& fields = *site.fields;
  const std::size_t at = below(random, fields.size());
  switch (below(random, 7)) {
    case 0:
      fields.erase(fields.begin() + static_cast<std::ptrdiff_t>(at));
      break;
    case 1: {
      const Field copy = fields[at];
      fields.insert(fields.begin() + static_cast<std::ptrdiff_t>(below(random, fields.size() + 1)), copy);
      break;
    }
    case 2:
      std::swap(fields[at], fields[below(random, fields.size())]);
      break;
    case 3:
      fields.insert(fields.begin() + static_cast<std::ptrdiff_t>(at), made_up(random));
      break;
    case 4:
      fields[at].tag = static_cast<std::uint32_t>(1 + below(random, 26));
      break;
    case 5: {  // the whole content of another message of the same kind, which may be one around this one
      std::vector<const Fields*> same;
      for (const Site& other : sites)
        if (other.message == site.message && other.fields != &fields) same.push_back(other.fields);
      if (same.empty()) break;
      Fields copy = *same[below(random, same.size())];
      fields = std::move(copy);
      break;
    }
    default: {
      if (const Field* const other = counterpart(random, sites, fields[at], site.message)) {
        const Field copy = *other;
        fields.push_back(copy);
      }
    }
  }
}

std::size_t put(const Fields& fields, std::uint8_t* data, std::size_t size, std::size_t max_size) {
  const std::string bytes = to_bytes(fields);
  if (bytes.size() > max_size) return LLVMFuzzerMutate(data, size, max_size);
  std::memcpy(data, bytes.data(), bytes.size());
  return bytes.size();
}

}  // namespace
}  // namespace evenkeel::fuzz

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned seed) {
  using namespace evenkeel::fuzz;
  Random random(seed);
  auto fields = below(random, 8) == 0 ? std::nullopt : parse_fields(text_of(data, size), Message::model);
  if (!fields || fields->empty()) return LLVMFuzzerMutate(data, size, max_size);
  for (std::size_t i = 0; i < 1 + below(random, 3); ++i) {
    const auto sites = sites_of(*fields);
    const Site site = sites[below(random, sites.size())];
    if (site.fields->empty()) {
      site.fields->push_back(made_up(random));
    } else if (below(random, 2) == 0) {
      change_content(random, sites, (*site.fields)[below(random, site.fields->size())], site.message, max_size - std::min(size, max_size));
    } else {
      change_structure(random, sites, site);
    }
  }
  return put(*fields, data, size, max_size);
}

extern "C" std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* one, std::size_t one_size, const std::uint8_t* two,
                                                 std::size_t two_size, std::uint8_t* out, std::size_t max_size, unsigned seed) {
  using namespace evenkeel::fuzz;
  Random random(seed);
  auto into = parse_fields(text_of(one, one_size), Message::model);
  auto from = parse_fields(text_of(two, two_size), Message::model);
  if (!into || !from) return 0;
  const auto targets = sites_of(*into);
  const auto sources = sites_of(*from);
  const Site target = targets[below(random, targets.size())];
  std::vector<const Fields*> same;
  for (const Site& source : sources)
    if (source.message == target.message && !source.fields->empty()) same.push_back(source.fields);
  if (same.empty()) return 0;
  const Fields& given = *same[below(random, same.size())];
  const std::size_t begin = below(random, given.size());
  const std::size_t count = 1 + below(random, std::min<std::size_t>(given.size() - begin, 8));
  target.fields->insert(target.fields->begin() + static_cast<std::ptrdiff_t>(below(random, target.fields->size() + 1)),
                        given.begin() + static_cast<std::ptrdiff_t>(begin), given.begin() + static_cast<std::ptrdiff_t>(begin + count));
  const std::string bytes = to_bytes(*into);
  if (bytes.size() > max_size) return 0;
  std::memcpy(out, bytes.data(), bytes.size());
  return bytes.size();
}

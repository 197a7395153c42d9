// SPDX-License-Identifier: Apache-2.0
// What a scheme promises, from its law alone: moments of regions or blocks, mixed in proportion to their elements.
#include <cmath>
#include <vector>

#include "base/floating_environment.hpp"
#include "evenkeel/base/error.hpp"
#include "evenkeel/schemes/generate.hpp"
#include "schemes/axes.hpp"
#include "schemes/law.hpp"
#include "schemes/structured.hpp"

namespace evenkeel {
namespace {

struct Mixture {
  double count = 0, sum = 0, squares = 0;

  void add(double elements, double mean, double second) {
    count += elements;
    sum += elements * mean;
    squares += elements * second;
  }
  void add(const Mixture& other) {
    count += other.count;
    sum += other.sum;
    squares += other.squares;
  }
  [[nodiscard]] Expectation expectation() const {
    if (count == 0) return {};
    const double mean = sum / count;
    return {mean, std::sqrt(std::fmax(0, squares / count - mean * mean))};
  }
};

void add_law(Mixture& mixture, const schemes::Region& region, double elements) {
  const Moments moments = moments_of(region.law);
  mixture.add(elements, moments.mean, moments.std * moments.std + moments.mean * moments.mean);
}

// Elements of each section.
std::vector<double> section_sizes(const Geometry& geometry) {
  const auto total = static_cast<double>(element_count(geometry.shape));
  if (geometry.sections.empty()) return {total};
  schemes::check_sections(geometry);
  const auto axis = static_cast<double>(geometry.shape[static_cast<std::size_t>(geometry.section_axis)]);
  std::vector<double> sizes;
  for (const Section& section : geometry.sections) {
    sizes.push_back(axis == 0 ? 0 : total / axis * static_cast<double>(section.end - section.begin));
  }
  return sizes;
}

std::vector<Mixture> structured_mixtures(const Scheme& scheme, const Geometry& geometry) {
  const schemes::BlockSet set = schemes::structured_blocks(scheme, geometry);
  const std::vector<double> sizes = section_sizes(geometry);
  std::vector<Mixture> mixtures(sizes.size());
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i] == 0) continue;
    const schemes::BlockMoments moments = schemes::block_moments(scheme, set.shapes[set.shapes.size() == 1 ? 0 : i]);
    mixtures[i].add(sizes[i], moments.mean, moments.second);
  }
  return mixtures;
}

std::vector<Mixture> law_mixtures(const Scheme& scheme, const Geometry& geometry, std::span<const Fans> fans) {
  const std::vector<double> sizes = section_sizes(geometry);
  std::vector<Mixture> mixtures(sizes.size());
  const auto total = static_cast<double>(element_count(geometry.shape));
  for (const schemes::Region& region : schemes::regions_of(scheme, geometry, fans)) {
    if (region.axis < 0) {
      for (std::size_t i = 0; i < sizes.size(); ++i) add_law(mixtures[i], region, sizes[i]);
    } else if (region.end > region.begin) {
      const auto size = static_cast<double>(geometry.shape[static_cast<std::size_t>(region.axis)]);
      add_law(mixtures[region.section], region, total / size * static_cast<double>(region.end - region.begin));
    }
  }
  return mixtures;
}

std::vector<Mixture> mixtures_of(const Scheme& scheme, const Geometry& geometry, std::span<const Fans> fans) {
  if (schemes::is_structured(scheme)) return structured_mixtures(scheme, geometry);
  if (schemes::has_law(scheme)) return law_mixtures(scheme, geometry, fans);
  fail(ErrorCode::invalid_argument, "scheme " + to_string(scheme) + " for " + schemes::describe(geometry) +
                                        ": it generates no values; the tensor stays as stored and has no expected std");
}

}  // namespace

Expectation expectation_of(const Scheme& scheme, const Geometry& geometry, std::span<const Fans> fans) {
  const DefaultFloatingPoint environment;
  const auto mixtures = mixtures_of(scheme, geometry, fans);
  if (mixtures.size() == 1) return mixtures[0].expectation();
  Mixture all;
  for (const Mixture& mixture : mixtures) all.add(mixture);
  return all.expectation();
}

std::vector<Expectation> section_expectations_of(const Scheme& scheme, const Geometry& geometry, std::span<const Fans> fans) {
  const DefaultFloatingPoint environment;
  std::vector<Expectation> expectations;
  for (const Mixture& mixture : mixtures_of(scheme, geometry, fans)) expectations.push_back(mixture.expectation());
  return expectations;
}

}  // namespace evenkeel

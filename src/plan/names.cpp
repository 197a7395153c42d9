// SPDX-License-Identifier: Apache-2.0
#include "evenkeel/plan/names.hpp"

#include <algorithm>
#include <cctype>
#include <numeric>

namespace evenkeel {
namespace {

char lower(char c) noexcept { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

// Length of the set that starts at glob[0] == '[', or 0 where it has no end. A ']' right after '[' or '[!' belongs to the set.
std::size_t set_length(std::string_view glob) noexcept {
  std::size_t i = 1;
  if (i < glob.size() && glob[i] == '!') ++i;
  if (i < glob.size() && glob[i] == ']') ++i;
  while (i < glob.size() && glob[i] != ']') ++i;
  return i < glob.size() ? i + 1 : 0;
}

bool set_has(std::string_view set, char c) noexcept {
  std::string_view body = set.substr(1, set.size() - 2);
  const bool negated = !body.empty() && body[0] == '!';
  if (negated) body.remove_prefix(1);
  bool found = false;
  for (std::size_t i = 0; i < body.size(); ++i) {
    if (i + 2 < body.size() && body[i + 1] == '-') {
      found = found || (body[i] <= c && c <= body[i + 2]);
      i += 2;
    } else {
      found = found || body[i] == c;
    }
  }
  return found != negated;
}

std::string_view ending(std::string_view text, std::size_t length) noexcept {
  return text.substr(text.size() - std::min(length, text.size()));
}

// Calls star(place in the glob, place in the text) where a star begins, and again with its end whenever it grows. The last star alone ever
// grows, so earlier ones are as short as they can be.
template <typename Star>
bool walk(std::string_view glob, std::string_view text, Star star_at) {
  std::size_t g = 0, t = 0, star = std::string_view::npos, resume = 0;
  while (t < text.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = g++;
      resume = t;
      star_at(star, t);
      continue;
    }
    if (g < glob.size()) {
      const std::size_t set = glob[g] == '[' ? set_length(glob.substr(g)) : 0;
      const bool fits = set > 0 ? set_has(glob.substr(g, set), text[t]) : glob[g] == '?' || glob[g] == text[t];
      if (fits) {
        g += std::max<std::size_t>(set, 1);
        ++t;
        continue;
      }
    }
    if (star == std::string_view::npos) return false;
    g = star + 1;
    t = ++resume;
    star_at(star, t);
  }
  for (; g < glob.size() && glob[g] == '*'; ++g) star_at(g, t);
  return g == glob.size();
}

}  // namespace

bool matches_glob(std::string_view glob, std::string_view text) noexcept {
  return walk(glob, text, [](std::size_t, std::size_t) {});
}

std::optional<std::vector<std::string_view>> glob_captures(std::string_view glob, std::string_view text) {
  // The walk tells where each star of the glob begins and every time it grows; a later star's growth leaves the earlier ones alone.
  std::vector<std::pair<std::size_t, std::pair<std::size_t, std::size_t>>> stars;  // place in the glob, begin and end in the text
  const bool fits = walk(glob, text, [&stars](std::size_t place, std::size_t at) {
    if (stars.empty() || stars.back().first != place)
      stars.emplace_back(place, std::pair(at, at));
    else
      stars.back().second.second = at;
  });
  if (!fits) return std::nullopt;
  std::vector<std::string_view> captures;
  for (const auto& [place, range] : stars) captures.push_back(text.substr(range.first, range.second - range.first));
  return captures;
}

std::size_t star_count(std::string_view glob) noexcept {
  std::size_t count = 0;
  for (std::size_t g = 0; g < glob.size();) {
    const std::size_t set = glob[g] == '[' ? set_length(glob.substr(g)) : 0;
    if (glob[g] == '*') ++count;
    g += std::max<std::size_t>(set, 1);
  }
  return count;
}

int edit_distance(std::string_view a, std::string_view b) {
  std::vector<int> before(b.size() + 1), last(b.size() + 1), now(b.size() + 1);
  std::iota(last.begin(), last.end(), 0);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    now[0] = static_cast<int>(i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const char x = lower(a[i - 1]), y = lower(b[j - 1]);
      now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + (x == y ? 0 : 1)});
      if (i > 1 && j > 1 && x == lower(b[j - 2]) && lower(a[i - 2]) == y) now[j] = std::min(now[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, now);
  }
  return last[b.size()];
}

std::vector<std::string> nearest_names(std::string_view word, std::span<const std::string> candidates, int limit) {
  std::string plain;  // globs are compared by their literal part
  std::copy_if(word.begin(), word.end(), std::back_inserter(plain), [](char c) { return c != '*' && c != '?'; });
  if (plain.size() > 200) plain.resize(200);
  std::vector<std::pair<double, std::string>> scored;
  for (const std::string& candidate : candidates) {
    if (candidate.empty()) continue;
    const std::string_view other = std::string_view(candidate).substr(0, 200);
    double cost = edit_distance(plain, other);
    if (plain.size() < word.size())
      cost = std::min(
          cost, 0.5 + std::min(edit_distance(plain, other.substr(0, plain.size())), edit_distance(plain, ending(other, plain.size()))));
    const double allowed =
        std::max<double>(2, static_cast<double>(std::max(plain.size(), plain.size() < word.size() ? plain.size() : other.size())) * 0.4);
    const bool part = plain.size() >= 3 && candidate.find(plain) != std::string::npos;
    if (part) cost = std::min(cost, 1.0);
    if (cost <= allowed && cost < static_cast<double>(std::max(plain.size(), other.size()))) scored.emplace_back(cost, candidate);
  }
  std::stable_sort(scored.begin(), scored.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> result;
  for (const auto& [cost, name] : scored) {
    if (static_cast<int>(result.size()) == limit) break;
    if (std::find(result.begin(), result.end(), name) == result.end()) result.push_back(name);
  }
  return result;
}

std::string suggestion(std::string_view word, std::span<const std::string> candidates, int limit) {
  const std::vector<std::string> names = nearest_names(word, candidates, limit);
  if (names.empty()) return "";
  std::string text = "; did you mean " + names[0];
  for (std::size_t i = 1; i < names.size(); ++i) text.append(i + 1 == names.size() ? " or " : ", ").append(names[i]);
  return text + "?";
}

}  // namespace evenkeel

#include "elbo/settings/names.h"

#include <algorithm>

namespace elbo {

namespace {

// A name longer than this is no slip of the pen, and the table of distances must not grow with hostile input.
constexpr size_t kLongestCompared = 128;

char folded(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<char>(c - 'A' + 'a');
  return c == '_' ? '-' : c;
}

}  // namespace

int edit_distance(std::string_view a, std::string_view b) {
  const size_t columns = b.size() + 1;
  // Three rows of the table: two steps back are needed for the swap of neighbours.
  std::vector<int> before(columns), above(columns), row(columns);
  for (size_t j = 0; j < columns; ++j) row[j] = static_cast<int>(j);
  for (size_t i = 1; i <= a.size(); ++i) {
    std::swap(before, above);
    std::swap(above, row);
    row[0] = static_cast<int>(i);
    for (size_t j = 1; j < columns; ++j) {
      const char left = folded(a[i - 1]), right = folded(b[j - 1]);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (left == right ? 0 : 1)});
      const bool swapped = i > 1 && j > 1 && left == folded(b[j - 2]) && folded(a[i - 2]) == right;
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row.back();
}

std::optional<std::string> closest_name(std::string_view word, const std::vector<std::string>& candidates) {
  if (word.size() > kLongestCompared) return std::nullopt;
  const std::string* closest = nullptr;
  int least = 0;
  for (const std::string& candidate : candidates) {
    if (candidate.size() > kLongestCompared) continue;
    const int distance = edit_distance(word, candidate);
    const int allowed = std::max(1, static_cast<int>(std::max(word.size(), candidate.size())) / 3);
    // A distance as long as the word shares nothing with it.
    if (distance > allowed || distance >= static_cast<int>(word.size())) continue;
    if (closest == nullptr || distance < least) {
      closest = &candidate;
      least = distance;
    }
  }
  return closest == nullptr ? std::nullopt : std::optional(*closest);
}

std::string unknown_name(std::string_view kind, std::string_view given, const std::vector<std::string>& known) {
  std::string text = "unknown " + std::string(kind) + " \"" + std::string(given) + "\"; known: ";
  for (size_t i = 0; i < known.size(); ++i) text += (i > 0 ? ", " : "") + known[i];
  if (known.empty()) text += "none";
  if (const auto closest = closest_name(given, known)) text += " (did you mean " + *closest + "?)";
  return text;
}

}  // namespace elbo

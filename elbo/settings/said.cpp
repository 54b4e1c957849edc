#include <algorithm>
#include <fmt/core.h>

#include "elbo/settings/error.h"
#include "elbo/settings/said_internal.h"

namespace elbo {
namespace {

// "config.toml:14": config.toml.
std::string_view file_of(const Origin& origin) {
  return std::string_view(origin.text).substr(0, origin.text.rfind(':'));
}

}  // namespace

Said::Said(const std::vector<Assignment>& assignments) : assignments_(assignments), used_(assignments.size(), false) {
  keys_.reserve(assignments.size());
  for (size_t i = 0; i < assignments.size(); ++i) {
    keys_.push_back(assignments[i].key);
    by_key_[assignments[i].key].push_back(i);
  }
}

const std::vector<size_t>& Said::at(const std::string& key) const {
  static const std::vector<size_t> kNothing;
  const auto found = by_key_.find(key);
  return found == by_key_.end() ? kNothing : found->second;
}

std::vector<size_t> Said::below(std::string_view prefix) const {
  std::vector<size_t> all;
  for (auto i = by_key_.lower_bound(prefix); i != by_key_.end() && i->first.starts_with(prefix); ++i) {
    all.insert(all.end(), i->second.begin(), i->second.end());
  }
  std::sort(all.begin(), all.end());
  return all;
}

void Said::move(size_t i, std::string key) {
  std::erase(by_key_.at(keys_[i]), i);
  keys_[i] = std::move(key);
  std::vector<size_t>& there = by_key_[keys_[i]];
  there.insert(std::upper_bound(there.begin(), there.end(), i), i);
}

void Said::move_below(const std::string& from, const std::string& to) {
  for (const size_t i : below(from)) move(i, to + keys_[i].substr(from.size()));
}

void Said::use_below(std::string_view prefix) {
  for (const size_t i : below(prefix)) use(i);
}

void Said::drop(size_t i) {
  use(i);
  std::erase(by_key_.at(keys_[i]), i);
}

bool Said::overrides(size_t later, size_t earlier) const {
  if (later <= earlier) return false;
  const Origin &a = assignments_[later].origin, &b = assignments_[earlier].origin;
  if (a.kind != b.kind) return true;
  return a.kind == Origin::Kind::kFile && file_of(a) != file_of(b);
}

void Said::fault(size_t i, std::string sentence) {
  use(i);
  faults_.emplace(i, std::move(sentence));
}

void Said::refuse(size_t i, std::string_view requirement) {
  fault(i, fmt::format("{}: {}", place_of(assignments_[i]), requirement));
}

void Said::throw_first_fault() const {
  if (faults_.empty()) return;
  const auto& [i, sentence] = *faults_.begin();
  throw ConfigError(sentence, assignments_[i].key);
}

std::string place_of(const Assignment& assignment) {
  if (assignment.origin.kind == Origin::Kind::kCommandLine) return assignment.origin.text;
  const std::string key = shortened(assignment.key);
  if (assignment.empty_table) return fmt::format("{}: [{}]", assignment.origin.text, key);
  const auto* text = std::get_if<std::string>(&assignment.value);
  const std::string value = text ? *text : to_text(std::get<Literal>(assignment.value));
  return fmt::format("{}: {} = {}", assignment.origin.text, key, shortened(value));
}

}  // namespace elbo

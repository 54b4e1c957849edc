#include "elbo/settings/settings.h"

#include <charconv>
#include <fmt/core.h>

#include "elbo/settings/error.h"

namespace elbo {
namespace {

// "flow.0.layers" as its first word and the rest.
std::pair<std::string_view, std::string_view> cut(std::string_view key) {
  const size_t dot = key.find('.');
  if (dot == key.npos) return {key, {}};
  return {key.substr(0, dot), key.substr(dot + 1)};
}

[[noreturn]] void throw_refusal(std::string key, const Value& value, const Origin& origin,
                                std::string_view requirement) {
  const std::string given = shortened(to_literal(value));
  switch (origin.kind) {
    case Origin::Kind::kFile:
      throw ConfigError(fmt::format("{}: {} = {}: {}", origin.text, key, given, requirement), key);
    case Origin::Kind::kCommandLine:
      throw ConfigError(fmt::format("{}: {}", origin.text, requirement), key);
    case Origin::Kind::kDefault:
      break;
  }
  throw ConfigError(fmt::format("{} = {} (the default): {}", key, given, requirement), key);
}

void flatten(const Settings& settings, std::vector<std::pair<std::string, Value>>& all) {
  const std::string prefix = settings.path().empty() ? "" : settings.path() + ".";
  for (const Settings::Entry& entry : settings.entries()) {
    const Part* part = entry.option->part.get();
    if (part == nullptr && entry.option->group == nullptr) all.emplace_back(prefix + entry.option->key, entry.value);
    if (part != nullptr && (entry.inside.empty() || part->beside)) {
      all.emplace_back(prefix + entry.option->key, entry.value);
    }
    for (const Settings& inside : entry.inside) {
      if (part != nullptr && part->beside) break;  // its options are entries of this level
      if (part != nullptr) all.emplace_back(inside.path() + ".name", std::string(inside.name()));
      flatten(inside, all);
    }
  }
}

}  // namespace

bool Settings::Entry::is_line() const {
  if (option->group) return false;
  if (!option->part || option->part->beside || inside.empty()) return true;
  return inside.size() == 1 && inside.front().entries().empty();
}

const Settings::Entry* Settings::find(std::string_view key) const {
  const auto [word, rest] = cut(key);
  for (const Entry& entry : entries_) {
    if (entry.option->key != word) continue;
    if (rest.empty()) return &entry;
    if (entry.inside.empty()) return nullptr;
    size_t index = 0;
    const auto [number, below] = cut(rest);
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), index);
    const bool is_index = error == std::errc() && end == number.data() + number.size();
    if (is_index && (index >= entry.inside.size() || below.empty())) return nullptr;
    if (!is_index && entry.inside.size() != 1) return nullptr;
    return entry.inside[is_index ? index : 0].find(is_index ? below : rest);
  }
  return nullptr;
}

std::string Settings::whole(std::string_view key) const {
  return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

const Settings::Entry& Settings::entry(std::string_view key) const {
  if (const Entry* found = find(key)) return *found;
  throw std::logic_error(fmt::format("settings: no option \"{}\" is declared", whole(key)));
}

std::span<const Settings> Settings::parts(std::string_view key) const {
  return entry(key).inside;
}

const Settings& Settings::part(std::string_view key) const {
  const std::span<const Settings> inside = parts(key);
  if (inside.size() != 1) {
    throw std::logic_error(fmt::format("settings: {} parts in \"{}\", one is asked for", inside.size(), whole(key)));
  }
  return inside.front();
}

const Settings& Settings::group(std::string_view key) const {
  return part(key);
}

void Settings::refuse(std::string_view key, std::string_view requirement) const {
  constexpr std::string_view kName = ".name";
  if (key.ends_with(kName) && find(key) == nullptr) {  // what stands in a part
    std::string_view part = key.substr(0, key.size() - kName.size());
    size_t index = 0;
    if (const size_t dot = part.rfind('.'); dot != part.npos) {  // "flow.1"
      const std::string_view number = part.substr(dot + 1);
      const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), index);
      if (error == std::errc() && end == number.data() + number.size()) part = part.substr(0, dot);
    }
    if (const Entry* place = find(part); place != nullptr && index < place->inside.size()) {
      place->inside[index].refuse(requirement);
    }
  }
  const Entry& source = entry(key);
  throw_refusal(whole(key), source.value, source.origin, requirement);
}

void Settings::refuse(std::string_view requirement) const {
  throw_refusal(path_, name_value_, name_origin_, requirement);
}

std::vector<std::pair<std::string, Value>> Settings::flattened() const {
  std::vector<std::pair<std::string, Value>> all;
  flatten(*this, all);
  return all;
}

}  // namespace elbo

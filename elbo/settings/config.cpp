#include "elbo/settings/config.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fmt/core.h>
#include <map>
#include <memory>
#include <system_error>
#include <utility>

#include "elbo/settings/error.h"

namespace elbo {
namespace {

std::string_view trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// At most one byte more than a configuration may have, so that an endless device does not fill the memory.
std::string read_start(const std::filesystem::path& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    throw ConfigError(fmt::format("{}: is a folder, not a configuration file", path.string()));
  }
  const auto close = [](std::FILE* file) { std::fclose(file); };
  const std::unique_ptr<std::FILE, decltype(close)> file(std::fopen(path.c_str(), "rb"), close);
  if (!file && (errno == ENOENT || errno == ENOTDIR)) throw ConfigError(fmt::format("{}: no such file", path.string()));
  std::string text(kMaxTomlBytes + 1, '\0');
  if (file) text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (!file || std::ferror(file.get())) {
    throw IoError(fmt::format("{}: cannot be read: {}", path.string(), std::generic_category().message(errno)));
  }
  return text;
}

// The weaker first.
std::vector<Assignment> in_order(std::vector<Assignment> assignments) {
  std::stable_sort(assignments.begin(), assignments.end(),
                   [](const Assignment& a, const Assignment& b) { return a.origin.kind < b.origin.kind; });
  return assignments;
}

}  // namespace

Assignment Assignment::of_set(std::string_view assignment) {
  const std::string spelled = "--set " + shortened(assignment);
  const size_t equals = assignment.find('=');
  if (equals == assignment.npos) throw ConfigError(fmt::format("{}: must be key=value", spelled));
  return of_flag(std::string(trimmed(assignment.substr(0, equals))),
                 std::string(trimmed(assignment.substr(equals + 1))), spelled);
}

Assignment Assignment::of_flag(std::string key, std::string text, std::string spelled) {
  return {.key = std::move(key), .value = std::move(text), .origin = {Origin::Kind::kCommandLine, std::move(spelled)}};
}

std::vector<Assignment> assignments_of_text(std::string_view toml, std::string_view name) {
  std::vector<Assignment> assignments;
  for (TomlEntry& entry : parse_toml(toml, name)) {
    assignments.push_back({.key = std::move(entry.key),
                           .value = std::move(entry.value),
                           .origin = {Origin::Kind::kFile, fmt::format("{}:{}", name, entry.line)},
                           .empty_table = entry.empty_table});
  }
  return assignments;
}

std::vector<Assignment> assignments_of_file(const std::filesystem::path& path) {
  return assignments_of_text(read_start(path), path.string());
}

Config::Config(const Schema& schema) : Config(schema, {}) {}

Config::Config(const Schema& schema, std::vector<Assignment> assignments)
    : schema_(&schema), assignments_(in_order(std::move(assignments))), settings_(resolve(schema, assignments_)) {}

void Config::add(const std::vector<Assignment>& assignments) {
  std::vector<Assignment> all = assignments_;
  all.insert(all.end(), assignments.begin(), assignments.end());
  *this = Config(*schema_, std::move(all));
}

void Config::read_file(const std::filesystem::path& path) {
  add(assignments_of_file(path));
}

void Config::read_text(std::string_view toml, std::string_view name) {
  add(assignments_of_text(toml, name));
}

void Config::set(std::string_view assignment) {
  add({Assignment::of_set(assignment)});
}

void Config::set(const std::vector<std::string>& assignments) {
  std::vector<Assignment> all;
  for (const std::string& assignment : assignments) all.push_back(Assignment::of_set(assignment));
  add(all);
}

void Config::set(std::initializer_list<std::string_view> assignments) {
  set(std::vector<std::string>(assignments.begin(), assignments.end()));
}

bool operator==(const Config& a, const Config& b) {
  return a.schema_ == b.schema_ && a.settings_.flattened() == b.settings_.flattened();
}

std::vector<Difference> differences(const Settings& now, const Settings& before) {
  std::map<std::string, Value> old;
  for (auto& [key, value] : before.flattened()) old.emplace(key, std::move(value));
  std::vector<Difference> result;
  for (auto& [key, value] : now.flattened()) {
    const auto found = old.find(key);
    if (found == old.end()) {
      result.push_back({.key = key, .now = value, .before = std::nullopt});
      continue;
    }
    if (found->second != value) result.push_back({.key = key, .now = value, .before = found->second});
    old.erase(found);
  }
  for (const auto& [key, value] : before.flattened()) {
    if (old.contains(key)) result.push_back({.key = key, .now = std::nullopt, .before = value});
  }
  return result;
}

}  // namespace elbo

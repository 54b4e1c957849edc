#include "elbo/app/config/config.h"

#include <cerrno>
#include <cstdio>
#include <fmt/core.h>
#include <memory>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "elbo/app/config/reading.h"
#include "elbo/app/config/toml_reader.h"
#include "elbo/settings/error.h"

namespace elbo::app {
namespace {

std::string hint(const Schema& schema, std::string_view key) {
  const std::optional<std::string> meant = schema.meant_by(key);
  return meant ? fmt::format(" (did you mean {}?)", *meant) : "";
}

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

}  // namespace

Config::Config(const Schema& schema) : schema_(&schema) {
  for (const Table& table : schema.tables()) {
    for (const Option& option : table.options) settings_.push_back({&option, option.value, {}});
  }
}

void Config::read_file(const std::filesystem::path& path) {
  read_text(read_start(path), path.string());
}

void Config::read_text(std::string_view toml, std::string_view name) {
  std::vector<Setting> settings = settings_;
  for (const TomlEntry& entry : parse_toml(toml, name)) {
    const std::string place = fmt::format("{}:{}", name, entry.line);
    const std::string key = shortened(entry.key);
    const Option* option = schema_->find(entry.key);
    if (!option && schema_->has_table(entry.key)) {
      if (entry.empty_table) continue;
      throw ConfigError(fmt::format("{}: {} is a table: its keys stand under [{}]", place, key, key));
    }
    if (!option) {
      const char* kind = entry.empty_table ? "table" : "key";
      throw ConfigError(fmt::format("{}: unknown {} \"{}\"{}", place, kind, key, hint(*schema_, entry.key)));
    }
    Reading reading = from_literal(*option, entry.value);
    if (!reading.fault.empty()) {
      const std::string given = shortened(to_text(entry.value));
      throw ConfigError(fmt::format("{}: {} = {}: {}", place, key, given, reading.fault));
    }
    for (Setting& setting : settings) {
      if (setting.option != option) continue;
      setting.value = std::move(reading.value);
      setting.origin = {Origin::Kind::kFile, place};
      break;
    }
  }
  settings_ = std::move(settings);
}

void Config::set(std::string_view assignment) {
  const std::string spelled = "--set " + shortened(assignment);
  const size_t equals = assignment.find('=');
  if (equals == assignment.npos) {
    throw ConfigError(fmt::format("{}: must be key=value{}", spelled, hint(*schema_, trimmed(assignment))));
  }
  set(trimmed(assignment.substr(0, equals)), trimmed(assignment.substr(equals + 1)), spelled);
}

void Config::set(std::string_view key, std::string_view text, const std::string& spelled) {
  const Option* option = schema_->find(key);
  if (!option && schema_->has_table(key)) {
    throw ConfigError(fmt::format("{}: {} is a table: one of its keys is needed, as {}.KEY", spelled, key, key));
  }
  if (!option) {
    throw ConfigError(fmt::format("{}: unknown key \"{}\"{}", spelled, shortened(key), hint(*schema_, key)));
  }
  Reading reading = from_text(*option, text);
  if (!reading.fault.empty()) throw ConfigError(fmt::format("{}: {}", spelled, reading.fault));
  Setting& target = setting(key);
  target.value = std::move(reading.value);
  target.origin = {Origin::Kind::kCommandLine, spelled};
}

const Config::Setting& Config::setting(std::string_view key) const {
  for (const Setting& setting : settings_) {
    if (setting.option->key == key) return setting;
  }
  throw std::logic_error(fmt::format("config: no option \"{}\" is declared", key));
}

Config::Setting& Config::setting(std::string_view key) {
  return const_cast<Setting&>(std::as_const(*this).setting(key));
}

template <typename T>
const T& Config::held(std::string_view key) const {
  const T* value = std::get_if<T>(&setting(key).value);
  if (!value) throw std::logic_error(fmt::format("config: option \"{}\" is asked for as another type", key));
  return *value;
}

bool Config::flag(std::string_view key) const {
  return held<bool>(key);
}
int64_t Config::integer(std::string_view key) const {
  return held<int64_t>(key);
}
double Config::number(std::string_view key) const {
  return held<double>(key);
}
const std::string& Config::text(std::string_view key) const {
  return held<std::string>(key);
}
const std::vector<int64_t>& Config::integers(std::string_view key) const {
  return held<std::vector<int64_t>>(key);
}
const std::vector<double>& Config::numbers(std::string_view key) const {
  return held<std::vector<double>>(key);
}
const std::vector<std::string>& Config::texts(std::string_view key) const {
  return held<std::vector<std::string>>(key);
}

const Value& Config::value(std::string_view key) const {
  return setting(key).value;
}
const Origin& Config::origin(std::string_view key) const {
  return setting(key).origin;
}

void Config::refuse(std::string_view key, std::string_view requirement) const {
  const Setting& source = setting(key);
  const std::string given = shortened(to_literal(source.value));
  switch (source.origin.kind) {
    case Origin::Kind::kFile:
      throw ConfigError(fmt::format("{}: {} = {}: {}", source.origin.text, key, given, requirement));
    case Origin::Kind::kCommandLine:
      throw ConfigError(fmt::format("{}: {}", source.origin.text, requirement));
    case Origin::Kind::kDefault:
      break;
  }
  throw ConfigError(fmt::format("{} = {} (the default): {}", key, given, requirement));
}

bool operator==(const Config& a, const Config& b) {
  if (a.schema_ != b.schema_) return false;
  for (size_t i = 0; i < a.settings_.size(); ++i) {
    if (a.settings_[i].value != b.settings_[i].value) return false;
  }
  return true;
}

Config load_config(const Schema& schema, const ConfigSources& sources) {
  Config config(schema);
  if (!sources.file.empty()) config.read_file(sources.file);
  for (const std::string& assignment : sources.assignments) config.set(assignment);
  return config;
}

}  // namespace elbo::app

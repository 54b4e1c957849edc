// Config: the values of a schema's options, resolved: defaults < file < command line.  Each remembers where it came
// from, so that an error can say so.
//
//   Config config(run_schema());
//   config.read_file("config.toml");
//   config.set("train.epochs=5");                    // as after --set
//   config.integer("train.epochs") == 5
//   config.refuse("data.validation", "must be below the 60000 rows that there are");
//     throws ConfigError: config.toml:14: data.validation = 70000: must be below the 60000 rows that there are
//
// Asking for a key that is not declared, or as another type, is a mistake of the caller: std::logic_error.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "elbo/app/config/option.h"

namespace elbo::app {

struct Origin {
  enum class Kind { kDefault, kFile, kCommandLine };
  Kind kind = Kind::kDefault;
  std::string text;  // "config.toml:14", "--set train.epochs=5"; empty for a default
};

class Config {
 public:
  explicit Config(const Schema& schema);  // all defaults; keeps a pointer to the schema

  // Each of these overrides what was there before it.  All throw ConfigError and then leave the values as they were.
  void read_file(const std::filesystem::path& path);  // IoError when the system refuses to read
  void read_text(std::string_view toml, std::string_view name);
  void set(std::string_view assignment);  // "key=value"
  // A flag of a command that stands for a key; `spelled` is how the user wrote it: "--seed 3".
  void set(std::string_view key, std::string_view text, const std::string& spelled);

  bool flag(std::string_view key) const;
  int64_t integer(std::string_view key) const;
  double number(std::string_view key) const;
  const std::string& text(std::string_view key) const;
  const std::vector<int64_t>& integers(std::string_view key) const;
  const std::vector<double>& numbers(std::string_view key) const;
  const std::vector<std::string>& texts(std::string_view key) const;

  const Schema& schema() const { return *schema_; }
  const Value& value(std::string_view key) const;
  const Origin& origin(std::string_view key) const;

  // For rules that a declaration cannot express.  `requirement` goes on after the value: "must be ...".
  [[noreturn]] void refuse(std::string_view key, std::string_view requirement) const;

  // The same options with the same values; where they came from does not matter.
  friend bool operator==(const Config& a, const Config& b);

 private:
  struct Setting {
    const Option* option;
    Value value;
    Origin origin;
  };
  const Setting& setting(std::string_view key) const;
  Setting& setting(std::string_view key);
  template <typename T>
  const T& held(std::string_view key) const;

  const Schema* schema_;
  std::vector<Setting> settings_;
};

// Where configurations come from on the command line: `elbo train FILE --set key=value ...`.
struct ConfigSources {
  std::filesystem::path file;  // empty: none
  std::vector<std::string> assignments;
};
Config load_config(const Schema& schema, const ConfigSources& sources);

}  // namespace elbo::app

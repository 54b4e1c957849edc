// Config: a configuration as given, file and command line over defaults, and the settings that it resolves to.
//
//   Config config(schema);
//   config.read_file("config.toml");
//   config.set("train.epochs=5");                    // as after --set
//   config.set({"posterior.flow=maf", "posterior.flow.layers=3"});
//   config.settings().integer("train.epochs") == 5
//
// defaults < file < command line, and of one strength the later, in whatever order they are read.  What a row of a
// registry can be told is known only once the row is: so everything that belongs together is given in one call.  A name
// given on the command line, or in a later file, takes the place of the one before, and of its settings those that the
// new row does not know.
#pragma once

#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "elbo/settings/settings.h"
#include "elbo/settings/toml_reader.h"

namespace elbo {

// A key that stands elsewhere now; with a dot at its end all keys that begin so.
struct Renamed {
  std::string before;
  std::string now;
};

// All options of a configuration: those of the top level, and in them groups and parts.
struct Schema {
  std::vector<Option> options;
  std::vector<Renamed> renamed{};

  // The declaration of a whole key ("train.epochs"): in groups, and in whatever may stand beside a key or, by default,
  // in a part.  Null where there is none.
  const Option* find(std::string_view key) const;
  // The key that was probably meant by one that is not declared: one a slip of the pen away, or the only one of that
  // name in some table ("epochs": train.epochs).
  std::optional<std::string> meant_by(std::string_view key) const;
  // What is wrong with the declarations, in every row that can be chosen: a key declared twice, a default outside its
  // limits, a meaning left out.  Empty in a program that passes its tests.
  std::vector<std::string> mistakes() const;
};

// One thing that was said: a key, what it is to hold, and where that stands.
struct Assignment {
  std::string key;
  // A TOML value; or a text from the command line, which is read as the option's type asks.
  std::variant<Literal, std::string> value;
  Origin origin;
  bool empty_table = false;  // "[train]" with nothing in it

  static Assignment of_set(std::string_view assignment);  // "key=value", as after --set; throws ConfigError
  // A flag of a command that stands for a key; `spelled` is how the user wrote it: "--seed 3".
  static Assignment of_flag(std::string key, std::string text, std::string spelled);
};

// What a file says; an empty list for an empty one.  ConfigError, or IoError when the system refuses to read.
std::vector<Assignment> assignments_of_file(const std::filesystem::path& path);
std::vector<Assignment> assignments_of_text(std::string_view toml, std::string_view name);

// Throws ConfigError for the first that is wrong: an unknown key, one that nothing chosen reads, a value out of range.
Settings resolve(const Schema& schema, const std::vector<Assignment>& assignments);

class Config {
 public:
  explicit Config(const Schema& schema);  // all defaults; keeps a pointer to the schema
  Config(const Schema& schema, std::vector<Assignment> assignments);

  // All throw ConfigError and then leave everything as it was.
  void read_file(const std::filesystem::path& path);
  void read_text(std::string_view toml, std::string_view name);
  void set(std::string_view assignment);
  void set(const std::vector<std::string>& assignments);
  void set(std::initializer_list<std::string_view> assignments);  // two literals would do for the ends of one text
  void add(const std::vector<Assignment>& assignments);

  const Settings& settings() const { return settings_; }
  const Settings* operator->() const { return &settings_; }
  const Schema& schema() const { return *schema_; }

  // The same values; where they came from does not matter.
  friend bool operator==(const Config& a, const Config& b);

 private:
  const Schema* schema_;
  std::vector<Assignment> assignments_;
  Settings settings_;
};

// Every key that differs, as "key = value (before: value)"; "nothing" where one of the two has no such key.
struct Difference {
  std::string key;
  std::optional<Value> now, before;
};
std::vector<Difference> differences(const Settings& now, const Settings& before);

}  // namespace elbo

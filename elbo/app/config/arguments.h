// Arguments: what a command takes from the command line, declared with the same options as a configuration, so that
// bounds, defaults, messages and help follow from the declaration.
//
//   void declare(Arguments& arguments) {
//     arguments.add_positional({.name = "CONFIG", .meaning = "configuration file"});
//     arguments.add_option(Integer{.key = "count", .value = 64, .meaning = "how many", .limits = {.at_least = 1}},
//                          {.letter = 'n'});                                          // -n N, --count N
//     arguments.add_settings(run_schema());                                           // --set key=value, --help-config
//     arguments.add_setting({.name = "seed", .key = "seed"});                         // --seed N: --set seed=N
//   }
//   ExitCode run(const Arguments& arguments) {
//     const Config config = arguments.config(arguments.text("CONFIG"));
//     const int64_t count = arguments.integer("count");
//   }
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "elbo/settings/config.h"
#include "elbo/settings/option.h"

namespace elbo::app {

struct Positional {
  std::string name;  // in capitals: "CONFIG"
  std::string meaning;
  bool required = true;
  bool repeated = false;  // takes all that follow; ask for texts(name)
};

struct Spelling {
  char letter = 0;          // 'n' for -n
  std::string placeholder;  // of the value in help: "FILE"; empty for one that suits the type
};

// An option of its own for a key of the configuration; meaning and bounds are those of the key.
struct SettingFlag {
  std::string name;  // "data-dir" for --data-dir
  std::string key;   // "data.folder"
  Spelling spelling;
};

class Arguments {
 public:
  struct Item {
    Option option;
    Spelling spelling;
    bool positional = false;
    bool required = false;
    std::string key;  // of the configuration, where it sets one
    Value value;
    bool given = false;
  };

  explicit Arguments(std::string command);  // has --help

  // A Texts option may be given several times and then holds each; every other one at most once.
  void add_positional(const Positional& positional);
  void add_option(Option option, Spelling spelling = {});
  void add_settings(const Schema& schema);
  void add_setting(SettingFlag flag);  // after add_settings

  // Throws ConfigError.  Where --help or --help-config is among the words, nothing is required.
  void parse(const std::vector<std::string>& words);

  // By the name that was declared; asking for another one, or as another type, is std::logic_error.
  bool has(std::string_view name) const;  // whether it was declared, which may be asked of any name
  bool given(std::string_view name) const;
  bool flag(std::string_view name) const;
  int64_t integer(std::string_view name) const;
  double number(std::string_view name) const;
  const std::string& text(std::string_view name) const;
  const std::vector<std::string>& texts(std::string_view name) const;

  // The settings of the command line, in the order given.
  const std::vector<Assignment>& assignments() const { return settings_; }
  // The same on top of the file's (none if empty) and the defaults.
  Config config(const std::filesystem::path& file = {}) const;

  const std::string& command() const { return command_; }
  const Schema* schema() const { return schema_; }
  const std::vector<Item>& items() const { return items_; }

 private:
  void add(Item item);
  void take(Item& item, const std::string& text);
  [[noreturn]] void refuse_word(const std::string& word) const;
  const Item& item(std::string_view name) const;
  template <typename T>
  const T& held(std::string_view name) const;

  std::string command_;
  const Schema* schema_ = nullptr;
  std::vector<Item> items_;
  std::vector<Assignment> settings_;
};

}  // namespace elbo::app

#include "elbo/app/config/arguments.h"

#include <algorithm>
#include <fmt/core.h>
#include <optional>
#include <stdexcept>
#include <utility>

#include "elbo/app/config/argument_parser.h"
#include "elbo/settings/error.h"
#include "elbo/settings/names.h"
#include "elbo/settings/reading.h"

namespace elbo::app {

Arguments::Arguments(std::string command) : command_(std::move(command)) {
  add_option(Flag{.key = "help", .meaning = "show this text"}, {.letter = 'h'});
}

void Arguments::add(Item item) {
  for (const Item& other : items_) {
    const bool same_letter = item.spelling.letter && item.spelling.letter == other.spelling.letter;
    if (other.option.key == item.option.key || same_letter) {
      throw std::logic_error(fmt::format("{}: argument \"{}\" is declared twice", command_, item.option.key));
    }
  }
  item.value = item.option.value;
  items_.push_back(std::move(item));
}

void Arguments::add_positional(const Positional& positional) {
  Option option = positional.repeated ? Option(Texts{.key = positional.name, .meaning = positional.meaning})
                                      : Option(Text{.key = positional.name, .meaning = positional.meaning});
  add({.option = std::move(option), .positional = true, .required = positional.required});
}

void Arguments::add_option(Option option, Spelling spelling) {
  add({.option = std::move(option), .spelling = std::move(spelling)});
}

void Arguments::add_settings(const Schema& schema) {
  schema_ = &schema;
  add_option(Texts{.key = "set",
                   .meaning = "set a key of the configuration, over what the file says; may be given many times"},
             {.placeholder = "KEY=VALUE"});
  add_option(Flag{.key = "help-config", .meaning = "show every key of the configuration"});
}

void Arguments::add_setting(SettingFlag flag) {
  const Option* option = schema_ ? schema_->find(flag.key) : nullptr;
  if (!option)
    throw std::logic_error(fmt::format("{}: no key \"{}\" to be set by --{}", command_, flag.key, flag.name));
  Option own = *option;
  own.key = flag.name;
  add({.option = std::move(own), .spelling = std::move(flag.spelling), .key = flag.key});
}

void Arguments::parse(const std::vector<std::string>& words) {
  std::vector<WordRule> rules;
  for (const Item& item : items_) {
    rules.push_back({.name = item.option.key,
                     .letter = item.spelling.letter,
                     .takes_value = !item.option.is_flag() || !item.key.empty(),
                     .positional = item.positional,
                     .repeated = item.option.is_list()});
  }
  // Help is wanted most where the other words are not right yet.
  const auto end = std::find(words.begin(), words.end(), "--");
  for (Item& item : items_) {
    const std::string& name = item.option.key;
    if (name != "help" && name != "help-config") continue;
    const auto asks = [&](const std::string& word) { return word == "--" + name || (name == "help" && word == "-h"); };
    if (std::any_of(words.begin(), end, asks)) {
      item.value = item.given = true;
      return;
    }
  }
  const SplitWords split = split_words(rules, words);
  if (!split.unknown.empty()) {
    const auto option = std::find_if(split.unknown.begin(), split.unknown.end(),
                                     [](const std::string& word) { return word.size() > 1 && word[0] == '-'; });
    refuse_word(option != split.unknown.end() ? *option : split.unknown.front());
  }
  for (const Occurrence& occurrence : split.given) take(items_[occurrence.rule], occurrence.value);
  for (const Item& item : items_) {
    if (item.required && !item.given) {
      throw ConfigError(fmt::format("{} is missing; see elbo {} --help", item.option.key, command_));
    }
  }
}

void Arguments::take(Item& item, const std::string& text) {
  const Option& option = item.option;
  const std::string spelled = fmt::format("{}{} {}", item.positional ? "" : "--", option.key, shortened(text));
  auto* list = std::get_if<std::vector<std::string>>(&item.value);
  if (item.given && !list) throw ConfigError(fmt::format("--{} is given more than once", option.key));
  if (item.positional && text.empty()) throw ConfigError(fmt::format("{} is empty", option.key));
  if (list && !item.given) list->clear();
  item.given = true;
  if (option.is_flag() && item.key.empty()) {
    item.value = true;
  } else if (option.key == "set" && schema_) {
    settings_.push_back(Assignment::of_set(text));
  } else if (!item.key.empty()) {
    settings_.push_back(Assignment::of_flag(item.key, text, spelled));
  } else if (list) {
    list->push_back(text);
    if (const std::string rule = fault(option, item.value); !rule.empty()) {
      throw ConfigError(fmt::format("{}: {}", spelled, rule));
    }
  } else {
    Reading reading = from_text(option, text);
    if (!reading.fault.empty()) throw ConfigError(fmt::format("{}: {}", spelled, reading.fault));
    item.value = std::move(reading.value);
  }
}

void Arguments::refuse_word(const std::string& word) const {
  const std::string shown = shortened(word.substr(0, word.starts_with('-') ? word.find('=') : word.npos));
  const std::string see = fmt::format("; see elbo {} --help", command_);
  if (!word.starts_with('-')) throw ConfigError(fmt::format("one argument too many: \"{}\"{}", shown, see));
  std::vector<std::string> known;
  for (const Item& item : items_) {
    if (!item.positional) known.push_back("--" + item.option.key);
  }
  std::string hint = see;
  if (const std::optional<std::string> near = closest_name(shown, known)) {
    hint = fmt::format(" (did you mean {}?)", *near);
  } else if (const auto key = schema_ ? schema_->meant_by(shown.substr(shown.find_first_not_of('-'))) : std::nullopt) {
    hint = fmt::format(" (did you mean --set {}=VALUE?)", *key);
  }
  throw ConfigError(fmt::format("unknown option \"{}\"{}", shown, hint));
}

const Arguments::Item& Arguments::item(std::string_view name) const {
  for (const Item& item : items_) {
    if (item.option.key == name) return item;
  }
  throw std::logic_error(fmt::format("{}: no argument \"{}\" is declared", command_, name));
}

template <typename T>
const T& Arguments::held(std::string_view name) const {
  const Item& source = item(name);
  const T* value = std::get_if<T>(&source.value);
  // The value of a setting is the configuration's: ask that.
  if (!value || !source.key.empty()) {
    throw std::logic_error(fmt::format("{}: argument \"{}\" is asked for as another type", command_, name));
  }
  return *value;
}

bool Arguments::has(std::string_view name) const {
  return std::any_of(items_.begin(), items_.end(), [&](const Item& item) { return item.option.key == name; });
}
bool Arguments::given(std::string_view name) const {
  return item(name).given;
}
bool Arguments::flag(std::string_view name) const {
  return held<bool>(name);
}
int64_t Arguments::integer(std::string_view name) const {
  return held<int64_t>(name);
}
double Arguments::number(std::string_view name) const {
  return held<double>(name);
}
const std::string& Arguments::text(std::string_view name) const {
  return held<std::string>(name);
}
const std::vector<std::string>& Arguments::texts(std::string_view name) const {
  return held<std::vector<std::string>>(name);
}

Config Arguments::config(const std::filesystem::path& file) const {
  if (!schema_) throw std::logic_error(fmt::format("{}: takes no settings", command_));
  std::vector<Assignment> all;
  if (!file.empty()) all = assignments_of_file(file);
  all.insert(all.end(), settings_.begin(), settings_.end());
  return {*schema_, std::move(all)};
}

}  // namespace elbo::app

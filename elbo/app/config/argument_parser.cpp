#include "elbo/app/config/argument_parser.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fmt/core.h>
#include <map>
#include <optional>

#include "elbo/settings/error.h"
#include "elbo/settings/value.h"

namespace elbo::app {
namespace {

// "--out" of "--out=x"; empty for a word that is no option.
std::string_view option_of(std::string_view word) {
  if (!word.starts_with('-') || word == "-" || word == "--") return {};
  return word.substr(0, word.find('='));
}

const WordRule* find_rule(const std::vector<WordRule>& rules, std::string_view option) {
  const auto found = std::find_if(rules.begin(), rules.end(), [&](const WordRule& rule) {
    return !rule.positional && (option == "--" + rule.name || (rule.letter && option == std::string{'-', rule.letter}));
  });
  return found == rules.end() ? nullptr : &*found;
}

// What the library would take without a word: another option as a value ("--out --json"), the next word for an empty
// value ("--out= x"), and a value for a flag ("--json=no").
void check_values(const std::vector<WordRule>& rules, const std::vector<std::string>& words) {
  for (size_t i = 0; i < words.size() && words[i] != "--"; ++i) {
    const std::string_view option = option_of(words[i]);
    const WordRule* rule = find_rule(rules, option);
    if (!rule) continue;
    const bool has_equals = option.size() < words[i].size();
    if (!rule->takes_value) {
      if (has_equals) throw ConfigError(fmt::format("{}: {} takes no value", shortened(words[i]), option));
      continue;
    }
    if (has_equals) {
      if (option.size() + 1 == words[i].size()) throw ConfigError(fmt::format("{} needs a value after the =", option));
      continue;
    }
    if (i + 1 == words.size() || words[i + 1] == "--") throw ConfigError(fmt::format("{} needs a value", option));
    if (find_rule(rules, option_of(words[i + 1]))) {
      throw ConfigError(fmt::format("{} needs a value, but {} follows", option, option_of(words[i + 1])));
    }
    ++i;
  }
}

CLI::Option* add(CLI::App& app, const WordRule& rule) {
  if (rule.positional) return app.add_option(rule.name)->expected(1);
  const std::string names = (rule.letter ? fmt::format("-{},", rule.letter) : "") + "--" + rule.name;
  if (!rule.takes_value) return app.add_flag(names)->disable_flag_override();
  return app.add_option(names)->expected(1)->allow_extra_args(false)->multi_option_policy(
      CLI::MultiOptionPolicy::TakeAll);
}

}  // namespace

SplitWords split_words(const std::vector<WordRule>& rules, const std::vector<std::string>& words) {
  check_values(rules, words);
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  std::map<const CLI::Option*, size_t> rule_of;
  // The library would take a word like "[a,b]" for two where an option takes many; so a positional that repeats is not
  // known to it, and gets the words that are left.
  std::optional<size_t> repeated;
  for (size_t i = 0; i < rules.size(); ++i) {
    if (rules[i].positional && rules[i].repeated) {
      repeated = i;
    } else {
      rule_of[add(app, rules[i])] = i;
    }
  }
  try {
    app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  } catch (const CLI::ParseError& error) {
    throw ConfigError(shortened(error.what(), 160));
  }
  SplitWords split;
  std::map<const CLI::Option*, size_t> taken;
  for (const CLI::Option* option : app.parse_order()) {
    split.given.push_back({.rule = rule_of.at(option), .value = option->results().at(taken[option]++)});
  }
  for (const std::string& word : app.remaining()) {
    if (word == "--") continue;
    if (repeated && !word.starts_with('-')) {
      split.given.push_back({.rule = *repeated, .value = word});
    } else {
      split.unknown.push_back(word);
    }
  }
  return split;
}

}  // namespace elbo::app

#include "elbo/app/config/command_help.h"

#include <algorithm>
#include <fmt/core.h>
#include <string_view>
#include <utility>

#include "elbo/settings/text_layout.h"

namespace elbo::app {
namespace {

using Rows = std::vector<std::pair<std::string, std::string>>;

std::string section(std::string_view title, const Rows& rows) {
  return rows.empty() ? "" : fmt::format("\n{}:\n{}", title, columns(rows));
}

std::string examples_section(const std::vector<Example>& examples) {
  if (examples.empty()) return {};
  std::string text = "\nExamples:\n";
  for (const Example& example : examples) {
    text += wrapped(example.meaning, {.first = "  # ", .rest = "  # "}) + "  " + example.command + "\n";
  }
  return text;
}

std::string placeholder(const Arguments::Item& item) {
  if (!item.spelling.placeholder.empty()) return item.spelling.placeholder;
  struct Namer {
    std::string operator()(bool) const { return "true|false"; }
    std::string operator()(int64_t) const { return "N"; }
    std::string operator()(double) const { return "X"; }
    std::string operator()(const std::string&) const { return "TEXT"; }
    std::string operator()(const std::vector<int64_t>&) const { return "[N, ...]"; }
    std::string operator()(const std::vector<double>&) const { return "[X, ...]"; }
    std::string operator()(const std::vector<std::string>&) const { return "TEXT"; }
  };
  return std::visit(Namer{}, item.option.value);
}

std::string option_name(const Arguments::Item& item) {
  const std::string letter = item.spelling.letter ? fmt::format("-{}, ", item.spelling.letter) : "    ";
  const bool takes_value = !item.option.is_flag() || !item.key.empty();
  return letter + "--" + item.option.key + (takes_value ? " " + placeholder(item) : "");
}

std::string option_meaning(const Arguments::Item& item) {
  if (!item.key.empty()) return summary(item.option, fmt::format("the same as --set {}=...", item.key));
  const std::string value = to_literal(item.option.value);
  const bool shows_default = value != "false" && value != "\"\"" && value != "[]";
  return summary(item.option, shows_default ? "default " + value : "");
}

std::string positional_name(const Arguments::Item& item) {
  const std::string name = item.option.key + (item.option.is_list() ? "..." : "");
  return item.required ? name : "[" + name + "]";
}

std::string paragraphs(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const size_t end = std::min(text.find("\n\n"), text.size());
    std::string paragraph(text.substr(0, end));
    for (char& c : paragraph) c = c == '\n' ? ' ' : c;
    result += "\n" + wrapped(paragraph);
    text.remove_prefix(std::min(end + 2, text.size()));
  }
  return result;
}

}  // namespace

std::string command_help(const Command& command, const Arguments& arguments) {
  std::string usage = fmt::format("Usage: elbo {}", command.name);
  Rows positionals;
  Rows options;
  for (const Arguments::Item& item : arguments.items()) {
    if (item.positional) {
      usage += " " + positional_name(item);
      positionals.emplace_back(item.option.key, item.option.meaning);
    } else {
      options.emplace_back(option_name(item), option_meaning(item));
    }
  }
  return usage + " [OPTION...]\n" + paragraphs(command.help) + section("Arguments", positionals) +
         section("Options", options) + examples_section(command.examples);
}

std::string program_help(std::span<const Command* const> commands) {
  Rows rows;
  for (const Command* command : commands) rows.emplace_back(command->name, command->summary);
  const Rows options{{"-h, --help", "show this text; after a command, that command's"},
                     {"    --version", "show the version"}};
  const Rows codes{{"0", "done"},
                   {"1", "elbo diagnose: a verdict is bad; else a fault of the program itself: please report it"},
                   {"2", "usage or configuration: an option, a key or a value is not right"},
                   {"3", "data: missing, damaged, or not fitting the model"},
                   {"4", "a number that is not finite; the last good checkpoint stays"},
                   {"5", "input or output: disk full, permission, out of memory"},
                   {"6", "a file of elbo that is damaged or not supported"},
                   {"7", "the run is in use by another process"},
                   {"130, 143", "interrupted (Ctrl-C, SIGTERM), after saving"}};
  const std::vector<Example> examples{
      {"elbo train planar.toml --seed 1 --out runs/planar", "train what planar.toml describes, into a folder"},
      {"elbo evaluate runs/planar --importance-samples 500",
       "the bound and the importance-weighted likelihood on the test split"}};
  return "Usage: elbo COMMAND [ARGUMENT...]\n" +
         paragraphs(
             "Trains, evaluates and compares variational autoencoders and normalizing flows. A run is a folder: "
             "its configuration, figures, checkpoints and pictures; the other commands read it.") +
         section("Commands", rows) + section("Options", options) + examples_section(examples) +
         section("Exit codes", codes);
}

}  // namespace elbo::app

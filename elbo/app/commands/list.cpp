// elbo list: everything a configuration can name.
#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>
#include <vector>

#include "elbo/app/commands/commands.h"
#include "elbo/app/messages.h"
#include "elbo/data/energies.h"
#include "elbo/nn/activation.h"
#include "elbo/run/schema.h"
#include "elbo/settings/describe.h"
#include "elbo/settings/error.h"
#include "elbo/settings/names.h"
#include "elbo/settings/text_layout.h"
#include "elbo/studies/study.h"

namespace elbo::app {
namespace {

// A row and the keys that take its name.
struct Listed {
  RowView row;
  std::vector<std::string> keys;
};

// The rows of one kind, wherever a configuration may name them.
struct ListedKind {
  std::string name;
  std::vector<std::string> keys;
  std::vector<Listed> rows;
};

class Catalogue {
 public:
  Catalogue() {
    visit(run::run_schema().options, "");
    Part activations{.key = "activation", .value = "relu", .meaning = "", .rows = nn::activations().view()};
    take(activations, "encoder.activation and its like");
    Part energies{.key = "data", .value = "energy-1", .meaning = "", .rows = data::energies().view()};
    take(energies, "data, with objective = \"reverse-kl\"");
    Part studies{.key = "study", .value = "", .meaning = "", .rows = {.kind = "study", .rows = own_studies}};
    take(studies, "elbo reproduce");
    visit(studies::study_schema().options, "in a study's file, ");
  }
  const std::vector<ListedKind>& kinds() const { return kinds_; }

 private:
  static std::vector<RowView> own_studies() {
    std::vector<RowView> rows;
    for (const studies::Study& study : studies::own_studies()) {
      rows.push_back(
          {.name = study.name, .description = study.text("summary"), .paper = study.text("paper"), .argument = {}});
    }
    return rows;
  }

  void visit(const std::vector<Option>& options, const std::string& prefix) {
    for (const Option& option : options) {
      if (option.group) visit(option.group->options, prefix + option.key + ".");
      if (!option.part) continue;
      const Part& part = *option.part;
      const std::string key = prefix + option.key;
      take(part, key);
      for (const RowView& row : part.rows.rows()) {
        if (row.settings != nullptr) visit(*row.settings, part.beside ? prefix : key + ".");
      }
      visit(part.place, key + ".");
    }
  }

  void take(const Part& part, const std::string& key) {
    auto kind =
        std::find_if(kinds_.begin(), kinds_.end(), [&](const ListedKind& one) { return one.name == part.rows.kind; });
    if (kind == kinds_.end()) {
      kinds_.push_back({.name = std::string(part.rows.kind), .keys = {}, .rows = {}});
      kind = kinds_.end() - 1;
    }
    const auto add = [&](std::vector<std::string>& keys) {
      if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
    };
    add(kind->keys);
    for (const RowView& row : part.rows.rows()) {
      auto found = std::find_if(kind->rows.begin(), kind->rows.end(),
                                [&](const Listed& one) { return one.row.name == row.name; });
      if (found == kind->rows.end()) found = kind->rows.insert(kind->rows.end(), {.row = row, .keys = {}});
      add(found->keys);
    }
  }

  std::vector<ListedKind> kinds_;
};

// "data set", "data sets", "datasets": letters alone, without the plural's s.
std::string plain(std::string_view name) {
  std::string letters;
  for (const char c : name) {
    if (c != ' ' && c != '-' && c != '_') letters += c;
  }
  if (letters.ends_with("ies")) return letters.substr(0, letters.size() - 3) + "y";
  if (letters.ends_with('s')) letters.pop_back();
  return letters;
}

std::string plural(std::string_view name) {
  if (name.ends_with('y')) return std::string(name.substr(0, name.size() - 1)) + "ies";
  return std::string(name) + "s";
}

std::string line(const ListedKind& kind, const Listed& listed) {
  std::string text(listed.row.description);
  if (!listed.row.facts.empty()) text += "; " + listed.row.facts;
  if (listed.keys.size() < kind.keys.size()) text += fmt::format("; {} only", fmt::join(listed.keys, ", "));
  if (!listed.row.paper.empty()) text += fmt::format(" [{}]", listed.row.paper);
  return text;
}

std::string text_of(const ListedKind& kind) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const Listed& listed : kind.rows) {
    std::string name(listed.row.name);
    if (!listed.row.argument.empty()) {
      name += ":";
      for (const char c : listed.row.argument) name += static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    }
    rows.emplace_back(name, line(kind, listed));
  }
  return fmt::format("{} ({}):\n{}", plural(kind.name), fmt::join(kind.keys, ", "), columns(rows, {.width = 100}));
}

void declare_list(Arguments& arguments) {
  arguments.add_positional({.name = "NAME",
                            .meaning = "a kind, for its names; or a name, for what it can be told; left out: "
                                       "everything",
                            .required = false});
}

ExitCode run_list(const Arguments& arguments) {
  const std::string& asked = arguments.text("NAME");
  const Catalogue catalogue;
  bool found = false;
  std::vector<std::string> known;
  for (const ListedKind& kind : catalogue.kinds()) {
    known.push_back(plural(kind.name));
    if (!asked.empty() && plain(asked) != plain(kind.name)) continue;
    print((found ? "\n" : "") + text_of(kind));
    found = true;
  }
  if (found && asked.empty()) print("\n\"elbo list NAME\" shows what one of them can be told.\n");
  for (const ListedKind& kind : catalogue.kinds()) {
    for (const Listed& listed : kind.rows) {
      known.emplace_back(listed.row.name);
      if (listed.row.name != asked) continue;
      print(
          fmt::format("{}{}, {} ({})\n", found ? "\n" : "", listed.row.name, kind.name, fmt::join(listed.keys, ", ")));
      print(describe_row(listed.row));
      found = true;
    }
  }
  if (!found) {
    const auto meant = closest_name(asked, known);
    throw ConfigError(fmt::format("unknown name \"{}\"{}; \"elbo list\" shows all there are", shortened(asked),
                                  meant ? fmt::format(" (did you mean {}?)", *meant) : ""));
  }
  return ExitCode::kDone;
}

}  // namespace

const Command& list_command() {
  static const Command command{
      .name = "list",
      .summary = "list everything a configuration can name, and what it can be told",
      .help =
          "Shows each model, data set, network, distribution, flow, objective, schedule, optimizer, initializer and "
          "study "
          "by the name that a configuration gives it, with one line and where it comes from. The keys that take the "
          "name "
          "stand behind the heading. With a name, everything that this one can be told, with defaults and limits.",
      .examples = {{"elbo list", "everything"},
                   {"elbo list flows", "the families of flows"},
                   {"elbo list nsf-coupling", "one of them in full"}},
      .declare = declare_list,
      .run = run_list};
  return command;
}

}  // namespace elbo::app

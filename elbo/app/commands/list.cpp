// elbo list: everything a configuration can name.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <functional>
#include <vector>

#include "elbo/app/commands/commands.h"
#include "elbo/settings/text_layout.h"
#include "elbo/app/messages.h"
#include "elbo/data/energies.h"
#include "elbo/data/registry.h"
#include "elbo/flows/registry.h"
#include "elbo/models/base.h"
#include "elbo/models/likelihood.h"
#include "elbo/models/objective.h"
#include "elbo/models/posterior.h"
#include "elbo/nn/activation.h"
#include "elbo/nn/initializer.h"
#include "elbo/settings/error.h"
#include "elbo/settings/names.h"
#include "elbo/train/optimizer.h"

namespace elbo::app {
namespace {

using Rows = std::vector<std::pair<std::string, std::string>>;

std::string line(std::string_view description, std::string_view paper) {
  return paper.empty() ? std::string(description) : fmt::format("{} [{}]", description, paper);
}

template <typename Row>
Rows rows_of(std::span<const Row* const> registry) {
  Rows rows;
  for (const Row* row : registry) rows.emplace_back(row->name, line(row->description, row->paper));
  return rows;
}

Rows datasets() {
  Rows rows;
  for (const data::DatasetEntry& entry : data::datasets()) {
    const std::string name = entry.argument.empty() ? entry.name : entry.name + ":" + entry.argument;
    rows.emplace_back(name, line(entry.summary, entry.origin));
  }
  return rows;
}

Rows energies() {
  Rows rows;
  for (const data::Energy* energy : data::energies()) {
    const std::string description = fmt::format("{}; log Z = {:.4f} nats", energy->description, energy->log_normalizer);
    rows.emplace_back(energy->name, line(description, energy->paper));
  }
  return rows;
}

Rows flows() {
  Rows rows;
  for (const flows::FlowFamily* family : flows::flow_families()) {
    const std::string direction = fmt::format("; fast direction: {}{}", name_of(family->fast_direction),
                                              family->takes_context ? "; can be amortized" : "");
    rows.emplace_back(family->name, line(std::string(family->description) + direction, family->paper));
  }
  return rows;
}

Rows bases() {
  Rows rows;
  for (const models::BaseRow* base : models::bases()) {
    const char* place = base->covers_all ? "" : "; base.name only";
    rows.emplace_back(base->name, line(std::string(base->description) + place, base->paper));
  }
  return rows;
}

Rows layers() {
  Rows rows{{"mlp", "linear layers with a function between them: encoder.hidden, decoder.hidden"}};
  for (auto& row : rows_of(nn::activations())) rows.push_back(std::move(row));
  return rows;
}

Rows optimizers() {
  Rows rows;
  for (const train::OptimizerEntry& entry : train::optimizers()) {
    rows.emplace_back(entry.name, line(entry.summary, entry.paper));
  }
  return rows;
}

struct Kind {
  std::string name;
  std::string key;  // of the configuration
  std::function<Rows()> rows;
};

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all{
      {"datasets", "data.name", datasets},
      {"energies", "data.name, with flow.fit = \"reverse-kl\"", energies},
      {"layers", "encoder.activation and its like", layers},
      {"posteriors", "posterior.family", [] { return rows_of(models::posterior_families()); }},
      {"scales", "posterior.scale", [] { return rows_of(models::scale_kinds()); }},
      {"flows", "posterior.flow, prior.flow, flow.name", flows},
      {"bases", "prior.name, base.name", bases},
      {"likelihoods", "likelihood.name", [] { return rows_of(models::likelihoods()); }},
      {"objectives", "objective.name", [] { return rows_of(models::objectives()); }},
      {"optimizers", "optimizer.name", optimizers},
      {"initializers", "initializer", [] { return rows_of(nn::initializers()); }},
  };
  return all;
}

std::vector<std::string> kind_names() {
  std::vector<std::string> names;
  for (const Kind& kind : kinds()) names.push_back(kind.name);
  return names;
}

void declare(Arguments& arguments) {
  arguments.add_positional(
      {.name = "KIND",
       .meaning = fmt::format("what to list: {}; left out: everything", fmt::join(kind_names(), ", ")),
       .required = false});
}

ExitCode run(const Arguments& arguments) {
  const std::string& asked = arguments.text("KIND");
  bool found = false;
  for (const Kind& kind : kinds()) {
    if (!asked.empty() && asked != kind.name) continue;
    print(fmt::format("{}{} ({}):\n{}", found ? "\n" : "", kind.name, kind.key, columns(kind.rows(), {.width = 100})));
    found = true;
  }
  if (!found) throw ConfigError(unknown_name("kind", shortened(asked), kind_names()));
  return ExitCode::kDone;
}

}  // namespace

const Command& list_command() {
  static const Command command{
      .name = "list",
      .summary = "list everything a configuration can name",
      .help =
          "Shows each data set, layer, posterior, flow, base, likelihood, objective, optimizer and initializer by the "
          "name "
          "that a configuration gives it, with one line and where it comes from. The key that takes the name stands "
          "behind the heading.",
      .examples = {{"elbo list", "everything"}, {"elbo list flows", "the families of flows"}},
      .declare = declare,
      .run = run};
  return command;
}

}  // namespace elbo::app

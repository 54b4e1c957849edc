// elbo evaluate: the bound and the importance-weighted likelihood of a trained model, with standard errors.
#include "elbo/eval/evaluate.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include "elbo/app/commands/commands.h"
#include "elbo/app/commands/shared.h"
#include "elbo/app/messages.h"
#include "elbo/io/json.h"
#include "elbo/report/number_format.h"
#include "elbo/report/progress.h"
#include "elbo/report/table.h"
#include "elbo/run/run_folder.h"
#include "elbo/settings/error.h"

namespace elbo::app {
namespace {

void declare_evaluate(Arguments& arguments) {
  add_run(arguments);
  add_split(arguments);
  add_data(arguments);
  arguments.add_setting({.name = "samples", .key = "evaluate.latent_samples", .spelling = {.letter = 'n'}});
  arguments.add_setting({.name = "importance-samples",
                         .key = "evaluate.importance_samples",
                         .spelling = {.letter = 'k', .placeholder = "K"}});
  arguments.add_setting({.name = "limit", .key = "data.limit"});
  add_json(arguments);
  add_quiet(arguments);
}

io::JsonObject json_of(const eval::Quantity& quantity) {
  const eval::Estimate& estimate = quantity.estimate;
  io::JsonObject json;
  json.set("mean", estimate.mean).set("standard_error", estimate.standard_error);
  if (quantity.takes_samples) json.set("samples", estimate.samples);
  return json;
}

io::JsonObject add_trust(io::JsonObject json, const eval::ImportanceTrust& trust) {
  json.set("monte_carlo_error", trust.monte_carlo_error);
  json.set("effective_share", trust.effective_share).set("least_effective_share", trust.least_effective_share);
  if (trust.unreliable_share) return json.set("unreliable_share", *trust.unreliable_share);
  return json.set_json("unreliable_share", "null");
}

// Of the importance weights, as a note below the table.
std::string words_of(const eval::ImportanceTrust& trust) {
  std::string text = fmt::format("of the importance samples {:.3g} % are effective, {:.2g} % in the worst row",
                                 100 * trust.effective_share, 100 * trust.least_effective_share);
  if (std::isfinite(trust.monte_carlo_error)) {
    text += fmt::format("; their Monte Carlo error of the mean is {:.2g} nats", trust.monte_carlo_error);
  }
  if (trust.unreliable_share) {
    text += fmt::format("; the Pareto k of the weights is above {} in {:.3g} % of the rows", eval::kParetoLimit,
                        100 * *trust.unreliable_share);
  } else {
    text += fmt::format("; {} samples and more would tell a Pareto k of their weights", eval::kDrawsForPareto);
  }
  return text;
}

// Parts of a bound are numbers, as they have been from the start.
bool is_part(const eval::Quantity& quantity) {
  return quantity.name == "reconstruction" || quantity.name == "kl";
}

std::string json_of(const eval::Evaluation& evaluation, const data::Dataset& dataset) {
  io::JsonObject json;
  for (const eval::Quantity& quantity : evaluation.quantities) {
    if (is_part(quantity)) {
      json.set(quantity.name, quantity.estimate.mean);
    } else if (quantity.name == "nll_importance") {
      json.set(quantity.name, add_trust(json_of(quantity), *evaluation.importance_trust));
    } else {
      json.set(quantity.name, json_of(quantity));
    }
  }
  const bool has_bound = evaluation.find("negative_elbo") != nullptr;
  if (has_bound && evaluation.find("nll_importance") == nullptr) json.set_json("nll_importance", "null");
  json.set("count", evaluation.count).set("split", name_of(evaluation.split));
  json.set("log_abs_det", evaluation.log_abs_det);
  if (dataset.entropy) {
    json.set("entropy", *dataset.entropy);
  } else if (!has_bound) {
    json.set_json("entropy", "null");
  }
  return json.text();
}

std::string values_as(const data::Dataset& dataset) {
  switch (dataset.binarization) {
    case data::Binarization::kNone:
      return dataset.encoding.dequantized ? "whole numbers as uniform draws up to the next" : "values as they are";
    case data::Binarization::kDynamic:
      return "bits drawn from the grey values";
    case data::Binarization::kThreshold:
      return "bits set from one half on";
    case data::Binarization::kFile:
      return "bits from the data set's binarized files";
  }
  return {};
}

std::string text_of(const eval::Evaluation& evaluation, const run::OpenRun& run, const AskedRows& rows) {
  const data::Dataset& dataset = rows.dataset;
  report::Table table({{.name = "quantity"},
                       {.name = "nats per example"},
                       {.name = "samples"},
                       {.name = "what it is", .align = report::Align::kLeft}});
  for (const eval::Quantity& quantity : evaluation.quantities) {
    const eval::Estimate& estimate = quantity.estimate;
    table.add_row({quantity.title, report::Estimate{.mean = estimate.mean, .standard_error = estimate.standard_error},
                   quantity.takes_samples ? report::Cell(report::Count{estimate.samples}) : report::Cell(),
                   quantity.meaning});
  }
  if (dataset.entropy) {
    table.add_row({"entropy", report::Number{.value = *dataset.entropy, .digits = 4}, report::Cell(),
                   "of the true density: no model's NLL is below it"});
  }
  if (evaluation.log_abs_det != 0) {
    const auto of_x = std::find_if(evaluation.quantities.begin(), evaluation.quantities.end(),
                                   [](const eval::Quantity& quantity) { return quantity.of_x; });
    table.add_note(fmt::format("in the units of the data; {}, as the model sees them, {} is {}",
                               dataset.encoding.standardization ? "standardized" : "divided by their scale",
                               of_x->title, report::fixed(of_x->estimate.mean + evaluation.log_abs_det, 4)));
  }
  const bool draws = evaluation.find("negative_elbo") != nullptr;
  table.add_note(fmt::format("±: standard error of the mean over the examples{}",
                             draws ? "; samples: codes z for each example" : ""));
  if (evaluation.importance_trust) table.add_note(words_of(*evaluation.importance_trust));
  return fmt::format("{}: {}, {} examples, {}\n\n", run.folder.string(), rows.words,
                     report::with_thousands(evaluation.count), values_as(dataset)) +
         table.to_text();
}

// A study may show that a model has no figure; who asks for one is not to get another by mistake.
void require_finite(const eval::Evaluation& evaluation, const run::OpenRun& run) {
  for (const eval::Quantity& quantity : evaluation.quantities) {
    if (std::isfinite(quantity.estimate.mean)) continue;
    throw NumericalError(fmt::format("{}: the mean of {} over the {} split is {}: of some example it is not finite",
                                     run.folder.string(), quantity.name, name_of(evaluation.split),
                                     quantity.estimate.mean));
  }
}

ExitCode run_evaluate(const Arguments& arguments) {
  const run::OpenRun run = open_run(arguments);
  const std::unique_ptr<const models::Model> model = model_of(run);
  const AskedRows rows = rows_of(arguments, run, *model);
  const data::Dataset& dataset = rows.dataset;
  report::Progress progress({.quiet = arguments.flag("quiet")});
  const Settings& settings = run.settings();
  const auto of_model = [&](const char* key, int64_t otherwise) {
    return settings.has(key) ? settings.integer(key) : otherwise;
  };
  const eval::Evaluation evaluation =
      eval::evaluate(*model, dataset, rows.split,
                     {.latent_samples = of_model("evaluate.latent_samples", 1),
                      .importance_samples = of_model("evaluate.importance_samples", 0),
                      .batch_size = settings.integer("evaluate.batch_size"),
                      .seed = seed_of(run),
                      .threads = threads_of(arguments),
                      .on_progress = [&](double fraction) { progress.update(fraction, "evaluating " + rows.words); }});
  require_finite(evaluation, run);
  for (const std::string& warning : evaluation.warnings) warn(warning);
  print(arguments.flag("json") ? json_of(evaluation, dataset) + "\n" : text_of(evaluation, run, rows));
  return ExitCode::kDone;
}

}  // namespace

const Command& evaluate_command() {
  static const Command command{
      .name = "evaluate",
      .summary = "measure a trained model: its bound, its likelihood",
      .help =
          "Estimates the negative evidence lower bound of a trained run on one split of its data, with "
          "its two parts, and with --importance-samples the negative log likelihood. All figures are nats per "
          "example; each comes with the standard error of its mean over the examples."
          "\n\n"
          "The importance-weighted estimate (Burda et al. 2016) averages K weights p(x|z)p(z)/q(z|x) inside the "
          "logarithm. It lies between the bound and the true value and nears that as K grows; several hundred are "
          "usual. Samples, seed and batch size are the run's own unless said otherwise. How far it can be trusted is "
          "said beside "
          "it: effective samples (Kong 1992), the error that other draws would make, and the Pareto k of the weights "
          "(Vehtari et al. 2024), above 0.7 of which the estimate is too high by an unknown amount. Where the code has "
          "one "
          "or two dimensions, -log p(x) is also integrated over it, which is no bound."
          "\n\n"
          "--json prints {\"negative_elbo\": {\"mean\", \"standard_error\", \"samples\"}, \"reconstruction\", \"kl\", "
          "\"nll_importance\": the same with \"monte_carlo_error\", \"effective_share\", \"least_effective_share\" and "
          "\"unreliable_share\" (of the rows, k above 0.7), or null, \"nll_quadrature\" where there is one, \"count\", "
          "\"split\", \"log_abs_det\"}: figures are in the units of the data, and the last added to them gives those "
          "of "
          "the values that the model sees."
          "\n\n"
          "A flow's likelihood is exact; of it the mean of -log p(x) is shown, in the units of the data, and the "
          "entropy "
          "of the data where that is known. --json then prints {\"nll\": {\"mean\", \"standard_error\"}, \"count\", "
          "\"split\", \"entropy\": a number or null}.",
      .examples = {{"elbo evaluate runs/vae-1", "the bound on the test split"},
                   {"elbo evaluate runs/vae-1 --importance-samples 500 --limit 1000",
                    "the likelihood too, on the first thousand examples"},
                   {"elbo evaluate runs/vae-1 --split train --samples 10 --json", "for a program to read"}},
      .declare = declare_evaluate,
      .run = run_evaluate};
  return command;
}

}  // namespace elbo::app

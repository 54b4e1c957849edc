// elbo evaluate: the bound and the importance-weighted likelihood of a trained model, with standard errors.
#include "elbo/eval/evaluate.h"

#include <fmt/format.h>

#include "elbo/app/commands/commands.h"
#include "elbo/app/commands/shared.h"
#include "elbo/app/messages.h"
#include "elbo/run/run_folder.h"
#include "elbo/io/json.h"
#include "elbo/report/number_format.h"
#include "elbo/report/progress.h"
#include "elbo/report/table.h"

namespace elbo::app {
namespace {

void declare(Arguments& arguments) {
  add_run(arguments);
  add_split(arguments);
  arguments.add_setting({.name = "samples", .key = "evaluate.latent_samples", .spelling = {.letter = 'n'}});
  arguments.add_setting({.name = "importance-samples",
                         .key = "evaluate.importance_samples",
                         .spelling = {.letter = 'k', .placeholder = "K"}});
  arguments.add_setting({.name = "limit", .key = "data.limit"});
  add_json(arguments);
  add_quiet(arguments);
}

io::JsonObject json_of(const eval::Estimate& estimate) {
  io::JsonObject json;
  json.set("mean", estimate.mean).set("standard_error", estimate.standard_error).set("samples", estimate.samples);
  return json;
}

std::string json_of(const eval::Evaluation& evaluation) {
  io::JsonObject json;
  json.set("negative_elbo", json_of(evaluation.negative_elbo));
  json.set("reconstruction", evaluation.reconstruction.mean).set("kl", evaluation.kl.mean);
  if (evaluation.nll_importance) {
    json.set("nll_importance", json_of(*evaluation.nll_importance));
  } else {
    json.set_json("nll_importance", "null");
  }
  json.set("count", evaluation.count).set("split", name_of(evaluation.split));
  return json.text();
}

std::string pixels_as(data::Binarization binarization) {
  switch (binarization) {
    case data::Binarization::kNone:
      return "values as they are";
    case data::Binarization::kDynamic:
      return "bits drawn from the grey values";
    case data::Binarization::kThreshold:
      return "bits set from one half on";
    case data::Binarization::kFile:
      return "bits from the data set's binarized files";
  }
  return {};
}

std::string text_of(const eval::Evaluation& evaluation, const OpenRun& run, const data::Dataset& dataset) {
  report::Table table({{.name = "quantity"},
                       {.name = "nats per example"},
                       {.name = "samples"},
                       {.name = "what it is", .align = report::Align::kLeft}});
  const auto add = [&](const char* name, const eval::Estimate& estimate, const char* meaning) {
    table.add_row({name, report::Estimate{.mean = estimate.mean, .standard_error = estimate.standard_error},
                   report::Count{estimate.samples}, meaning});
  };
  add("−ELBO", evaluation.negative_elbo, "bound on −log p(x) from above, the two below together");
  add("reconstruction", evaluation.reconstruction, "−log p(x|z), z from q(z|x)");
  add("KL", evaluation.kl, "of q(z|x) from the prior");
  if (evaluation.nll_importance) {
    add("NLL, importance-weighted", *evaluation.nll_importance, "a bound too, tighter with more samples");
  }
  std::string text =
      fmt::format("{}: {} split of {}, {} examples, {}\n\n", run.folder.string(), name_of(evaluation.split),
                  dataset.name, report::with_thousands(evaluation.count), pixels_as(dataset.binarization));
  table.add_note("±: standard error of the mean over the examples; samples: codes z for each example");
  return text + table.to_text();
}

std::string json_of_flow(const eval::Estimate& nll, const data::Dataset& dataset, data::Split split) {
  io::JsonObject estimate, json;
  estimate.set("mean", nll.mean).set("standard_error", nll.standard_error);
  json.set("nll", estimate).set("count", dataset.split(split).count()).set("split", name_of(split));
  if (dataset.entropy) {
    json.set("entropy", *dataset.entropy);
  } else {
    json.set_json("entropy", "null");
  }
  return json.text();
}

std::string text_of_flow(const eval::Estimate& nll, const OpenRun& run, const data::Dataset& dataset,
                         data::Split split) {
  report::Table table(
      {{.name = "quantity"}, {.name = "nats per row"}, {.name = "what it is", .align = report::Align::kLeft}});
  table.add_row({"NLL", report::Estimate{.mean = nll.mean, .standard_error = nll.standard_error},
                 "−log p(x) in the units of the data, exact for each row"});
  if (dataset.entropy) {
    table.add_row({"entropy", report::Number{.value = *dataset.entropy, .digits = 4},
                   "of the true density: no model's NLL is below it"});
  }
  table.add_note("±: standard error of the mean over the rows");
  return fmt::format("{}: {} split of {}, {} rows\n\n", run.folder.string(), name_of(split), dataset.name,
                     report::with_thousands(dataset.split(split).count())) +
         table.to_text();
}

ExitCode evaluate_flow(const OpenRun& run, const data::Dataset& dataset, data::Split split,
                       const Arguments& arguments) {
  const models::FlowDensity density = load_flow(run);
  report::Progress progress({.quiet = arguments.flag("quiet")});
  const eval::Estimate nll =
      negative_log_likelihood(density, dataset, split,
                              {.batch_size = run.config.integer("evaluate.batch_size"),
                               .threads = threads_of(arguments),
                               .on_progress = [&](double fraction) {
                                 progress.update(fraction, fmt::format("evaluating the {} split", name_of(split)));
                               }});
  print(arguments.flag("json") ? json_of_flow(nll, dataset, split) + "\n" : text_of_flow(nll, run, dataset, split));
  return ExitCode::kDone;
}

ExitCode run(const Arguments& arguments) {
  const OpenRun run = open_run(arguments.text("RUN"), arguments);
  const data::Split split = split_of(arguments);
  const data::Dataset dataset = load_data(run);
  dataset.split(split);  // refused before the model is built
  if (is_flow(run.config)) return evaluate_flow(run, dataset, split, arguments);
  const models::BuiltVae model = load_model(run);
  report::Progress progress({.quiet = arguments.flag("quiet")});
  const eval::Evaluation evaluation =
      eval::evaluate(model.vae, dataset, split,
                     {.latent_samples = run.config.integer("evaluate.latent_samples"),
                      .importance_samples = run.config.integer("evaluate.importance_samples"),
                      .batch_size = run.config.integer("evaluate.batch_size"),
                      .seed = static_cast<uint64_t>(run.config.integer("seed")),
                      .threads = threads_of(arguments),
                      .on_progress = [&](double fraction) {
                        progress.update(fraction, fmt::format("evaluating the {} split", name_of(split)));
                      }});
  print(arguments.flag("json") ? json_of(evaluation) + "\n" : text_of(evaluation, run, dataset));
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
          "usual. Samples, seed and batch size are the run's own unless said otherwise."
          "\n\n"
          "--json prints {\"negative_elbo\": {\"mean\", \"standard_error\", \"samples\"}, \"reconstruction\", \"kl\", "
          "\"nll_importance\": the same or null, \"count\", \"split\"}."
          "\n\n"
          "A flow's likelihood is exact; of it the mean of -log p(x) is shown, in the units of the data, and the "
          "entropy "
          "of the data where that is known. --json then prints {\"nll\": {\"mean\", \"standard_error\"}, \"count\", "
          "\"split\", \"entropy\": a number or null}.",
      .examples = {{"elbo evaluate runs/vae-1", "the bound on the test split"},
                   {"elbo evaluate runs/vae-1 --importance-samples 500 --limit 1000",
                    "the likelihood too, on the first thousand examples"},
                   {"elbo evaluate runs/vae-1 --split train --samples 10 --json", "for a program to read"}},
      .declare = declare,
      .run = run};
  return command;
}

}  // namespace elbo::app

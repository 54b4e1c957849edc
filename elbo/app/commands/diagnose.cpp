// elbo diagnose: what is wrong with the latent space of a trained model, if anything is.
#include "elbo/eval/diagnose.h"

#include <algorithm>
#include <fmt/format.h>

#include "elbo/app/commands/commands.h"
#include "elbo/app/commands/shared.h"
#include "elbo/app/messages.h"
#include "elbo/io/file.h"
#include "elbo/io/json.h"
#include "elbo/report/number_format.h"
#include "elbo/report/png.h"
#include "elbo/report/progress.h"
#include "elbo/report/table.h"
#include "elbo/run/latent_pictures.h"
#include "elbo/run/pictures.h"
#include "elbo/run/run_folder.h"
#include "elbo/settings/error.h"

namespace elbo::app {
namespace {

constexpr int64_t kManifoldSide = 20;
constexpr int64_t kSideOfFlows = 40, kRowsOfFlows = 100;  // of the picture of an aggregated posterior

void declare_diagnose(Arguments& arguments) {
  add_run(arguments);
  add_split(arguments);
  add_data(arguments);
  arguments.add_option(Integer{.key = "rows",
                               .value = 2000,
                               .meaning = "the first so many rows are looked at, or all that there are; the work grows "
                                          "with their square",
                               .limits = {.at_least = 2, .at_most = 100'000}},
                       {.letter = 'n'});
  arguments.add_option(Text{.key = "other",
                            .value = "",
                            .meaning = "rows of another kind, as for --data, that -ELBO is to tell from the run's own"},
                       {.placeholder = "DATA"});
  add_json(arguments);
  add_quiet(arguments);
}

eval::Verdict verdict_on_other(const Arguments& arguments, const run::OpenRun& run, const models::Model& model,
                               const AskedRows& own) {
  const AskedRows other = rows_named(arguments.text("other"), arguments, run, model);
  const auto scores = [&](const AskedRows& rows) {
    return eval::row_bounds(model, rows.dataset, rows.split,
                            {.latent_samples = run.settings().integer("evaluate.latent_samples"),
                             .batch_size = run.settings().integer("evaluate.batch_size"),
                             .seed = seed_of(run),
                             .threads = threads_of(arguments)})
        .negative_elbo;
  };
  return eval::verdict_on_others(eval::area_under_roc(scores(own), scores(other)), other.words);
}

void write_pictures(const Arguments& arguments, const run::OpenRun& run, const models::Model& model,
                    const AskedRows& rows) {
  run::LatentPictureOptions options{.rows = arguments.integer("rows"),
                                    .seed = seed_of(run),
                                    .threads = threads_of(arguments),
                                    .title = fmt::format("{} on {}", run.config->text("model"), rows.words)};
  if (!run.settings().part("posterior").parts("flow").empty()) {
    // A flow is inverted for each pair of cell and row, which most do slowly.
    options.side = kSideOfFlows;
    options.rows = std::min(options.rows, kRowsOfFlows);
  }
  io::write_atomic(run.folder / "latent.svg", run::latent_drawing(model, rows.dataset, rows.split, options).str());
  if (!run.data.image.is_image()) return;
  options.side = kManifoldSide;
  report::write_png(
      run.folder / "manifold.png",
      run::grid_of(run.data.encoding.grey(run::manifold_rows(model, options)), run.data.image, kManifoldSide));
}

std::string json_of(const eval::Diagnosis& d, const std::vector<eval::Verdict>& verdicts, const AskedRows& rows) {
  io::JsonObject json;
  const auto estimate = [&](const char* name, const eval::Estimate& value) {
    io::JsonObject one;
    json.set(name, one.set("mean", value.mean).set("standard_error", value.standard_error));
  };
  estimate("reconstruction", d.reconstruction);
  estimate("kl", d.kl);
  estimate("kl_by_draws", d.drawn_kl);
  estimate("mutual_information", d.mutual_information);
  estimate("aggregate_kl", d.aggregate_kl);
  estimate("cross_entropy", d.cross_entropy);
  estimate("entropy", d.entropy);
  estimate("code_worth", d.worth);
  json.set("least_aggregate_kl", d.least_aggregate_kl).set("most_information", d.most_information());
  json.set("active_units", d.active()).set("holes", d.holes);
  std::string dimensions, words;
  for (const eval::LatentDimension& one : d.dimensions) {
    io::JsonObject dimension;
    if (one.kl) dimension.set("kl", *one.kl);
    if (!one.kl) dimension.set_json("kl", "null");
    dimension.set("variance_of_mean", one.variance_of_mean).set("worth", one.worth).set("active", one.is_active());
    dimensions += (dimensions.empty() ? "" : ",") + dimension.text();
  }
  for (const eval::Verdict& one : verdicts) {
    io::JsonObject verdict;
    verdict.set("name", one.name).set("word", one.word).set("figure", one.figure).set("bad", one.is_bad);
    words += (words.empty() ? "" : ",") + verdict.text();
  }
  json.set_json("dimensions", "[" + dimensions + "]").set_json("verdicts", "[" + words + "]");
  json.set("count", d.rows).set("split", data::name_of(rows.split));
  return json.text() + "\n";
}

report::Table figures_of(const eval::Diagnosis& d) {
  report::Table table(
      {{.name = "figure"}, {.name = "nats per example"}, {.name = "what it is", .align = report::Align::kLeft}});
  const auto add = [&](const char* name, const eval::Estimate& value, const char* meaning) {
    table.add_row({name, report::Estimate{.mean = value.mean, .standard_error = value.standard_error}, meaning});
  };
  add("reconstruction", d.reconstruction, "−log p(x|z), z from q(z|x)");
  add("KL", d.kl, "of q(z|x) from the prior, as the bound has it");
  add("KL, by draws", d.drawn_kl, "the same from one draw a row, the next two together");
  add("mutual information", d.mutual_information, "of row and code");
  add("KL of q(z)", d.aggregate_kl, "of the aggregated posterior from the prior, the next less the last");
  add("cross-entropy", d.cross_entropy, "of q(z) and the prior");
  add("entropy", d.entropy, "of q(z)");
  add("worth of a code", d.worth, "what −log p(x|z) rises by with another row's code");
  table.add_note(
      fmt::format("q(z): mean of the posteriors of {} rows, so that no mutual information is above log {} = "
                  "{:.2f}",
                  report::with_thousands(d.rows), report::with_thousands(d.rows), d.most_information()));
  return table;
}

report::Table dimensions_of(const eval::Diagnosis& d) {
  report::Table table({{.name = "dimension"},
                       {.name = "KL", .unit = "nats"},
                       {.name = "worth", .unit = "nats"},
                       {.name = "variance of the mean"},
                       {.name = "unit", .align = report::Align::kLeft}});
  for (size_t i = 0; i < d.dimensions.size(); ++i) {
    const eval::LatentDimension& one = d.dimensions[i];
    table.add_row({report::Count{static_cast<int64_t>(i + 1)},
                   one.kl ? report::Cell(report::Number{.value = *one.kl, .digits = 3}) : report::Cell(),
                   report::Number{.value = one.worth, .digits = 2},
                   report::Number{.value = one.variance_of_mean, .digits = 4},
                   one.is_active() ? "active" : "not active"});
  }
  table.add_note(fmt::format("active: the posterior's mean varies over the rows by more than {} (Burda et al. 2016)",
                             eval::kActiveVariance));
  return table;
}

report::Table words_of(const std::vector<eval::Verdict>& verdicts) {
  report::Table table({{.name = "verdict"}, {.name = "word"}, {.name = "by"}});
  for (const eval::Verdict& one : verdicts) {
    table.add_row({one.name, one.is_bad ? one.word + " (bad)" : one.word, one.figure});
  }
  return table;
}

ExitCode run_diagnose(const Arguments& arguments) {
  const run::OpenRun run = open_run(arguments);
  run::require(run, &models::Capabilities::latent_variable, "elbo diagnose");
  const std::unique_ptr<const models::Model> model = model_of(run);
  const AskedRows rows = rows_of(arguments, run, *model);
  report::Progress progress({.quiet = arguments.flag("quiet")});
  const eval::Diagnosis diagnosis =
      eval::diagnose(*model, rows.dataset, rows.split,
                     {.rows = arguments.integer("rows"),
                      .seed = seed_of(run),
                      .threads = threads_of(arguments),
                      .on_progress = [&](double fraction) { progress.update(fraction, "diagnosing " + rows.words); }});
  std::vector<eval::Verdict> verdicts = eval::verdicts_of(diagnosis);
  if (arguments.given("other")) verdicts.push_back(verdict_on_other(arguments, run, *model, rows));
  const bool draws = model->can<models::LatentVariable>()->code_dim() == 2;
  if (draws) write_pictures(arguments, run, *model, rows);
  if (arguments.flag("json")) {
    print(json_of(diagnosis, verdicts, rows));
  } else {
    print(fmt::format("{}: {}, the first {} rows\n\n{}\n{}\n{}", run.folder.string(), rows.words,
                      report::with_thousands(diagnosis.rows), figures_of(diagnosis).to_text(),
                      dimensions_of(diagnosis).to_text(), words_of(verdicts).to_text()));
    if (draws) {
      print(
          fmt::format("\n{}: latent.svg{}\n", run.folder.string(), run.data.image.is_image() ? ", manifold.png" : ""));
    }
  }
  const bool is_bad = std::any_of(verdicts.begin(), verdicts.end(), [](const auto& one) { return one.is_bad; });
  return is_bad ? ExitCode::kBadVerdict : ExitCode::kDone;
}

}  // namespace

const Command& diagnose_command() {
  static const Command command{
      .name = "diagnose",
      .summary = "tell what is wrong with a VAE's latent space, if anything is",
      .help =
          "Looks at the code of a trained model over the first rows of a split, or of --data, and gives verdicts, each "
          "a "
          "word with the figure it rests on: posterior collapse; whether the bound's KL is that of its distributions; "
          "how "
          "far the aggregated posterior q(z) is from the prior; holes, which are regions where the prior draws and no "
          "example lies; and with --other how well -ELBO tells other data from these. The exit code is 1 where one is "
          "bad."
          "\n\n"
          "The KL is taken apart as by Hoffman & Johnson (2016): the mutual information of row and code, and the KL of "
          "q(z) from the prior, which is their cross-entropy less the entropy of q(z). N rows tell no more than log N "
          "nats "
          "of mutual information; near that the verdict on q(z) rests on a bound from below alone. For each dimension "
          "of the code: its KL, "
          "what "
          "it is worth to the reconstruction, and whether it is active (Burda et al. 2016)."
          "\n\n"
          "Of a code with two dimensions the run gets pictures: latent.svg, q(z) with contours of the prior, and of "
          "images "
          "manifold.png, what the decoder makes of codes that cut the prior into equal shares.",
      .examples = {{"elbo diagnose runs/vae-1", "figures, dimensions, verdicts on the test split"},
                   {"elbo diagnose runs/vae-1 --other mnist --json", "whether digits are told apart, too"}},
      .declare = declare_diagnose,
      .run = run_diagnose};
  return command;
}

}  // namespace elbo::app

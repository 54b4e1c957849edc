// elbo score: the log-density of rows, or the bound on it.
#include <fmt/format.h>

#include "elbo/app/commands/commands.h"
#include "elbo/app/commands/shared.h"
#include "elbo/app/messages.h"
#include "elbo/data/npy.h"
#include "elbo/eval/apply.h"
#include "elbo/eval/evaluate.h"
#include "elbo/io/json.h"
#include "elbo/report/progress.h"
#include "elbo/run/run_folder.h"
#include "elbo/settings/error.h"

namespace elbo::app {
namespace {

void declare_score(Arguments& arguments) {
  add_run(arguments);
  add_split(arguments);
  add_data(arguments);
  arguments.add_setting({.name = "samples", .key = "evaluate.latent_samples", .spelling = {.letter = 'n'}});
  arguments.add_setting({.name = "importance-samples",
                         .key = "evaluate.importance_samples",
                         .spelling = {.letter = 'k', .placeholder = "K"}});
  add_out(arguments, "where the scores go: an .npy array, [N] or of a bound [N, 3 or more], nats");
  add_json(arguments);
  add_quiet(arguments);
}

// Scores of each row, by the names of their columns.
struct ScoreTable {
  std::vector<std::pair<std::string, std::vector<double>>> columns;
  std::string words;  // what they are: "log-densities"
};

double mean_of(const std::vector<double>& values) {
  double total = 0;
  for (const double value : values) total += value;
  return total / static_cast<double>(values.size());
}

ScoreTable scores_of(const models::Model& model, const run::OpenRun& run, const AskedRows& rows,
                     const Arguments& arguments) {
  if (model.can<models::Scores>() != nullptr) {
    const Array scores =
        eval::score(model, rows.dataset, rows.split, {.seed = seed_of(run), .threads = threads_of(arguments)});
    const auto values = scores.values<double>();
    return {.columns = {{"log_prob", {values.begin(), values.end()}}}, .words = "log-densities"};
  }
  report::Progress progress({.quiet = arguments.flag("quiet")});
  const Settings& settings = run.settings();
  eval::RowBounds bounds =
      eval::row_bounds(model, rows.dataset, rows.split,
                       {.latent_samples = settings.integer("evaluate.latent_samples"),
                        .importance_samples = settings.integer("evaluate.importance_samples"),
                        .batch_size = settings.integer("evaluate.batch_size"),
                        .seed = seed_of(run),
                        .threads = threads_of(arguments),
                        .on_progress = [&](double fraction) { progress.update(fraction, "scoring " + rows.words); }});
  ScoreTable table{.columns = {}, .words = "bounds"};
  const auto add = [&](const char* name, std::vector<double>& values) {
    if (!values.empty()) table.columns.emplace_back(name, std::move(values));
  };
  add("negative_elbo", bounds.negative_elbo);
  add("reconstruction", bounds.reconstruction);
  add("kl", bounds.kl);
  add("nll_importance", bounds.nll_importance);
  add("pareto_k", bounds.pareto_k);
  return table;
}

// [N] of one column, [N, columns] of several.
Array array_of(const ScoreTable& table) {
  const size_t width = table.columns.size(), rows = table.columns.front().second.size();
  if (width == 1) return Array::of<double>({static_cast<int64_t>(rows)}, table.columns.front().second);
  Array array(DType::kF64, {static_cast<int64_t>(rows), static_cast<int64_t>(width)});
  for (size_t column = 0; column < width; ++column) {
    for (size_t row = 0; row < rows; ++row) {
      array.values<double>()[row * width + column] = table.columns[column].second[row];
    }
  }
  return array;
}

std::string json_of(const ScoreTable& table, const AskedRows& rows) {
  io::JsonObject json;
  for (const auto& [name, values] : table.columns) json.set(name, std::span<const double>(values));
  if (rows.are_shuffled) json.set("rows", std::span<const int64_t>(rows.rows().rows()));
  json.set("count", table.columns.front().second.size());
  return json.text() + "\n";
}

ExitCode run_score(const Arguments& arguments) {
  const run::OpenRun run = open_run(arguments);
  run::require_any(run, {&models::Capabilities::scores, &models::Capabilities::bounds}, "elbo score");
  const bool prints = arguments.flag("json");
  std::filesystem::path out;
  if (!prints || arguments.given("out")) out = output_of(arguments, run, ".npy");
  if (!out.empty() && out.extension() != ".npy") {
    throw ConfigError(fmt::format("--out {}: scores are an array; the name must end in .npy", out.string()));
  }
  const std::unique_ptr<const models::Model> model = model_of(run);
  const AskedRows rows = rows_of(arguments, run, *model);
  const ScoreTable table = scores_of(*model, run, rows, arguments);
  std::string numbers;
  if (!out.empty()) {
    data::write_npy(out, array_of(table));
    numbers = write_row_numbers(out, rows, 0);
  }
  if (prints) {
    print(json_of(table, rows));
    return ExitCode::kDone;
  }
  std::string means;
  for (const auto& [name, values] : table.columns) {
    if (name == "pareto_k") continue;
    means += fmt::format("{}{}{:.4f}", means.empty() ? "" : ", ", table.columns.size() > 1 ? name + " " : "",
                         mean_of(values));
  }
  print(fmt::format("{}: {} of {} rows, {}; their mean is {} nats\n{}", out.string(), table.words,
                    table.columns.front().second.size(), rows.words, means, numbers));
  return ExitCode::kDone;
}

}  // namespace

const Command& score_command() {
  static const Command command{
      .name = "score",
      .summary = "write the log-density of rows, or the bound on it",
      .help =
          "Writes log p(x) for each row, in nats, as a NumPy array of doubles: of --data FILE in the order of the "
          "file, "
          "else of a split; where a table was shuffled to be cut, NAME.rows.npy beside it says which row is which. The "
          "density is in the units of the data: the log-determinant of the standardization is in it, so that scores of "
          "runs with and without one compare. A row far outside the data may have the density 0, whose logarithm is "
          "-inf."
          "\n\n"
          "A VAE has a bound on it: of each row the columns negative_elbo, reconstruction and kl are written, each the "
          "mean over --samples codes, and with --importance-samples K nll_importance, which is tighter, and pareto_k, "
          "above 0.7 of which it is not to be trusted. These are -log p(x), and large where log p(x) is small. With "
          "--json the columns are printed by name, each a list, and --out may be left out.",
      .examples = {{"elbo score runs/wine --out scores.npy", "the test split of the run's own data"},
                   {"elbo score runs/wine --data new.csv --out scores.npy", "the rows of a file"},
                   {"elbo score runs/vae-1 -k 500 --out scores.npy", "-ELBO, its parts and the NLL of each test image"},
                   {"elbo score runs/moons --data circles --out scores.npy", "another data set's test rows"}},
      .declare = declare_score,
      .run = run_score};
  return command;
}

}  // namespace elbo::app

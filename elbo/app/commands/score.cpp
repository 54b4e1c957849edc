// elbo score: the log-density of rows under a fitted flow.
#include <fmt/format.h>

#include "elbo/app/commands/commands.h"
#include "elbo/app/commands/shared.h"
#include "elbo/app/messages.h"
#include "elbo/data/npy.h"
#include "elbo/eval/apply.h"
#include "elbo/run/run_folder.h"
#include "elbo/settings/error.h"

namespace elbo::app {
namespace {

void declare_score(Arguments& arguments) {
  add_run(arguments);
  add_split(arguments);
  add_data(arguments);
  add_out(arguments, "where the log-densities go: an .npy array [N], nats");
}

ExitCode run_score(const Arguments& arguments) {
  const run::OpenRun run = open_run(arguments);
  run::require(run, &models::Capabilities::scores, "elbo score");
  const std::filesystem::path out = output_of(arguments, run, ".npy");
  if (out.extension() != ".npy") {
    throw ConfigError(fmt::format("--out {}: scores are an array; the name must end in .npy", out.string()));
  }
  const std::unique_ptr<const models::Model> model = model_of(run);
  const AskedRows rows = rows_of(arguments, run, *model);
  const Array scores =
      eval::score(*model, rows.dataset, rows.split, {.seed = seed_of(run), .threads = threads_of(arguments)});
  data::write_npy(out, scores);
  const std::string numbers = write_row_numbers(out, rows, 0);
  double total = 0;
  for (const double value : scores.values<double>()) total += value;
  print(fmt::format("{}: log-densities of {} rows, {}; their mean is {:.4f} nats\n{}", out.string(), scores.shape()[0],
                    rows.words, total / static_cast<double>(scores.shape()[0]), numbers));
  return ExitCode::kDone;
}

}  // namespace

const Command& score_command() {
  static const Command command{
      .name = "score",
      .summary = "write the log-density of rows under a fitted flow",
      .help =
          "Writes log p(x) for each row, in nats, as a NumPy array of doubles: of --data FILE in the order of the "
          "file, "
          "else of a split; where a table was shuffled to be cut, NAME.rows.npy beside it says which row is which. The "
          "density is in the units of the data: the log-determinant of the standardization is in it, so that scores of "
          "runs with and without one compare. A row far outside the data may have the density 0, whose logarithm is "
          "-inf.",
      .examples = {{"elbo score runs/wine --out scores.npy", "the test split of the run's own data"},
                   {"elbo score runs/wine --data new.csv --out scores.npy", "the rows of a file"},
                   {"elbo score runs/moons --data circles --out scores.npy", "another data set's test rows"}},
      .declare = declare_score,
      .run = run_score};
  return command;
}

}  // namespace elbo::app

// elbo score: the log-density of rows under a fitted flow.
#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <vector>

#include "elbo/app/commands/commands.h"
#include "elbo/app/commands/shared.h"
#include "elbo/app/messages.h"
#include "elbo/data/csv.h"
#include "elbo/data/npy.h"
#include "elbo/data/registry.h"
#include "elbo/eval/apply.h"
#include "elbo/run/run_folder.h"
#include "elbo/settings/error.h"

namespace elbo::app {
namespace {

namespace fs = std::filesystem;

void declare_score(Arguments& arguments) {
  add_run(arguments);
  add_split(arguments);
  arguments.add_option(Text{.key = "data",
                            .value = "",
                            .meaning = "the rows: a .csv or .npy file, all of it in its order, or the name of a data "
                                       "set, of which --split is taken; left out: the run's own data"},
                       {.placeholder = "DATA"});
  add_out(arguments, "where the log-densities go: an .npy array [N], nats");
}

// The rows of a table without the column of labels, where the run's own table had one and this has it too.
Array without_labels(const data::CsvTable& table, const std::string& file, const run::OpenRun& run) {
  const std::string asked =
      run.settings().has("data.label_column") ? run.settings().text("data.label_column") : std::string();
  const int64_t columns = table.values.shape()[1];
  if (asked.empty() || columns != run.data.dim + 1) return table.values;
  const auto named = std::find(table.columns.begin(), table.columns.end(), asked);
  int64_t label = asked == "last" ? columns : 0;
  if (named != table.columns.end()) label = named - table.columns.begin() + 1;
  if (label == 0) std::from_chars(asked.data(), asked.data() + asked.size(), label);
  if (label < 1 || label > columns) {
    throw DataError(fmt::format("{}: has {} columns, one more than the run reads, and none is its label_column \"{}\"",
                                file, columns, asked));
  }
  const auto src = table.values.values<double>();
  std::vector<double> kept;
  for (size_t i = 0; i < src.size(); ++i) {
    if (static_cast<int64_t>(i) % columns != label - 1) kept.push_back(src[i]);
  }
  return Array::of<double>({table.values.shape()[0], columns - 1}, kept);
}

struct ScoredRows {
  std::string name;
  Array values;  // [n, dim]
};

ScoredRows rows_to_score(const run::OpenRun& run, const models::Model& model, const Arguments& arguments) {
  const std::string& source = arguments.text("data");
  const data::Split split = split_of(arguments);
  const auto of_split = [&](const data::Dataset& dataset) {
    dataset.split(split);
    return ScoredRows{.name = fmt::format("the {} split of {}", name_of(split), dataset.name),
                      .values = dataset.values(split)};
  };
  if (source.empty()) return of_split(run::load_data(run, model));
  const std::string ending = fs::path(source).extension().string();
  std::error_code ignored;
  const bool is_file = source.find(':') == std::string::npos || fs::exists(source, ignored);
  if (is_file && ending == ".csv")
    return {.name = source, .values = without_labels(data::read_csv(source), source, run)};
  if (is_file && ending == ".npy") {
    Array array = data::read_npy(source);
    if (array.dtype() == DType::kU8) {
      throw DataError(
          fmt::format("{}: holds bytes, and what they stand for is said by a data set: --data npy:{} takes "
                      "them as training does",
                      source, source));
    }
    const int64_t rows = array.shape().rank() > 0 ? array.shape()[0] : 0;
    if (array.shape().rank() > 2 && rows > 0) array = array.reshaped({rows, array.elements() / rows});
    return {.name = source, .values = std::move(array)};
  }
  Config config = run.config;
  config.add({Assignment::of_flag("data", source, "--data " + source)});
  return of_split(data::load_dataset(config->part("data")));
}

ExitCode run_score(const Arguments& arguments) {
  const run::OpenRun run = open_run(arguments);
  run::require(run, &models::Capabilities::scores, "elbo score");
  const fs::path out = arguments.text("out");
  if (out.empty()) throw ConfigError("--out is missing: the .npy file to write");
  if (out.extension() != ".npy") {
    throw ConfigError(fmt::format("--out {}: scores are an array; the name must end in .npy", out.string()));
  }
  const std::unique_ptr<const models::Model> model = model_of(run);
  const ScoredRows rows = rows_to_score(run, *model, arguments);
  const Shape& shape = rows.values.shape();
  if (shape.rank() != 2 || shape[1] != run.data.dim) {
    throw DataError(fmt::format("{}: holds {}; the density of {} is of rows with {} values", rows.name,
                                to_string(shape), run.folder.string(), run.data.dim));
  }
  if (shape[0] == 0) throw DataError(rows.name + ": holds no rows");
  const Array scores = eval::score(*model, rows.values, threads_of(arguments));
  data::write_npy(out, scores);
  double total = 0;
  for (const float value : scores.values<float>()) total += static_cast<double>(value);
  print(fmt::format("{}: log-densities of {} rows, {}; their mean is {:.4f} nats\n", out.string(), shape[0], rows.name,
                    total / static_cast<double>(shape[0])));
  return ExitCode::kDone;
}

}  // namespace

const Command& score_command() {
  static const Command command{
      .name = "score",
      .summary = "write the log-density of rows under a fitted flow",
      .help =
          "Writes log p(x) for each row, in nats, as a NumPy array, in the order of the rows. The density is in the "
          "units of the data: the log-determinant of the standardization is in it, so that scores of runs with and "
          "without one compare. A row far outside the data may have the density 0, whose logarithm is -inf.",
      .examples = {{"elbo score runs/wine --out scores.npy", "the test split of the run's own data"},
                   {"elbo score runs/wine --data new.csv --out scores.npy", "the rows of a file"},
                   {"elbo score runs/moons --data circles --out scores.npy", "another data set's test rows"}},
      .declare = declare_score,
      .run = run_score};
  return command;
}

}  // namespace elbo::app

// elbo infer: what a conditional model says for an observation.
#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <numeric>

#include "elbo/app/commands/commands.h"
#include "elbo/app/commands/csv_text.h"
#include "elbo/app/commands/shared.h"
#include "elbo/app/messages.h"
#include "elbo/data/npy.h"
#include "elbo/eval/draw_given.h"
#include "elbo/eval/quantile.h"
#include "elbo/io/file.h"
#include "elbo/io/json.h"
#include "elbo/report/number_format.h"
#include "elbo/report/table.h"
#include "elbo/run/run_folder.h"
#include "elbo/settings/error.h"

namespace elbo::app {
namespace {

// Beyond so many deviations of what training saw, a network is asked of what it does not know.
constexpr float kFarAway = 6;
constexpr std::array kQuantiles{0.025, 0.25, 0.5, 0.75, 0.975};

void declare_infer(Arguments& arguments) {
  add_run(arguments);
  arguments.add_option(Text{.key = "observation",
                            .value = "",
                            .meaning = "a file whose rows are what is given, as training read it: NPY, NPZ or text"});
  arguments.add_option(Integer{.key = "count",
                               .value = 10'000,
                               .meaning = "draws for each row of it",
                               .limits = {.at_least = 1, .at_most = 10'000'000}},
                       {.letter = 'n'});
  add_out(arguments,
          "where the draws go: .npy for an array [N, dim], of several rows [rows, N, dim]; .csv for a table of one");
  add_json(arguments);
}

struct Marginal {
  std::string name;
  double mean = 0, deviation = 0, best = 0;
  std::array<double, kQuantiles.size()> quantiles{};
};

// values [n, dim] in the units of the data, of which `best` is the most likely.
std::vector<Marginal> marginals(const Array& values, const std::vector<std::string>& names, size_t best) {
  const auto dim = static_cast<size_t>(values.shape()[1]), rows = static_cast<size_t>(values.shape()[0]);
  const auto all = values.values<double>();
  std::vector<Marginal> result;
  for (size_t d = 0; d < dim; ++d) {
    Marginal one{.name = names.empty() ? fmt::format("x{}", d + 1) : names[d], .best = all[best * dim + d]};
    std::vector<double> column(rows);
    for (size_t i = 0; i < rows; ++i) column[i] = all[i * dim + d];
    one.mean = std::accumulate(column.begin(), column.end(), 0.0) / static_cast<double>(rows);
    for (const double value : column) one.deviation += (value - one.mean) * (value - one.mean);
    one.deviation = std::sqrt(one.deviation / static_cast<double>(rows));
    std::sort(column.begin(), column.end());
    for (size_t q = 0; q < kQuantiles.size(); ++q) one.quantiles[q] = eval::quantile(column, kQuantiles[q]);
    result.push_back(std::move(one));
  }
  return result;
}

std::string table_of(const std::vector<Marginal>& all) {
  std::vector<report::Column> columns;
  for (const char* name :
       {"parameter", "mean", "deviation", "2.5 %", "25 %", "median", "75 %", "97.5 %", "most likely"}) {
    columns.push_back({.name = name, .align = columns.empty() ? report::Align::kLeft : report::Align::kRight});
  }
  report::Table table(std::move(columns));
  for (const Marginal& one : all) {
    // Three digits of the deviation, so that a large mean shows how it is off.
    const int digits =
        one.deviation > 0 ? std::clamp(2 - static_cast<int>(std::floor(std::log10(one.deviation))), 0, 12) : 4;
    const auto cell = [digits](double value) { return report::fixed(value, digits); };
    std::vector<report::Cell> cells{one.name, cell(one.mean), cell(one.deviation)};
    for (const double value : one.quantiles) cells.emplace_back(cell(value));
    cells.emplace_back(cell(one.best));
    table.add_row(std::move(cells));
  }
  return table.to_text();
}

// A row of what is given that lies far from the mean of what training saw.
void warn_of_far_rows(const Array& context, const data::TableLayout& layout) {
  const auto values = context.values<float>();
  const auto far = std::find_if(values.begin(), values.end(), [](float z) { return std::abs(z) > kFarAway; });
  if (far == values.end()) return;
  const auto at = static_cast<size_t>(far - values.begin()), width = static_cast<size_t>(context.shape()[1]);
  warn(fmt::format(
      "row {}, column {} of the observation{} is {:.1f} deviations from the mean of what training saw; where no "
      "training row was like it, the model guesses",
      at / width + 1, at % width + 1,
      layout.context.empty() || layout.names.empty()
          ? std::string()
          : fmt::format(" ({})", layout.names[static_cast<size_t>(layout.context[at % width])]),
      std::abs(*far)));
}

Array rows_without(const Array& rows, const std::vector<int64_t>& lost) {
  const int64_t dim = rows.shape()[1];
  std::vector<double> kept;
  size_t next = 0;
  for (int64_t row = 0; row < rows.shape()[0]; ++row) {
    if (next < lost.size() && lost[next] == row) {
      ++next;
      continue;
    }
    const auto one = rows.values<double>().subspan(static_cast<size_t>(row * dim), static_cast<size_t>(dim));
    kept.insert(kept.end(), one.begin(), one.end());
  }
  return Array::of<double>({static_cast<int64_t>(kept.size()) / dim, dim}, kept);
}

ExitCode run_infer(const Arguments& arguments) {
  const run::OpenRun run = open_run(arguments);
  run::require(run, &models::Capabilities::conditions, "elbo infer");
  const std::string& observation = arguments.text("observation");
  if (observation.empty()) throw ConfigError("--observation: must name a file of what is given");
  const bool writes = !arguments.text("out").empty();
  std::filesystem::path out;
  if (writes) {
    out = output_of(arguments, run, ".npy or .csv");
    if (out.extension() != ".npy" && out.extension() != ".csv") {
      throw ConfigError(fmt::format("--out {}: the name must end in .npy (an array) or .csv (a table)", out.string()));
    }
  }
  const std::unique_ptr<const models::Model> model = model_of(run);
  const Array context = run::load_context(run, observation);
  const int64_t rows = context.shape()[0], draws = arguments.integer("count");
  if (rows > 1 && out.extension() == ".csv") {
    throw ConfigError(
        fmt::format("--out {}: a table holds the draws of one row, and {} has {}; an .npy array holds "
                    "those of several",
                    out.string(), observation, rows));
  }
  if (rows > 1 && !writes && !arguments.flag("json")) {
    throw ConfigError(
        fmt::format("--observation {}: has {} rows, and a table is shown of one; --out FILE.npy or --json "
                    "gives all of several",
                    observation, rows));
  }
  warn_of_far_rows(context, run.data.layout);
  const eval::GivenDraws drawn =
      eval::draw_given(*model, context, {.draws = draws, .seed = seed_of(run), .threads = threads_of(arguments)});
  const Array values = run.data.encoding.decode(drawn.values);
  const int64_t dim = values.shape()[1];
  if (static_cast<int64_t>(drawn.lost.size()) == values.shape()[0]) {
    throw NumericalError("no draw is finite; nothing is written");
  }
  if (rows > 1 && !drawn.lost.empty()) {
    throw NumericalError(
        fmt::format("{} of {} draws went beyond 32-bit numbers, the first of them for row {}; nothing "
                    "is written",
                    drawn.lost.size(), values.shape()[0], drawn.lost.front() / draws + 1));
  }
  const std::vector<std::string> names = run.data.layout.x_names();

  std::string text;
  io::JsonObject json;
  for (int64_t row = 0; row < rows && (rows == 1 || arguments.flag("json")); ++row) {
    const auto first = static_cast<size_t>(row * draws);
    std::vector<int64_t> lost;
    for (const int64_t one : drawn.lost) {
      if (one / draws == row) lost.push_back(one - row * draws);
    }
    const auto part =
        values.values<double>().subspan(first * static_cast<size_t>(dim), static_cast<size_t>(draws * dim));
    const Array own = rows_without(Array::of<double>({draws, dim}, {part.begin(), part.end()}), lost);
    if (own.shape()[0] == 0) throw NumericalError(fmt::format("no draw for row {} is finite", row + 1));
    size_t best = 0, place = 0;
    double highest = -std::numeric_limits<double>::infinity();
    for (int64_t i = 0; i < draws; ++i) {
      if (std::binary_search(lost.begin(), lost.end(), i)) continue;
      const double density = drawn.log_prob.values<double>()[first + static_cast<size_t>(i)];
      if (density > highest) highest = density, best = place;
      ++place;
    }
    const std::vector<Marginal> found = marginals(own, names, best);
    if (!arguments.flag("json")) {
      text = table_of(found);
      continue;
    }
    io::JsonObject one;
    for (const Marginal& marginal : found) {
      io::JsonObject entry;
      entry.set("mean", marginal.mean).set("deviation", marginal.deviation).set("most_likely", marginal.best);
      for (size_t q = 0; q < kQuantiles.size(); ++q) {
        entry.set(fmt::format("quantile_{}", kQuantiles[q]), marginal.quantiles[q]);
      }
      one.set(marginal.name, entry);
    }
    json.set(fmt::format("row_{}", row + 1), one);
  }
  if (writes && out.extension() == ".npy") {
    data::write_npy(out, rows == 1 ? rows_without(values, drawn.lost).cast(DType::kF32)
                                   : values.cast(DType::kF32).reshaped({rows, draws, dim}));
  } else if (writes) {
    io::write_atomic(out, csv_of(rows_without(values, drawn.lost), names));
  }
  const std::string summary = fmt::format("{} draws for {} row{} of {}{}", draws, rows, rows == 1 ? "" : "s",
                                          observation, writes ? ": " + out.string() : std::string());
  if (arguments.flag("json")) {
    print(json.text() + "\n");
    remark(summary);
  } else {
    print(text + summary + "\n");
  }
  if (!drawn.lost.empty()) {
    throw NumericalError(fmt::format("{} of {} draws went beyond 32-bit numbers{}", drawn.lost.size(),
                                     values.shape()[0], writes ? "; the others are written" : ""));
  }
  return ExitCode::kDone;
}

}  // namespace

const Command& infer_command() {
  static const Command command{
      .name = "infer",
      .summary = "draw what a conditional model says for an observation",
      .help =
          "Draws from p(x|c) for each row c of a file: of parameters, where x are those of a simulator and c what it "
          "made of them, it is their posterior. Shown are mean, deviation and quantiles of each column, and the most "
          "likely of the draws, in the units of the data. The file holds the columns that were given in training, by "
          "name where it has names; it may hold the others, too.",
      .examples = {{"elbo infer runs/sir --observation y.csv -n 10000 --out theta.npy", "10,000 draws as an array"},
                   {"elbo infer runs/sir --observation y.csv --json", "mean and quantiles for a program"}},
      .declare = declare_infer,
      .run = run_infer};
  return command;
}

}  // namespace elbo::app

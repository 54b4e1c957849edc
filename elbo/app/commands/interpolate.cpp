// elbo interpolate: from one example to another by way of their codes.
#include <algorithm>
#include <charconv>
#include <fmt/format.h>

#include "elbo/app/commands/commands.h"
#include "elbo/app/commands/shared.h"
#include "elbo/app/messages.h"
#include "elbo/eval/apply.h"
#include "elbo/eval/latent_walks.h"
#include "elbo/run/run_folder.h"
#include "elbo/settings/error.h"

namespace elbo::app {
namespace {

void declare_interpolate(Arguments& arguments) {
  add_run(arguments);
  arguments.add_positional({.name = "A", .meaning = "the row to begin with, counted from 1"});
  arguments.add_positional({.name = "B", .meaning = "the row to end with"});
  add_split(arguments);
  add_data(arguments);
  arguments.add_option(Integer{.key = "steps",
                               .value = 11,
                               .meaning = "codes on the way, both ends included",
                               .limits = {.at_least = 2, .at_most = 1000}});
  add_out(arguments, "where they go: .png for a picture, .npy for an array [2, steps, dim], the line first");
}

int64_t row_argument(const Arguments& arguments, const char* name, int64_t count) {
  const std::string& text = arguments.text(name);
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) {
    throw ConfigError(fmt::format("{} {}: the number of a row is needed, from 1 to {}", name, text, count));
  }
  return row_at(number, count, name);
}

ExitCode run_interpolate(const Arguments& arguments) {
  const run::OpenRun run = open_run(arguments);
  run::require(run, &models::Capabilities::decodes, "elbo interpolate");
  const std::filesystem::path out = output_of(arguments, run, ".png or .npy");
  output_kind(out, run.data.image);
  const std::unique_ptr<const models::Model> model = model_of(run);
  const AskedRows rows = rows_of(arguments, run, *model);
  const int64_t first = row_argument(arguments, "A", rows.rows().count());
  const int64_t second = row_argument(arguments, "B", rows.rows().count());
  const Array codes =
      eval::encode(*model, rows.dataset, rows.split,
                   {.rows = std::max(first, second) + 1, .seed = seed_of(run), .threads = threads_of(arguments)});
  const Array a = eval::code_of(codes, first), b = eval::code_of(codes, second);
  const int64_t steps = arguments.integer("steps");
  Array both(DType::kF32, {2 * steps, codes.shape()[1]});
  const Array line = eval::linear_path(a, b, steps), circle = eval::spherical_path(a, b, steps);
  const auto middle = std::copy(line.values<float>().begin(), line.values<float>().end(), both.values<float>().begin());
  std::copy(circle.values<float>().begin(), circle.values<float>().end(), middle);
  write_decoded(out, both, steps, *model, run, arguments);
  print(fmt::format("{}: from row {} to row {} of {} in {} steps, along the line and along the great circle\n",
                    out.string(), first + 1, second + 1, rows.words, steps));
  return ExitCode::kDone;
}

}  // namespace

const Command& interpolate_command() {
  static const Command command{
      .name = "interpolate",
      .summary = "go from one example to another by way of their codes",
      .help =
          "Decodes codes between those of two rows: in the first row of the picture along the line between them, in "
          "the "
          "second along the great circle, which keeps to the distances from the origin that codes of many dimensions "
          "have "
          "(White 2016). Codes of opposite directions have no great circle, and get the line twice.",
      .examples = {{"elbo interpolate runs/vae-1 3 17 --out between.png", "from the third test image to the 17th"}},
      .declare = declare_interpolate,
      .run = run_interpolate};
  return command;
}

}  // namespace elbo::app

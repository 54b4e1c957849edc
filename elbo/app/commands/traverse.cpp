// elbo traverse: what each dimension of the code does to an example.
#include <algorithm>
#include <fmt/format.h>

#include "elbo/app/commands/commands.h"
#include "elbo/app/commands/shared.h"
#include "elbo/app/messages.h"
#include "elbo/eval/apply.h"
#include "elbo/eval/latent_walks.h"
#include "elbo/run/run_folder.h"

namespace elbo::app {
namespace {

constexpr int64_t kRowsOfRange = 5000;  // whose codes say how far a dimension reaches

void declare_traverse(Arguments& arguments) {
  add_run(arguments);
  add_split(arguments);
  add_data(arguments);
  arguments.add_option(Integer{.key = "row",
                               .value = 0,
                               .meaning =
                                   "the row whose code the others are changed from, counted from 1; 0: the mean of "
                                   "all codes",
                               .limits = {.at_least = 0}});
  arguments.add_option(Integer{.key = "steps",
                               .value = 11,
                               .meaning = "places in the range of each dimension",
                               .limits = {.at_least = 2, .at_most = 1000}});
  add_out(arguments, "where they go: .png for a picture, .npy for an array [dimensions, steps, dim]");
}

ExitCode run_traverse(const Arguments& arguments) {
  const run::OpenRun run = open_run(arguments);
  run::require(run, &models::Capabilities::decodes, "elbo traverse");
  const std::filesystem::path out = output_of(arguments, run, ".png or .npy");
  output_kind(out, run.data.image);
  const std::unique_ptr<const models::Model> model = model_of(run);
  const AskedRows rows = rows_of(arguments, run, *model);
  const int64_t number = arguments.integer("row");
  if (number > 0) row_at(number, rows.rows().count(), "--row");
  const Array codes =
      eval::encode(*model, rows.dataset, rows.split,
                   {.rows = std::max(kRowsOfRange, number), .seed = seed_of(run), .threads = threads_of(arguments)});
  const Array base = number > 0 ? eval::code_of(codes, number - 1) : eval::mean_code(codes);
  const int64_t steps = arguments.integer("steps");
  write_decoded(out, eval::traversal(codes, base, {.steps = steps}), steps, *model, run, arguments);
  print(fmt::format("{}: {} dimensions, each in {} steps through the range of the codes of {}\n", out.string(),
                    codes.shape()[1], steps, rows.words));
  return ExitCode::kDone;
}

}  // namespace

const Command& traverse_command() {
  static const Command command{
      .name = "traverse",
      .summary = "show what each dimension of the code does",
      .help =
          "Takes one code and changes one of its dimensions at a time, through the range that the codes of a split "
          "have in "
          "it, all but the outermost hundredth at each end; decodes each. A row of the picture is a dimension.",
      .examples = {{"elbo traverse runs/vae-1 --out traverse.png", "from the mean code"},
                   {"elbo traverse runs/vae-1 --row 7 --steps 15 --out traverse.png", "from the seventh test image's"}},
      .declare = declare_traverse,
      .run = run_traverse};
  return command;
}

}  // namespace elbo::app

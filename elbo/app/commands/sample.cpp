// elbo sample: new examples from a trained model.
#include <fmt/format.h>

#include "elbo/app/commands/commands.h"
#include "elbo/app/commands/shared.h"
#include "elbo/app/run/apply.h"
#include "elbo/app/run/messages.h"
#include "elbo/app/run/pictures.h"
#include "elbo/app/run/run_folder.h"
#include "elbo/data/npy.h"
#include "elbo/report/png.h"

namespace elbo::app {
namespace {

void declare(Arguments& arguments) {
  add_run(arguments);
  arguments.add_option(
      Integer{.key = "count", .value = 64, .meaning = "how many", .limits = {.at_least = 1, .at_most = 10'000'000}},
      {.letter = 'n'});
  add_out(arguments, "where they go: .png for a picture of a grid, .npy for an array [N, dim]");
  arguments.add_option(Flag{.key = "draw", .meaning = "draw each value (a pixel is 0 or 1) in place of its mean"});
}

ExitCode run(const Arguments& arguments) {
  const OpenRun run = open_run(arguments.text("RUN"), arguments);
  const std::filesystem::path out = arguments.text("out");
  const OutputKind kind = output_kind(out, run.data.image);
  const int64_t count = arguments.integer("count");
  require_picture_size(kind, count, arguments);
  const models::BuiltVae model = load_model(run);
  const Array samples = draw_samples(model.vae, {.rows = count,
                                                 .draw = arguments.flag("draw"),
                                                 .seed = static_cast<uint64_t>(run.config.integer("seed")),
                                                 .threads = threads_of(arguments)});
  if (kind == OutputKind::kPng) {
    report::write_png(out, grid_of(samples, run.data.image));
  } else {
    data::write_npy(out, samples);
  }
  print(fmt::format("{}: {} samples of {}\n", out.string(), count, run.folder.string()));
  return ExitCode::kDone;
}

}  // namespace

const Command& sample_command() {
  static const Command command{
      .name = "sample",
      .summary = "draw new examples from a trained model",
      .help =
          "Draws codes z from the prior and decodes each: what the model takes for examples of its data. Shown are "
          "the means of p(x|z), which look smooth; --draw draws from p(x|z) itself, as the model means it. The "
          "same seed gives the same samples, and a larger N the same ones and more.",
      .examples = {{"elbo sample runs/vae-1 -n 64 --out samples.png", "a picture of 8 x 8 samples"},
                   {"elbo sample runs/vae-1 -n 10000 --draw --seed 3 --out samples.npy", "an array for NumPy"}},
      .declare = declare,
      .run = run};
  return command;
}

}  // namespace elbo::app

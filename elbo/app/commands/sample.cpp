// elbo sample: new examples from a trained model.
#include <fmt/format.h>

#include "elbo/app/commands/commands.h"
#include "elbo/app/commands/csv_text.h"
#include "elbo/app/commands/shared.h"
#include "elbo/app/messages.h"
#include "elbo/data/npy.h"
#include "elbo/eval/apply.h"
#include "elbo/io/file.h"
#include "elbo/report/png.h"
#include "elbo/run/density_pictures.h"
#include "elbo/run/pictures.h"
#include "elbo/run/run_folder.h"
#include "elbo/settings/error.h"

namespace elbo::app {
namespace {

constexpr int kPlaneSide = 480;  // pixels

void declare_sample(Arguments& arguments) {
  add_run(arguments);
  arguments.add_option(
      Integer{.key = "count", .value = 64, .meaning = "how many", .limits = {.at_least = 1, .at_most = 10'000'000}},
      {.letter = 'n'});
  add_out(arguments, "where they go: .png for a picture, .npy for an array [N, dim], .csv for a table");
  arguments.add_option(Flag{.key = "draw", .meaning = "draw each value (a pixel is 0 or 1) in place of its mean"});
}

enum class SampleFormat { kImages, kPoints, kNpy, kCsv };

// .npy and .csv hold any rows; a picture is of images, or of points in the plane.
SampleFormat kind_of(const std::filesystem::path& out, const run::OpenRun& run) {
  const std::string ending = out.extension().string();
  if (ending == ".npy") return SampleFormat::kNpy;
  if (ending == ".csv") return SampleFormat::kCsv;
  if (ending != ".png") {
    throw ConfigError(
        fmt::format("--out {}: the name must end in .npy, .csv (arrays) or .png (a picture)", out.string()));
  }
  if (run.data.dim() == 2 && !run.data.image.is_image()) return SampleFormat::kPoints;
  output_kind(out, run.data.image);
  return SampleFormat::kImages;
}

std::string lost_words(const std::vector<int64_t>& lost, int64_t count) {
  return fmt::format("{} of {} draws went beyond 32-bit numbers, the first of them number {}", lost.size(), count,
                     lost.front() + 1);
}

ExitCode run_sample(const Arguments& arguments) {
  const run::OpenRun run = open_run(arguments);
  run::require(run, &models::Capabilities::samples, "elbo sample");
  const std::filesystem::path out = output_of(arguments, run, ".npy, .csv or .png");
  const SampleFormat kind = kind_of(out, run);
  const int64_t count = arguments.integer("count");
  if (kind == SampleFormat::kImages) require_picture_size(OutputKind::kPng, count, arguments);
  const std::unique_ptr<const models::Model> model = model_of(run);
  if (arguments.flag("draw") && !model->can<models::Samples>()->has_means()) {
    throw ConfigError("--draw: samples of this model are draws anyway");
  }
  std::vector<int64_t> lost;
  const Array drawn = eval::draw_samples(
      *model, {.rows = count, .draw = arguments.flag("draw"), .seed = seed_of(run), .threads = threads_of(arguments)},
      &lost);
  if (drawn.shape()[0] == 0) throw NumericalError(lost_words(lost, count) + "; nothing is written");
  const Array samples = run.data.encoding.decode(drawn);
  switch (kind) {
    case SampleFormat::kNpy:
      data::write_npy(out, samples.cast(DType::kF32));
      break;
    case SampleFormat::kCsv:
      io::write_atomic(out, csv_of(samples, run.data.layout.x_names()));
      break;
    case SampleFormat::kPoints:
      report::write_png(out, run::scatter_picture(samples, run::view_of(samples), kPlaneSide));
      break;
    case SampleFormat::kImages:
      report::write_png(out, run::grid_of(run.data.encoding.grey(drawn), run.data.image));
      break;
  }
  print(fmt::format("{}: {} samples of {}\n", out.string(), samples.shape()[0], run.folder.string()));
  if (!lost.empty()) throw NumericalError(lost_words(lost, count) + "; the others are written");
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
          "same seed gives the same samples, and a larger N the same ones and more."
          "\n\n"
          "Arrays and tables are in the units of the data, a table under the names of its columns. A flow gives draws "
          "from its density; the picture of two-dimensional ones shows them as points.",
      .examples = {{"elbo sample runs/vae-1 -n 64 --out samples.png", "a picture of 8 x 8 samples"},
                   {"elbo sample runs/vae-1 -n 10000 --draw --seed 3 --out samples.npy", "an array for NumPy"},
                   {"elbo sample runs/moons -n 10000 --out samples.csv", "a table of a flow's samples"}},
      .declare = declare_sample,
      .run = run_sample};
  return command;
}

}  // namespace elbo::app

// elbo sample: new examples from a trained model.
#include <fmt/format.h>
#include <iterator>

#include "elbo/app/commands/commands.h"
#include "elbo/app/commands/shared.h"
#include "elbo/eval/apply.h"
#include "elbo/run/density_pictures.h"
#include "elbo/app/messages.h"
#include "elbo/run/pictures.h"
#include "elbo/run/run_folder.h"
#include "elbo/data/npy.h"
#include "elbo/io/file.h"
#include "elbo/report/png.h"
#include "elbo/settings/error.h"

namespace elbo::app {
namespace {

constexpr int kPlaneSide = 480;  // pixels

void declare(Arguments& arguments) {
  add_run(arguments);
  arguments.add_option(
      Integer{.key = "count", .value = 64, .meaning = "how many", .limits = {.at_least = 1, .at_most = 10'000'000}},
      {.letter = 'n'});
  add_out(arguments, "where they go: .png for a picture, .npy for an array [N, dim]; a flow's also .csv");
  arguments.add_option(Flag{.key = "draw", .meaning = "draw each value (a pixel is 0 or 1) in place of its mean"});
}

// One row a line, every digit that a 32-bit number has.
std::string csv_of(const Array& rows) {
  std::string text;
  const auto values = rows.values<float>();
  const auto columns = static_cast<size_t>(rows.shape()[1]);
  for (size_t i = 0; i < values.size(); ++i) {
    fmt::format_to(std::back_inserter(text), "{}{}", values[i], (i + 1) % columns == 0 ? '\n' : ',');
  }
  return text;
}

// .npy and .csv hold any rows; a picture is of images, or of points in the plane.
ExitCode sample_flow(const OpenRun& run, const Arguments& arguments) {
  const std::filesystem::path out = arguments.text("out");
  const std::string ending = out.extension().string();
  const int64_t count = arguments.integer("count");
  const bool is_plane = run.data.dim == 2 && !run.data.image.is_image();
  if (arguments.flag("draw")) throw ConfigError("--draw: samples of a flow are draws anyway");
  if (out.empty()) throw ConfigError("--out is missing: the file to write, .npy, .csv or .png");
  if (ending == ".png" && !is_plane) {
    require_picture_size(output_kind(out, run.data.image), count, arguments);
  } else if (ending != ".png" && ending != ".npy" && ending != ".csv") {
    throw ConfigError(fmt::format("--out {}: the name must end in .npy, .csv or .png", out.string()));
  }
  const models::FlowDensity density = load_flow(run);
  const Array samples =
      draw_samples(density, FlowSampleOptions{.rows = count,
                                              .seed = static_cast<uint64_t>(run.config.integer("seed")),
                                              .threads = threads_of(arguments)});
  if (ending == ".npy") {
    data::write_npy(out, samples);
  } else if (ending == ".csv") {
    io::write_atomic(out, csv_of(samples));
  } else {
    report::write_png(
        out, is_plane ? scatter_picture(samples, view_of(samples), kPlaneSide) : grid_of(samples, run.data.image));
  }
  print(fmt::format("{}: {} samples of {}\n", out.string(), count, run.folder.string()));
  return ExitCode::kDone;
}

ExitCode run(const Arguments& arguments) {
  const OpenRun run = open_run(arguments.text("RUN"), arguments);
  if (is_flow(run.config)) return sample_flow(run, arguments);
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
          "same seed gives the same samples, and a larger N the same ones and more."
          "\n\n"
          "A flow gives draws from its density, in the units of the data; the picture of two-dimensional ones shows "
          "them as points.",
      .examples = {{"elbo sample runs/vae-1 -n 64 --out samples.png", "a picture of 8 x 8 samples"},
                   {"elbo sample runs/vae-1 -n 10000 --draw --seed 3 --out samples.npy", "an array for NumPy"},
                   {"elbo sample runs/moons -n 10000 --out samples.csv", "a table of a flow's samples"}},
      .declare = declare,
      .run = run};
  return command;
}

}  // namespace elbo::app

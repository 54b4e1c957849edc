// elbo density: a fitted density of the plane as a picture, between its data and its samples.
#include <algorithm>
#include <fmt/format.h>

#include "elbo/app/commands/commands.h"
#include "elbo/app/commands/shared.h"
#include "elbo/app/messages.h"
#include "elbo/eval/apply.h"
#include "elbo/io/file.h"
#include "elbo/report/png.h"
#include "elbo/run/density_pictures.h"
#include "elbo/run/run_folder.h"
#include "elbo/settings/error.h"

namespace elbo::app {
namespace {

void declare_density(Arguments& arguments) {
  add_run(arguments);
  add_split(arguments);
  add_data(arguments);
  add_out(arguments, "the picture: .png, or .svg with axes and a color bar");
  arguments.add_option(Integer{.key = "count",
                               .value = 5000,
                               .meaning = "samples drawn, and rows of the data shown, at most",
                               .limits = {.at_least = 1, .at_most = 1'000'000}},
                       {.letter = 'n'});
  arguments.add_option(Integer{.key = "size",
                               .value = 300,
                               .meaning = "side of each of the three pictures",
                               .unit = "pixels",
                               .limits = {.at_least = 16, .at_most = 2000}});
}

Array first_rows(const Array& rows, int64_t count) {
  count = std::min(count, rows.shape()[0]);
  const auto values = rows.values<double>();
  return Array::of<double>({count, rows.shape()[1]}, {values.begin(), values.begin() + count * rows.shape()[1]});
}

ExitCode run_density(const Arguments& arguments) {
  const run::OpenRun run = open_run(arguments);
  run::require(run, &models::Capabilities::scores, "elbo density");
  run::require(run, &models::Capabilities::samples, "elbo density");
  const std::filesystem::path out = output_of(arguments, run, ".png or .svg");
  const bool is_png = out.extension() == ".png";
  if (!is_png && out.extension() != ".svg") {
    throw ConfigError(fmt::format("--out {}: the name must end in .png or .svg", out.string()));
  }
  if (run.data.dim() != 2) {
    throw ConfigError(fmt::format("{}: its density is of rows with {} values; elbo density shows those with 2",
                                  run.folder.string(), run.data.dim()));
  }
  const std::unique_ptr<const models::Model> model = model_of(run);
  const AskedRows rows = rows_of(arguments, run, *model);
  const int64_t count = arguments.integer("count"), size = arguments.integer("size");
  const int threads = threads_of(arguments);
  const Array data = first_rows(rows.dataset.original(rows.split), count);
  std::vector<int64_t> lost;
  const Array samples = run.data.encoding.decode(
      eval::draw_samples(*model, {.rows = count, .seed = seed_of(run), .threads = threads}, &lost));
  const run::PlaneView view = run::view_of(data);
  const Array field =
      run::log_density_grid(*model, rows.dataset, view, {.columns = size, .rows = size, .threads = threads});
  const run::DensityPicture picture{.data = data, .field = field, .samples = samples, .view = view};
  if (is_png) {
    report::write_png(out, run::density_picture(picture));
  } else {
    const std::string title = fmt::format("{} on {}", run.config->text("model"), rows.dataset.name);
    io::write_atomic(out, run::density_drawing(picture, title).str());
  }
  print(fmt::format("{}: data, log-density and samples of {}\n", out.string(), run.folder.string()));
  if (!lost.empty())
    warn(fmt::format("{} of {} draws went beyond 32-bit numbers and are not shown", lost.size(), count));
  return ExitCode::kDone;
}

}  // namespace

const Command& density_command() {
  static const Command command{
      .name = "density",
      .summary = "draw a fitted density of the plane beside its data and samples",
      .help =
          "For a flow that was fitted to rows of two values: the rows of a split, the log-density as a heat map over "
          "the ten nats below its highest value, and samples, side by side in the same window.",
      .examples = {{"elbo density runs/moons --out density.png", "three pictures in a row"},
                   {"elbo density runs/moons --size 500 --out density.svg", "with axes and a color bar"}},
      .declare = declare_density,
      .run = run_density};
  return command;
}

}  // namespace elbo::app

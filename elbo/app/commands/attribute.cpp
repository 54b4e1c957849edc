// elbo attribute: the direction in which codes of a label lie, applied to an example.
#include <fmt/format.h>

#include "elbo/app/commands/commands.h"
#include "elbo/app/commands/shared.h"
#include "elbo/app/messages.h"
#include "elbo/eval/apply.h"
#include "elbo/eval/latent_walks.h"
#include "elbo/run/run_folder.h"

namespace elbo::app {
namespace {

void declare_attribute(Arguments& arguments) {
  add_run(arguments);
  add_split(arguments);
  add_data(arguments);
  arguments.add_option(Integer{
      .key = "row", .value = 1, .meaning = "the row that is changed, counted from 1", .limits = {.at_least = 1}});
  arguments.add_option(Integer{.key = "steps",
                               .value = 9,
                               .meaning = "strengths, from minus --strength to --strength",
                               .limits = {.at_least = 2, .at_most = 1000}});
  arguments.add_option(
      Number{.key = "strength", .value = 1, .meaning = "the largest: 1 is once the vector", .limits = {.above = 0}});
  add_out(arguments, "where they go: .png for a picture, .npy for an array [labels, steps, dim]");
}

ExitCode run_attribute(const Arguments& arguments) {
  const run::OpenRun run = open_run(arguments);
  run::require(run, &models::Capabilities::decodes, "elbo attribute");
  const std::filesystem::path out = output_of(arguments, run, ".png or .npy");
  output_kind(out, run.data.image);
  const std::unique_ptr<const models::Model> model = model_of(run);
  const AskedRows rows = rows_of(arguments, run, *model);
  const std::vector<int32_t> labels = labels_of(rows);
  const int64_t row = row_at(arguments.integer("row"), rows.rows().count(), "--row");
  const Array codes =
      eval::encode(*model, rows.dataset, rows.split, {.seed = seed_of(run), .threads = threads_of(arguments)});
  const int64_t steps = arguments.integer("steps");
  std::vector<double> strengths;
  for (int64_t step = 0; step < steps; ++step) {
    strengths.push_back(arguments.number("strength") *
                        (2 * static_cast<double>(step) / static_cast<double>(steps - 1) - 1));
  }
  const Array vectors = eval::attribute_vectors(codes, labels);
  write_decoded(out, eval::along_vectors(eval::code_of(codes, row), vectors, strengths), steps, *model, run, arguments);
  print(fmt::format("{}: row {} of {}, changed by the vectors of {} labels at {} strengths from {} to {}\n",
                    out.string(), row + 1, rows.words, vectors.shape()[0], steps, strengths.front(), strengths.back()));
  return ExitCode::kDone;
}

}  // namespace

const Command& attribute_command() {
  static const Command command{
      .name = "attribute",
      .summary = "move an example in the directions of labels",
      .help =
          "Of each label the vector is found that leads to it: the mean code of the rows that have it less the mean "
          "code "
          "of the others. Each is added to the code of one row at several strengths, and decoded. A row of the picture "
          "is "
          "a label, in their order; the middle of an odd number of steps is the row's own code.",
      .examples = {{"elbo attribute runs/vae-1 --out attributes.png", "the first test image towards each label"},
                   {"elbo attribute runs/vae-1 --row 12 --strength 2 --out attributes.png", "another, and farther"}},
      .declare = declare_attribute,
      .run = run_attribute};
  return command;
}

}  // namespace elbo::app

// elbo encode: the codes of examples, as an array.
#include <fmt/format.h>

#include "elbo/app/commands/commands.h"
#include "elbo/app/commands/shared.h"
#include "elbo/app/messages.h"
#include "elbo/data/npy.h"
#include "elbo/eval/apply.h"
#include "elbo/run/run_folder.h"

namespace elbo::app {
namespace {

void declare_encode(Arguments& arguments) {
  add_run(arguments);
  add_split(arguments);
  arguments.add_option(Integer{.key = "first",
                               .value = 0,
                               .meaning = "the first so many examples of the split; 0 for all",
                               .limits = {.at_least = 0}},
                       {.letter = 'n'});
  add_out(arguments, "where the codes go: an .npy array [N, latent dimension]");
  arguments.add_option(Flag{.key = "sample", .meaning = "a draw from q(z|x) in place of its center"});
}

ExitCode run_encode(const Arguments& arguments) {
  const run::OpenRun run = open_run(arguments);
  run::require(run, &models::Capabilities::encodes, "elbo encode");
  const std::filesystem::path out = arguments.text("out");
  if (out.empty()) throw ConfigError("--out is missing: the .npy file to write");
  if (out.extension() != ".npy") {
    throw ConfigError(fmt::format("--out {}: codes are an array; the name must end in .npy", out.string()));
  }
  const data::Split split = split_of(arguments);
  const std::unique_ptr<const models::Model> model = model_of(run);
  const data::Dataset dataset = run::load_data(run, *model);
  const Array codes = eval::encode(*model, dataset, split,
                                   {.rows = arguments.integer("first"),
                                    .draw = arguments.flag("sample"),
                                    .seed = seed_of(run),
                                    .threads = threads_of(arguments)});
  data::write_npy(out, codes);
  print(fmt::format("{}: {} codes of length {}, the {} split of {}\n", out.string(), codes.shape()[0], codes.shape()[1],
                    name_of(split), dataset.name));
  return ExitCode::kDone;
}

}  // namespace

const Command& encode_command() {
  static const Command command{
      .name = "encode",
      .summary = "write the codes of examples as an array",
      .help =
          "Writes one code z for each example of a split, in the order of the data, as a NumPy array: the center of "
          "q(z|x), which is its mean, or with a flow the mean of what the flow starts from, carried through it; "
          "with --sample a draw from q(z|x).",
      .examples = {{"elbo encode runs/vae-1 --out z.npy", "the test split, [10000, 20]"},
                   {"elbo encode runs/vae-1 --split train --out z-train.npy", "to train a classifier on"}},
      .declare = declare_encode,
      .run = run_encode};
  return command;
}

}  // namespace elbo::app

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
  add_data(arguments);
  arguments.add_option(
      Integer{
          .key = "first", .value = 0, .meaning = "the first so many examples; 0 for all", .limits = {.at_least = 0}},
      {.letter = 'n'});
  add_out(arguments, "where the codes go: an .npy array [N, latent dimension]");
  arguments.add_option(Flag{.key = "sample", .meaning = "a draw from q(z|x) in place of its center"});
}

ExitCode run_encode(const Arguments& arguments) {
  const run::OpenRun run = open_run(arguments);
  run::require(run, &models::Capabilities::encodes, "elbo encode");
  const std::filesystem::path out = output_of(arguments, run, ".npy");
  if (out.extension() != ".npy") {
    throw ConfigError(fmt::format("--out {}: codes are an array; the name must end in .npy", out.string()));
  }
  const std::unique_ptr<const models::Model> model = model_of(run);
  const AskedRows rows = rows_of(arguments, run, *model);
  const Array codes = eval::encode(*model, rows.dataset, rows.split,
                                   {.rows = arguments.integer("first"),
                                    .draw = arguments.flag("sample"),
                                    .seed = seed_of(run),
                                    .threads = threads_of(arguments)});
  data::write_npy(out, codes);
  const std::string numbers = write_row_numbers(out, rows, arguments.integer("first"));
  print(fmt::format("{}: {} codes of length {}, {}\n{}", out.string(), codes.shape()[0], codes.shape()[1], rows.words,
                    numbers));
  return ExitCode::kDone;
}

}  // namespace

const Command& encode_command() {
  static const Command command{
      .name = "encode",
      .summary = "write the codes of examples as an array",
      .help =
          "Writes one code z for each row, as a NumPy array: of --data FILE in the order of the file, else of a split; "
          "where a table was shuffled to be cut, NAME.rows.npy beside it says which row is which. A code is the center "
          "of "
          "q(z|x), which is its mean, or with a flow the mean of what the flow starts from, carried through it; "
          "with --sample a draw from q(z|x).",
      .examples = {{"elbo encode runs/vae-1 --out z.npy", "the test split, [10000, 20]"},
                   {"elbo encode runs/vae-1 --split train --out z-train.npy", "to train a classifier on"}},
      .declare = declare_encode,
      .run = run_encode};
  return command;
}

}  // namespace elbo::app

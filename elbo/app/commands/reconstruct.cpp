// elbo reconstruct: examples beside what is left of them after the code.
#include <cstring>
#include <fmt/format.h>

#include "elbo/app/commands/commands.h"
#include "elbo/app/commands/shared.h"
#include "elbo/app/messages.h"
#include "elbo/data/npy.h"
#include "elbo/eval/apply.h"
#include "elbo/report/png.h"
#include "elbo/run/pictures.h"
#include "elbo/run/run_folder.h"

namespace elbo::app {
namespace {

void declare_reconstruct(Arguments& arguments) {
  add_run(arguments);
  add_split(arguments);
  add_data(arguments);
  arguments.add_option(Integer{.key = "first",
                               .value = 100,
                               .meaning = "the first so many examples, or all that there are",
                               .limits = {.at_least = 1, .at_most = 10'000'000}},
                       {.letter = 'n'});
  add_out(arguments, "where they go: .png for a picture, .npy for an array [N, 2, dim], inputs first");
  arguments.add_option(Flag{.key = "sample", .meaning = "decode a draw from q(z|x) in place of its center"});
}

// [n, 2, dim]: each input followed by its output.
Array interleaved(const Array& wide_inputs, const Array& wide_outputs) {
  const Array inputs = wide_inputs.cast(DType::kF32), outputs = wide_outputs.cast(DType::kF32);
  const int64_t rows = inputs.shape()[0], dim = inputs.shape()[1];
  Array result(DType::kF32, {rows, 2, dim});
  const size_t bytes = static_cast<size_t>(dim) * sizeof(float);
  for (size_t row = 0; row < static_cast<size_t>(rows); ++row) {
    std::memcpy(result.data() + (2 * row) * bytes, inputs.data() + row * bytes, bytes);
    std::memcpy(result.data() + (2 * row + 1) * bytes, outputs.data() + row * bytes, bytes);
  }
  return result;
}

ExitCode run_reconstruct(const Arguments& arguments) {
  const run::OpenRun run = open_run(arguments);
  run::require(run, &models::Capabilities::reconstructs, "elbo reconstruct");
  const std::filesystem::path out = output_of(arguments, run, ".png or .npy");
  const OutputKind kind = output_kind(out, run.data.image);
  require_picture_size(kind, arguments.integer("first"), arguments);
  const std::unique_ptr<const models::Model> model = model_of(run);
  const AskedRows rows = rows_of(arguments, run, *model);
  const eval::Reconstructions both = eval::reconstruct(*model, rows.dataset, rows.split,
                                                       {.rows = arguments.integer("first"),
                                                        .draw = arguments.flag("sample"),
                                                        .seed = seed_of(run),
                                                        .threads = threads_of(arguments)});
  const data::Encoding& encoding = run.data.encoding;
  std::string numbers;
  if (kind == OutputKind::kPng) {
    report::write_png(out, run::grid_of_pairs(encoding.grey(both.inputs), encoding.grey(both.outputs), run.data.image));
  } else {
    data::write_npy(out, interleaved(encoding.decode(both.inputs), encoding.decode(both.outputs)));
    numbers = write_row_numbers(out, rows, arguments.integer("first"));
  }
  print(fmt::format("{}: the first {} examples of {}, each before its reconstruction\n{}", out.string(),
                    both.inputs.shape()[0], rows.words, numbers));
  return ExitCode::kDone;
}

}  // namespace

const Command& reconstruct_command() {
  static const Command command{
      .name = "reconstruct",
      .summary = "show examples beside their reconstructions",
      .help =
          "Encodes the first examples of a split, or of --data FILE in its order, and decodes their codes: the center "
          "of q(z|x), or with --sample a "
          "draw from it. In a picture each input stands left of its reconstruction, the mean of p(x|z).",
      .examples = {{"elbo reconstruct runs/vae-1 --split train --first 100 --out reconstructions.png",
                    "the first hundred training images"}},
      .declare = declare_reconstruct,
      .run = run_reconstruct};
  return command;
}

}  // namespace elbo::app

#include "elbo/app/commands/shared.h"

#include <fmt/format.h>

#include "elbo/app/messages.h"
#include "elbo/run/schema.h"
#include "elbo/settings/error.h"

namespace elbo::app {
namespace {

constexpr int64_t kMostImages = 10'000;

}  // namespace

void add_threads(Arguments& arguments) {
  arguments.add_option(Integer{.key = "threads",
                               .value = 0,
                               .meaning = "threads to compute with; 0: one a core. The results are the same bits",
                               .limits = {.at_least = 0, .at_most = 1024}},
                       {.letter = 't'});
  arguments.add_option(Text{.key = "isa",
                            .value = "best",
                            .meaning = "instruction set to compute with at most; of one, results are the same bits on "
                                       "every processor",
                            .choices = {"best", "sse4", "avx2", "avx512"}});
}

int threads_of(const Arguments& arguments) {
  return static_cast<int>(arguments.integer("threads"));
}

void add_json(Arguments& arguments) {
  arguments.add_option(Flag{.key = "json", .meaning = "print one JSON object on standard output"});
}

void add_quiet(Arguments& arguments) {
  arguments.add_option(Flag{.key = "quiet", .meaning = "no progress on standard error"}, {.letter = 'q'});
}

void add_run(Arguments& arguments) {
  arguments.add_positional({.name = "RUN", .meaning = "folder of a run, as elbo train makes it"});
  arguments.add_settings(run::run_schema());
  arguments.add_setting({.name = "seed", .key = "seed"});
  add_threads(arguments);
}

void add_split(Arguments& arguments) {
  arguments.add_option(Text{.key = "split",
                            .value = "test",
                            .meaning = "which part of the data",
                            .choices = {"train", "validation", "test"}},
                       {.letter = 's', .placeholder = "SPLIT"});
  arguments.add_setting({.name = "data-dir", .key = "data.folder", .spelling = {.placeholder = "FOLDER"}});
}

run::OpenRun open_run(const Arguments& arguments) {
  return run::open_run(arguments.text("RUN"), arguments.assignments());
}

std::unique_ptr<const models::Model> model_of(const run::OpenRun& run) {
  std::vector<std::string> warnings;
  std::unique_ptr<const models::Model> model = run::load_model(run, &warnings);
  for (const std::string& warning : warnings) warn(warning);
  return model;
}

uint64_t seed_of(const run::OpenRun& run) {
  return static_cast<uint64_t>(run.settings().integer("seed"));
}

data::Split split_of(const Arguments& arguments) {
  return data::split_named(arguments.text("split"));
}

void add_out(Arguments& arguments, const char* meaning) {
  arguments.add_option(Text{.key = "out", .value = "", .meaning = meaning}, {.letter = 'o', .placeholder = "FILE"});
}

OutputKind output_kind(const std::filesystem::path& out, const data::ImageGeometry& image) {
  const std::string ending = out.extension().string();
  if (out.empty()) throw ConfigError("--out is missing: the file to write, .png or .npy");
  if (ending == ".npy") return OutputKind::kNpy;
  if (ending != ".png") {
    throw ConfigError(fmt::format("--out {}: the name must end in .png (a picture) or .npy (an array)", out.string()));
  }
  if (!image.is_image()) {
    throw ConfigError(fmt::format("--out {}: the rows of this run are no images; .npy keeps them", out.string()));
  }
  if (image.channels != 1 && image.channels != 3) {
    throw ConfigError(
        fmt::format("--out {}: images of {} channels make no picture; .npy keeps them", out.string(), image.channels));
  }
  return OutputKind::kPng;
}

void require_picture_size(OutputKind kind, int64_t images, const Arguments& arguments) {
  if (kind == OutputKind::kNpy || images <= kMostImages) return;
  throw ConfigError(fmt::format("--out {}: a picture shows at most {} images, {} were asked for; .npy holds any number",
                                arguments.text("out"), kMostImages, images));
}

}  // namespace elbo::app

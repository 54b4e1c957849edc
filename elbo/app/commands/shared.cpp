#include "elbo/app/commands/shared.h"

#include <algorithm>
#include <fmt/format.h>

#include "elbo/app/messages.h"
#include "elbo/data/npy.h"
#include "elbo/data/registry.h"
#include "elbo/eval/apply.h"
#include "elbo/report/png.h"
#include "elbo/run/pictures.h"
#include "elbo/run/schema.h"
#include "elbo/settings/error.h"

namespace elbo::app {
namespace fs = std::filesystem;
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

void add_data(Arguments& arguments) {
  arguments.add_option(Text{.key = "data",
                            .value = "",
                            .meaning = "other rows, read as the run reads its own: a file (.csv, .npy, .npz, IDX), all "
                                       "of it in its order, or a data set by name, of which --split is taken"},
                       {.placeholder = "DATA"});
}

namespace {

// A file, also one that is not there: what no data set has the name of.
bool is_file(const std::string& source) {
  std::error_code ignored;
  return fs::is_regular_file(source, ignored) ||
         data::datasets().find_if_known(source.substr(0, source.find(':'))) == nullptr;
}

AskedRows rows_of_split(data::Dataset dataset, data::Split split) {
  dataset.split(split);  // refused where it is empty
  AskedRows rows{.dataset = std::move(dataset), .split = split, .words = {}};
  rows.words = fmt::format("the {} split of {}", name_of(split), rows.dataset.name);
  rows.are_shuffled = rows.dataset.is_cut;
  return rows;
}

}  // namespace

AskedRows rows_of(const Arguments& arguments, const run::OpenRun& run, const models::Model& model) {
  const std::string& source = arguments.text("data");
  if (!source.empty()) {
    if (is_file(source) && arguments.given("split")) {
      throw ConfigError(fmt::format("--split: all rows of the file {} are taken; leave it out", source));
    }
    return rows_named(source, arguments, run, model);
  }
  std::vector<std::string> said;
  AskedRows rows = rows_of_split(run::load_data(run, model, &said), split_of(arguments));
  for (const std::string& one : said) warn(one);
  for (const std::string& one : rows.dataset.remarks) remark(one);
  return rows;
}

AskedRows rows_named(const std::string& source, const Arguments& arguments, const run::OpenRun& run,
                     const models::Model& model) {
  AskedRows rows;
  if (is_file(source)) {
    rows = {.dataset = run::load_file(run, model, source), .split = data::Split::kTest, .words = source};
    rows.are_shuffled = rows.rows().count() < rows.dataset.rows_in_file;
  } else {
    run::OpenRun other = run;
    other.config.add({Assignment::of_flag("data", source, "--data " + source)});
    rows = rows_of_split(run::load_data(other, model), split_of(arguments));
  }
  for (const std::string& one : rows.dataset.remarks) remark(one);
  return rows;
}

std::string write_row_numbers(const fs::path& out, const AskedRows& rows, int64_t first) {
  if (!rows.are_shuffled) return {};
  const std::vector<int64_t>& numbers = rows.rows().rows();
  const auto count = first > 0 ? std::min<int64_t>(first, rows.rows().count()) : rows.rows().count();
  std::vector<double> values(numbers.begin(), numbers.begin() + count);
  fs::path beside = out;
  beside.replace_extension(".rows.npy");
  const Array array = Array::of<double>({count}, values);
  const bool fits = values.empty() || *std::max_element(values.begin(), values.end()) <= 0x7fffffff;
  data::write_npy(beside, fits ? array.cast(DType::kI32) : array);
  return fmt::format("{}: which rows of the file these are, from 0 on\n", beside.string());
}

fs::path output_of(const Arguments& arguments, const run::OpenRun& run, const char* kinds) {
  const fs::path out = arguments.text("out");
  if (out.empty()) throw ConfigError(fmt::format("--out is missing: the file to write, {}", kinds));
  std::error_code ignored;
  const auto is_input = [&](const fs::path& other) { return fs::equivalent(out, other, ignored); };
  bool reads = false;
  for (const char* option : {"data", "observation", "other"}) {
    const std::string file = arguments.has(option) ? arguments.text(option) : std::string();
    reads = reads || (!file.empty() && is_input(file));
  }
  for (const data::Source& source : run.data.sources) reads = reads || is_input(source.path);
  if (reads) throw ConfigError(fmt::format("--out {}: is a file of the data, which it would replace", out.string()));
  if (run::is_own_file(run.folder, out)) {
    throw ConfigError(fmt::format("--out {}: is a file of the run itself, which it would replace", out.string()));
  }
  return out;
}

void add_out(Arguments& arguments, const char* meaning) {
  arguments.add_option(Text{.key = "out", .value = "", .meaning = meaning}, {.letter = 'o', .placeholder = "FILE"});
}

OutputKind output_kind(const std::filesystem::path& out, const data::ImageGeometry& image) {
  const std::string ending = out.extension().string();
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

void write_decoded(const fs::path& out, const Array& z, int64_t columns, const models::Model& model,
                   const run::OpenRun& run, const Arguments& arguments) {
  const OutputKind kind = output_kind(out, run.data.image);
  require_picture_size(kind, z.shape()[0], arguments);
  const Array rows = eval::decode(model, z, {.threads = threads_of(arguments)});
  const data::Encoding& encoding = run.data.encoding;
  if (kind == OutputKind::kPng) {
    report::write_png(out, run::grid_of(encoding.grey(rows), run.data.image, columns));
  } else {
    data::write_npy(
        out, encoding.decode(rows).cast(DType::kF32).reshaped({rows.shape()[0] / columns, columns, rows.shape()[1]}));
  }
}

int64_t row_at(int64_t number, int64_t count, const std::string& who) {
  if (number >= 1 && number <= count) return number - 1;
  throw ConfigError(fmt::format("{} {}: rows are numbered from 1 to {}", who, number, count));
}

std::vector<int32_t> labels_of(const AskedRows& rows) {
  if (!rows.rows().has("label")) {
    throw DataError(
        fmt::format("{}: has no labels; data.label_column names the column of a table that holds them", rows.words));
  }
  const auto values = rows.rows().array("label").values<int32_t>();
  std::vector<int32_t> known(values.begin(), values.end());
  std::sort(known.begin(), known.end());
  known.erase(std::unique(known.begin(), known.end()), known.end());
  std::vector<int32_t> labels;
  labels.reserve(values.size());
  for (const int32_t value : values) {
    labels.push_back(static_cast<int32_t>(std::lower_bound(known.begin(), known.end(), value) - known.begin()));
  }
  return labels;
}

void require_picture_size(OutputKind kind, int64_t images, const Arguments& arguments) {
  if (kind == OutputKind::kNpy || images <= kMostImages) return;
  throw ConfigError(fmt::format("--out {}: a picture shows at most {} images, {} were asked for; .npy holds any number",
                                arguments.text("out"), kMostImages, images));
}

}  // namespace elbo::app

// Options that several commands have in common.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "elbo/app/config/arguments.h"
#include "elbo/data/dataset.h"
#include "elbo/run/run_folder.h"

namespace elbo::app {

// --threads and --isa, for all that computes; run_program() sees to the latter.
void add_threads(Arguments& arguments);
int threads_of(const Arguments& arguments);

void add_json(Arguments& arguments);
void add_quiet(Arguments& arguments);

// RUN, --set, --seed and --threads, for commands that use a trained model.
void add_run(Arguments& arguments);
// The run named by RUN, under the settings of the command line; its model with its weights, what is passed over
// mentioned on standard error.
run::OpenRun open_run(const Arguments& arguments);
std::unique_ptr<const models::Model> model_of(const run::OpenRun& run);
uint64_t seed_of(const run::OpenRun& run);

// --split and --data-dir, for those that need data too.
void add_split(Arguments& arguments);

data::Split split_of(const Arguments& arguments);

// --data, for commands that take other rows than the run's own.
void add_data(Arguments& arguments);
// What --data and --split say, read as the run reads data.  What is to be known of it goes to standard error.
struct AskedRows {
  data::Dataset dataset;
  data::Split split;
  std::string words;          // "the test split of csv:wine.csv", "new.csv"
  bool are_shuffled = false;  // they do not stand in the order of their file
  const data::SplitData& rows() const { return dataset.split(split); }
};
AskedRows rows_of(const Arguments& arguments, const run::OpenRun& run, const models::Model& model);
// Those that `source`, in place of what --data says, and --split say; a file has no splits, and is taken whole.
AskedRows rows_named(const std::string& source, const Arguments& arguments, const run::OpenRun& run,
                     const models::Model& model);
// Where the rows do not stand in their file's order: which they are, from 0 on, beside `out` as NAME.rows.npy.  What it
// says of that; empty without.
std::string write_row_numbers(const std::filesystem::path& out, const AskedRows& rows, int64_t first);

// A file that a command writes, by its ending.
enum class OutputKind { kPng, kNpy };
void add_out(Arguments& arguments, const char* meaning);
// ConfigError where it is missing (`kinds` says what may be: ".npy"), or names a file that the command reads or that
// the run is made of.
std::filesystem::path output_of(const Arguments& arguments, const run::OpenRun& run, const char* kinds);
// Throws ConfigError, which names the endings that may be, for any other one, and for a picture of what is no image.
OutputKind output_kind(const std::filesystem::path& out, const data::ImageGeometry& image);
// Decodes codes z [rows * columns, code_dim] and writes them: a picture of so many columns, or an array [rows, columns,
// dim] in the units of the data.
void write_decoded(const std::filesystem::path& out, const Array& z, int64_t columns, const models::Model& model,
                   const run::OpenRun& run, const Arguments& arguments);
// The place of row `number`, which users count from 1 on, among so many; ConfigError, which names the option or
// argument `who`, where there is none.
int64_t row_at(int64_t number, int64_t count, const std::string& who);
// The labels of the rows; DataError where the data have none.
// They are numbered 0, 1, ... in their order: a table may have 3 to 8, or -1 and 1.
std::vector<int32_t> labels_of(const AskedRows& rows);

// Throws ConfigError when a picture of so many images would be larger than anyone looks at.
void require_picture_size(OutputKind kind, int64_t images, const Arguments& arguments);

}  // namespace elbo::app

// environment.json of a run: what it ran on, as far as its bits depend on that, and the shape of its data.
//
//   {"elbo":"0.1.0","instruction_set":"AVX3","product_instruction_set":"AVX512_CORE","threads":2,"memory_bytes":81788928,
//    "compiler":"GCC 12.2.0",//
//    "data":{"name":"fashion-mnist","dim":784,"height":28,"width":28,"channels":1,"train":60000,...}}
//
// No names of hosts, users or folders: a run can be given away.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "elbo/data/dataset.h"

namespace elbo::run {

// What of the data is needed without it: to draw samples, to tell that other data does not fit.
struct DataFacts {
  std::string name;
  int64_t dim = 0;
  data::ImageGeometry image;
};

// By their names; results are of the same bits where both are the same.
struct InstructionSets {
  std::string kernels;
  std::string products;  // of matrices, oneDNN's

  static InstructionSets here();
  friend bool operator==(const InstructionSets&, const InstructionSets&) = default;
};

std::filesystem::path environment_file(const std::filesystem::path& run);
struct Surroundings {
  const data::Dataset& dataset;
  int threads = 0;           // 0: one for each processor this process may use
  int64_t memory_bytes = 0;  // that training needs, as estimated
};
void write_environment(const std::filesystem::path& run, const Surroundings& surroundings);

// CorruptFileError when the file is missing or anything in it is wrong.
DataFacts read_data_facts(const std::filesystem::path& run);
// Whether the folder has an environment.json that elbo wrote.
bool is_environment(const std::filesystem::path& run);
// The instruction sets that a run was started on, as far as it says so.
InstructionSets instruction_sets_of(const std::filesystem::path& run);

}  // namespace elbo::run

// environment.json of a run: what it ran on, as far as its bits depend on that, and the shape of its data.
//
//   {"elbo":"0.1.0","instruction_set":"AVX3","threads":2,"compiler":"GCC 12.2.0",
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

std::filesystem::path environment_file(const std::filesystem::path& run);
void write_environment(const std::filesystem::path& run, const data::Dataset& dataset, int threads);

// CorruptFileError when the file is missing or anything in it is wrong.
DataFacts read_data_facts(const std::filesystem::path& run);
// The instruction set that a run was started on, if it says so.
std::string instruction_set_of(const std::filesystem::path& run);

}  // namespace elbo::run

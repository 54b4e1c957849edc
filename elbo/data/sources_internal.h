// The rows of the registry, each defined in the file that loads it.
#pragma once

#include <filesystem>
#include <vector>

#include "elbo/data/registry.h"

namespace elbo::data {

DatasetEntry fashion_mnist_entry();  // idx_datasets.cpp
DatasetEntry mnist_entry();
DatasetEntry idx_entry();
DatasetEntry mnist_static_entry();              // mnist_static.cpp
std::vector<DatasetEntry> table_entries();      // table_datasets.cpp: npy, npz, csv
std::vector<DatasetEntry> generator_entries();  // generator_datasets.cpp

// The folder that the options or else ELBO_DATA name; DataError that says how to name one when neither does.
std::filesystem::path required_folder(const DatasetEntry& entry, const DatasetOptions& options);
// The first of the names that exists in one of the folders; DataError that names where it was looked for.
std::filesystem::path required_file(const DatasetEntry& entry, const std::vector<std::filesystem::path>& folders,
                                    const std::vector<std::string>& names);

}  // namespace elbo::data

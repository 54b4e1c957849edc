// The rows of the registry, each defined in the file that loads it, and what those files share.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "elbo/data/registry.h"

namespace elbo::data {

extern const DatasetRow kFashionMnist, kMnist, kIdx;  // idx_datasets.cpp
extern const DatasetRow kMnistStatic;                 // mnist_static.cpp
extern const DatasetRow kNpy, kNpz, kCsv;             // table_datasets.cpp
std::span<const DatasetRow> generator_rows();         // generator_datasets.cpp

// `folder`: where the files of a data set are.
Option folder_setting();
// The folder that the settings or else ELBO_DATA name; DataError that says how to name one when neither does.
std::filesystem::path required_folder(const DatasetRow& row, const Settings& settings);
// The first of the names that exists in one of the folders; DataError that names where it was looked for.
std::filesystem::path required_file(const DatasetRow& row, const std::vector<std::filesystem::path>& folders,
                                    const std::vector<std::string>& names);

}  // namespace elbo::data

// MNIST as Larochelle binarized it once and for all, the set that published likelihoods are compared on.
#include "elbo/data/amat.h"
#include "elbo/data/rows_internal.h"
#include "elbo/data/sources_internal.h"
#include "elbo/settings/error.h"

namespace elbo::data {

namespace {

namespace fs = std::filesystem;

constexpr int64_t kSide = 28;

SplitData read_part(const DatasetEntry& entry, const std::vector<fs::path>& folders, const std::string& part,
                    const ReadLimits& limits) {
  const std::string stem = "binarized_mnist_" + part + ".amat";
  const fs::path path = required_file(entry, folders, {stem + ".gz", stem});
  SplitData split{.rows = read_amat(path, limits)};
  if (split.rows.shape()[1] != kSide * kSide) {
    throw DataError(shown(path) + ": holds rows of " + std::to_string(split.rows.shape()[1]) +
                    " values; 784 are required");
  }
  return split;
}

Dataset load_mnist_static(const DatasetEntry& entry, const DatasetOptions& options) {
  if (options.validation != 0) {
    throw ConfigError("validation = " + std::to_string(options.validation) +
                      ": data set mnist-static has a validation split of its own; leave it at 0");
  }
  const fs::path folder = required_folder(entry, options);
  const std::vector<fs::path> folders{folder / "mnist-static", folder};
  Dataset dataset{.name = entry.name,
                  .image = {.height = kSide, .width = kSide, .channels = 1},
                  .binarization = Binarization::kFile};
  dataset.train = read_part(entry, folders, "train", options.limits);
  dataset.validation = read_part(entry, folders, "valid", options.limits);
  dataset.test = read_part(entry, folders, "test", options.limits);
  return dataset;
}

}  // namespace

DatasetEntry mnist_static_entry() {
  return {.name = "mnist-static",
          .summary = "MNIST binarized once and for all: 50000 train, 10000 validation, 10000 test",
          .origin = "Larochelle & Murray (2011); .amat files in --data-dir or ELBO_DATA",
          .load = load_mnist_static};
}

}  // namespace elbo::data

// MNIST as Larochelle binarized it once and for all, the set that published likelihoods are compared on.
#include "elbo/data/amat.h"
#include "elbo/data/rows_internal.h"
#include "elbo/data/sources_internal.h"
#include "elbo/settings/error.h"

namespace elbo::data {

namespace {

namespace fs = std::filesystem;

constexpr int64_t kSide = 28;

RawSplit read_part(const DatasetRow& row, const std::vector<fs::path>& folders, const std::string& part,
                   RawDataset& dataset) {
  const std::string stem = "binarized_mnist_" + part + ".amat";
  const fs::path path = required_file(row, folders, {stem + ".gz", stem});
  Array x = read_amat(path);
  if (x.shape()[1] != kSide * kSide) {
    throw DataError(shown(path) + ": holds rows of " + std::to_string(x.shape()[1]) + " values; 784 are required");
  }
  dataset.sources.push_back(source_of(path));
  return whole({.x = std::move(x), .label = {}}, shown(path));
}

RawDataset load_mnist_static(const DatasetRow& row, const Settings& settings) {
  if (settings.integer("validation") != 0) {
    settings.refuse("validation", "data set mnist-static has a validation split of its own; leave it at 0");
  }
  const fs::path folder = required_folder(row, settings);
  const std::vector<fs::path> folders{folder / "mnist-static", folder};
  RawDataset dataset{
      .name = std::string(row.name), .image = {.height = kSide, .width = kSide, .channels = 1}, .is_binarized = true};
  dataset.train = read_part(row, folders, "train", dataset);
  dataset.validation = read_part(row, folders, "valid", dataset);
  dataset.test = read_part(row, folders, "test", dataset);
  return dataset;
}

}  // namespace

const DatasetRow kMnistStatic{
    .name = "mnist-static",
    .description = "MNIST binarized once and for all: 50000 train, 10000 validation, 10000 test",
    .paper = "Larochelle & Murray (2011)",
    .origin = ".amat files in data.folder or ELBO_DATA",
    .argument = {},
    .settings = {folder_setting()},
    .load = load_mnist_static};

}  // namespace elbo::data

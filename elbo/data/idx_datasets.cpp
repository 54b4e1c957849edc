// Data sets in the four IDX files of MNIST.
#include <cstdlib>
#include <optional>

#include "elbo/data/idx.h"
#include "elbo/data/rows_internal.h"
#include "elbo/data/sources_internal.h"
#include "elbo/settings/error.h"

namespace elbo::data {

namespace {

namespace fs = std::filesystem;

constexpr const char* kFashionMnistPackage = "/usr/share/datasets/fashion-mnist";  // dataset-fashion-mnist

// The names under which one part is met: as published, unpacked or not, and as some archives unpack it.
std::vector<std::string> names_of(std::string_view part, std::string_view kind) {
  const std::string stem(part), type(kind);
  return {stem + "-" + type + "-ubyte.gz", stem + "-" + type + "-ubyte", stem + "." + type + "-ubyte"};
}

std::optional<fs::path> find_file(const std::vector<fs::path>& folders, const std::vector<std::string>& names) {
  for (const fs::path& folder : folders) {
    for (const std::string& name : names) {
      std::error_code ignored;
      if (fs::exists(folder / name, ignored)) return folder / name;
    }
  }
  return std::nullopt;
}

struct Images {
  SplitData split;
  ImageGeometry image;
  std::string source;
};

Images read_images(const fs::path& images_path, const std::optional<fs::path>& labels_path, const ReadLimits& limits) {
  Array images = read_idx(images_path, limits);
  Images result{.image = geometry_of(images.shape()), .source = shown(images_path)};
  if (!result.image.is_image()) {
    throw DataError(result.source + ": holds values " + to_string(images.shape()) +
                    "; images [count, height, width] are required");
  }
  result.split.rows = as_rows(std::move(images), result.source);
  if (labels_path) {
    result.split.labels = as_labels(read_idx(*labels_path, limits), result.split.count(), shown(*labels_path));
  }
  return result;
}

// `whole`: test images and all labels must be there too.
Dataset load_idx_folders(const DatasetEntry& entry, const std::vector<fs::path>& folders, bool whole,
                         const DatasetOptions& options) {
  const auto labels_of = [&](std::string_view part, const fs::path& images) -> std::optional<fs::path> {
    const std::vector<fs::path> beside{images.parent_path()};
    const auto names = names_of(std::string(part) + "-labels", "idx1");
    return whole ? required_file(entry, beside, names) : find_file(beside, names);
  };
  Dataset dataset{.name = entry.name, .value_scale = 255};
  const fs::path train_path = required_file(entry, folders, names_of("train-images", "idx3"));
  Images train = read_images(train_path, labels_of("train", train_path), options.limits);
  dataset.train = std::move(train.split);
  dataset.image = train.image;
  const std::vector<fs::path> beside{train_path.parent_path()};
  const auto test_names = names_of("t10k-images", "idx3");
  const auto test_path = whole ? required_file(entry, beside, test_names) : find_file(beside, test_names);
  if (test_path) {
    Images test = read_images(*test_path, labels_of("t10k", *test_path), options.limits);
    if (test.image != train.image) {
      throw DataError(test.source + ": holds images of " + std::to_string(test.image.height) + " x " +
                      std::to_string(test.image.width) + "; those of train are " + std::to_string(train.image.height) +
                      " x " + std::to_string(train.image.width));
    }
    dataset.test = std::move(test.split);
  }
  take_validation(dataset, options.validation);
  return dataset;
}

Dataset load_fashion_mnist(const DatasetEntry& entry, const DatasetOptions& options) {
  // A bare ELBO_DATA is not looked into: MNIST has files of the same names.
  std::vector<fs::path> folders{kFashionMnistPackage};
  if (!options.folder.empty()) {
    folders = {options.folder, fs::path(options.folder) / "fashion-mnist"};
  } else if (const char* variable = std::getenv("ELBO_DATA"); variable != nullptr && *variable != '\0') {
    folders.push_back(fs::path(variable) / "fashion-mnist");
  }
  if (options.folder.empty() && !find_file(folders, names_of("train-images", "idx3"))) {
    throw DataError("fashion-mnist: " + std::string(kFashionMnistPackage) +
                    " is not there; install the package dataset-fashion-mnist, or name a folder by --data-dir");
  }
  return load_idx_folders(entry, folders, true, options);
}

Dataset load_mnist(const DatasetEntry& entry, const DatasetOptions& options) {
  if (options.binarization == Binarization::kFile) {
    const DatasetEntry fixed = mnist_static_entry();
    return fixed.load(fixed, options);
  }
  const fs::path folder = required_folder(entry, options);
  return load_idx_folders(entry, {folder / "mnist", folder}, true, options);
}

Dataset load_idx(const DatasetEntry& entry, const DatasetOptions& options) {
  return load_idx_folders(entry, {required_folder(entry, options)}, false, options);
}

}  // namespace

fs::path required_folder(const DatasetEntry& entry, const DatasetOptions& options) {
  if (!options.folder.empty()) return options.folder;
  if (const char* variable = std::getenv("ELBO_DATA"); variable != nullptr && *variable != '\0') return variable;
  throw DataError("data set " + entry.name +
                  ": no folder given; name the one with its files by --data-dir or by the environment variable "
                  "ELBO_DATA");
}

fs::path required_file(const DatasetEntry& entry, const std::vector<fs::path>& folders,
                       const std::vector<std::string>& names) {
  if (const auto found = find_file(folders, names)) return *found;
  std::string places;
  for (const fs::path& folder : folders) places += (places.empty() ? "" : " or ") + shown(folder);
  throw DataError("data set " + entry.name + ": no " + names.front() + " in " + places);
}

DatasetEntry fashion_mnist_entry() {
  return {.name = "fashion-mnist",
          .summary = "70000 grey pictures of clothing, 28 x 28, 10 classes",
          .origin = "Xiao, Rasul & Vollgraf (2017); Debian package dataset-fashion-mnist",
          .load = load_fashion_mnist};
}

DatasetEntry mnist_entry() {
  return {.name = "mnist",
          .summary = "70000 grey handwritten digits, 28 x 28, 10 classes",
          .origin = "LeCun, Cortes & Burges (1998); IDX files in --data-dir or ELBO_DATA",
          .load = load_mnist};
}

DatasetEntry idx_entry() {
  return {.name = "idx",
          .argument = "FOLDER",
          .summary = "images in IDX files named as MNIST's are; test images and labels as far as they are there",
          .origin = "IDX files",
          .load = load_idx};
}

}  // namespace elbo::data

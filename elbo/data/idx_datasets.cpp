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
  RawSplit split;
  ImageGeometry image;
  std::string source;
};

Images read_images(const fs::path& images_path, const std::optional<fs::path>& labels_path) {
  Array images = read_idx(images_path);
  Images result{.image = geometry_of(images.shape()), .source = shown(images_path)};
  if (!result.image.is_image()) {
    throw DataError(result.source + ": holds values " + to_string(images.shape()) +
                    "; images [count, height, width] are required");
  }
  RawColumns columns{.x = as_rows(std::move(images), result.source), .label = {}};
  require_finite(columns.x, result.source);
  if (labels_path) {
    columns.label = as_labels(read_idx(*labels_path), columns.x.shape()[0], shown(*labels_path));
  }
  result.split = whole(std::move(columns), result.source);
  return result;
}

// `whole`: test images and all labels must be there too.
RawDataset load_idx_folders(const DatasetRow& row, const std::vector<fs::path>& folders, bool whole,
                            const Settings& settings) {
  const auto labels_of = [&](std::string_view part, const fs::path& images) -> std::optional<fs::path> {
    const std::vector<fs::path> beside{images.parent_path()};
    const auto names = names_of(std::string(part) + "-labels", "idx1");
    return whole ? required_file(row, beside, names) : find_file(beside, names);
  };
  RawDataset dataset{.name = std::string(row.name), .is_grey = true};
  const fs::path train_path = required_file(row, folders, names_of("train-images", "idx3"));
  Images train = read_images(train_path, labels_of("train", train_path));
  dataset.train = std::move(train.split);
  dataset.image = train.image;
  dataset.sources.push_back(source_of(train_path));
  const std::vector<fs::path> beside{train_path.parent_path()};
  const auto test_names = names_of("t10k-images", "idx3");
  const auto test_path = whole ? required_file(row, beside, test_names) : find_file(beside, test_names);
  if (test_path) {
    Images test = read_images(*test_path, labels_of("t10k", *test_path));
    if (test.image != train.image) {
      throw DataError(test.source + ": holds images of " + std::to_string(test.image.height) + " x " +
                      std::to_string(test.image.width) + "; those of train are " + std::to_string(train.image.height) +
                      " x " + std::to_string(train.image.width));
    }
    dataset.test = std::move(test.split);
    dataset.sources.push_back(source_of(*test_path));
  }
  take_validation(dataset, settings);
  return dataset;
}

RawDataset load_fashion_mnist(const DatasetRow& row, const Settings& settings) {
  // A bare ELBO_DATA is not looked into: MNIST has files of the same names.
  std::vector<fs::path> folders{kFashionMnistPackage};
  const std::string& folder = settings.text("folder");
  if (!folder.empty()) {
    folders = {folder, fs::path(folder) / "fashion-mnist"};
  } else if (const char* variable = std::getenv("ELBO_DATA"); variable != nullptr && *variable != '\0') {
    folders.push_back(fs::path(variable) / "fashion-mnist");
  }
  if (folder.empty() && !find_file(folders, names_of("train-images", "idx3"))) {
    throw DataError("fashion-mnist: " + std::string(kFashionMnistPackage) +
                    " is not there; install the package dataset-fashion-mnist, or name a folder by --data-dir");
  }
  return load_idx_folders(row, folders, true, settings);
}

RawDataset load_mnist(const DatasetRow& row, const Settings& settings) {
  if (settings.text("binarization") == name_of(Binarization::kFile)) return kMnistStatic.load(kMnistStatic, settings);
  const fs::path folder = required_folder(row, settings);
  return load_idx_folders(row, {folder / "mnist", folder}, true, settings);
}

RawDataset load_idx(const DatasetRow& row, const Settings& settings) {
  return load_idx_folders(row, {required_folder(row, settings)}, false, settings);
}

}  // namespace

Option folder_setting() {
  return Text{.key = "folder",
              .value = "",
              .meaning =
                  "where the files are; empty: where their package puts them, or what the environment variable "
                  "ELBO_DATA names"};
}

fs::path required_folder(const DatasetRow& row, const Settings& settings) {
  if (const std::string& folder = settings.text("folder"); !folder.empty()) return folder;
  if (const char* variable = std::getenv("ELBO_DATA"); variable != nullptr && *variable != '\0') return variable;
  throw DataError("data set " + std::string(row.name) +
                  ": no folder given; name the one with its files by --data-dir or by the environment variable "
                  "ELBO_DATA");
}

fs::path required_file(const DatasetRow& row, const std::vector<fs::path>& folders,
                       const std::vector<std::string>& names) {
  if (const auto found = find_file(folders, names)) return *found;
  std::string places;
  for (const fs::path& folder : folders) places += (places.empty() ? "" : " or ") + shown(folder);
  throw DataError("data set " + std::string(row.name) + ": no " + names.front() + " in " + places);
}

const DatasetRow kFashionMnist{.name = "fashion-mnist",
                               .description = "70000 grey pictures of clothing, 28 x 28, 10 classes",
                               .paper = "Xiao, Rasul & Vollgraf (2017)",
                               .origin = "Debian package dataset-fashion-mnist",
                               .argument = {},
                               .settings = {folder_setting()},
                               .load = load_fashion_mnist};

const DatasetRow kMnist{.name = "mnist",
                        .description = "70000 grey handwritten digits, 28 x 28, 10 classes",
                        .paper = "LeCun, Cortes & Burges (1998)",
                        .origin = "IDX files in data.folder or ELBO_DATA",
                        .argument = {},
                        .settings = {folder_setting()},
                        .load = load_mnist};

const DatasetRow kIdx{.name = "idx",
                      .description =
                          "images in IDX files named as MNIST's are; test images and labels as far as they "
                          "are there",
                      .paper = {},
                      .origin = "IDX files",
                      .argument = "folder",
                      .settings = {folder_setting()},
                      .load = load_idx};

}  // namespace elbo::data

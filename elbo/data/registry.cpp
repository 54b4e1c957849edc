#include "elbo/data/registry.h"

#include <algorithm>
#include <array>

#include "elbo/data/rows_internal.h"
#include "elbo/data/sources_internal.h"
#include "elbo/settings/error.h"
#include "elbo/settings/names.h"

namespace elbo::data {

namespace {

struct SplitNamed {
  SplitData Dataset::*data;
  int64_t DatasetOptions::*limit;
  std::string_view limit_name;
};
constexpr std::array<SplitNamed, 3> kSplitsNamed{{
    {&Dataset::train, &DatasetOptions::limit_train, "limit_train"},
    {&Dataset::validation, &DatasetOptions::limit_validation, "limit_validation"},
    {&Dataset::test, &DatasetOptions::limit_test, "limit_test"},
}};

// The entry of the name, and the options with what stood after its colon put in its place.
const DatasetEntry& resolve(DatasetOptions& options) {
  const size_t colon = options.name.find(':');
  const std::string name = options.name.substr(0, colon);
  const auto& all = datasets();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const DatasetEntry& entry) { return entry.name == name; });
  if (found == all.end()) {
    std::vector<std::string> known;
    for (const DatasetEntry& entry : all) known.push_back(entry.name);
    throw ConfigError(unknown_name("data set", name, known));
  }
  if (colon == std::string::npos) return *found;
  const std::string argument = options.name.substr(colon + 1);
  if (found->argument.empty()) {
    throw ConfigError("data set " + options.name + ": nothing may follow " + name +
                      "; the folder is named by --data-dir");
  }
  if (argument.empty()) {
    throw ConfigError("data set " + options.name + ": " + found->argument + " must follow the colon");
  }
  (found->argument == "FOLDER" ? options.folder : options.file) = argument;
  return *found;
}

void apply_limits(Dataset& dataset, const DatasetOptions& options) {
  for (const SplitNamed& split : kSplitsNamed) {
    const int64_t limit = options.*split.limit;
    if (limit < 0) {
      throw ConfigError(std::string(split.limit_name) + " = " + std::to_string(limit) + ": must not be below 0");
    }
    SplitData& data = dataset.*split.data;
    if (limit > 0 && limit < data.count()) data = part_of(data, 0, limit);
  }
}

void apply_geometry(Dataset& dataset, const DatasetOptions& options) {
  if (options.height == 0 && options.width == 0) return;
  const ImageGeometry asked{.height = options.height, .width = options.width, .channels = 1};
  if (asked.height < 1 || asked.width < 1 || asked.height > dataset.dim() || asked.dim() != dataset.dim()) {
    throw ConfigError("height = " + std::to_string(options.height) + ", width = " + std::to_string(options.width) +
                      ": their product must be the " + std::to_string(dataset.dim()) + " values of a row of " +
                      dataset.name);
  }
  dataset.image = asked;
}

template <typename T>
Array thresholded(const Array& rows, float half) {
  Array result(DType::kU8, rows.shape());
  const auto src = rows.values<T>();
  const auto dst = result.values<uint8_t>();
  for (size_t i = 0; i < src.size(); ++i) dst[i] = static_cast<float>(src[i]) >= half ? 1 : 0;
  return result;
}

void apply_binarization(Dataset& dataset, Binarization asked) {
  if (dataset.binarization == Binarization::kFile) return;  // zeros and ones already
  if (asked == Binarization::kFile) {
    throw ConfigError("binarization = \"file\": there are no binarized files for data set " + dataset.name +
                      "; mnist and mnist-static have them");
  }
  if (asked != Binarization::kNone) require_unit_range(dataset, "binarization");
  dataset.binarization = asked;
  if (asked != Binarization::kThreshold) return;
  for (const SplitNamed& split : kSplitsNamed) {
    Array& rows = (dataset.*split.data).rows;
    const float half = dataset.value_scale / 2;
    rows = rows.dtype() == DType::kU8 ? thresholded<uint8_t>(rows, half) : thresholded<float>(rows, half);
  }
  dataset.value_scale = 1;
}

}  // namespace

const std::vector<DatasetEntry>& datasets() {
  static const std::vector<DatasetEntry> kEntries = [] {
    std::vector<DatasetEntry> entries{fashion_mnist_entry(), mnist_entry(), mnist_static_entry(), idx_entry()};
    for (DatasetEntry& entry : table_entries()) entries.push_back(std::move(entry));
    for (DatasetEntry& entry : generator_entries()) entries.push_back(std::move(entry));
    return entries;
  }();
  return kEntries;
}

Dataset load_dataset(const DatasetOptions& given) {
  DatasetOptions options = given;
  const DatasetEntry& entry = resolve(options);
  if (options.validation < 0) {
    throw ConfigError("validation = " + std::to_string(options.validation) + ": must not be below 0");
  }
  Dataset dataset = entry.load(entry, options);
  if (dataset.train.count() == 0) throw DataError("data set " + given.name + " has no training rows");
  if (!entry.argument.empty()) dataset.name = given.name;  // "npy:faces.npy" rather than "npy"
  dataset.entropy = entry.entropy;
  apply_limits(dataset, options);
  apply_geometry(dataset, options);
  apply_binarization(dataset, options.binarization);
  return dataset;
}

}  // namespace elbo::data

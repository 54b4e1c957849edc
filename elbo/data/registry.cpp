#include "elbo/data/registry.h"

#include <algorithm>
#include <array>

#include "elbo/data/rows_internal.h"
#include "elbo/data/sources_internal.h"

namespace elbo::data {

namespace {

constexpr std::array kParts{&Dataset::train, &Dataset::validation, &Dataset::test};

void apply_limit(Dataset& dataset, int64_t limit) {
  for (SplitData Dataset::*split : kParts) {
    if (limit > 0 && limit < (dataset.*split).count()) dataset.*split = part_of(dataset.*split, 0, limit);
  }
}

template <typename T>
Array thresholded(const Array& rows, float half) {
  Array result(DType::kU8, rows.shape());
  const auto src = rows.values<T>();
  const auto dst = result.values<uint8_t>();
  for (size_t i = 0; i < src.size(); ++i) dst[i] = static_cast<float>(src[i]) >= half ? 1 : 0;
  return result;
}

void apply_binarization(Dataset& dataset, const Settings& settings) {
  if (dataset.binarization == Binarization::kFile) return;  // zeros and ones already
  const Binarization asked = binarization_named(settings.text("binarization"));
  if (asked == Binarization::kFile) {
    settings.refuse("binarization",
                    "there are no binarized files for data set " + dataset.name + "; mnist and mnist-static have them");
  }
  if (asked != Binarization::kNone) require_values(dataset, "x", Values::kUnit, "binarization");
  dataset.binarization = asked;
  if (asked != Binarization::kThreshold) return;
  const float half = dataset.value_scale / 2;
  for (SplitData Dataset::*split : kParts) {
    if ((dataset.*split).count() == 0) continue;
    const Array& x = (dataset.*split).array("x");
    (dataset.*split).set("x", x.dtype() == DType::kU8 ? thresholded<uint8_t>(x, half) : thresholded<float>(x, half));
  }
  dataset.value_scale = 1;
}

std::vector<const DatasetRow*> known_rows() {
  std::vector<const DatasetRow*> rows{&kFashionMnist, &kMnist, &kMnistStatic, &kIdx, &kNpy, &kNpz, &kCsv};
  for (const DatasetRow& row : generator_rows()) rows.push_back(&row);
  return rows;
}

}  // namespace

const Registry<DatasetRow>& datasets() {
  static const Registry<DatasetRow> all("data set", known_rows());
  return all;
}

Part data_part() {
  return {.key = "data",
          .value = "fashion-mnist",
          .meaning = "what is learned from",
          .rows = datasets().view(),
          .place = {
              Integer{.key = "validation",
                      .value = 0,
                      .meaning = "rows for validation, taken from the end of the training data where the data set has "
                                 "no such split; 0 for none, or as many as the data set has by itself",
                      .unit = "rows",
                      .limits = {.at_least = 0}},
              Text{.key = "binarization",
                   .value = "none",
                   .meaning = "how grey values become bits: not at all (they are the means of the bits), drawn anew at "
                              "every visit, set where at least 0.5, or as someone drew them once, from the binarized "
                              "files of the data set",
                   .choices = {"none", "dynamic", "threshold", "file"}},
              Integer{.key = "limit",
                      .value = 0,
                      .meaning = "use only the first rows of each split; 0 for all",
                      .unit = "rows",
                      .limits = {.at_least = 0}},
          }};
}

std::string name_of(const Settings& data) {
  const auto& row = data.row<DatasetRow>();
  const bool has_argument = !row.argument.empty() && !data.text(row.argument).empty();
  return std::string(row.name) + (has_argument ? ":" + data.text(row.argument) : std::string());
}

Dataset load_dataset(const Settings& data) {
  const auto& row = data.row<DatasetRow>();
  Dataset dataset = row.load(row, data);
  if (dataset.train.count() == 0) throw DataError("data set " + dataset.name + " has no training rows");
  if (name_of(data) != row.name) dataset.name = name_of(data);  // "npy:faces.npy" rather than "npy"
  dataset.entropy = row.entropy;
  apply_limit(dataset, data.integer("limit"));
  apply_binarization(dataset, data);
  return dataset;
}

Dataset load_dataset(std::string_view name, const std::vector<std::string>& assignments) {
  static const std::vector<Option> kOptions{data_part()};
  std::vector<std::string> all{"data=" + std::string(name)};
  for (const std::string& assignment : assignments) all.push_back("data." + assignment);
  return load_dataset(Settings::of(kOptions, all).part("data"));
}

}  // namespace elbo::data

#include "elbo/data/registry.h"

#include "elbo/data/sources_internal.h"

namespace elbo::data {

namespace {

void apply_limit(RawDataset& dataset, int64_t limit) {
  for (RawSplit* split : {&dataset.train, &dataset.validation, &dataset.test}) {
    if (limit > 0 && limit < split->count()) split->rows.resize(static_cast<size_t>(limit));
  }
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
              Number{.key = "scale",
                     .value = 0,
                     .meaning = "the number in the files that counts as 1, and is white in pictures; 0: 255 where "
                                "images, or numbers of a table "
                                "of which some are above 127 and that are to lie between 0 and 1, are whole numbers up "
                                "to 255; else 1",
                     .limits = {.at_least = 0}},
              Text{.key = "dequantize",
                   .value = "none",
                   .meaning = "uniform: a whole number stands for the interval up to the next, of which a model sees a "
                              "uniform draw, so that a density of it bounds the probability of the number",
                   .choices = {"none", "uniform"}},
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

RawDataset read_dataset(const Settings& data) {
  const auto& row = data.row<DatasetRow>();
  RawDataset dataset = row.load(row, data);
  if (dataset.train.count() == 0) throw DataError("data set " + dataset.name + " has no training rows");
  if (name_of(data) != row.name) dataset.name = name_of(data);  // "npy:faces.npy" rather than "npy"
  dataset.entropy = row.entropy;
  apply_limit(dataset, data.integer("limit"));
  return dataset;
}

Dataset load_dataset(const Settings& data, const ValueNeeds& needs) {
  return encoded(read_dataset(data), data, needs);
}

Dataset load_dataset(std::string_view name, const std::vector<std::string>& assignments, const ValueNeeds& needs) {
  static const std::vector<Option> kOptions{data_part()};
  std::vector<std::string> all{"data=" + std::string(name)};
  for (const std::string& assignment : assignments) all.push_back("data." + assignment);
  return load_dataset(Settings::of(kOptions, all).part("data"), needs);
}

}  // namespace elbo::data

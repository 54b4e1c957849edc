// The data sets by name, and the place [data] of a configuration.
//
//   const Dataset data = load_dataset(settings.part("data"));         // [data] name = "csv:wine.csv", validation = 100
//   const Dataset mnist = load_dataset("mnist", {"folder=/data", "validation=10000"});
//
// A new data set is a file that defines a DatasetRow and a line in registry.cpp.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "elbo/data/dataset.h"
#include "elbo/data/raw.h"
#include "elbo/settings/registry.h"
#include "elbo/settings/settings.h"

namespace elbo::data {

struct DatasetRow {
  std::string_view name;
  std::string_view description;  // one line
  std::string_view paper;        // who made it; empty for kinds of files
  std::string_view origin;       // where it comes from: a package, files, a formula
  std::string_view argument;     // the setting that may follow the name's colon: "csv:wine.csv"; empty: none
  std::vector<Option> settings;
  // Splits, columns and geometry, straight from the files; what the place asks for beyond that is done after.
  RawDataset (*load)(const DatasetRow& row, const Settings& settings);
  std::optional<double> entropy{};  // of the true density, nats, where it is known
};

// What a list shows beside the description: where it comes from.
inline std::string facts_of(const DatasetRow& row) {
  return std::string(row.origin);
}

// In the order in which they are listed to users.
const Registry<DatasetRow>& datasets();

// What every data set reads: `validation`, `binarization`, `scale`, `dequantize`, `limit`.  Its row brings the rest.
Part data_part();

// What the files hold.  ConfigError for settings that do not fit, DataError for missing or damaged data.
RawDataset read_dataset(const Settings& data);
// All rows of a file, in its order and as the test split alone: the columns that training read, by `layout`.
RawDataset read_rows(const std::filesystem::path& file, const TableLayout& layout, const Settings& data);
// Whether a file is an archive of rows "x" and of what they are given, "context".
bool has_context(const std::filesystem::path& file);
// A data set as a model with such needs reads it.
Dataset load_dataset(const Settings& data, const ValueNeeds& needs = {});
// What a data set is called where it is shown: "mnist", "csv:wine.csv".
std::string name_of(const Settings& data);
// "key=value" as after --set, without "data.".
Dataset load_dataset(std::string_view name, const std::vector<std::string>& assignments = {},
                     const ValueNeeds& needs = {});

}  // namespace elbo::data

// The data sets by name.
//
//   const Dataset data = load_dataset({.name = "mnist", .folder = "/data", .validation = 10000});
//   for (const DatasetEntry& entry : datasets()) print(entry.name, entry.summary, entry.origin);
//
// A new data set is a file that defines a DatasetEntry and a line in registry.cpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "elbo/data/dataset.h"

namespace elbo::data {

struct DatasetEntry {
  std::string name;
  std::string argument;  // what follows the name's colon: "FILE"; empty: nothing may
  std::string summary;   // one line
  std::string origin;    // who made it, or what kind of file
  // Splits, labels, geometry and scale, straight from the files; what the options ask for beyond that is done after.
  Dataset (*load)(const DatasetEntry& entry, const DatasetOptions& options);
  std::optional<double> entropy;  // of the true density, nats, where it is known
};

// In the order in which they are listed to users.
const std::vector<DatasetEntry>& datasets();

// ConfigError for an unknown name or options that do not fit, DataError for missing or damaged data.
Dataset load_dataset(const DatasetOptions& options);

}  // namespace elbo::data

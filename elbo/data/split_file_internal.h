// Splits that a file says.
#pragma once

#include <cstdint>
#include <vector>

#include "elbo/data/raw.h"
#include "elbo/settings/settings.h"

namespace elbo::data {

// Of a source of `count` rows those of `kept`, as data.split_file says.  Adds the file to the sources.
void cut_by_file(RawDataset& dataset, const std::vector<int64_t>& kept, int64_t count, const Settings& settings);

}  // namespace elbo::data

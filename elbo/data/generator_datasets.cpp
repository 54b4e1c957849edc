// The generators of generators.h as data sets.
#include "elbo/data/generators.h"
#include "elbo/data/sources_internal.h"
#include "elbo/settings/error.h"

namespace elbo::data {

namespace {

constexpr int64_t kHeldOutRows = 2000;

Dataset load_generated(const DatasetEntry& entry, const DatasetOptions& options) {
  if (options.rows < 1 || options.validation < 0) {
    throw ConfigError("data set " + entry.name + ": rows = " + std::to_string(options.rows) +
                      ", validation = " + std::to_string(options.validation) + "; at least 1 and 0 are required");
  }
  const auto draw = [&](Split split, int64_t rows) {
    const auto stream = static_cast<uint32_t>(split);
    return SplitData{.rows = generate(entry.name, {.rows = rows, .seed = options.seed, .stream = stream})};
  };
  Dataset dataset{.name = entry.name};
  dataset.train = draw(Split::kTrain, options.rows);
  dataset.validation = draw(Split::kValidation, options.validation > 0 ? options.validation : kHeldOutRows);
  dataset.test = draw(Split::kTest, kHeldOutRows);
  return dataset;
}

}  // namespace

std::vector<DatasetEntry> generator_entries() {
  std::vector<DatasetEntry> entries;
  for (const Generator& generator : generators()) {
    entries.push_back({.name = std::string(generator.name),
                       .argument = "",
                       .summary = "drawn: " + std::string(generator.summary),
                       .origin = std::string(generator.origin),
                       .load = load_generated,
                       .entropy = generator.entropy});
  }
  return entries;
}

}  // namespace elbo::data

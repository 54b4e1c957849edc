// The generators of generators.h as data sets.
#include "elbo/data/generators.h"
#include "elbo/data/rows_internal.h"
#include "elbo/data/sources_internal.h"

namespace elbo::data {

namespace {

constexpr int64_t kHeldOutRows = 2000;

RawDataset load_generated(const DatasetRow& row, const Settings& settings) {
  const auto draw = [&](Split split, int64_t rows) {
    Array x = generate(row.name, {.rows = rows,
                                  .seed = static_cast<uint64_t>(settings.integer("seed")),
                                  .stream = static_cast<uint32_t>(split)});
    return whole({.x = std::move(x), .label = {}}, std::string(row.name));
  };
  const int64_t validation = settings.integer("validation");
  RawDataset dataset{.name = std::string(row.name)};
  dataset.train = draw(Split::kTrain, settings.integer("rows"));
  dataset.validation = draw(Split::kValidation, validation > 0 ? validation : kHeldOutRows);
  dataset.test = draw(Split::kTest, kHeldOutRows);
  return dataset;
}

std::vector<DatasetRow> rows_of_generators() {
  std::vector<DatasetRow> rows;
  for (const Generator* generator : generators().rows()) {
    rows.push_back(
        {.name = generator->name,
         .description = generator->description,
         .paper = generator->paper,
         .origin = "drawn from its formula",
         .argument = {},
         .settings = {Integer{.key = "rows",
                              .value = 10'000,
                              .meaning = "training rows; there are 2000 for validation, unless validation "
                                         "says how many, and 2000 for testing",
                              .unit = "rows",
                              .limits = {.at_least = 1, .at_most = 100'000'000}},
                      Integer{.key = "seed", .value = 0, .meaning = "seed of the drawing", .limits = {.at_least = 0}}},
         .load = load_generated,
         .entropy = generator->entropy});
  }
  return rows;
}

}  // namespace

std::span<const DatasetRow> generator_rows() {
  static const std::vector<DatasetRow> kRows = rows_of_generators();
  return kRows;
}

}  // namespace elbo::data

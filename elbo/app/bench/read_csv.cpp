#include <fmt/format.h>

#include "elbo/app/bench/reading_workload.h"
#include "elbo/app/bench/workloads.h"
#include "elbo/data/csv.h"

namespace elbo::app::bench {
namespace {

constexpr int64_t kCsvRows = 100'000, kCsvColumns = 10;

class CsvReading final : public ReadingWorkload {
 public:
  CsvReading() : ReadingWorkload("csv", numbers_to_read(DType::kF64, {kCsvRows, kCsvColumns})) {
    std::string text;
    for (int64_t column = 0; column < kCsvColumns; ++column)
      text += fmt::format("{}c{}", column > 0 ? "," : "", column);
    int64_t place = 0;
    for (const double value : values().values<double>()) {
      fmt::format_to(std::back_inserter(text), "{}{}", place++ % kCsvColumns == 0 ? '\n' : ',', value);
    }
    write(text + "\n");
  }

 private:
  Array read() const override { return data::read_csv(path()).values; }
};

}  // namespace

const WorkloadEntry kReadCsv{
    .name = "read-csv",
    .summary = "a CSV file of 100,000 rows and 10 columns of seven-digit numbers",
    .make = [](const WorkloadOptions&) -> std::unique_ptr<Workload> { return std::make_unique<CsvReading>(); }};

}  // namespace elbo::app::bench

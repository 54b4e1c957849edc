#include "elbo/app/bench/reading_workload.h"
#include "elbo/app/bench/workloads.h"
#include "elbo/data/npy.h"

namespace elbo::app::bench {
namespace {

class NpyReading final : public ReadingWorkload {
 public:
  NpyReading() : ReadingWorkload("npy", numbers_to_read(DType::kF32, {100'000, 100})) {
    write(data::npy_bytes(values()));
  }

 private:
  Array read() const override { return data::read_npy(path()); }
};

}  // namespace

const WorkloadEntry kReadNpy{
    .name = "read-npy",
    .summary = "an NPY file of 100,000 rows and 100 columns of f4",
    .make = [](const WorkloadOptions&) -> std::unique_ptr<Workload> { return std::make_unique<NpyReading>(); }};

}  // namespace elbo::app::bench

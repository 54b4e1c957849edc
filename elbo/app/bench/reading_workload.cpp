#include "elbo/app/bench/reading_workload.h"

#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <random>
#include <unistd.h>

#include "elbo/io/file.h"
#include "elbo/settings/error.h"

namespace elbo::app::bench {
namespace {

std::filesystem::path new_temporary_folder() {
  std::string name = std::filesystem::temp_directory_path() / "elbo-bench-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) throw IoError(name + ": cannot be made: " + std::strerror(errno));
  return name;
}

}  // namespace

ReadingWorkload::ReadingWorkload(std::string name, Array values)
    : name_(std::move(name)),
      values_(std::move(values)),
      folder_(new_temporary_folder()),
      path_(folder_ / ("numbers." + name_)) {}

ReadingWorkload::~ReadingWorkload() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void ReadingWorkload::write(const std::string& content) {
  io::write_atomic(path_, content);
  bytes_ = static_cast<int64_t>(content.size());
}

void ReadingWorkload::check() {
  const Array found = read();
  if (found.dtype() == values_.dtype() && found.shape() == values_.shape() &&
      std::memcmp(found.data(), values_.data(), values_.bytes()) == 0) {
    return;
  }
  throw NumericalError("bench read-" + name_ + ": what was read is not what was written");
}

Array numbers_to_read(DType dtype, const Shape& shape) {
  std::mt19937_64 random(1);
  std::normal_distribution<double> normal;
  Array numbers(DType::kF64, shape);
  for (double& value : numbers.values<double>()) value = std::round(normal(random) * 1e6) / 1e6;
  return dtype == DType::kF64 ? std::move(numbers) : numbers.cast(dtype);
}

}  // namespace elbo::app::bench

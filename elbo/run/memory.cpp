#include "elbo/run/memory.h"

#include <algorithm>
#include <fmt/format.h>

#include "elbo/engine/machine.h"
#include "elbo/report/number_format.h"
#include "elbo/settings/error.h"

namespace elbo::run {

namespace {

constexpr int64_t kThreadBytes = int64_t{256}
                                 << 10;             // its stack as far as it is used, and the product's packing buffer
constexpr int64_t kProductCode = int64_t{6} << 20;  // what oneDNN makes at the first product

std::string size_text(int64_t bytes) {
  return report::byte_size(static_cast<double>(bytes));
}

}  // namespace

int64_t training_memory(const CompileReport& report, const MemoryToCome& to_come) {
  const int64_t threads = to_come.threads > 0 ? to_come.threads : available_threads();
  const MemoryUse use = memory_use();
  const int64_t loading = to_come.loads_checkpoint ? static_cast<int64_t>(report.variable_bytes) : 0;
  const int64_t more = kProductCode + threads * (kThreadBytes + static_cast<int64_t>(report.scratch_bytes)) + loading;
  return std::max(use.peak_resident, use.resident + more);
}

void require_memory(int64_t bytes) {
  const auto error = shortage(std::max<int64_t>(bytes - memory_use().resident, 0));
  if (!error) return;
  throw IoError("training " + sentence(*error) +
                ": a smaller model, train.batch_size, evaluate.batch_size or data.limit need less");
}

std::string sentence(const OutOfMemory& error) {
  if (error.needed == 0) {
    return fmt::format("needs more memory than the {} it may use ({})", size_text(error.allowed), error.by);
  }
  return fmt::format("needs {} of memory, and may use {} ({})", size_text(error.needed), size_text(error.allowed),
                     error.by);
}

}  // namespace elbo::run

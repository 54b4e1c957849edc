#include "elbo/run/memory.h"

#include <algorithm>
#include <fmt/format.h>
#include <fstream>
#include <optional>
#include <sstream>
#include <sys/resource.h>

#include "elbo/engine/machine.h"
#include "elbo/report/number_format.h"
#include "elbo/settings/error.h"

namespace elbo::run {

namespace {

constexpr int64_t kThreadBytes = int64_t{256}
                                 << 10;             // its stack as far as it is used, and the product's packing buffer
constexpr int64_t kProductCode = int64_t{6} << 20;  // what oneDNN makes at the first product

std::optional<int64_t> number_in(const std::string& file) {
  std::ifstream stream(file);
  int64_t number = 0;
  return stream >> number ? std::optional(number) : std::nullopt;  // "max" is none
}

// Of the control group and those above it, by both versions of their interface.
std::optional<int64_t> group_limit() {
  std::ifstream stream("/proc/self/cgroup");
  std::optional<int64_t> least;
  for (std::string line; std::getline(stream, line);) {
    const bool unified = line.starts_with("0::"), memory = line.find(":memory:") != std::string::npos;
    if (!unified && !memory) continue;
    std::string path = line.substr(line.find('/', line.find(':')));
    for (bool root = false; !root; path.resize(path.rfind('/') == std::string::npos ? 0 : path.rfind('/'))) {
      root = path.empty() || path == "/";
      const std::string folder = std::string("/sys/fs/cgroup") + (unified ? "" : "/memory") + (root ? "" : path);
      const auto limit = number_in(folder + (unified ? "/memory.max" : "/memory.limit_in_bytes"));
      if (limit && (!least || *limit < *least)) least = limit;
    }
  }
  return least;
}

void require(int64_t needed, int64_t limit, const char* whose) {
  if (needed <= limit) return;
  const auto text = [](int64_t bytes) { return report::byte_size(static_cast<double>(bytes)); };
  throw IoError(
      fmt::format("training needs about {} of memory, and may use {} ({}): a smaller model, train.batch_size, "
                  "evaluate.batch_size or data.limit need less",
                  text(needed), text(limit), whose));
}

}  // namespace

MemoryUse memory_use() {
  MemoryUse use;
  std::ifstream stream("/proc/self/status");
  for (std::string line; std::getline(stream, line);) {
    std::istringstream words(line);
    std::string name;
    int64_t kilobytes = 0;
    if (!(words >> name >> kilobytes)) continue;
    if (name == "VmRSS:") use.resident = kilobytes * 1024;
    if (name == "VmHWM:") use.peak_resident = kilobytes * 1024;
    if (name == "VmSize:") use.addresses = kilobytes * 1024;
    if (name == "VmData:") use.data = kilobytes * 1024;
  }
  return use;
}

int64_t training_memory(const CompileReport& report, const MemoryToCome& to_come) {
  const int64_t threads = to_come.threads > 0 ? to_come.threads : available_threads();
  const MemoryUse use = memory_use();
  const int64_t loading = to_come.loads_checkpoint ? static_cast<int64_t>(report.variable_bytes) : 0;
  const int64_t more = kProductCode + threads * (kThreadBytes + static_cast<int64_t>(report.scratch_bytes)) + loading;
  return std::max(use.peak_resident, use.resident + more);
}

void require_memory(int64_t bytes) {
  const MemoryUse use = memory_use();
  const int64_t more = std::max<int64_t>(bytes - use.resident, 0);
  const auto limit_of = [](decltype(RLIMIT_AS) which) {
    rlimit limit{};
    const bool limited = ::getrlimit(which, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
    return limited ? static_cast<int64_t>(limit.rlim_cur) : INT64_MAX;
  };
  require(use.addresses + more, limit_of(RLIMIT_AS), "ulimit -v");
  require(use.data + more, limit_of(RLIMIT_DATA), "ulimit -d");
  if (const auto limit = group_limit()) require(bytes, *limit, "the memory limit of its control group");
}

}  // namespace elbo::run

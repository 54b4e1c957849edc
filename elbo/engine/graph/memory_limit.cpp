#include "elbo/engine/memory_limit.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <string>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <unistd.h>

namespace elbo {

namespace {

constexpr int64_t kNoLimit = int64_t{1} << 60;  // version 1 of control groups says none by a number larger than that

int64_t number_in(const std::string& file) {
  std::ifstream stream(file);
  int64_t number = 0;
  return stream >> number ? number : kNoLimit;  // "max" is none
}

// Of the control group and those above it, by both versions of their interface.
int64_t read_group_limit() {
  std::ifstream stream("/proc/self/cgroup");
  int64_t least = kNoLimit;
  for (std::string line; std::getline(stream, line);) {
    const bool unified = line.starts_with("0::"), memory = line.find(":memory:") != std::string::npos;
    if (!unified && !memory) continue;
    std::string path = line.substr(line.find('/', line.find(':')));
    for (bool root = false; !root; path.resize(path.rfind('/') == std::string::npos ? 0 : path.rfind('/'))) {
      root = path.empty() || path == "/";
      const std::string folder = std::string("/sys/fs/cgroup") + (unified ? "" : "/memory") + (root ? "" : path);
      least = std::min(least, number_in(folder + (unified ? "/memory.max" : "/memory.limit_in_bytes")));
    }
  }
  return least;
}

// Read once: it takes files, and memory of its own.
int64_t group_limit() {
  static const int64_t bytes = read_group_limit();
  return bytes;
}

int64_t machine_memory() noexcept {
  struct sysinfo machine {};
  if (::sysinfo(&machine) != 0) return kNoLimit;
  return static_cast<int64_t>(machine.totalram + machine.totalswap) * machine.mem_unit;
}

int64_t process_limit(decltype(RLIMIT_AS) which) noexcept {
  rlimit limit{};
  if (::getrlimit(which, &limit) != 0 || limit.rlim_cur >= static_cast<rlim_t>(kNoLimit)) return kNoLimit;
  return static_cast<int64_t>(limit.rlim_cur);
}

struct Limit {
  const char* by;
  int64_t bytes;
  int64_t MemoryUse::*used;  // what counts for it
};

std::array<Limit, 4> limits() {
  return {Limit{"ulimit -v", process_limit(RLIMIT_AS), &MemoryUse::addresses},
          Limit{"ulimit -d", process_limit(RLIMIT_DATA), &MemoryUse::data},
          Limit{"the memory limit of its control group", group_limit(), &MemoryUse::resident},
          Limit{"the machine", machine_memory(), &MemoryUse::resident}};
}

OutOfMemory beyond(const Limit& limit, int64_t needed) noexcept {
  OutOfMemory error;
  error.needed = needed;
  error.allowed = limit.bytes;
  error.by = limit.by;
  return error;
}

// An allocation failed, of how much is not known: the limit that is nearest is the one that was in the way.
void name_nearest_limit() {
  const MemoryUse use = memory_use();
  const auto all = limits();
  const auto room = [&](const Limit& limit) { return limit.bytes - use.*limit.used; };
  const auto* nearest =
      std::min_element(all.begin(), all.end(), [&](const Limit& a, const Limit& b) { return room(a) < room(b); });
  if (nearest->bytes == kNoLimit) throw std::bad_alloc();
  throw beyond(*nearest, 0);
}

}  // namespace

// Takes no memory: it is asked when there is none left.
MemoryUse memory_use() noexcept {
  std::array<char, 8192> text{};
  const int file = ::open("/proc/self/status", O_RDONLY | O_CLOEXEC);
  if (file < 0) return {};
  const ssize_t length = ::read(file, text.data(), text.size() - 1);
  ::close(file);
  if (length <= 0) return {};
  const auto bytes_of = [&](const char* name) {
    const char* line = std::strstr(text.data(), name);
    return line == nullptr ? 0 : std::strtoll(line + std::strlen(name), nullptr, 10) * 1024;
  };
  return {.resident = bytes_of("\nVmRSS:"),
          .peak_resident = bytes_of("\nVmHWM:"),
          .addresses = bytes_of("\nVmSize:"),
          .data = bytes_of("\nVmData:")};
}

std::optional<OutOfMemory> shortage(int64_t more) {
  const MemoryUse use = memory_use();
  for (const Limit& limit : limits()) {
    const int64_t held = use.*limit.used;
    if (more > limit.bytes - held) return beyond(limit, more > kNoLimit - held ? kNoLimit : held + more);
  }
  return std::nullopt;
}

void require_room(int64_t more) {
  if (const auto error = shortage(more)) throw *error;
}

void name_memory_limits() {
  group_limit();
  std::set_new_handler(name_nearest_limit);
}

}  // namespace elbo

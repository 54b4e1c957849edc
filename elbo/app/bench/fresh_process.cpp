#include "elbo/app/bench/fresh_process.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "elbo/settings/error.h"

namespace elbo::app::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kSettledSteps = 20;
constexpr char kStepDone = 's';

// One end or both of a pipe, closed when it goes.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() { close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }
  void close() {
    if (number_ >= 0) ::close(number_);
    number_ = -1;
  }

 private:
  int number_;
};

// What the child writes: one letter when its first step is done, then its peak memory in kilobytes.
struct ChildReport {
  std::optional<double> first_step_ms;
  std::string memory;
};

ChildReport read_report(int descriptor, Clock::time_point start) {
  ChildReport report;
  std::array<char, 256> buffer{};
  for (;;) {
    const ssize_t count = ::read(descriptor, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return report;
    for (ssize_t i = 0; i < count; ++i) {
      const char c = buffer[static_cast<size_t>(i)];
      if (c == kStepDone && !report.first_step_ms) {
        report.first_step_ms = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
      } else {
        report.memory += c;
      }
    }
  }
}

pid_t spawn(const std::filesystem::path& program, std::vector<std::string> words, int output) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  pid_t child = 0;
  const int failed = posix_spawn(&child, program.c_str(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) throw IoError(fmt::format("bench: {} cannot be started (error {})", program.string(), failed));
  return child;
}

}  // namespace

FreshProcess measure_fresh_process(const std::filesystem::path& program, const std::string& workload,
                                   const WorkloadOptions& options) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw IoError("bench: no pipe can be made");
  Descriptor in(ends[0]), out(ends[1]);
  const Clock::time_point start = Clock::now();
  const pid_t child = spawn(
      program, {"elbo", "bench", workload, "--first-step", "--threads", std::to_string(options.threads)}, out.number());
  out.close();
  const ChildReport report = read_report(in.number(), start);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  const double kilobytes = std::atof(report.memory.c_str());
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || !report.first_step_ms || kilobytes <= 0) {
    throw IoError(fmt::format("bench: the fresh process of {} failed", workload));
  }
  return {.first_step_ms = *report.first_step_ms, .peak_rss_mb = kilobytes * 1024 * 1e-6};
}

void run_first_step(const WorkloadEntry& entry, const WorkloadOptions& options) {
  const std::unique_ptr<Workload> workload = entry.make(options);
  workload->step();
  std::putchar(kStepDone);
  std::fflush(stdout);
  for (int i = 0; i < kSettledSteps; ++i) workload->step();
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("%ld\n", usage.ru_maxrss);
}

std::filesystem::path own_program() {
  return std::filesystem::read_symlink("/proc/self/exe");
}

}  // namespace elbo::app::bench

#include "elbo/io/run_lock.h"

#include <array>
#include <climits>
#include <fcntl.h>
#include <string>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <utility>

#include "elbo/io/file.h"
#include "elbo/io/file_internal.h"

namespace elbo::io {

namespace {

std::string host_name() {
  std::array<char, HOST_NAME_MAX + 1> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "unknown";
  return name.data();
}

// The owner writes its name right after it has the lock: a reader may be a moment too early.
std::string owner_in(int descriptor) {
  for (int attempt = 0; attempt < 50; ++attempt) {
    std::array<char, 512> text{};
    const ssize_t got = ::pread(descriptor, text.data(), text.size(), 0);
    if (got > 0 && text[static_cast<size_t>(got) - 1] == '\n') return {text.data(), static_cast<size_t>(got) - 1};
    const timespec pause{.tv_sec = 0, .tv_nsec = 2'000'000};
    ::nanosleep(&pause, nullptr);
  }
  return "another process";
}

// Whether the path still leads to the file we have locked: the folder may have been deleted and made anew meanwhile.
bool is_still_at(int descriptor, const std::filesystem::path& path) {
  struct stat held {
  }, there{};
  return ::fstat(descriptor, &held) == 0 && ::lstat(path.c_str(), &there) == 0 && held.st_ino == there.st_ino &&
         held.st_dev == there.st_dev;
}

int open_and_lock(const std::filesystem::path& run_folder, const std::filesystem::path& path) {
  for (;;) {
    constexpr int kFlags = O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
    const int descriptor = retry_after_signal([&] { return ::open(path.c_str(), kFlags, 0666); });
    if (descriptor < 0) throw_io("lock the run folder " + run_folder.string() + " (run.lock)", errno);
    if (retry_after_signal([&] { return ::flock(descriptor, LOCK_EX | LOCK_NB); }) != 0) {
      const int error = errno;
      const std::string owner = error == EWOULDBLOCK ? owner_in(descriptor) : "";
      ::close(descriptor);
      if (error != EWOULDBLOCK) throw_io("lock the run folder " + run_folder.string() + " (run.lock)", error);
      throw RunInUseError("the run folder " + run_folder.string() + " is in use by " + owner);
    }
    if (is_still_at(descriptor, path)) return descriptor;
    ::close(descriptor);
  }
}

}  // namespace

RunLock::RunLock(const std::filesystem::path& run_folder) {
  descriptor_ = open_and_lock(run_folder, run_folder / "run.lock");
  const std::string owner = "process " + std::to_string(::getpid()) + " on host " + host_name() + "\n";
  if (::ftruncate(descriptor_, 0) != 0 || retry_after_signal([&] {
                                            return ::pwrite(descriptor_, owner.data(), owner.size(), 0);
                                          }) != static_cast<ssize_t>(owner.size())) {
    const int error = errno;
    release();
    throw_io("lock the run folder " + run_folder.string() + " (run.lock)", error);
  }
  try {
    remove_leftovers(run_folder);
  } catch (...) {
    release();
    throw;
  }
}

RunLock::~RunLock() {
  release();
}

RunLock::RunLock(RunLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

RunLock& RunLock::operator=(RunLock&& other) noexcept {
  if (this != &other) {
    release();
    descriptor_ = std::exchange(other.descriptor_, -1);
  }
  return *this;
}

void RunLock::release() {
  if (descriptor_ < 0) return;
  [[maybe_unused]] const int emptied = ::ftruncate(descriptor_, 0);  // a courtesy to readers, not part of the lock
  ::close(std::exchange(descriptor_, -1));
}

}  // namespace elbo::io

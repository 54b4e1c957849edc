// What the files of elbo/io share: a file being read, messages, retry after a signal.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

#include "elbo/settings/error.h"

namespace elbo::io {

// Throws the error type that belongs to the exit code.
[[noreturn]] void throw_as(ExitCode code, const std::string& message);

// "cannot <what>: <text of the error number>" as IoError.
[[noreturn]] void throw_io(const std::string& what, int error_number);

std::string error_text(int error_number);

// The folder a path lies in; "." for a bare name.
std::filesystem::path folder_of(const std::filesystem::path& path);

bool process_is_alive(pid_t pid);

// The number in "<prefix><number>-...", or 0: temporaries carry their writer's process id in the name.
pid_t pid_after(std::string_view prefix, std::string_view name);

template <typename Call>
auto retry_after_signal(Call call) {
  for (;;) {
    const auto result = call();
    if (result >= 0 || errno != EINTR) return result;
  }
}

// A regular file opened for reading from front to back; its size is taken once, at the start.
class InputFile final {
 public:
  InputFile(const std::filesystem::path& path, ExitCode error, bool follow_links);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  uint64_t size() const { return size_; }
  // Fills dst or throws: a file cut short while it is read is no different from a damaged one.
  void read(std::span<std::byte> dst);

 private:
  std::string name_;
  ExitCode error_;
  int descriptor_ = -1;
  uint64_t size_ = 0;
};

}  // namespace elbo::io

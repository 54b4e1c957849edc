#include "elbo/io/file_internal.h"

#include <charconv>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <system_error>

#include "elbo/io/file_system.h"

namespace elbo::io {

void throw_as(ExitCode code, const std::string& message) {
  switch (code) {
    case ExitCode::kUsage:
      throw ConfigError(message);
    case ExitCode::kData:
      throw DataError(message);
    case ExitCode::kCorruptFile:
      throw CorruptFileError(message);
    case ExitCode::kInputOutput:
      throw IoError(message);
    default:
      throw Error(code, message);
  }
}

std::string error_text(int error_number) {
  return std::generic_category().message(error_number);
}

void throw_io(const std::string& what, int error_number) {
  throw IoError("cannot " + what + ": " + error_text(error_number));
}

std::filesystem::path folder_of(const std::filesystem::path& path) {
  const std::filesystem::path parent = path.parent_path();
  return parent.empty() ? std::filesystem::path(".") : parent;
}

bool process_is_alive(pid_t pid) {
  return ::kill(pid, 0) == 0 || errno == EPERM;
}

pid_t pid_after(std::string_view prefix, std::string_view name) {
  if (!name.starts_with(prefix)) return 0;
  name.remove_prefix(prefix.size());
  pid_t pid = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
  const bool ended = error == std::errc{} && end != name.data() + name.size() && *end == '-';
  return ended && pid > 0 ? pid : 0;
}

InputFile::InputFile(const std::filesystem::path& path, ExitCode error, bool follow_links)
    : name_(path.string()), error_(error) {
  // Not blocking: opening a pipe must not wait for a writer only to be refused afterwards.
  const int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | (follow_links ? 0 : O_NOFOLLOW);
  descriptor_ = retry_after_signal([&] { return file_system().open(path.c_str(), flags, 0); });
  if (descriptor_ < 0) throw_as(error_, "cannot open " + name_ + ": " + error_text(errno));
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) {
    const bool folder = S_ISDIR(status.st_mode);
    file_system().close(descriptor_);
    throw_as(error_, "cannot read " + name_ + ": it is " + (folder ? "a folder" : "no regular file"));
  }
  size_ = static_cast<uint64_t>(status.st_size);
}

InputFile::~InputFile() {
  file_system().close(descriptor_);
}

void InputFile::read(std::span<std::byte> dst) {
  while (!dst.empty()) {
    const ssize_t got = retry_after_signal([&] { return file_system().read(descriptor_, dst.data(), dst.size()); });
    if (got < 0) throw_as(error_, "cannot read " + name_ + ": " + error_text(errno));
    if (got == 0) throw_as(error_, "cannot read " + name_ + ": it became shorter while it was being read");
    dst = dst.subspan(static_cast<size_t>(got));
  }
}

}  // namespace elbo::io

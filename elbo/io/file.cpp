#include "elbo/io/file.h"

#include <atomic>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "elbo/io/file_internal.h"
#include "elbo/io/file_system.h"

namespace elbo::io {

namespace {

// Not built from the target's own name, which may already be as long as a name can be.
constexpr std::string_view kTemporaryPrefix = ".elbo-tmp-";

// A descriptor that is being written.  The destructor is for the way out of an error; done() tells of failures.
class OutputFile final {
 public:
  explicit OutputFile(int descriptor) : descriptor_(descriptor) {}
  ~OutputFile() {
    if (descriptor_ >= 0) file_system().close(descriptor_);
  }
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  // Each returns 0 or an error number.
  int write(Bytes bytes) {
    while (!bytes.empty()) {
      const ssize_t put =
          retry_after_signal([&] { return file_system().write(descriptor_, bytes.data(), bytes.size()); });
      if (put < 0) return errno;
      if (put == 0) return EIO;  // no progress and no reason given: looping would never end
      bytes = bytes.subspan(static_cast<size_t>(put));
    }
    return 0;
  }
  int done() {
    // After a failed fsync the kernel may have dropped the pages: the file is given up, never synced again.
    if (retry_after_signal([&] { return file_system().fsync(descriptor_); }) != 0) return errno;
    // Linux frees the descriptor even when close is interrupted, and what it held is on disk already.
    if (file_system().close(std::exchange(descriptor_, -1)) != 0 && errno != EINTR) return errno;
    return 0;
  }

 private:
  int descriptor_;
};

int create(const std::filesystem::path& path) {
  constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  return retry_after_signal([&] { return file_system().open(path.c_str(), kFlags, 0666); });
}

uint64_t total_bytes(std::span<const Bytes> parts) {
  uint64_t total = 0;
  for (const Bytes part : parts) total += part.size();
  return total;
}

// Writes, syncs and closes; on failure removes the file and throws in the name of `target`.
void fill(int descriptor, const std::filesystem::path& path, const std::filesystem::path& target,
          std::span<const Bytes> parts) {
  OutputFile file(descriptor);
  int error = 0;
  for (const Bytes part : parts) {
    if (error == 0) error = file.write(part);
  }
  if (error == 0) error = file.done();
  if (error != 0) {
    file_system().unlink(path.c_str());
    throw_io("write " + target.string() + " (" + std::to_string(total_bytes(parts)) + " bytes)", error);
  }
}

void refuse_odd_target(const std::filesystem::path& path) {
  struct stat status {};
  if (path.filename().empty() || (::lstat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode))) {
    throw IoError("cannot write " + path.string() + ": the name belongs to a folder, link or device");
  }
}

}  // namespace

std::vector<std::byte> read_file(const std::filesystem::path& path, const ReadOptions& options) {
  InputFile file(path, options.error, options.follow_links);
  if (file.size() > options.max_bytes) {
    throw_as(options.error, "cannot read " + path.string() + ": it has " + std::to_string(file.size()) +
                                " bytes; at most " + std::to_string(options.max_bytes) + " are read");
  }
  std::vector<std::byte> content(file.size());
  file.read(content);
  return content;
}

std::string read_text(const std::filesystem::path& path, const ReadOptions& options) {
  const std::vector<std::byte> content = read_file(path, options);
  return {reinterpret_cast<const char*>(content.data()), content.size()};
}

void write_new(const std::filesystem::path& path, std::span<const Bytes> parts) {
  const int descriptor = create(path);
  if (descriptor < 0) throw_io("create " + path.string(), errno);
  fill(descriptor, path, path, parts);
}

void write_atomic(const std::filesystem::path& path, std::span<const Bytes> parts) {
  static std::atomic<uint64_t> count{0};
  refuse_odd_target(path);
  std::filesystem::path temporary;
  int descriptor = -1;
  do {  // a name that is taken was left by a killed process that had our id
    temporary = folder_of(path) /
                (std::string(kTemporaryPrefix) + std::to_string(::getpid()) + "-" + std::to_string(count.fetch_add(1)));
    descriptor = create(temporary);
  } while (descriptor < 0 && errno == EEXIST);
  if (descriptor < 0) throw_io("write " + path.string() + " (a temporary file in its folder)", errno);
  fill(descriptor, temporary, path, parts);
  if (file_system().rename(temporary.c_str(), path.c_str()) != 0) {
    const int error = errno;
    file_system().unlink(temporary.c_str());
    throw_io("write " + path.string() + " (" + std::to_string(total_bytes(parts)) + " bytes; rename)", error);
  }
  sync_folder(folder_of(path));
}

void write_atomic(const std::filesystem::path& path, Bytes bytes) {
  write_atomic(path, std::span(&bytes, 1));
}

void write_atomic(const std::filesystem::path& path, std::string_view text) {
  write_atomic(path, bytes_of(text));
}

void append_line(const std::filesystem::path& path, std::string_view line) {
  constexpr int kFlags = O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
  const int descriptor = retry_after_signal([&] { return file_system().open(path.c_str(), kFlags, 0666); });
  if (descriptor < 0) throw_io("append to " + path.string(), errno);
  const OutputFile closing(descriptor);
  struct stat status {};
  if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
    throw IoError("cannot append to " + path.string() + ": it is no regular file");
  }
  std::string text;
  char last = '\n';
  if (status.st_size > 0 && ::pread(descriptor, &last, 1, status.st_size - 1) == 1 && last != '\n') text += '\n';
  text.append(line).append("\n");
  const ssize_t put = retry_after_signal([&] { return file_system().write(descriptor, text.data(), text.size()); });
  if (put == static_cast<ssize_t>(text.size())) return;
  // A disk that fills up in mid-line gives a short write: the torn piece is taken back.
  int error = put < 0 ? errno : ENOSPC;
  if (put >= 0 && ::ftruncate(descriptor, status.st_size) != 0) error = errno;
  throw_io("append to " + path.string() + " (" + std::to_string(text.size()) + " bytes)", error);
}

void sync_file(const std::filesystem::path& path) {
  constexpr int kFlags = O_WRONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
  const int descriptor = retry_after_signal([&] { return file_system().open(path.c_str(), kFlags, 0); });
  if (descriptor < 0) throw_io("sync " + path.string(), errno);
  OutputFile file(descriptor);
  if (const int error = file.done(); error != 0) throw_io("sync " + path.string(), error);
}

void sync_folder(const std::filesystem::path& folder) {
  constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  const int descriptor = retry_after_signal([&] { return file_system().open(folder.c_str(), kFlags, 0); });
  if (descriptor < 0) throw_io("sync the folder " + folder.string(), errno);
  const OutputFile closing(descriptor);
  // Some network file systems cannot sync a folder and say so; there is nothing better to do on them.
  if (retry_after_signal([&] { return file_system().fsync(descriptor); }) != 0 && errno != EINVAL) {
    throw_io("sync the folder " + folder.string(), errno);
  }
}

void make_folders(const std::filesystem::path& folder) {
  std::filesystem::path made;
  for (const std::filesystem::path& part : folder) {
    if (part.empty()) continue;  // a trailing slash
    made /= part;
    std::error_code ignored;
    if (std::filesystem::is_directory(made, ignored)) continue;
    if (file_system().make_folder(made.c_str(), 0777) == 0) {
      sync_folder(folder_of(made));
    } else if (const int error = errno; error != EEXIST || !std::filesystem::is_directory(made, ignored)) {
      throw_io("create the folder " + made.string(), error == EEXIST ? ENOTDIR : error);
    }
  }
}

// Not by std::filesystem: its iterators end the program when memory runs out.
std::vector<std::string> names_in(const std::filesystem::path& folder) {
  const std::unique_ptr<DIR, int (*)(DIR*)> listing(::opendir(folder.c_str()), ::closedir);
  if (!listing) throw_io("list the folder " + folder.string(), errno);
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(listing.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
    errno = 0;
  }
  if (errno != 0) throw_io("list the folder " + folder.string(), errno);
  return names;
}

void remove_leftovers(const std::filesystem::path& folder) {
  for (const std::string& name : names_in(folder)) {
    const pid_t pid = pid_after(kTemporaryPrefix, name);
    if (pid > 0 && !process_is_alive(pid)) file_system().unlink((folder / name).c_str());
  }
}

}  // namespace elbo::io

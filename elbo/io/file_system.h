// FileSystem: the system calls that elbo's files go through, as a table, so that a test can make the n-th call fail.
//
//   FileSystem faulty = file_system();
//   faulty.fsync = [](int) { errno = EIO; return -1; };
//   const ReplaceFileSystem replaced(faulty);      // until the end of the scope
//   EXPECT_THROW(write_atomic(path, bytes), IoError);
#pragma once

#include <cstddef>
#include <sys/types.h>

namespace elbo::io {

// Each entry behaves as the call of the same name: -1 and errno on failure.
struct FileSystem {
  int (*open)(const char* path, int flags, mode_t mode);
  ssize_t (*read)(int descriptor, void* dst, size_t count);
  ssize_t (*write)(int descriptor, const void* src, size_t count);
  int (*fsync)(int descriptor);
  int (*close)(int descriptor);
  int (*rename)(const char* from, const char* to);
  int (*exchange)(const char* a, const char* b);  // the two names change places in one step (Linux: renameat2)
  int (*make_folder)(const char* path, mode_t mode);
  int (*unlink)(const char* path);
};

// The table in use; the system's own calls unless a test has replaced them.
const FileSystem& file_system();

class ReplaceFileSystem final {
 public:
  explicit ReplaceFileSystem(const FileSystem& table);
  ~ReplaceFileSystem();
  ReplaceFileSystem(const ReplaceFileSystem&) = delete;
  ReplaceFileSystem& operator=(const ReplaceFileSystem&) = delete;

 private:
  FileSystem table_;
  const FileSystem* previous_;
};

}  // namespace elbo::io

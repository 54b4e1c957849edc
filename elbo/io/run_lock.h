// RunLock: one writer for a run folder, held until the object goes away or the process ends, however it ends.
//
//   const RunLock lock("runs/vae");   // RunInUseError: runs/vae is in use by process 4711 on host node3
//
// The lock is the kernel's (flock on run.lock), so that a killed owner leaves nothing to clean up; the file's text
// (process id and host) only tells others whom to ask.  It stays in the folder, empty, when the lock is released.
#pragma once

#include <filesystem>

namespace elbo::io {

class RunLock final {
 public:
  // The folder must exist.  Waits for nobody.  Also deletes temporary files of writers that were killed.
  explicit RunLock(const std::filesystem::path& run_folder);
  ~RunLock();
  RunLock(RunLock&& other) noexcept;
  RunLock& operator=(RunLock&& other) noexcept;

 private:
  void release();

  int descriptor_ = -1;
};

}  // namespace elbo::io

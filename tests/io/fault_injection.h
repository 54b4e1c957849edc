// FaultyFileSystem: the n-th call of one kind fails, or writes less than it was given; the calls are written down.
//
//   const FaultyFileSystem faulty({.call = Call::kWrite, .nth = 2, .error = ENOSPC});
//   EXPECT_THROW(write_atomic(path, text), IoError);
//   faulty.fired() == true
#pragma once

#include <cerrno>
#include <string>
#include <sys/stat.h>
#include <vector>

#include "elbo/io/file_system.h"

namespace elbo::io {

enum class Call { kNone, kOpen, kRead, kWrite, kFsync, kClose, kRename, kExchange, kMakeFolder };

struct Fault {
  Call call = Call::kNone;
  int nth = 1;         // counted from 1
  int error = 0;       // errno of the failure; 0: a short write
  bool again = false;  // every later call of the kind fails too
};

class FaultyFileSystem final {
 public:
  explicit FaultyFileSystem(const Fault& fault) : replaced_((state() = {.fault = fault}, table())) {}

  bool fired() const { return state().fired; }
  // "write 5", "fsync 5", "rename a b", with descriptors as numbers, in the order of the calls.
  const std::vector<std::string>& log() const { return state().log; }

 private:
  struct State {
    Fault fault;
    int seen = 0;
    bool fired = false;
    std::vector<std::string> log;
  };

  static State& state() {
    static State state;
    return state;
  }

  static bool fails(Call call) {
    State& s = state();
    if (s.fault.call != call) return false;
    ++s.seen;
    if (s.seen != s.fault.nth && !(s.fault.again && s.seen > s.fault.nth)) return false;
    s.fired = true;
    errno = s.fault.error;
    return true;
  }

  template <typename... Words>
  static void note(const Words&... words) {
    std::string line;
    ((line += (line.empty() ? "" : " ") + std::string(words)), ...);
    state().log.push_back(line);
  }

  static const FileSystem& real() {
    static const FileSystem system = file_system();  // taken before the first replacement
    return system;
  }

  static FileSystem table() {
    FileSystem faulty = real();
    faulty.open = [](const char* path, int flags, mode_t mode) {
      if (fails(Call::kOpen)) return -1;
      const int descriptor = real().open(path, flags, mode);
      note("open", std::to_string(descriptor), path);
      return descriptor;
    };
    faulty.read = [](int descriptor, void* dst, size_t count) -> ssize_t {
      if (fails(Call::kRead)) return -1;
      return real().read(descriptor, dst, count);
    };
    faulty.write = [](int descriptor, const void* src, size_t count) -> ssize_t {
      if (fails(Call::kWrite)) {
        if (state().fault.error != 0) return -1;
        return real().write(descriptor, src, count > 1 ? count / 2 : count);
      }
      note("write", std::to_string(descriptor));
      return real().write(descriptor, src, count);
    };
    // Not passed on: no test here can see the difference, and a disk's fsync would be most of the time.
    faulty.fsync = [](int descriptor) {
      if (fails(Call::kFsync)) return -1;
      note("fsync", std::to_string(descriptor));
      return 0;
    };
    faulty.close = [](int descriptor) {
      note("close", std::to_string(descriptor));
      const int result = real().close(descriptor);  // a failing close frees the descriptor all the same
      return fails(Call::kClose) ? -1 : result;
    };
    faulty.rename = [](const char* from, const char* to) {
      if (fails(Call::kRename)) return -1;
      note("rename", from, to);
      return real().rename(from, to);
    };
    faulty.exchange = [](const char* a, const char* b) {
      if (fails(Call::kExchange)) return -1;
      note("exchange", a, b);
      return real().exchange(a, b);
    };
    faulty.make_folder = [](const char* path, mode_t mode) {
      if (fails(Call::kMakeFolder)) return -1;
      note("mkdir", path);
      return real().make_folder(path, mode);
    };
    return faulty;
  }

  ReplaceFileSystem replaced_;
};

// Calls body(fault) for the n-th call of each kind and each way to fail, n = 1, 2, ... until no call is hit any more.
// The body returns whether its fault fired.
template <typename Body>
void for_every_fault(const std::vector<Call>& calls, Body body) {
  for (const Call call : calls) {
    for (const int error : {ENOSPC, EIO, EINTR, EDQUOT, 0}) {
      if (error == 0 && call != Call::kWrite) continue;
      int nth = 1;
      while (body(Fault{.call = call, .nth = nth, .error = error})) ++nth;
      EXPECT_GT(nth, 1) << "no call of kind " << static_cast<int>(call) << " was made";
    }
  }
}

}  // namespace elbo::io

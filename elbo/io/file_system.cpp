#include "elbo/io/file_system.h"

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace elbo::io {

namespace {

int exchange_names([[maybe_unused]] const char* a, [[maybe_unused]] const char* b) {
#ifdef RENAME_EXCHANGE
  return ::renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE);
#else
  errno = ENOSYS;
  return -1;
#endif
}

constexpr FileSystem kSystem{
    .open = [](const char* path, int flags, mode_t mode) { return ::open(path, flags, mode); },
    .read = [](int descriptor, void* dst, size_t count) { return ::read(descriptor, dst, count); },
    .write = [](int descriptor, const void* src, size_t count) { return ::write(descriptor, src, count); },
    .fsync = [](int descriptor) { return ::fsync(descriptor); },
    .close = [](int descriptor) { return ::close(descriptor); },
    .rename = [](const char* from, const char* to) { return ::rename(from, to); },
    .exchange = exchange_names,
    .make_folder = [](const char* path, mode_t mode) { return ::mkdir(path, mode); },
    .unlink = [](const char* path) { return ::unlink(path); },
};

std::atomic<const FileSystem*> in_use{&kSystem};

}  // namespace

const FileSystem& file_system() {
  return *in_use.load();
}

ReplaceFileSystem::ReplaceFileSystem(const FileSystem& table) : table_(table), previous_(in_use.exchange(&table_)) {}

ReplaceFileSystem::~ReplaceFileSystem() {
  in_use.store(previous_);
}

}  // namespace elbo::io

// A fuzz target: a reader, and small inputs that it reads.  Each tests/fuzz/*_fuzz.cpp defines the two functions.
//
// Built with the tests, every target is a program that tries its seeds and a number of mutated ones (driver.cpp), on
// every compiler.  With -DELBO_FUZZ=ON, which needs Clang, it is a libFuzzer program as well:
//
//   cmake --preset fuzz && cmake --build build/fuzz --target csv_fuzz csv_libfuzzer
//   build/fuzz/bin/csv_fuzz --seeds corpus && build/fuzz/bin/csv_libfuzzer corpus
//   build/ci/bin/csv_fuzz crash-1234                                  # an input that was found, again
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

#include "elbo/settings/error.h"
#include "tests/support/folder.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace elbo::fuzz {

std::vector<std::string> seeds();

inline std::string_view text_of(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// A folder for one process, in memory where the system has such a place.
class FuzzFolder final {
 public:
  FuzzFolder() {
    std::string name = std::filesystem::is_directory("/dev/shm") ? "/dev/shm" : std::filesystem::temp_directory_path();
    name += "/elbo-fuzz-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  ~FuzzFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  FuzzFolder(const FuzzFolder&) = delete;
  FuzzFolder& operator=(const FuzzFolder&) = delete;

  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

// The input as a file; the same name each time.
inline const std::filesystem::path& file_of(std::string_view input) {
  static const FuzzFolder folder;
  static const std::filesystem::path path = folder / "input";
  testing_support::write_file(path, input);
  return path;
}

// Runs a reader: it returns, or refuses with an error of ours.  Whatever else it throws ends the program.
template <typename Read>
int refuses_or_reads(const Read& read) {
  try {
    read();
  } catch (const Error&) {
  }
  return 0;
}

// An answer that no input may give.
inline void require(bool holds) {
  if (!holds) __builtin_trap();
}

}  // namespace elbo::fuzz

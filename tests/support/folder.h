// Files of a test: a folder of its own, and whole files in and out.
//
//   const TestFolder folder;                      // empty; deleted with everything in it at the end
//   write_file(folder / "a/b.csv", "1,2\n");
//   content_of(folder / "a/b.csv") == "1,2\n";
#pragma once

#include <atomic>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <string>
#include <string_view>
#include <unistd.h>

namespace elbo::testing_support {

// A new file each time: cutting an old one to nothing makes ext4 write it out at once, which takes seconds in a loop.
inline void write_file(const std::filesystem::path& path, std::string_view bytes) {
  std::filesystem::create_directories(path.parent_path());
  std::filesystem::remove(path);
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

inline std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class TestFolder final {
 public:
  TestFolder() {
    static std::atomic<int> made{0};
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    std::string name = std::string("elbo-") + test->test_suite_name() + "-" + test->name() + "-" +
                       std::to_string(::getpid()) + "-" + std::to_string(made++);
    for (char& c : name) c = c == '/' ? '-' : c;
    path_ = std::filesystem::path(testing::TempDir()) / name;
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }
  // The path of the file written.
  std::filesystem::path write(const std::filesystem::path& name, std::string_view content) const {
    write_file(path_ / name, content);
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace elbo::testing_support

// The program as its users run it: as a process of its own, on small data made in the test.
#pragma once

#include <array>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sstream>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "tests/support/bytes.h"
#include "tests/support/folder.h"

namespace elbo::app {

namespace fs = std::filesystem;
using testing_support::big_endian;
using testing_support::content_of;
using testing_support::write_file;
using Words = std::vector<std::string>;

inline Words operator+(Words a, const Words& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

struct Outcome {
  int code = 0;  // exit code, or minus the signal that ended it
  std::string out;
  std::string err;
};

// A folder for the running test, with the process's output in it; removed at the end.
class Workplace {
 public:
  const fs::path& path() const { return folder_.path(); }

  // Starts `elbo WORDS...` in this folder and returns its process id; `prepare` runs in the new process before it.
  pid_t start(const Words& words, const std::function<void()>& prepare = {}) const {
    const pid_t child = ::fork();
    if (child != 0) return child;
    Words all = Words{ELBO_PROGRAM} + words;
    std::vector<char*> arguments;
    for (std::string& word : all) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    if (::chdir(path().c_str()) != 0) ::_exit(99);
    const auto redirect = [](const char* name, int descriptor) {
      ::dup2(::open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644), descriptor);
    };
    redirect("stdout.txt", STDOUT_FILENO);
    redirect("stderr.txt", STDERR_FILENO);
    ::unsetenv("ELBO_DATA");
    if (prepare) prepare();
    ::execv(ELBO_PROGRAM, arguments.data());
    ::_exit(99);
  }
  Outcome wait_for(pid_t child) const {
    int status = 0;
    while (::waitpid(child, &status, 0) < 0) {
    }
    return {.code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status),
            .out = content_of(path() / "stdout.txt"),
            .err = content_of(path() / "stderr.txt")};
  }
  Outcome elbo(const Words& words, const std::function<void()>& prepare = {}) const {
    return wait_for(start(words, prepare));
  }
  // The same, for what must succeed.
  std::string output_of(const Words& words) const {
    const Outcome outcome = elbo(words);
    EXPECT_EQ(outcome.code, 0) << testing::PrintToString(words) << "\n" << outcome.err;
    return outcome.out;
  }

 private:
  testing_support::TestFolder folder_;
};

// Waits until something is so; fails the test when it takes a minute.
inline bool wait_until(const std::function<bool()>& is_so) {
  for (int i = 0; i < 30'000; ++i) {
    if (is_so()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  ADD_FAILURE() << "waited in vain";
  return false;
}

// Images of 8 x 8 with a bright half: the upper, lower, left or right one, as the label says.
inline std::string idx_images(uint32_t count) {
  std::string text = big_endian(0x803) + big_endian(count) + big_endian(8) + big_endian(8);
  uint32_t noise = 1;
  for (uint32_t i = 0; i < count; ++i) {
    for (uint32_t y = 0; y < 8; ++y) {
      for (uint32_t x = 0; x < 8; ++x) {
        noise = noise * 1664525u + 1013904223u;
        const std::array<bool, 4> bright{y < 4, y >= 4, x < 4, x >= 4};
        text += static_cast<char>((bright[i % 4] ? 200 : 20) + (noise >> 24) % 40);
      }
    }
  }
  return text;
}
inline std::string idx_labels(uint32_t count) {
  std::string text = big_endian(0x801) + big_endian(count);
  for (uint32_t i = 0; i < count; ++i) text += static_cast<char>(i % 4);
  return text;
}

inline void write_images(const fs::path& folder) {
  write_file(folder / "train-images-idx3-ubyte", idx_images(200));
  write_file(folder / "train-labels-idx1-ubyte", idx_labels(200));
  write_file(folder / "t10k-images-idx3-ubyte", idx_images(40));
  write_file(folder / "t10k-labels-idx1-ubyte", idx_labels(40));
}

// A model that trains in milliseconds, on the images in the folder "data".
inline const Words kTiny{"--set", "data.name=idx:data",  "--set",     "latent.dimension=2",
                         "--set", "encoder.hidden=[16]", "--set",     "decoder.hidden=[16]",
                         "--set", "train.batch_size=20", "--threads", "1"};

inline Words setting(const std::string& assignment) {
  return {"--set", assignment};
}

// metrics.jsonl without the seconds, which differ from run to run.
inline std::string metrics_without_seconds(const fs::path& run) {
  std::istringstream lines(content_of(run / "metrics.jsonl"));
  std::string result;
  for (std::string line; std::getline(lines, line);) result += line.substr(0, line.find("\"seconds\"")) + "\n";
  return result;
}

// Folders of checkpoints, oldest first.
inline std::vector<fs::path> checkpoints_of(const fs::path& run) {
  std::vector<fs::path> found;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(run / "checkpoints", ignored)) {
    if (entry.path().filename().string().starts_with("step-")) found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

inline std::string last_state(const fs::path& run) {
  const std::vector<fs::path> found = checkpoints_of(run);
  return found.empty() ? "" : content_of(found.back() / "state.safetensors");
}

}  // namespace elbo::app

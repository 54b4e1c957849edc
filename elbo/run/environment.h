// environment.json of a run: what it ran on, as far as its bits depend on that.
//
//   {"elbo":"0.1.0","instruction_set":"AVX3","product_instruction_set":"AVX512_CORE","threads":2,
//    "memory_bytes":81788928,"compiler":"GCC 12.2.0"}
//
// No names of hosts or users.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace elbo::run {

// By their names; results are of the same bits where both are the same.
struct InstructionSets {
  std::string kernels;
  std::string products;  // of matrices, oneDNN's

  static InstructionSets here();
  friend bool operator==(const InstructionSets&, const InstructionSets&) = default;
};

std::filesystem::path environment_file(const std::filesystem::path& run);
struct Surroundings {
  int threads = 0;           // 0: one for each processor this process may use
  int64_t memory_bytes = 0;  // that training needs, as estimated
};
void write_environment(const std::filesystem::path& run, const Surroundings& surroundings);

// Whether the folder has an environment.json that elbo wrote.
bool is_environment(const std::filesystem::path& run);
// The instruction sets that a run was started on, as far as it says so.
InstructionSets instruction_sets_of(const std::filesystem::path& run);

}  // namespace elbo::run

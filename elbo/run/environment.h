// environment.json of a run: what it ran on, as far as its bits depend on that.
//
//   {"elbo":"0.1.0","instruction_set":"AVX3","threads":2,"compiler":"GCC 12.2.0"}
//
// No names of hosts or users.
#pragma once

#include <filesystem>
#include <string>

namespace elbo::run {

std::filesystem::path environment_file(const std::filesystem::path& run);
void write_environment(const std::filesystem::path& run, int threads);

// The instruction set that a run was started on, if it says so.
std::string instruction_set_of(const std::filesystem::path& run);

}  // namespace elbo::run

#include "elbo/run/environment.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "elbo/engine/machine.h"
#include "elbo/io/file.h"
#include "elbo/io/json.h"
#include "elbo/run/version.h"
#include "elbo/settings/error.h"

namespace elbo::run {
namespace fs = std::filesystem;
namespace {

std::string compiler() {
#if defined(__clang__)
  return "Clang " __clang_version__;
#else
  return "GCC " __VERSION__;
#endif
}

nlohmann::json read(const fs::path& run) {
  const std::string text =
      io::read_text(environment_file(run), {.max_bytes = 1 << 20, .error = ExitCode::kCorruptFile});
  return nlohmann::json::parse(text, nullptr, false);
}

}  // namespace

fs::path environment_file(const fs::path& run) {
  return run / "environment.json";
}

void write_environment(const fs::path& run, const Surroundings& surroundings) {
  const InstructionSets here = InstructionSets::here();
  const int threads = surroundings.threads > 0 ? surroundings.threads : available_threads();
  io::JsonObject environment;
  environment.set("elbo", kVersion);
  environment.set("instruction_set", here.kernels).set("product_instruction_set", here.products);
  environment.set("threads", threads).set("memory_bytes", surroundings.memory_bytes).set("compiler", compiler());
  io::write_atomic(environment_file(run), environment.text() + "\n");
}

bool is_environment(const fs::path& run) {
  try {
    const nlohmann::json environment = read(run);
    return environment.is_object() && environment.contains("elbo") && environment.contains("instruction_set");
  } catch (const Error&) {
    return false;
  }
}

InstructionSets InstructionSets::here() {
  return {.kernels = std::string(instruction_set()), .products = std::string(product_instruction_set())};
}

InstructionSets instruction_sets_of(const fs::path& run) {
  const nlohmann::json environment = read(run);
  const auto text = [&](const char* key) {
    const bool there = environment.is_object() && environment.contains(key) && environment[key].is_string();
    return there ? environment[key].get<std::string>() : std::string("unknown");
  };
  return {.kernels = text("instruction_set"), .products = text("product_instruction_set")};
}

}  // namespace elbo::run

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

void write_environment(const fs::path& run, int threads) {
  io::JsonObject environment;
  environment.set("elbo", kVersion).set("instruction_set", instruction_set());
  environment.set("threads", threads > 0 ? threads : available_threads()).set("compiler", compiler());
  io::write_atomic(environment_file(run), environment.text() + "\n");
}

std::string instruction_set_of(const fs::path& run) {
  const nlohmann::json environment = read(run);
  if (!environment.is_object() || !environment.contains("instruction_set")) return {};
  const nlohmann::json& name = environment["instruction_set"];
  return name.is_string() ? name.get<std::string>() : std::string();
}

}  // namespace elbo::run

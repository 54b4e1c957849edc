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

constexpr int64_t kMaxDim = int64_t{1} << 24;  // values of a row; more would ask for more memory than there is

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
  const auto& [dataset, threads, memory_bytes] = surroundings;
  io::JsonObject data;
  data.set("name", dataset.name).set("dim", dataset.dim());
  data.set("height", dataset.image.height).set("width", dataset.image.width).set("channels", dataset.image.channels);
  data.set("binarization", name_of(dataset.binarization));
  data.set("train", dataset.train.count()).set("validation", dataset.validation.count());
  data.set("test", dataset.test.count());
  io::JsonObject environment;
  const InstructionSets here = InstructionSets::here();
  environment.set("elbo", kVersion);
  environment.set("instruction_set", here.kernels).set("product_instruction_set", here.products);
  environment.set("threads", threads > 0 ? threads : available_threads())
      .set("memory_bytes", memory_bytes)
      .set("compiler", compiler());
  environment.set("data", data);
  io::write_atomic(environment_file(run), environment.text() + "\n");
}

DataFacts read_data_facts(const fs::path& run) {
  const nlohmann::json environment = read(run);
  const auto refuse = [&](const std::string& complaint) {
    throw CorruptFileError(fmt::format("{}: {}", environment_file(run).string(), complaint));
  };
  if (!environment.is_object() || !environment.contains("data") || !environment["data"].is_object()) {
    refuse("is no JSON object with the object \"data\" in it");
  }
  const nlohmann::json& data = environment["data"];
  const auto whole = [&](const char* key) {
    if (!data.contains(key) || !data[key].is_number_integer()) refuse(fmt::format("data.{} is no whole number", key));
    const auto value = data[key].get<int64_t>();
    if (value < 0 || value > kMaxDim) refuse(fmt::format("data.{} = {} is out of range", key, value));
    return value;
  };
  DataFacts facts{.dim = whole("dim"),
                  .image = {.height = whole("height"), .width = whole("width"), .channels = whole("channels")}};
  if (data.contains("name") && data["name"].is_string()) facts.name = data["name"].get<std::string>();
  const auto& [height, width, channels] = facts.image;
  const bool is_image = height > 0 && width > 0 && channels > 0;
  const bool fits =
      is_image ? facts.dim % height == 0 && facts.dim / height % width == 0 && facts.dim / height / width == channels
               : height == 0 && width == 0 && channels == 0;
  if (facts.dim < 1 || !fits) {
    refuse(fmt::format("rows of {} values cannot be images of {} x {} x {}", facts.dim, height, width, channels));
  }
  return facts;
}

bool is_environment(const fs::path& run) {
  try {
    const nlohmann::json environment = read(run);
    return environment.is_object() && environment.contains("elbo") && environment.contains("data");
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

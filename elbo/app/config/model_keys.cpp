#include "elbo/app/config/model_keys.h"

#include <array>
#include <fmt/core.h>

#include "elbo/app/config/toml_writer.h"

namespace elbo::app {
namespace {

struct Reader {
  std::string_view keys;  // a key, or a table with its dot
  std::string_view model;
};

// Everything else is read by every model.
constexpr std::array kReaders{
    Reader{"data.standardize", "flow"},
    Reader{"base.", "flow"},
    Reader{"flow.", "flow"},
    Reader{"latent.", "vae"},
    Reader{"encoder.", "vae"},
    Reader{"posterior.", "vae"},
    Reader{"prior.", "vae"},
    Reader{"decoder.", "vae"},
    Reader{"likelihood.", "vae"},
    Reader{"objective.", "vae"},
    Reader{"train.validation_samples", "vae"},
    Reader{"evaluate.latent_samples", "vae"},
    Reader{"evaluate.importance_samples", "vae"},
};

// The model that the key is for; empty: all.
std::string_view reader_of(std::string_view key) {
  for (const Reader& reader : kReaders) {
    if (key == reader.keys || (reader.keys.ends_with('.') && key.starts_with(reader.keys))) return reader.model;
  }
  return {};
}

void refuse(const Config& config, bool files_too) {
  const std::string& model = config.text("model");
  for (const std::string& key : config.schema().keys()) {
    const Origin::Kind origin = config.origin(key).kind;
    if (is_read(config, key) || origin == Origin::Kind::kDefault) continue;
    if (origin == Origin::Kind::kFile && !files_too) continue;
    config.refuse(key,
                  fmt::format("only model = \"{}\" reads this key, and here model = \"{}\"", reader_of(key), model));
  }
}

}  // namespace

bool is_read(const Config& config, std::string_view key) {
  const std::string_view reader = reader_of(key);
  return reader.empty() || reader == config.text("model");
}

void refuse_foreign_keys(const Config& config) {
  refuse(config, true);
}

void refuse_foreign_flags(const Config& config) {
  refuse(config, false);
}

std::string run_toml(const Config& config) {
  return to_toml(config, [&](std::string_view key) { return is_read(config, key); });
}

}  // namespace elbo::app

#include "elbo/run/seal.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "elbo/data/registry.h"
#include "elbo/io/checksum.h"
#include "elbo/io/file.h"
#include "elbo/settings/value.h"

namespace elbo::run {

bool is_open_after_training(const std::string& key) {
  if (key == "data.standardize") return false;  // the weights are of standardized columns or not
  return key == "seed" || key.starts_with("data.") || key.starts_with("evaluate.");
}

bool may_change_on_resuming(const std::string& key, const Settings& settings) {
  // Where the files of a named set are; of "idx:FOLDER" the folder says which set it is.
  if (key == "data.folder") return settings.part("data").row<data::DatasetRow>().argument != "folder";
  return key == "train.checkpoint_every" || key == "train.keep_checkpoints" || key.starts_with("evaluate.");
}

namespace {

std::string text_of(const data::Encoding& encoding) {
  std::string text = fmt::format("{} {} {} {}", encoding.dim, encoding.scale, encoding.unit, encoding.dequantized);
  if (encoding.whole) text += " whole";
  if (encoding.standardization) {
    text += fmt::format(" {} {}", fmt::join(encoding.standardization->mean, " "),
                        fmt::join(encoding.standardization->scale, " "));
  }
  return text;
}

std::string digest_of(const data::Encoding& encoding, const std::optional<data::Encoding>& context,
                      const data::TableLayout& layout) {
  std::string text = text_of(encoding);
  if (context) text += fmt::format(" given {} {}", text_of(*context), fmt::join(layout.context, " "));
  text += fmt::format(" {} {}", layout.count, fmt::join(layout.x, " "));
  for (const std::string& name : layout.names) text += " " + in_quotes(name);
  return io::xxh128_hex(io::bytes_of(text));
}

}  // namespace

train::Seal seal_of(const Settings& settings, const data::Encoding& encoding,
                    const std::optional<data::Encoding>& context, const data::TableLayout& layout) {
  train::Seal seal;
  seal.model["data.json"] = digest_of(encoding, context, layout);
  for (const auto& [key, value] : settings.flattened()) {
    if (key == "train.epochs" || may_change_on_resuming(key, settings)) continue;  // a run may be given more epochs
    (is_open_after_training(key) ? seal.steps : seal.model)[key] = to_literal(value);
  }
  return seal;
}

}  // namespace elbo::run

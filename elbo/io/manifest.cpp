#include <limits>

#include "elbo/io/checksum.h"
#include "elbo/io/file.h"
#include "elbo/io/json.h"
#include "elbo/io/manifest_internal.h"
#include "elbo/io/seal_internal.h"
#include "elbo/io/strict_json_internal.h"
#include "elbo/settings/value.h"

namespace elbo::io {

namespace {

constexpr uint64_t kMaxBytes = 4 << 20;
constexpr std::string_view kFormat = "elbo-checkpoint";
constexpr uint64_t kVersion = 2;
constexpr std::string_view kManifestSealKey = "manifest_xxh128";

// Fields of one manifest, each of exactly the type asked for.
class Fields final {
 public:
  Fields(const nlohmann::json& json, const std::string& file) : json_(json), file_(file) {
    if (!json.is_object()) fail("an object is required");
  }
  [[noreturn]] void fail(const std::string& what) const { throw CorruptFileError(file_ + ": " + what); }

  uint64_t number(const char* key) const {
    const nlohmann::json& value = at(key);
    if (!value.is_number_unsigned()) fail(std::string(key) + " is no exact non-negative integer");
    return value.get<uint64_t>();
  }
  int64_t counter(const char* key) const {
    const uint64_t value = number(key);
    if (value > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) fail(std::string(key) + " is too large");
    return static_cast<int64_t>(value);
  }
  std::string text(const char* key) const { return text_of(at(key), key); }
  std::map<std::string, std::string> texts(const char* key) const {
    const nlohmann::json& value = at(key);
    if (!value.is_object()) fail(std::string(key) + " is no object");
    std::map<std::string, std::string> texts;
    for (const auto& [name, entry] : value.items()) texts[name] = text_of(entry, std::string(key) + "." + name);
    return texts;
  }

 private:
  const nlohmann::json& at(const char* key) const {
    const auto found = json_.find(key);
    if (found == json_.end()) fail(std::string(key) + " is missing");
    return *found;
  }
  std::string text_of(const nlohmann::json& value, const std::string& key) const {
    if (!value.is_string()) fail(key + " is no string");
    return value.get<std::string>();
  }

  const nlohmann::json& json_;
  std::string file_;
};

}  // namespace

std::string manifest_text(const Manifest& manifest) {
  JsonObject meta;
  for (const auto& [key, value] : manifest.meta) {
    if (!is_utf8(key) || !is_utf8(value)) {
      throw DataError("checkpoint of step " + std::to_string(manifest.step) + ": the meta entry " + quoted_json(key) +
                      " is no valid UTF-8");
    }
    meta.set(key, value);
  }
  JsonObject fields;
  fields.set("format", kFormat).set("version", kVersion).set("step", manifest.step).set("epoch", manifest.epoch);
  fields.set("state_bytes", manifest.state_bytes).set("state_xxh128", manifest.state_xxh128).set("meta", meta);
  fields.set(kManifestSealKey, kBlankDigest);
  std::string text = fields.text() + "\n";
  if (text.size() > kMaxBytes) {
    throw DataError("checkpoint of step " + std::to_string(manifest.step) + ": the manifest has " +
                    std::to_string(text.size()) + " bytes; at most " + std::to_string(kMaxBytes) + " are allowed");
  }
  text.replace(find_digest(text, kManifestSealKey).value(), kDigestDigits, xxh128_hex(bytes_of(text)));
  return text;
}

Manifest read_manifest(const std::filesystem::path& path) {
  const std::string file = path.string();
  const std::string text =
      read_text(path, {.max_bytes = kMaxBytes, .error = ExitCode::kCorruptFile, .follow_links = false});
  const nlohmann::json json = parse_strict(text, file);
  const Fields fields(json, file);
  if (fields.text("format") != kFormat) fields.fail("format is not \"elbo-checkpoint\"");
  const uint64_t version = fields.number("version");
  if (version != kVersion) {
    fields.fail("version is " + std::to_string(version) + "; this program knows " + std::to_string(kVersion) +
                (version == 1 ? " (its checksums were SHA-256, those of today are XXH128: train the run anew)" : ""));
  }
  const std::optional<size_t> at = find_digest(text, kManifestSealKey);
  if (!at) fields.fail("manifest_xxh128 is not 32 lower-case hexadecimal digits, written once");
  std::string blank = text;
  blank.replace(*at, kDigestDigits, kBlankDigest);
  if (text.substr(*at, kDigestDigits) != xxh128_hex(bytes_of(blank))) {
    fields.fail("the manifest is damaged (its XXH128 differs)");
  }
  return {.step = fields.counter("step"),
          .epoch = fields.counter("epoch"),
          .state_bytes = fields.number("state_bytes"),
          .state_xxh128 = fields.text("state_xxh128"),
          .meta = fields.texts("meta")};
}

}  // namespace elbo::io

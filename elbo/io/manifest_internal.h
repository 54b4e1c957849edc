// manifest.json of a checkpoint: what the folder holds, sealed with its own XXH128.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace elbo::io {

struct Manifest {
  int64_t step = 0;
  int64_t epoch = 0;
  uint64_t state_bytes = 0;
  std::string state_xxh128;
  std::map<std::string, std::string> meta;
};

// DataError when meta is no UTF-8 or larger than a manifest may be.
std::string manifest_text(const Manifest& manifest);

// CorruptFileError for everything that is wrong, a missing file included.
Manifest read_manifest(const std::filesystem::path& path);

}  // namespace elbo::io

// Named arrays in one file, in the safetensors format, with checksums that a load verifies.
//
//   write_safetensors("model.safetensors", {{"encoder.0.weight", weight}}, {{"config", toml}});
//   const TensorFile file = read_safetensors("model.safetensors");
//   file.tensors[0].name == "encoder.0.weight";  file.metadata.at("config") == toml;
//
// The reference Python library reads these files, and its files are read here (they have no checksums to verify).
// The metadata that elbo adds: "checksum.version" ("2"), "checksum.xxh128.<name>" of each tensor's bytes, and
// "checksum.xxh128" of the whole file with these 32 digits as zeros.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "elbo/engine/array.h"

namespace elbo::io {

struct NamedArray {
  std::string name;  // 1 to 512 bytes of UTF-8 without control characters
  Array array;
};

// The same, of an array that stays where it is.
struct TensorView {
  std::string name;
  const Array* array = nullptr;
};
std::vector<TensorView> views_of(const std::vector<NamedArray>& tensors);

using Metadata = std::map<std::string, std::string>;

struct TensorFile {
  std::vector<NamedArray> tensors;  // in the order they were written in
  Metadata metadata;                // without the checksums
};

// Atomic and durable.  DataError when a name or a metadata key cannot be stored ("checksum.…" keys are reserved).
void write_safetensors(const std::filesystem::path& path, const std::vector<NamedArray>& tensors,
                       const Metadata& metadata = {});

struct ReadTensorsOptions {
  bool verify = true;        // check the checksums that the file carries
  bool follow_links = true;  // false: a symbolic link in the file's place is refused
  std::string xxh128 = "";   // what the whole file must hash to, if known from elsewhere; replaces "checksum.xxh128"
};

// Never takes more memory than the file's size and its header's limit allow.  CorruptFileError names the file and the
// field that is wrong; IoError when the file cannot be opened.
TensorFile read_safetensors(const std::filesystem::path& path, const ReadTensorsOptions& options = {});

}  // namespace elbo::io

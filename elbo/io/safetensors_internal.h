// The parts of the safetensors reader and writer: limits, the parsed header, the encoded file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "elbo/io/file.h"
#include "elbo/io/safetensors.h"

namespace elbo::io {

constexpr uint64_t kMaxHeaderBytes = 16 << 20;
constexpr size_t kMaxTensors = 100'000;
constexpr size_t kMaxMetadata = 2 * kMaxTensors;
constexpr size_t kMaxNameBytes = 512;
constexpr size_t kMaxKeyBytes = kMaxNameBytes + 32;  // room for the prefix of a checksum

constexpr std::string_view kMetadataKey = "__metadata__";
constexpr std::string_view kChecksumPrefix = "checksum.";
constexpr std::string_view kChecksumVersionKey = "checksum.version";
constexpr std::string_view kChecksumVersion = "2";
constexpr std::string_view kSealKey = "checksum.xxh128";
constexpr std::string_view kTensorPrefix = "checksum.xxh128.";

// "F32" and so on.
std::string_view safetensors_name_of(DType dtype);

// Why a name or key cannot be used, or nothing.  UTF-8 is checked by the JSON library.
std::string_view fault_of_name(std::string_view name, size_t max_bytes);

// A file ready to be written: `head` (length and header), then `parts`, which borrow from the arrays encoded.
struct EncodedTensors {
  std::string head;
  std::vector<Bytes> parts;

  std::vector<Bytes> all() const;
};
EncodedTensors encode_safetensors(const std::vector<TensorView>& tensors, const Metadata& metadata);

struct TensorEntry {
  std::string name;
  DType dtype = DType::kF32;
  Shape shape;
  uint64_t begin = 0, end = 0;  // within the data section
};

struct TensorHeader {
  std::vector<TensorEntry> tensors;  // in the order of the header
  Metadata metadata;                 // with the checksums
};

// Checks everything that can be known without the data: after this, sizes and offsets can be relied on.
TensorHeader parse_tensor_header(std::string_view json, uint64_t data_bytes, const std::string& file);

}  // namespace elbo::io

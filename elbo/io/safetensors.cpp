#include "elbo/io/safetensors.h"

#include <algorithm>
#include <optional>

#include "elbo/io/checksum.h"
#include "elbo/io/file_internal.h"
#include "elbo/io/safetensors_internal.h"
#include "elbo/io/seal_internal.h"

namespace elbo::io {

namespace {

constexpr size_t kChunkBytes = size_t{1} << 20;  // read and hashed while it is still in the cache

std::string in_quotes(const std::string& name) {
  return "\"" + name.substr(0, 80) + "\"";
}

// What a load holds against the file, tensor by tensor and at the end.
class Verifier final {
 public:
  Verifier(const TensorHeader& header, std::string_view head, const ReadTensorsOptions& options,
           const std::string& file)
      : header_(header), file_(file) {
    const auto& metadata = header.metadata;
    const bool sealed = std::any_of(metadata.begin(), metadata.end(),
                                    [](const auto& entry) { return entry.first.starts_with(kChecksumPrefix); });
    by_tensor_ = options.verify && sealed;
    if (options.verify && !options.xxh128.empty()) {
      expected_ = options.xxh128;
      hash_.update(bytes_of(head));
    } else if (by_tensor_) {
      // One key that is there makes all of them required: a damaged key must not switch the check off.
      if (required(kChecksumVersionKey) != kChecksumVersion) {
        const std::string& version = required(kChecksumVersionKey);
        fail("checksum.version is " + in_quotes(version) + "; this program knows " +
             in_quotes(std::string(kChecksumVersion)) +
             (version == "1" ? " (the checksums were SHA-256 and CRC32C, those of today are XXH128: it can be read "
                               "unverified, or written anew)"
                             : ""));
      }
      expected_ = required(kSealKey);
      const std::optional<size_t> at = find_digest(head, kSealKey);
      if (!at) fail("checksum.xxh128 is not 32 lower-case hexadecimal digits, written once");
      std::string blank(head);
      blank.replace(*at, kDigestDigits, kBlankDigest);
      hash_.update(bytes_of(blank));
    }
  }

  void tensor_begins() { tensor_.emplace(); }
  void take(Bytes chunk) {
    if (by_tensor_) tensor_->update(chunk);
    if (!expected_.empty()) hash_.update(chunk);
  }
  void tensor_ends(const std::string& name) const {
    if (by_tensor_ && required(std::string(kTensorPrefix) + name) != tensor_->hex()) {
      fail("tensor " + in_quotes(name) + " is damaged (its XXH128 differs)");
    }
  }
  void file_ends() {
    if (!expected_.empty() && hash_.hex() != expected_) fail("the file is damaged (its XXH128 differs)");
  }

 private:
  [[noreturn]] void fail(const std::string& what) const { throw CorruptFileError(file_ + ": " + what); }
  const std::string& required(std::string_view key) const {
    const auto found = header_.metadata.find(std::string(key));
    if (found == header_.metadata.end()) fail("the metadata lacks " + in_quotes(std::string(key)));
    return found->second;
  }

  const TensorHeader& header_;
  std::string file_;
  bool by_tensor_ = false;
  std::string expected_;          // digest of the whole; empty: not asked for
  Xxh128 hash_;                   // of the whole
  std::optional<Xxh128> tensor_;  // of the tensor being read
};

// The first 8 bytes and the header, from a file that has them.
std::string read_head(InputFile& file, const std::string& name) {
  const auto fail = [&](const std::string& what) { throw CorruptFileError(name + ": " + what); };
  if (file.size() < 8) {
    fail("no safetensors file: it has " + std::to_string(file.size()) + " bytes, its header length alone takes 8");
  }
  std::string head(8, '\0');
  file.read(std::as_writable_bytes(std::span(head)));
  uint64_t length = 0;
  for (int i = 7; i >= 0; --i) length = (length << 8) | static_cast<unsigned char>(head[static_cast<size_t>(i)]);
  if (length > kMaxHeaderBytes) {
    fail("the header length is " + std::to_string(length) + "; at most " + std::to_string(kMaxHeaderBytes) +
         " is allowed");
  }
  if (length > file.size() - 8) {
    fail("the header length is " + std::to_string(length) + ", but only " + std::to_string(file.size() - 8) +
         " bytes follow");
  }
  head.resize(8 + length);
  file.read(std::as_writable_bytes(std::span(head).subspan(8)));
  return head;
}

}  // namespace

std::string_view safetensors_name_of(DType dtype) {
  switch (dtype) {
    case DType::kF32:
      return "F32";
    case DType::kF64:
      return "F64";
    case DType::kI32:
      return "I32";
    case DType::kU8:
      return "U8";
  }
  return "?";
}

std::string_view fault_of_name(std::string_view name, size_t max_bytes) {
  if (name.empty()) return "is empty";
  if (name.size() > max_bytes) return "is too long";
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  return std::any_of(name.begin(), name.end(), is_control) ? "has a control character" : "";
}

std::vector<Bytes> EncodedTensors::all() const {
  std::vector<Bytes> bytes{bytes_of(head)};
  bytes.insert(bytes.end(), parts.begin(), parts.end());
  return bytes;
}

TensorFile read_safetensors(const std::filesystem::path& path, const ReadTensorsOptions& options) {
  const std::string name = path.string();
  InputFile file(path, ExitCode::kInputOutput, options.follow_links);
  const std::string head = read_head(file, name);
  TensorHeader header = parse_tensor_header(std::string_view(head).substr(8), file.size() - head.size(), name);
  Verifier verifier(header, head, options, name);

  TensorFile content;
  content.tensors.resize(header.tensors.size());
  std::vector<size_t> order(header.tensors.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return header.tensors[a].end < header.tensors[b].end;  // empty tensors touch no byte: any place will do
  });
  for (const size_t i : order) {
    const TensorEntry& entry = header.tensors[i];
    Array array(entry.dtype, entry.shape);
    std::span<std::byte> rest(array.data(), array.bytes());
    verifier.tensor_begins();
    while (!rest.empty()) {
      const std::span<std::byte> chunk = rest.first(std::min(rest.size(), kChunkBytes));
      file.read(chunk);
      verifier.take(chunk);
      rest = rest.subspan(chunk.size());
    }
    verifier.tensor_ends(entry.name);
    content.tensors[i] = {entry.name, std::move(array)};
  }
  verifier.file_ends();
  for (auto& [key, value] : header.metadata) {
    if (!key.starts_with(kChecksumPrefix)) content.metadata.emplace(key, std::move(value));
  }
  return content;
}

}  // namespace elbo::io

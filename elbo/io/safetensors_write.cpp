// Writing safetensors.  Layout: 8 bytes of length, a JSON header padded with spaces to a multiple of 8, the data.
#include <algorithm>
#include <array>
#include <numeric>
#include <set>

#include "elbo/io/checksum.h"
#include "elbo/io/json.h"
#include "elbo/io/safetensors_internal.h"
#include "elbo/io/seal_internal.h"
#include "elbo/settings/value.h"

namespace elbo::io {

namespace {

Bytes bytes_of_array(const Array& array) {
  return {array.data(), array.bytes()};
}

[[noreturn]] void refuse(const std::string& what, std::string_view text, std::string_view why) {
  throw DataError("write_safetensors: " + what + " " + quoted_json(text.substr(0, 80)) + " " + std::string(why));
}

void check_name(const std::string& what, std::string_view name, size_t max_bytes) {
  const std::string_view fault = fault_of_name(name, max_bytes);
  if (!fault.empty()) refuse(what, name, fault);
  if (!is_utf8(name)) refuse(what, name, "is no valid UTF-8");
}

void check_names(const std::vector<TensorView>& tensors, const Metadata& metadata) {
  if (tensors.size() > kMaxTensors) {
    throw DataError("write_safetensors: " + std::to_string(tensors.size()) + " tensors; at most " +
                    std::to_string(kMaxTensors) + " fit a file");
  }
  std::set<std::string_view> seen;
  for (const TensorView& tensor : tensors) {
    check_name("the tensor name", tensor.name, kMaxNameBytes);
    if (tensor.name == kMetadataKey) refuse("the tensor name", tensor.name, "is reserved by the format");
    if (!seen.insert(tensor.name).second) refuse("the tensor name", tensor.name, "is given twice");
  }
  for (const auto& [key, value] : metadata) {
    check_name("the metadata key", key, kMaxKeyBytes);
    if (key.starts_with(kChecksumPrefix)) refuse("the metadata key", key, "is reserved for checksums");
    if (!is_utf8(value)) refuse("the metadata value of", key, "is no valid UTF-8");
  }
}

// Wide elements first, so that every tensor is aligned to its element size for readers that map the file.
std::vector<size_t> data_order(const std::vector<TensorView>& tensors) {
  std::vector<size_t> order(tensors.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return size_of(tensors[a].array->dtype()) > size_of(tensors[b].array->dtype());
  });
  return order;
}

}  // namespace

std::vector<TensorView> views_of(const std::vector<NamedArray>& tensors) {
  std::vector<TensorView> views;
  for (const NamedArray& tensor : tensors) views.push_back({tensor.name, &tensor.array});
  return views;
}

EncodedTensors encode_safetensors(const std::vector<TensorView>& tensors, const Metadata& metadata) {
  check_names(tensors, metadata);
  EncodedTensors encoded;
  std::vector<int64_t> begin(tensors.size());
  int64_t end = 0;
  for (const size_t i : data_order(tensors)) {
    begin[i] = end;
    end += static_cast<int64_t>(tensors[i].array->bytes());
    if (tensors[i].array->bytes() > 0) encoded.parts.push_back(bytes_of_array(*tensors[i].array));
  }

  JsonObject about;
  for (const auto& [key, value] : metadata) about.set(key, value);
  about.set(kChecksumVersionKey, kChecksumVersion).set(kSealKey, kBlankDigest);
  JsonObject header;
  for (const TensorView& tensor : tensors) {
    about.set(std::string(kTensorPrefix) + tensor.name, xxh128_hex(bytes_of_array(*tensor.array)));
  }
  header.set(kMetadataKey, about);
  for (size_t i = 0; i < tensors.size(); ++i) {
    const Array& array = *tensors[i].array;
    JsonObject entry;
    const std::array<int64_t, 2> offsets = {begin[i], begin[i] + static_cast<int64_t>(array.bytes())};
    entry.set("dtype", safetensors_name_of(array.dtype())).set("shape", array.shape().dims());
    entry.set("data_offsets", offsets);
    header.set(tensors[i].name, entry);
  }
  std::string json = header.text();
  json.append((8 - json.size() % 8) % 8, ' ');
  if (json.size() > kMaxHeaderBytes) {
    throw DataError("write_safetensors: names and metadata take " + std::to_string(json.size()) + " bytes; at most " +
                    std::to_string(kMaxHeaderBytes) + " fit a header");
  }

  std::string& head = encoded.head;
  for (int shift = 0; shift < 64; shift += 8) head += static_cast<char>((json.size() >> shift) & 0xff);
  head += json;
  Xxh128 seal;
  for (const Bytes part : encoded.all()) seal.update(part);
  head.replace(find_digest(head, kSealKey).value(), kDigestDigits, seal.hex());
  return encoded;
}

void write_safetensors(const std::filesystem::path& path, const std::vector<NamedArray>& tensors,
                       const Metadata& metadata) {
  write_atomic(path, encode_safetensors(views_of(tensors), metadata).all());
}

}  // namespace elbo::io

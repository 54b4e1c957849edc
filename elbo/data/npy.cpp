#include "elbo/data/npy.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

#include "elbo/data/npy_header_internal.h"

namespace elbo::data {

namespace {

constexpr size_t kMaxHeader = 64 * 1024;
constexpr std::string_view kMagic = "\x93NUMPY";

// How a value is stored, and as what it is kept.
struct Storage {
  std::string_view descr;
  int64_t bytes;
  DType dtype;
};
// The order byte of one-byte types is '|', but '<' means the same and is met.
constexpr Storage kStorages[] = {
    {"<f4", 4, DType::kF32}, {"<f8", 8, DType::kF64}, {"<i4", 4, DType::kI32}, {"<i8", 8, DType::kI32},
    {"|u1", 1, DType::kU8},  {"<u1", 1, DType::kU8},  {"|b1", 1, DType::kU8},  {"<b1", 1, DType::kU8},
};

const Storage& storage_of(const ByteSource& bytes, const std::string& descr) {
  for (const Storage& storage : kStorages) {
    if (storage.descr == descr) return storage;
  }
  if (descr.find('O') != std::string::npos) {
    bytes.fail("holds Python objects, which are code and are never loaded; save it as plain numbers");
  }
  if (descr.starts_with('>')) bytes.fail("holds big-endian values; save it as little-endian (astype('<f4'))");
  std::string printable = descr.substr(0, 32);
  std::replace_if(
      printable.begin(), printable.end(), [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  bytes.fail("holds values of type '" + printable + "'; f4, f8, u1, bool, i4 and i8 are read");
}

NpyHeader read_header(ByteSource& bytes) {
  std::array<std::byte, 8> start{};
  bytes.read_exactly(start, "its NPY header");
  if (std::memcmp(start.data(), kMagic.data(), kMagic.size()) != 0) {
    bytes.fail("is no NPY file: it does not begin with \\x93NUMPY");
  }
  const int major = std::to_integer<int>(start[6]), minor = std::to_integer<int>(start[7]);
  if (major < 1 || major > 3 || minor != 0) {
    bytes.fail("has NPY version " + std::to_string(major) + "." + std::to_string(minor) +
               "; 1.0, 2.0 and 3.0 are read");
  }
  std::array<std::byte, 4> length{};  // little-endian, two bytes in version 1
  bytes.read_exactly(std::span(length).first(major == 1 ? 2 : 4), "its NPY header");
  size_t size = 0;
  for (size_t i = 0; i < length.size(); ++i) size |= std::to_integer<size_t>(length[i]) << (8 * i);
  if (size > kMaxHeader) {
    bytes.fail("its NPY header claims " + std::to_string(size) + " bytes; at most " + std::to_string(kMaxHeader) +
               " are read");
  }
  std::string text(size, '\0');
  bytes.read_exactly(std::as_writable_bytes(std::span(text)), "its NPY header");
  NpyHeader header;
  std::string complaint;
  if (!parse_npy_header(text, header, complaint)) bytes.fail("its NPY header " + complaint);
  return header;
}

void read_i64_as_i32(ByteSource& bytes, Array& array) {
  std::array<int64_t, 4096> chunk{};
  auto rest = array.values<int32_t>();
  while (!rest.empty()) {
    const auto values = std::span(chunk).first(std::min(chunk.size(), rest.size()));
    bytes.read_exactly(std::as_writable_bytes(values), "its values");
    for (size_t i = 0; i < values.size(); ++i) {
      if (values[i] < std::numeric_limits<int32_t>::min() || values[i] > std::numeric_limits<int32_t>::max()) {
        bytes.fail("holds the 64-bit integer " + std::to_string(values[i]) + ", which does not fit 32 bits");
      }
      rest[i] = static_cast<int32_t>(values[i]);
    }
    rest = rest.subspan(values.size());
  }
}

// The values of `columns_first`, whose first index runs fastest, in row-major order.
Array from_fortran_order(const Array& columns_first) {
  const Shape& shape = columns_first.shape();
  Array result(columns_first.dtype(), shape);
  const size_t value_bytes = size_of(result.dtype());
  std::vector<int64_t> index(static_cast<size_t>(shape.rank()), 0), strides(index.size(), 1);
  for (size_t axis = 1; axis < strides.size(); ++axis) {
    strides[axis] = strides[axis - 1] * shape[static_cast<int>(axis) - 1];
  }
  int64_t src = 0;
  for (int64_t dst = 0; dst < result.elements(); ++dst) {
    std::memcpy(result.data() + static_cast<size_t>(dst) * value_bytes,
                columns_first.data() + static_cast<size_t>(src) * value_bytes, value_bytes);
    for (size_t axis = index.size(); axis-- > 0;) {
      src += strides[axis];
      if (++index[axis] < shape[static_cast<int>(axis)]) break;
      src -= index[axis] * strides[axis];
      index[axis] = 0;
    }
  }
  return result;
}

}  // namespace

Array read_npy(ByteSource& bytes) {
  const NpyHeader header = read_header(bytes);
  const Storage& storage = storage_of(bytes, header.descr);
  Array array(storage.dtype, bytes.require_shape(header.shape, storage.bytes));
  if (storage.bytes == static_cast<int64_t>(size_of(storage.dtype))) {
    bytes.read_exactly({array.data(), array.bytes()}, "its values");
  } else {
    read_i64_as_i32(bytes, array);
  }
  bytes.require_end();
  return header.fortran_order && array.shape().rank() > 1 ? from_fortran_order(array) : array;
}

Array read_npy(const std::filesystem::path& path, const ReadLimits& limits) {
  return read_npy(*open_bytes(path, limits));
}

}  // namespace elbo::data

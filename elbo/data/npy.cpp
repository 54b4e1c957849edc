#include "elbo/data/npy.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "elbo/data/npy_header_internal.h"
#include "elbo/data/stored_values_internal.h"
#include "elbo/settings/value.h"

namespace elbo::data {

namespace {

constexpr size_t kMaxHeader = 64 * 1024;
constexpr std::string_view kMagic = "\x93NUMPY";
constexpr char kStructured[] =
    "holds a structured array, whose columns have names and types of their own; save it as plain numbers "
    "(numpy.lib.recfunctions.structured_to_unstructured)";

// "<f4": byte order, kind, bytes of a value.  The order of one-byte types is '|', but '<' means the same and is met.
StoredType type_of(const ByteSource& bytes, const std::string& descr) {
  StoredType type{.big_endian = descr.starts_with('>')};
  if (descr.size() == 3 && std::string_view("<>|").find(descr[0]) != std::string_view::npos) {
    type.kind = descr[1];
    type.bytes = descr[2] - '0';
    if (type.is_known() && (descr[0] != '|' || type.bytes == 1)) return type;
  }
  if (descr.find('O') != std::string::npos) {
    bytes.fail("holds Python objects, which are code and are never loaded; save it as plain numbers (astype(float))");
  }
  if (descr.find('V') != std::string::npos) bytes.fail(kStructured);
  bytes.fail("holds values of type " + in_quotes(shortened(descr, 32)) + "; " + std::string(kStoredTypes) +
             " are read: save it as one of them (astype('f8'))");
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
  if (header.is_structured) bytes.fail(kStructured);
  return header;
}

constexpr int64_t kTile = 64;  // rows and columns that are turned together, in the cache

// The values of a matrix [rows, columns] at `src`, a column after the other at `src_stride`, to rows at `dst_stride`.
template <typename T>
void turn(const T* src, int64_t src_stride, T* dst, int64_t dst_stride, int64_t rows, int64_t columns) {
  for (int64_t column = 0; column < columns; column += kTile) {
    const int64_t last_column = std::min(column + kTile, columns);
    for (int64_t i = 0; i < rows; ++i) {
      for (int64_t j = column; j < last_column; ++j) dst[i * dst_stride + j] = src[j * src_stride + i];
    }
  }
}

// The values of `columns_first`, whose first index runs fastest, in row-major order: for some rows at a time and each
// index of the axes between, the matrix of the first and the last axis is turned.
template <typename T>
Array from_fortran_order(const Array& columns_first) {
  const Shape& shape = columns_first.shape();
  Array result = Array::uninitialized(columns_first.dtype(), shape);
  if (result.elements() == 0) return result;
  const int last = shape.rank() - 1;
  const int64_t rows = shape[0], columns = shape[last];
  const int64_t src_stride = result.elements() / columns, dst_stride = result.elements() / rows;
  const T* src = columns_first.values<T>().data();
  T* dst = result.values<T>().data();
  for (int64_t row = 0; row < rows; row += kTile) {
    for (int64_t middle = 0; middle < src_stride / rows; ++middle) {
      // The place of the axes between, counted in row-major order, in the other order.
      int64_t place = 0, rest = middle, stride = src_stride;
      for (int axis = last - 1; axis > 0; --axis) {
        stride /= shape[axis];
        place += rest % shape[axis] * stride;
        rest /= shape[axis];
      }
      turn(src + place + row, src_stride, dst + middle * columns + row * dst_stride, dst_stride,
           std::min(kTile, rows - row), columns);
    }
  }
  return result;
}

Array from_fortran_order(const Array& columns_first) {
  switch (columns_first.dtype()) {
    case DType::kF32:
      return from_fortran_order<float>(columns_first);
    case DType::kF64:
      return from_fortran_order<double>(columns_first);
    case DType::kI32:
      return from_fortran_order<int32_t>(columns_first);
    case DType::kU8:
      return from_fortran_order<uint8_t>(columns_first);
  }
  return {};
}

}  // namespace

Array read_npy(ByteSource& bytes) {
  const NpyHeader header = read_header(bytes);
  Array array = read_stored(bytes, type_of(bytes, header.descr), header.shape);
  bytes.require_end();
  return header.fortran_order && array.shape().rank() > 1 ? from_fortran_order(array) : array;
}

Array read_npy(const std::filesystem::path& path, const ReadLimits& limits) {
  return read_npy(*open_bytes(path, limits));
}

}  // namespace elbo::data

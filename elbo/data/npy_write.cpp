#include <array>

#include "elbo/data/npy.h"
#include "elbo/io/file.h"

namespace elbo::data {

namespace {

std::string_view descr_of(DType dtype) {
  switch (dtype) {
    case DType::kF32:
      return "<f4";
    case DType::kF64:
      return "<f8";
    case DType::kI32:
      return "<i4";
    case DType::kU8:
      return "|u1";
  }
  return "";
}

// Version 1.0; padded with spaces so that the values begin at a multiple of 64 bytes, as NumPy asks.
std::string header_of(const Array& array) {
  std::string text = "{'descr': '" + std::string(descr_of(array.dtype())) + "', 'fortran_order': False, 'shape': (";
  const std::vector<int64_t> extents = array.shape().dims();
  for (size_t axis = 0; axis < extents.size(); ++axis) text += (axis > 0 ? ", " : "") + std::to_string(extents[axis]);
  text += extents.size() == 1 ? ",), }" : "), }";
  constexpr size_t kStart = 10, kAlignment = 64;
  text.append(kAlignment - 1 - (kStart + text.size()) % kAlignment, ' ');
  text += '\n';
  std::string header("\x93NUMPY\x01\x00", 8);
  header += static_cast<char>(text.size() & 0xff);
  header += static_cast<char>(text.size() >> 8);
  return header + text;
}

}  // namespace

std::string npy_bytes(const Array& array) {
  std::string bytes = header_of(array);
  bytes.append(reinterpret_cast<const char*>(array.data()), array.bytes());
  return bytes;
}

void write_npy(const std::filesystem::path& path, const Array& array) {
  const std::string header = header_of(array);
  const std::array<io::Bytes, 2> parts{io::bytes_of(header), io::Bytes(array.data(), array.bytes())};
  io::write_atomic(path, parts);
}

}  // namespace elbo::data

#include "elbo/data/npy.h"
#include "tests/data/files.h"
#include "tests/fuzz/fuzz_target.h"

namespace elbo::fuzz {

std::vector<std::string> seeds() {
  std::vector<std::string> all = {data::npy_bytes(Array::of<float>({2, 3}, {1, 2, 3, 4, 5, 6})),
                                  data::npy_bytes(Array::of<uint8_t>({3}, {1, 2, 3})),
                                  data::gzipped(data::npy_bytes(Array::of<double>({2}, {1, 2})))};
  for (const char* type : {">f2", "<f8", "|i1", ">i2", "<u2", "<i8", ">u8", "<u4"}) {
    const std::string header = "{'descr': '" + std::string(type) + "', 'fortran_order': True, 'shape': (2, 1, 2), }\n";
    all.push_back(std::string("\x93NUMPY\x01\x00", 8) + data::little_endian(header.size(), 2) + header +
                  std::string(static_cast<size_t>(4 * (type[2] - '0')), '\x01'));
  }
  return all;
}

}  // namespace elbo::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return elbo::fuzz::refuses_or_reads(
      [&] { elbo::data::read_npy(elbo::fuzz::file_of(elbo::fuzz::text_of(data, size))); });
}

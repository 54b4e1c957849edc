#include "elbo/data/idx.h"
#include "tests/data/files.h"
#include "tests/fuzz/fuzz_target.h"

namespace elbo::fuzz {

std::vector<std::string> seeds() {
  std::vector<std::string> all;
  const auto add = [&](uint32_t type, size_t value_bytes) {
    all.push_back(data::big_endian(type << 8 | 3) + data::big_endian(2) + data::big_endian(1) + data::big_endian(2) +
                  std::string(4 * value_bytes, '\x01'));
  };
  add(0x08, 1);
  add(0x09, 1);
  add(0x0b, 2);
  add(0x0c, 4);
  add(0x0d, 4);
  add(0x0e, 8);
  all.push_back(data::gzipped(all.front()));
  return all;
}

}  // namespace elbo::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return elbo::fuzz::refuses_or_reads(
      [&] { elbo::data::read_idx(elbo::fuzz::file_of(elbo::fuzz::text_of(data, size))); });
}

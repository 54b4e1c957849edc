#include "elbo/data/amat.h"
#include "tests/data/files.h"
#include "tests/fuzz/fuzz_target.h"

namespace elbo::fuzz {

std::vector<std::string> seeds() {
  return {"0 1 1\n1 0 0\n", "0 1\r\n1\t0", data::gzipped("0 1\n1 1\n")};
}

}  // namespace elbo::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return elbo::fuzz::refuses_or_reads([&] {
    const elbo::Array bits = elbo::data::read_amat(elbo::fuzz::file_of(elbo::fuzz::text_of(data, size)));
    for (const uint8_t bit : bits.values<uint8_t>()) elbo::fuzz::require(bit <= 1);
  });
}

#include "elbo/data/npy.h"
#include "elbo/data/npz.h"
#include "tests/data/zip_files.h"
#include "tests/fuzz/fuzz_target.h"

namespace elbo::fuzz {

std::vector<std::string> seeds() {
  const std::string one = data::npy_bytes(Array::of<uint8_t>({2, 3}, {1, 2, 3, 4, 5, 6}));
  const std::string two = data::npy_bytes(Array::of<float>({2}, {0.5f, -1}));
  return {data::zip({{"a.npy", one}}), data::zip({{"a.npy", one, 8}, {"b.npy", two}}, {.comment = "by hand"}),
          data::zip64(one)};
}

}  // namespace elbo::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return elbo::fuzz::refuses_or_reads([&] {
    const elbo::data::Npz npz(elbo::fuzz::file_of(elbo::fuzz::text_of(data, size)));
    for (const std::string& name : npz.names()) elbo::fuzz::refuses_or_reads([&] { npz.read(name); });
  });
}

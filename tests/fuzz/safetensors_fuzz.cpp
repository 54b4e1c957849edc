#include "elbo/io/safetensors.h"
#include "tests/fuzz/fuzz_target.h"

namespace elbo::fuzz {

namespace {

std::string written(const std::vector<io::NamedArray>& tensors) {
  const FuzzFolder folder;
  io::write_safetensors(folder / "x", tensors, {{"config", "a = 1"}});
  return testing_support::content_of(folder / "x");
}

}  // namespace

std::vector<std::string> seeds() {
  const std::string header = R"({"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}})";
  return {written({{"encoder.0.weight", Array::of<float>({2, 2}, {1, 2, 3, 4})}, {"n", Array::of<int32_t>({}, {7})}}),
          static_cast<char>(header.size()) + std::string(7, '\0') + header + "12345678"};
}

}  // namespace elbo::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return elbo::fuzz::refuses_or_reads(
      [&] { elbo::io::read_safetensors(elbo::fuzz::file_of(elbo::fuzz::text_of(data, size))); });
}

#include "elbo/io/manifest_internal.h"
#include "tests/fuzz/fuzz_target.h"

namespace elbo::fuzz {

std::vector<std::string> seeds() {
  return {io::manifest_text({.step = 123,
                             .epoch = 4,
                             .state_bytes = 100,
                             .state_xxh128 = std::string(32, 'a'),
                             .meta = {{"seed", "7"}, {"text", "a \"b\""}}}),
          "{}", R"({"format":[{"a":null}],"step":1e3})"};
}

}  // namespace elbo::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return elbo::fuzz::refuses_or_reads(
      [&] { elbo::io::read_manifest(elbo::fuzz::file_of(elbo::fuzz::text_of(data, size))); });
}

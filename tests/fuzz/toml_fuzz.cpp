#include "elbo/settings/toml_reader.h"
#include "tests/fuzz/fuzz_target.h"

namespace elbo::fuzz {

std::vector<std::string> seeds() {
  return {"z = 1\n[b]\n\ny.x = 'a'\n[a]\n", "[[flow]]\nname = \"planar\" # one\nlayers = 2\n[[flow]]\nbins = 1e-3\n",
          "a = [[1, 2], [{x = 1}],\n[1.5, inf]]\nb = '''\n[{'''\n\"k\\u0041\".c = \"\"\"x\\\"\"\"\"\n",
          "d = 2024-01-02T03:04:05Z\nt = 03:04:05\nf = true\n[\"x y\".z]\n"};
}

}  // namespace elbo::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = elbo::fuzz::text_of(data, size);
  elbo::fuzz::refuses_or_reads([&] {
    for (const elbo::TomlEntry& entry : elbo::parse_toml(text, "config.toml")) elbo::to_text(entry.value);
  });
  return elbo::fuzz::refuses_or_reads([&] {
    if (const auto value = elbo::parse_toml_value(text)) elbo::to_text(*value);
  });
}

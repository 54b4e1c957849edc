// What commands say on standard error beside progress.
#pragma once

#include <cstdio>
#include <string>

#include "elbo/settings/text_layout.h"

namespace elbo::app {

inline void remark(const std::string& sentence) {
  std::fprintf(stderr, "elbo: %s\n", printable(sentence).c_str());
}

inline void warn(const std::string& sentence) {
  remark("warning: " + sentence);
}

inline void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
}

}  // namespace elbo::app

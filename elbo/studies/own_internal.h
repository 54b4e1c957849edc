// The files of the program's own studies, put into it when it is built.
#pragma once

#include <span>
#include <string_view>

namespace elbo::studies {

struct OwnFile {
  std::string_view name;  // "kong-li.toml"
  std::string_view text;
};
std::span<const OwnFile> own_files();

}  // namespace elbo::studies

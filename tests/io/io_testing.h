// What the tests of elbo/io share: files of their own, and what a folder holds.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/folder.h"
#include "tests/support/message.h"

namespace elbo::io {

using testing_support::content_of;
using testing_support::message_of;
using testing_support::TestFolder;
using testing_support::write_file;

inline std::vector<std::string> names_under(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    names.push_back(entry.path().lexically_relative(folder).string());
  }
  return names;
}

}  // namespace elbo::io

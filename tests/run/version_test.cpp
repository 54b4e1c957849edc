#include "elbo/run/version.h"

#include <fstream>
#include <gmock/gmock.h>
#include <iterator>
#include <string>

namespace elbo::run {
namespace {

TEST(Version, IsThatOfTheProject) {
  std::ifstream file(ELBO_SOURCE_DIR "/CMakeLists.txt");
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  EXPECT_THAT(text, ::testing::HasSubstr("project(elbo VERSION " + std::string(kVersion) + " "));
}

}  // namespace
}  // namespace elbo::run

#include "elbo/run/schema.h"

#include <gmock/gmock.h>

#include "elbo/settings/config.h"
#include "elbo/settings/describe.h"
#include "elbo/settings/toml_writer.h"
#include "tests/settings/random_settings.h"

namespace elbo::run {
namespace {

TEST(RunSchema, EveryDeclarationOfEveryRowIsSound) {
  EXPECT_THAT(run_schema().mistakes(), ::testing::IsEmpty());
}

TEST(RunSchema, WhateverIsChosenIsReadBackFromItsOwnFile) {
  EXPECT_TRUE(rc::check("a configuration that is written and read is the same", [] {
    Config config(run_schema());
    config.set(random_sets(run_schema()));
    const std::string text = to_toml(config.settings());
    Config read(run_schema());
    read.read_text(text, "config.toml");
    RC_ASSERT(read == config);
    RC_ASSERT(to_toml(read.settings()) == text);
  }));
}

TEST(RunSchema, OldKeysNameKeysThatExist) {
  for (const Renamed& renamed : run_schema().renamed) {
    const std::string now = renamed.now.substr(0, renamed.now.find_first_of(" ,"));  // a remark may follow
    EXPECT_NE(run_schema().find(now), nullptr) << renamed.before << " is " << renamed.now << " now";
    EXPECT_EQ(run_schema().find(renamed.before), nullptr) << renamed.before << " is a key still";
  }
}

TEST(RunSchema, ItsDescriptionFitsATerminal) {
  const std::string text = describe(Config(run_schema()).settings());
  for (size_t start = 0; start < text.size();) {
    const size_t end = text.find('\n', start);
    EXPECT_LE(end - start, 80u) << text.substr(start, end - start);
    start = end + 1;
  }
}

}  // namespace
}  // namespace elbo::run

// docs/reference/configuration.md is what the schema says.  ELBO_WRITE_DOCS=1 in the environment writes it anew.
#include <cstdlib>

#include "elbo/run/schema.h"
#include "elbo/settings/config.h"
#include "elbo/settings/describe.h"
#include "elbo/settings/error.h"
#include "tests/app/commands/program.h"

namespace elbo::app {
namespace {

using ::testing::HasSubstr;

const fs::path kReference = fs::path(ELBO_SOURCE_DIR) / "docs" / "reference";

std::string configuration_page() {
  return "# Configuration\n\n"
         "Every key of a configuration file, as `elbo train --help-config` shows them too. A file is TOML; a key that\n"
         "is left out has its default, an unknown one is an error. `--set table.key=value` overrides the file, and\n"
         "the `config.toml` of a run holds every key as it was resolved. `configs/` has files to begin with.\n\n"
         "This page is made from the declarations of the parts that read the keys, and a test holds it to them.\n\n" +
         describe_markdown(run::run_schema());
}

TEST(Reference, ConfigurationIsWhatTheSchemaSays) {
  if (std::getenv("ELBO_WRITE_DOCS") != nullptr) write_file(kReference / "configuration.md", configuration_page());
  EXPECT_EQ(content_of(kReference / "configuration.md"), configuration_page())
      << "run this test once with ELBO_WRITE_DOCS=1 in the environment";
}

TEST(Reference, ExitCodesAreAllThere) {
  const std::string page = content_of(kReference / "exit-codes.md");
  for (const ExitCode code : {ExitCode::kDone, ExitCode::kBadVerdict, ExitCode::kUsage, ExitCode::kData,
                              ExitCode::kNumerical, ExitCode::kInputOutput, ExitCode::kCorruptFile, ExitCode::kRunInUse,
                              ExitCode::kInterrupted, ExitCode::kTerminated}) {
    EXPECT_THAT(page, HasSubstr("| " + std::to_string(static_cast<int>(code)) + " |"));
  }
}

TEST(Configs, AreAllRead) {
  int count = 0;
  for (const auto& entry : fs::directory_iterator(fs::path(ELBO_SOURCE_DIR) / "configs")) {
    if (entry.path().extension() != ".toml") continue;
    Config config(run::run_schema());
    EXPECT_NO_THROW(config.read_file(entry.path())) << entry.path();
    ++count;
  }
  EXPECT_GE(count, 2);
}

}  // namespace
}  // namespace elbo::app

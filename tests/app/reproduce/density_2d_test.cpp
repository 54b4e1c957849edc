// The study density-2d on one generator, as its users run it.
#include <nlohmann/json.hpp>

#include "tests/app/commands/program.h"
#include "tests/report/markup_check.h"

namespace elbo::app {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

TEST(Density2d, FitsEveryFamilyAndGoesOnWhereItWas) {
  const Workplace place;
  const Words words{"reproduce", "density-2d", "--data", "rings",     "--epochs", "1",     "--limit",
                    "100",       "--out",      "out",    "--threads", "1",        "--json"};
  json first = json::parse(place.output_of(words));
  ASSERT_EQ(first.size(), 14u);
  for (const char* family :
       {"planar", "radial", "sylvester-orthogonal", "sylvester-householder", "sylvester-triangular", "nice", "real-nvp",
        "glow", "nsf-coupling", "iaf", "iaf-affine", "maf", "nsf-autoregressive", "dsf"}) {
    EXPECT_THAT(first.dump(), HasSubstr(std::string(family) + " ×"));
    EXPECT_EQ(checkpoints_of(place.path() / "out" / "rings" / family).size(), 1u) << family;
  }
  for (const json& row : first) {
    EXPECT_NEAR(row["negative_entropy"].get<double>(), -2.623, 1e-3);
    EXPECT_GT(row["log_likelihood"]["standard_error"], 0);
    EXPECT_LT(row["log_likelihood"]["mean"].get<double>(),
              -2.623 + 4 * row["log_likelihood"]["standard_error"].get<double>());
  }
  EXPECT_THAT(content_of(place.path() / "out" / "densities.svg"), HasSubstr("nsf-coupling"));
  EXPECT_THAT(content_of(place.path() / "out" / "table.md"), HasSubstr("−entropy"));
  EXPECT_TRUE(report::is_balanced(content_of(place.path() / "out" / "report.html")));
  const std::string state = last_state(place.path() / "out" / "rings" / "maf");
  fs::remove_all(place.path() / "out" / "rings" / "dsf");
  json again = json::parse(place.output_of(words));
  for (json* table : {&again, &first}) {
    for (json& row : *table) row.erase("ms_per_step");
  }
  EXPECT_EQ(again, first);
  EXPECT_EQ(last_state(place.path() / "out" / "rings" / "maf"), state);
}

TEST(Density2d, RefusesDataThatIsNoGenerator) {
  const Workplace place;
  const Outcome outcome = place.elbo({"reproduce", "density-2d", "--data", "ring", "--out", "out"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("did you mean rings?"));
}

}  // namespace
}  // namespace elbo::app

// The study density-2d on one generator, as its users run it.
#include <nlohmann/json.hpp>

#include "tests/app/commands/program.h"

namespace elbo::app {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

TEST(Density2d, FitsEveryFamilyAndGoesOnWhereItWas) {
  const Workplace place;
  const Words words{"reproduce", "density-2d", "--data", "rings",     "--epochs", "1",     "--limit",
                    "300",       "--out",      "out",    "--threads", "1",        "--json"};
  const json first = json::parse(place.output_of(words));
  const std::string text = first.dump();
  for (const char* family :
       {"radial", "nice", "real-nvp", "glow", "nsf-coupling", "maf", "nsf-autoregressive", "dsf"}) {
    EXPECT_THAT(text, HasSubstr(family));
    EXPECT_EQ(checkpoints_of(place.path() / "out" / "rings" / family).size(), 1u) << family;
  }
  EXPECT_THAT(text, HasSubstr("-2.623"));  // minus the entropy
  EXPECT_THAT(content_of(place.path() / "out" / "densities.svg"), HasSubstr("nsf-coupling"));
  const std::string state = last_state(place.path() / "out" / "rings" / "maf");
  fs::remove_all(place.path() / "out" / "rings" / "dsf");
  EXPECT_EQ(json::parse(place.output_of(words)), first);
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

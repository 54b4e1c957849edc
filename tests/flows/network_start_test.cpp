// What the networks within flows start with follows the settings of their place, in every family that has one.
#include "elbo/flows/network_start.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "elbo/flows/registry.h"

namespace elbo::flows {
namespace {

// Families with a network in each layer.
std::vector<std::string> families_with_networks() {
  std::vector<std::string> names;
  for (const FlowFamily* family : flow_families().rows()) {
    const auto has_network = [](const Option& option) { return option.key == "network"; };
    if (std::any_of(family->settings.begin(), family->settings.end(), has_network)) names.emplace_back(family->name);
  }
  return names;
}

struct Largest {
  double hidden = 0, last = 0;  // of the weights of the first layer's network, in size
};

Largest largest_weights(const std::string& family, std::vector<std::string> settings) {
  const nn::Parameters parameters{{.seed = 3}};
  settings.insert(settings.end(), {"layers=1", "network.hidden=[100, 100]"});
  make_flow(family, {.scope = parameters / "flow", .dim = 6}, settings);
  const auto largest = [&](const std::string& name) {
    const VariablePtr weight = parameters.find("flow.0." + name + ".weight");
    double size = 0;
    if (weight == nullptr) return std::nan("");
    for (const float value : std::as_const(weight->value).values<float>()) {
      size = std::max(size, std::abs(static_cast<double>(value)));
    }
    return size;
  };
  return {largest("1"), largest("2")};
}

class NetworkStart : public testing::TestWithParam<std::string> {};

TEST_P(NetworkStart, FollowsTheSettingsOfItsPlace) {
  // Of 100 inputs, uniform values of 10,000 and more come close to their bounds.
  const double pytorch = 1 / std::sqrt(100), he = std::sqrt(6.0 / 100);
  const Largest standard = largest_weights(GetParam(), {});
  EXPECT_NEAR(standard.hidden, pytorch, 0.01 * pytorch);
  EXPECT_LT(standard.last, 0.006);  // normal, with deviation 0.001
  EXPECT_GT(standard.last, 0.002);

  const Largest both =
      largest_weights(GetParam(), {"network.initializer=he-uniform", "network.last_initializer=pytorch-linear"});
  EXPECT_NEAR(both.hidden, he, 0.01 * he);
  EXPECT_NEAR(both.last, pytorch, 0.02 * pytorch);

  EXPECT_EQ(largest_weights(GetParam(), {"network.last_initializer=zeros"}).last, 0);
}

INSTANTIATE_TEST_SUITE_P(Families, NetworkStart, testing::ValuesIn(families_with_networks()), [](const auto& one) {
  std::string name = one.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

TEST(NetworkStartPlace, KnowsEightFamilies) {
  EXPECT_GE(families_with_networks().size(), 8U);
}

}  // namespace
}  // namespace elbo::flows

#include "elbo/flows/network_start.h"

#include <string>

namespace elbo::flows {

namespace {

constexpr const char* kNearZero = "near-zero";
constexpr double kNearZeroSpread = 0.01;

std::vector<std::string> last_initializer_names() {
  std::vector<std::string> names = nn::initializer_names();
  names.insert(names.begin(), kNearZero);
  return names;
}

}  // namespace

nn::Initializer near_zero() {
  return nn::init::normal_by_fan_in(kNearZeroSpread);
}

std::vector<Option> network_start_settings() {
  return {Text{.key = "initializer",
               .value = nn::init::pytorch_linear().name,
               .meaning = "what the weights of the hidden layers start with",
               .choices = nn::initializer_names},
          Text{.key = "last_initializer",
               .value = kNearZero,
               .meaning = "what the weights of the last layer start with; near-zero: the flow starts near the identity",
               .choices = last_initializer_names}};
}

NetworkStart network_start_of(const Settings& network) {
  const std::string& last = network.text("last_initializer");
  return {.hidden = nn::initializer(network.text("initializer")),
          .last = last == kNearZero ? near_zero() : nn::initializer(last)};
}

}  // namespace elbo::flows

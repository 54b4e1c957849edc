// What the networks within flows start with, asked for in the place where they stand: [flow.network].
//
//   Part{.key = "network", ..., .rows = nn::networks().view(), .place = network_start_settings()}
//   const NetworkStart start = network_start_of(settings.part("network"));
//
// The biases of the last layer are a flow's own: its map of a column starts near them, or about them.
#pragma once

#include <vector>

#include "elbo/nn/initializer.h"
#include "elbo/settings/option.h"
#include "elbo/settings/settings.h"

namespace elbo::flows {

// N(0, 1e-4 / fan_in): whatever is put in, outputs all but equal the bias.
nn::Initializer near_zero();

struct NetworkStart {
  nn::Initializer hidden = nn::init::pytorch_linear();
  nn::Initializer last = near_zero();  // weights of the layer that gives the parameters of the map
};

std::vector<Option> network_start_settings();  // initializer, last_initializer
NetworkStart network_start_of(const Settings& network);

}  // namespace elbo::flows

// The names that belong to other layers: what the configuration accepts where it names one of their things.  Each is
// asked when a value is read or help is shown, so that a registry answers with what it holds then.
#pragma once

#include <string>
#include <vector>

namespace elbo::app {

std::vector<std::string> known_models();
std::vector<std::string> known_binarizations();
std::vector<std::string> known_initializers();
std::vector<std::string> known_activations();
std::vector<std::string> known_output_activations();  // with "same"
std::vector<std::string> known_scales();
std::vector<std::string> known_posteriors();
std::vector<std::string> known_posterior_flows();  // those that take a normal draw; with "none"
std::vector<std::string> known_bases();            // before a flow that is a density
std::vector<std::string> known_densities();        // flows that can be one
std::vector<std::string> known_priors();           // bases that have a density everywhere
std::vector<std::string> known_prior_flows();      // flows that can be a density; with "none"
std::vector<std::string> known_likelihoods();
std::vector<std::string> known_objectives();
std::vector<std::string> known_optimizers();

}  // namespace elbo::app

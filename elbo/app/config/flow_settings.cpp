#include "elbo/app/config/flow_settings.h"

#include "elbo/app/config/choices.h"

namespace elbo::app {

std::vector<Option> flow_settings(const FlowSettings& settings) {
  const std::string& bent = settings.bent.empty() ? settings.columns : settings.bent;
  return {
      Integer{.key = "layers",
              .value = settings.is_optional ? 0 : 8,
              .meaning = "layers of the flow",
              .limits = {.at_least = settings.is_optional ? 0 : 1, .at_most = 10'000}},
      Integers{.key = "hidden",
               .value = {64, 64},
               .meaning = "couplings and autoregressive flows: widths of the hidden layers of their networks",
               .unit = "units",
               .limits = {.at_least = 1, .at_most = 65'536}},
      Text{.key = "activation",
           .value = "relu",
           .meaning = "function after each of those hidden layers",
           .choices = known_activations},
      Number{.key = "log_scale_bound",
             .value = 3.0,
             .meaning = "affine maps: log-scales of a layer stay within it",
             .limits = {.above = 0}},
      Text{.key = "mask",
           .value = "halves",
           .meaning = "couplings: the columns that stay in a layer are one half, or every other one",
           .choices = {"halves", "alternating"}},
      Text{.key = "permutation",
           .value = "reverse",
           .meaning = "couplings: what happens to the columns between layers",
           .choices = {"reverse", "random", "linear"}},
      Text{.key = "normalization",
           .value = "none",
           .meaning = "couplings: what follows each layer",
           .choices = {"none", "actnorm", "batch-norm"}},
      Integer{
          .key = "bins", .value = 8, .meaning = "splines: pieces of each", .limits = {.at_least = 1, .at_most = 512}},
      Number{.key = "bound",
             .value = 5.0,
             .meaning = "splines: they bend within -bound and bound of " + bent + ", and are the identity outside",
             .limits = {.above = 0}},
      Integer{.key = "columns",
              .value = 0,
              .meaning = "sylvester-orthogonal: columns of Q; 0: as many as " + settings.columns + " has",
              .limits = {.at_least = 0, .at_most = 65'536}},
      Integer{.key = "reflections",
              .value = 4,
              .meaning = "sylvester-householder: reflections that make Q",
              .limits = {.at_least = 1, .at_most = 65'536}},
  };
}

flows::FlowOptions flow_options(const Config& config, const std::string& section) {
  const auto key = [&](const char* name) { return section + "." + name; };
  return {.layers = config.integer(key("layers")),
          .hidden = config.integers(key("hidden")),
          .activation = config.text(key("activation")),
          .log_scale_bound = config.number(key("log_scale_bound")),
          .mask = config.text(key("mask")),
          .permutation = config.text(key("permutation")),
          .normalization = config.text(key("normalization")),
          .bins = config.integer(key("bins")),
          .bound = config.number(key("bound")),
          .columns = config.integer(key("columns")),
          .reflections = config.integer(key("reflections"))};
}

std::vector<std::string> flow_keys(const std::string& section) {
  std::vector<std::string> keys;
  for (const Option& option : flow_settings({})) keys.push_back(section + "." + option.key);
  return keys;
}

std::vector<Option> base_settings() {
  const models::BaseOptions defaults;
  return {
      Integer{.key = "components",
              .value = defaults.components,
              .meaning = "mixture-of-gaussians: how many",
              .limits = {.at_least = 1, .at_most = 65'536}},
      Number{.key = "degrees",
             .value = defaults.degrees,
             .meaning = "Student's t: degrees of freedom; the fewer, the heavier the tails",
             .limits = {.at_least = 0.5}},
  };
}

std::vector<Option> box_settings() {
  return {
      Number{.key = "half_width",
             .value = models::BaseOptions{}.half_width,
             .meaning = "uniform-box: it reaches from -half_width to half_width in each dimension",
             .limits = {.above = 0}},
  };
}

models::BaseOptions base_options(const Config& config, const std::string& section) {
  models::BaseOptions options{.components = config.integer(section + ".components"),
                              .degrees = config.number(section + ".degrees")};
  if (config.schema().find(section + ".half_width") != nullptr) {
    options.half_width = config.number(section + ".half_width");
  }
  return options;
}

std::vector<Option> joined(std::vector<Option> first, const std::vector<Option>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

}  // namespace elbo::app

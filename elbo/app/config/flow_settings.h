// The options of a flow and of a base: the same keys in every section that has one, declared here and read here.
//
//   {.name = "prior", .options = joined({Text{.key = "flow", ...}}, flow_settings({.columns = "the code"}))}
//   models::PriorOptions{.flow = config.text("prior.flow"), .flow_options = flow_options(config, "prior")}
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "elbo/app/config/config.h"
#include "elbo/flows/registry.h"
#include "elbo/models/base.h"

namespace elbo::app {

struct FlowSettings {
  std::string columns;       // what the flow maps, as help says it: "the data", "the code"
  std::string bent = "";     // what its splines bend, where that is something else: "the standardized columns"
  bool is_optional = false;  // the section may have no flow: layers may be 0, and is by default
};
std::vector<Option> flow_settings(const FlowSettings& settings);
// All but dim, context_dim and training, which follow from the place.
flows::FlowOptions flow_options(const Config& config, const std::string& section);
// The keys that flow_settings declares, with their section.
std::vector<std::string> flow_keys(const std::string& section);

// What bases have options for.
std::vector<Option> base_settings();  // bases that have a density everywhere
std::vector<Option> box_settings();   // the others
models::BaseOptions base_options(const Config& config, const std::string& section);

std::vector<Option> joined(std::vector<Option> first, const std::vector<Option>& second);

}  // namespace elbo::app

// A small schema with parts: registries whose rows bring their own settings, for the tests.
#pragma once

#include "elbo/settings/config.h"
#include "elbo/settings/registry.h"

namespace elbo::parts {

struct Network {
  std::string_view name, description, paper;
  std::vector<Option> settings;
};
struct Activation {  // rows that cannot be told anything
  std::string_view name, description, paper;
};
struct Flow {
  std::string_view name, description, paper;
  std::vector<Option> settings;
  bool masked = false;
};
struct Source {
  std::string_view name, description, paper;
  std::string_view argument;
  std::vector<Option> settings;
};
struct Model {
  std::string_view name, description, paper;
  std::vector<Option> settings;
};

inline const Registry<Activation>& activations() {
  static const Activation kRelu{"relu", "max(0, x)", ""}, kTanh{"tanh", "tanh x", ""};
  static const Registry<Activation> all("activation", {&kRelu, &kTanh});
  return all;
}

inline const Registry<Network>& networks() {
  static const Network kMlp{
      .name = "mlp",
      .description = "layers one after the other",
      .paper = "",
      .settings = {Integers{.key = "hidden", .value = {64, 64}, .meaning = "widths", .limits = {.at_least = 1}},
                   Part{.key = "activation", .value = "relu", .meaning = "between", .rows = activations().view()}}};
  static const Network kLinear{.name = "linear", .description = "one layer", .paper = "", .settings = {}};
  static const Registry<Network> all("network", {&kMlp, &kLinear});
  return all;
}

inline Integer layers() {
  return {.key = "layers", .value = 2, .meaning = "how many", .unit = "layers", .limits = {.at_least = 1}};
}
inline Part network() {
  return {.key = "network", .value = "mlp", .meaning = "what makes the parameters", .rows = networks().view()};
}

inline std::string facts_of(const Flow& flow) {
  return flow.masked ? "column by column" : "";
}

inline const Registry<Flow>& flows() {
  static const Flow kPlanar{
      .name = "planar", .description = "bent planes", .paper = "Rezende & Mohamed 2015", .settings = {layers()}};
  static const Flow kMaf{.name = "maf",
                         .description = "each column by those before",
                         .paper = "Papamakarios et al. 2017",
                         .settings = {layers(), network()},
                         .masked = true};
  static const Flow kNsf{
      .name = "nsf-coupling",
      .description = "splines by halves",
      .paper = "Durkan et al. 2019",
      .settings = {layers(),
                   Integer{.key = "bins", .value = 8, .meaning = "pieces of a spline", .limits = {.at_least = 1}},
                   network()}};
  static const Flow kActnorm{.name = "actnorm", .description = "scale and shift", .paper = "", .settings = {}};
  static const Registry<Flow> all("flow", {&kPlanar, &kMaf, &kNsf, &kActnorm});
  return all;
}

inline const Registry<Source>& sources() {
  static const Source kNoise{.name = "noise",
                             .description = "normal draws",
                             .paper = "",
                             .argument = "",
                             .settings = {Integer{.key = "rows", .value = 100, .meaning = "rows"}}};
  static const Source kCsv{.name = "csv",
                           .description = "a table",
                           .paper = "",
                           .argument = "file",
                           .settings = {Text{.key = "file", .value = "", .meaning = "the file"},
                                        Text{.key = "label", .value = "", .meaning = "column of labels"}}};
  static const Registry<Source> all("data set", {&kNoise, &kCsv});
  return all;
}

inline Part flow_part() {
  return {.key = "flow",
          .value = "none",
          .meaning = "transform of the draws",
          .rows = flows().view(),
          .optional = true,
          .chain = true,
          .place = {Flag{.key = "inverted", .value = false, .meaning = "the other way round"}}};
}

inline const Registry<Model>& models() {
  static const Model kVae{
      .name = "vae",
      .description = "encoder and decoder",
      .paper = "Kingma & Welling 2014",
      .settings = {Group{.key = "posterior", .meaning = "of the codes", .options = {flow_part()}},
                   Group{.key = "prior", .meaning = "over the codes", .options = {flow_part()}},
                   Part{.key = "decoder",
                        .value = "mlp",
                        .meaning = "from code to data",
                        .rows = networks().view(),
                        .defaults = {{"hidden", std::vector<int64_t>{500}}, {"activation", std::string("tanh")}}},
                   Group{.key = "train",
                         .meaning = "how long",
                         .options = {Integer{.key = "draws", .value = 1, .meaning = "of each code"}}}}};
  static const Model kDensity{
      .name = "density",
      .description = "a flow on data",
      .paper = "",
      .settings = {Part{.key = "flow",
                        .value = "maf",
                        .meaning = "from base to data",
                        .rows = flows().view([](const Flow& flow) { return flow.masked; }),
                        .chain = true,
                        .defaults = {{"layers", int64_t{5}}, {"network.hidden", std::vector<int64_t>{128}}}},
                   Flag{.key = "standardize", .value = true, .meaning = "columns to mean 0"},
                   Group{.key = "data",
                         .meaning = "what a density asks of it",
                         .options = {Integer{.key = "folds", .value = 1, .meaning = "parts of it"}}}}};
  static const Registry<Model> all("model", {&kVae, &kDensity});
  return all;
}

inline const Schema& schema() {
  static const Schema schema{
      .options =
          {Part{.key = "model", .value = "vae", .meaning = "what is trained", .rows = models().view(), .beside = true},
           Part{.key = "data",
                .value = "noise",
                .meaning = "what it is trained on",
                .rows = sources().view(),
                .place = {Integer{.key = "validation", .value = 10, .meaning = "rows held out"}}},
           Group{.key = "train",
                 .meaning = "how long",
                 .options = {Integer{.key = "epochs", .value = 3, .meaning = "passes"}}}},
      .renamed = {{"posterior.layers", "posterior.flow.layers"}, {"fit.", "train."}}};
  return schema;
}

}  // namespace elbo::parts

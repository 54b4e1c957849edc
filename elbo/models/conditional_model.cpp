#include "elbo/models/conditional_model.h"

#include "elbo/engine/compile.h"
#include "elbo/engine/ops.h"
#include "elbo/flows/data_initialization.h"
#include "elbo/flows/place.h"
#include "elbo/models/flow_density.h"
#include "elbo/models/places/free.h"
#include "elbo/models/standardize_internal.h"

namespace elbo::models {

namespace {

std::vector<Option> conditional_settings() {
  Part summary{.key = "summary",
               .value = "none",
               .meaning =
                   "the network from what is given to what the flow's networks read; without one they read it "
                   "as it is",
               .rows = nn::networks().view()};
  summary.optional = true;
  return {
      standardize_setting("columns get mean 0 and deviation 1 over the training rows, as what is given always does; "
                          "samples and densities are in the units of the data all the same"),
      free_part(
          {.key = "base", .value = "standard-normal", .meaning = "the distribution that the flow carries to the data"},
          is_base),
      flows::flow_part({.key = "flow",
                        .value = "nsf-coupling",
                        .meaning = "the transform from the base to the data, its parameters computed from what is "
                                   "given; a list is applied one after the other"}),
      summary,
  };
}

// Rows that are given to the graph in which the flow takes its first values.
Array summaries_of(const std::optional<nn::Network>& summary, const Array& context) {
  if (!summary) return context;
  Graph graph;
  graph.output("h", (*summary)(graph.input("context", context.shape())));
  return compile(graph).run({{"context", context}}, {}).at("h");
}

}  // namespace

ConditionalModel::ConditionalModel(const ModelSite& site, const Settings& settings)
    : parameters_(site.parameters),
      dim_(column(site, "x").dim),
      context_dim_(column(site, "context").dim),
      base_(free_distribution(site.parameters / "base", dim_, settings.part("base"))),
      flow_([&] {
        int64_t features = context_dim_;
        if (!settings.parts("summary").empty()) {
          summary_ = nn::make_network({.scope = site.parameters / "summary", .in = context_dim_, .init = site.init},
                                      settings.parts("summary").front());
          features = summary_->out();
        }
        return flows::make_flow({.scope = site.parameters / "flow", .dim = dim_, .context_dim = features},
                                settings.parts("flow"), flows::Turn::kNone, flows::Support::kReal);
      }()) {
  std::string names;
  for (const Settings& part : settings.parts("flow")) names += (names.empty() ? "" : ", ") + std::string(part.name());
  if (fits_slowly(flow_.fast_direction())) {
    warnings_.push_back("fitting a density runs the " + names +
                        " flow from data to base, which is its slow direction; \"elbo list flows\" shows families "
                        "that are fast that way, and flow.inverted turns a family round");
  }
  description_ = {
      {"p(x|c)", std::string(settings.part("base").name()) + " in " + std::to_string(dim_) + " dimensions, then " +
                     names + "; fast direction: " + std::string(prob::name_of(flow_.fast_direction()))},
      {"c", std::to_string(context_dim_) + (context_dim_ == 1 ? " column" : " columns") +
                (summary_ ? ", summarized by " + std::to_string(summary_->out()) + " features" : "")}};
}

prob::TransformedDistribution ConditionalModel::given(Tensor context) const {
  return {.base = base_, .transform = flow_, .context = summary_ ? (*summary_)(context) : context};
}

Terms ConditionalModel::terms(Graph& /*graph*/, const Batch& batch, int64_t /*rows*/) const {
  return {.loss = -log_prob(batch), .parts = {}};
}

std::vector<ReadColumn> ConditionalModel::reads() const {
  return {{.facts = {.name = "x", .dim = dim_, .values = Values::kReals}, .who = "a density", .is_density = true},
          {.facts = {.name = "context", .dim = context_dim_, .values = Values::kReals}, .who = "what is given"}};
}

void ConditionalModel::initialize_from(const Array& rows, const Array& context) const {
  flows::initialize_from_data(flow_, rows, summaries_of(summary_, context));
}

Tensor ConditionalModel::log_prob(const Batch& batch) const {
  return given(batch.find("context")->second).log_prob(batch.find("x")->second);
}

prob::SampleAndLogProb ConditionalModel::draw_given(Tensor context) const {
  return given(context).sample_and_log_prob(context.graph(), context.shape()[0]);
}

const ModelKind kConditionalKind{
    .name = "conditional",
    .description = "a density given other columns (data.context): amortized inference, conditional densities",
    .paper = "Papamakarios & Murray 2016",
    .can = capabilities_of<ConditionalModel>(),
    .settings = conditional_settings(),
    .make = [](const ModelSite& site, const Settings& settings) -> std::unique_ptr<const Model> {
      return std::make_unique<const ConditionalModel>(site, settings);
    },
    .needs =
        [](const Settings& settings) {
          const bool standardizes = asks_to_standardize(settings);
          return ValueNeeds{.values = Values::kReals,
                            .standardize = standardizes ? Standardize::kAll : Standardize::kNo,
                            .context = true,
                            .varying = true};
        },
    .fits_target = [](const Settings& /*settings*/) { return false; }};

}  // namespace elbo::models

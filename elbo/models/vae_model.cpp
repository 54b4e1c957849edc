#include "elbo/models/vae_model.h"

#include <optional>

#include "elbo/engine/ops.h"
#include "elbo/flows/place.h"
#include "elbo/models/elbo.h"
#include "elbo/models/importance.h"
#include "elbo/models/places/columns.h"
#include "elbo/models/places/free.h"
#include "elbo/models/places/heads.h"
#include "elbo/models/standardize_internal.h"
#include "elbo/nn/network.h"
#include "elbo/prob/normal.h"
#include "elbo/prob/transformed_distribution.h"
#include "elbo/settings/error.h"

namespace elbo::models {

namespace {

using prob::Distribution;

const std::vector<std::pair<std::string, Value>> kWide{{"hidden", std::vector<int64_t>{500, 500}}};

Part flow_on(const char* meaning) {
  Part part;
  part.key = "flow";
  part.value = "none";
  part.meaning = meaning;
  part.optional = true;
  return flows::flow_part(std::move(part));
}

Part network_part(const char* key, const char* meaning) {
  return Part{.key = key, .value = "mlp", .meaning = meaning, .rows = nn::networks().view(), .defaults = kWide};
}

Part posterior_part() {
  Part flow = flow_on(
      "what carries the distribution further; a family that is fast only from data to base is turned "
      "round");
  flow.place.push_back(
      Flag{.key = "amortized",
           .value = false,
           .meaning = "the encoder gives the parameters of the flow for each example; false: one set for all"});
  Part part;
  part.key = "posterior";
  part.value = "normal";
  part.meaning = "q(z|x): a distribution from heads on the encoder, with or without a flow on top";
  part.place.emplace_back(std::move(flow));
  return heads_part(std::move(part));
}

Part prior_part() {
  Part part;
  part.key = "prior";
  part.value = "standard-normal";
  part.meaning = "p(z), what a code may be before an example is seen";
  part.place.emplace_back(
      flow_on("what carries the distribution further; a family that is fast only from base to "
              "data is turned round"));
  part = free_part(std::move(part), is_prior);
  part.rows.rows = [families = part.rows.rows] {
    std::vector<RowView> rows = families();
    rows.push_back(view_of(kVamp));
    return rows;
  };
  return part;
}

Part likelihood_part() {
  Part part;
  part.key = "likelihood";
  part.value = "bernoulli";
  part.meaning = "p(x|z), what an example may be, given its code";
  return columns_part(std::move(part));
}

std::vector<Option> vae_settings() {
  std::vector<Option> settings;
  settings.emplace_back(
      standardize_setting("where the likelihood is one of real numbers, columns that are neither bits nor grey "
                          "values get mean 0 and deviation 1 over the training rows; figures and samples are "
                          "in the units of the data all the same"));
  settings.emplace_back(Group{.key = "latent",
                              .meaning = "the code z that stands for an example",
                              .options = {Integer{.key = "dimension",
                                                  .value = 20,
                                                  .meaning = "length of the code",
                                                  .limits = {.at_least = 1, .at_most = 65'536}}}});
  settings.emplace_back(
      network_part("encoder", "the recognition network, from an example to what the heads of q(z|x) read"));
  settings.emplace_back(posterior_part());
  settings.emplace_back(prior_part());
  settings.emplace_back(network_part("decoder", "the generator, from a code to the parameters of p(x|z)"));
  settings.emplace_back(likelihood_part());
  settings.emplace_back(Part{
      .key = "objective", .value = "elbo", .meaning = "what training makes small", .rows = vae_objectives().view()});
  settings.emplace_back(
      Group{.key = "train",
            .meaning = "",
            .options = {Integer{.key = "validation_samples",
                                .value = 1,
                                .meaning = "how often the objective draws for each validation row, the same draws each "
                                           "time; the figure is their mean",
                                .unit = "samples",
                                .limits = {.at_least = 1, .at_most = 10'000}}}});
  settings.emplace_back(
      Group{.key = "evaluate",
            .meaning = "",
            .options = {Integer{.key = "latent_samples",
                                .value = 10,
                                .meaning = "codes drawn for each example; the bound is their average",
                                .unit = "samples",
                                .limits = {.at_least = 1, .at_most = 1'000'000}},
                        Integer{.key = "importance_samples",
                                .value = 0,
                                .meaning = "codes for the importance-weighted estimate of -log p(x); 0 leaves it out",
                                .unit = "samples",
                                .limits = {.at_least = 0, .at_most = 10'000'000}}}});
  return settings;
}

// "planar" or "actnorm, planar"; empty without one.
std::string flow_words(std::span<const Settings> parts) {
  std::string words;
  for (const Settings& part : parts) {
    words += (words.empty() ? "" : ", ") + std::string(part.name());
    if (part.has("layers")) words += " with " + std::to_string(part.integer("layers")) + " layers";
  }
  return words;
}

bool is_amortized(std::span<const Settings> parts) {
  for (const Settings& part : parts) {
    if (part.flag("amortized")) return true;
  }
  return false;
}

// What the encoder is shown of x: whole numbers within the range that networks are at home in.
Tensor shown(Tensor x, const ColumnFacts& facts) {
  if (facts.values == Values::kCounts) return log1p(x);
  if (facts.values == Values::kLevels) return x * (1 / static_cast<double>(facts.levels - 1));
  return x;
}

// Of rows as `shown` makes them.
std::function<Distribution(Tensor)> make_posterior(const ModelSite& site, const Settings& settings, int64_t data_dim) {
  const int64_t dim = settings.integer("latent.dimension");
  const Settings& part = settings.part("posterior");
  const nn::Network encoder = nn::make_network(
      {.scope = site.parameters / "encoder", .in = data_dim, .init = site.init}, settings.part("encoder"));
  const Heads heads(site.parameters, encoder.out(), dim, part, site.init);
  const std::span<const Settings> flow_parts = part.parts("flow");
  if (flow_parts.empty()) return [encoder, heads](Tensor x) { return heads(encoder(x)); };

  const bool amortized = is_amortized(flow_parts);
  for (const Settings& one : flow_parts) {
    const bool takes_context = one.row<flows::FlowFamily>().takes_context;
    if (one.flag("amortized") && !takes_context) {
      one.refuse("amortized",
                 "the parameters of flow \"" + std::string(one.name()) + "\" cannot come from the encoder");
    }
    if (takes_context && one.flag("amortized") != amortized) {
      one.refuse("amortized",
                 "the flows of a chain take their parameters from one place: set it in all that can be amortized");
    }
  }
  const prob::AnyTransform flow =
      flows::make_flow({.scope = site.parameters / "flow", .dim = dim, .context_dim = amortized ? encoder.out() : 0},
                       flow_parts, flows::Turn::kForward, std::nullopt);
  return [encoder, heads, flow, amortized](Tensor x) -> Distribution {
    const Tensor features = encoder(x);
    return prob::TransformedDistribution{
        .base = heads(features), .transform = flow, .context = amortized ? features : Tensor{}};
  };
}

// The components of such a prior score codes that they did not draw.
void require_posterior_that_scores(const Settings& settings) {
  for (const Settings& flow : settings.part("posterior").parts("flow")) {
    if (flow.row<flows::FlowFamily>().fast_direction == prob::FastDirection::kBoth) continue;
    settings.refuse("prior", "must be another one: \"vamp\" scores codes by the posterior, whose flow \"" +
                                 std::string(flow.name()) + "\" is not fast in both directions");
  }
}

Distribution make_prior(const ModelSite& site, const Settings& settings, const std::optional<Vamp>& vamp) {
  const int64_t dim = settings.integer("latent.dimension");
  const nn::Parameters scope = site.parameters / "prior";
  const Settings& part = settings.part("prior");
  const Distribution base = vamp ? vamp->prior() : free_distribution(scope, dim, part);
  const std::span<const Settings> flow_parts = part.parts("flow");
  if (flow_parts.empty()) return base;
  return prob::TransformedDistribution{.base = base,
                                       .transform = flows::make_flow({.scope = scope / "flow", .dim = dim}, flow_parts,
                                                                     flows::Turn::kInverse, flows::Support::kReal)};
}

std::function<Distribution(Tensor)> make_likelihood(const ModelSite& site, const Settings& settings, int64_t data_dim) {
  const Columns columns(site.parameters / "likelihood", data_dim, settings.part("likelihood"));
  const nn::Network decoder = nn::make_network({.scope = site.parameters / "decoder",
                                                .in = settings.integer("latent.dimension"),
                                                .out = columns.count(),
                                                .init = site.init},
                                               settings.part("decoder"));
  return [columns, decoder](Tensor z) { return columns(decoder(z)); };
}

Tensor mean_or_center(const Distribution& distribution, Graph& graph, int64_t rows) {
  const std::optional<Tensor> mean = distribution.mean(graph, rows);
  return mean ? *mean : distribution.center(graph, rows);
}

Tensor x_of(const Batch& batch) {
  return batch.find("x")->second;
}

std::vector<std::string> slow_flows(const Settings& settings) {
  std::vector<std::string> warnings;
  for (const char* place : {"posterior", "prior"}) {
    for (const Settings& flow : settings.part(place).parts("flow")) {
      if (flow.row<flows::FlowFamily>().fast_direction != prob::FastDirection::kNeither) continue;
      warnings.push_back("flow \"" + std::string(flow.name()) + "\" is slow in both directions, and so in the " +
                         place);
    }
  }
  return warnings;
}

}  // namespace

VaeModel::VaeModel(const ModelSite& site, const Settings& settings)
    : parameters_(site.parameters),
      x_{.facts = column(site, "x"), .who = {}},
      code_dim_(settings.integer("latent.dimension")),
      vae_{.prior = prob::StandardNormal{code_dim_}, .posterior = {}, .likelihood = {}},
      objective_(settings.part("objective")),
      objective_site_{.steps = site.steps, .code_dim = code_dim_, .scope = site.parameters / "objective"},
      warnings_(slow_flows(settings)) {
  const Settings& likelihood = settings.part("likelihood");
  x_.facts.values = likelihood.row<prob::DistributionFamily>().values;
  x_.facts.levels = x_.facts.values == Values::kLevels ? likelihood.integer("levels") : 0;
  x_.who = "likelihood \"" + std::string(settings.part("likelihood").name()) + "\"";
  x_.is_density = settings.part("likelihood").row<prob::DistributionFamily>().is_density;
  if (x_.facts.values != Values::kReals) x_.who += " (\"normal\" takes all numbers)";
  const auto posterior = make_posterior(site, settings, x_.facts.dim);
  const auto show = [facts = x_.facts](Tensor x) { return shown(x, facts); };
  vae_.posterior = [posterior, show](Tensor x) { return posterior(show(x)); };
  if (settings.part("prior").name() == kVamp.name) {
    require_posterior_that_scores(settings);
    vamp_.emplace(site.parameters / "prior",
                  VampSite{.input_dim = x_.facts.dim, .code_dim = code_dim_, .shown = show, .posterior = posterior},
                  settings.part("prior"));
  }
  vae_.prior = make_prior(site, settings, vamp_);
  vae_.likelihood = make_likelihood(site, settings, x_.facts.dim);

  const auto& objective = objective_.row<VaeObjective>();
  if (objective.declare != nullptr) objective.declare(objective_site_, objective_);
  if (objective.needs_positive_terms && x_.is_density) {
    remarks_.push_back("objective \"" + std::string(objective.name) + "\" with " + x_.who +
                       ": -log p(x|z) is that of a density; where it falls below 0 its learned weight has no bound");
  }

  const bool closed_form = has_closed_form_kl(vae_, x_.facts.dim);
  const bool sticks = objective_.has("gradient") && objective_.text("gradient") != "reparameterised";
  const bool asks_closed_form = objective_.has("kl") && objective_.text("kl") == "closed-form" && !sticks;
  if (sticks && objective_.has("kl") && objective_.origin("kl").kind != Origin::Kind::kDefault) {
    remarks_.push_back("objective.kl is not read: with this objective.gradient the divergence is Monte Carlo");
  }
  if (asks_closed_form && !closed_form && objective_.origin("kl").kind != Origin::Kind::kDefault) {
    remarks_.push_back(
        "objective.kl = \"closed-form\": this posterior's divergence from this prior has none; it is Monte Carlo");
  }
  const auto with_flow = [&](const char* place) {
    const Settings& part = settings.part(place);
    const std::string words = flow_words(part.parts("flow"));
    const bool amortized = std::string_view(place) == "posterior" && is_amortized(part.parts("flow"));
    return std::string(part.name()) +
           (words.empty() ? "" : ", then " + words + (amortized ? ", parameters from the encoder" : ""));
  };
  const Settings& prior = settings.part("prior");
  const std::string inputs =
      prior.has("pseudo_inputs") ? " of " + std::to_string(prior.integer("pseudo_inputs")) + " inputs" : "";
  description_ = {
      {"q(z|x)", with_flow("posterior") + ", in " + std::to_string(code_dim_) + " dimensions"},
      {"p(z)", with_flow("prior") + inputs},
      {"KL(q||p)", asks_closed_form && closed_form ? "in closed form" : "Monte Carlo, from the draws"},
      {"p(x|z)", std::string(settings.part("likelihood").name())},
      {"objective", std::string(objective_.name()) + ": " + std::string(objective_.row<VaeObjective>().description)}};
}

VaeModel::VaeModel(Vae vae, const nn::Parameters& parameters, const Facts& facts, Settings objective)
    : parameters_(parameters),
      x_{.facts = facts.x, .who = "the likelihood"},
      code_dim_(facts.code_dim),
      vae_(std::move(vae)),
      objective_(std::move(objective)) {}

void VaeModel::initialize_from(const Array& rows, const Array& /*context*/) const {
  if (vamp_) vamp_->start_from(rows);
}

Terms VaeModel::terms(Graph& /*graph*/, const Batch& batch, int64_t /*rows*/) const {
  return objective_.row<VaeObjective>().terms(vae_, x_of(batch), objective_site_, objective_);
}

Tensor VaeModel::sample(Graph& graph, int64_t rows, bool draw) const {
  const Distribution likelihood = vae_.likelihood(vae_.prior.sample(graph, rows));
  return draw ? likelihood.sample(graph, rows) : mean_or_center(likelihood, graph, rows);
}

Bounds::Bound VaeModel::bound(const Batch& batch, int64_t latent_samples) const {
  const ElboTerms terms = elbo_terms(vae_, x_of(batch), {.latent_samples = latent_samples});
  return {.negative_elbo = terms.negative_elbo, .reconstruction = terms.reconstruction, .kl = terms.kl};
}

Tensor VaeModel::log_weights(const Batch& batch, int64_t importance_samples) const {
  return models::log_weights(vae_, x_of(batch), {.importance_samples = importance_samples});
}

Tensor VaeModel::encode(const Batch& batch, bool draw) const {
  const Tensor x = x_of(batch);
  const Distribution posterior = vae_.posterior(x);
  return draw ? posterior.sample(x.graph(), x.shape()[0]) : posterior.center(x.graph(), x.shape()[0]);
}

Tensor VaeModel::reconstruct(const Batch& batch, bool draw) const {
  return decode(encode(batch, draw));
}

Tensor VaeModel::decode(Tensor z) const {
  return mean_or_center(vae_.likelihood(z), z.graph(), z.shape()[0]);
}

Distribution VaeModel::posterior(const Batch& batch) const {
  return vae_.posterior(x_of(batch));
}

const ModelKind kVaeKind{
    .name = "vae",
    .description = "a variational autoencoder: codes, and a distribution of examples given their code",
    .paper = "Kingma & Welling 2014",
    .can = capabilities_of<VaeModel>(),
    .settings = vae_settings(),
    .make = [](const ModelSite& site, const Settings& settings) -> std::unique_ptr<const Model> {
      return std::make_unique<const VaeModel>(site, settings);
    },
    .needs =
        [](const Settings& settings) {
          const Values values = settings.part("likelihood").row<prob::DistributionFamily>().values;
          const bool standardizes = asks_to_standardize(settings) && values == Values::kReals;
          return ValueNeeds{.values = values, .standardize = standardizes ? Standardize::kReals : Standardize::kNo};
        },
    .fits_target = [](const Settings& /*settings*/) { return false; }};

}  // namespace elbo::models

// Every family of flows and every base in every place of a configuration: each builds, takes training steps with a
// finite loss, evaluates, samples and encodes.  A new row of a registry joins by itself.
#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "elbo/app/config/choices.h"
#include "elbo/app/config/schema.h"
#include "elbo/app/run/apply.h"
#include "elbo/app/run/build.h"
#include "elbo/app/run/flow_run.h"
#include "elbo/data/batches.h"
#include "elbo/engine/compile.h"
#include "elbo/eval/evaluate.h"
#include "elbo/flows/registry.h"

namespace elbo::app {
namespace {

struct Place {
  std::string name;
  std::vector<std::string> settings;
};

void PrintTo(const Place& place, std::ostream* stream) {
  *stream << place.name;
}

std::string word(const std::string& name) {
  std::string result;
  for (const char c : name) result += c == '-' ? '_' : c;
  return result;
}

std::vector<Place> places_of_a_vae() {
  std::vector<Place> places;
  const auto add = [&](const std::string& what, const std::string& name, std::vector<std::string> settings) {
    places.push_back({what + "_" + word(name), std::move(settings)});
  };
  for (const std::string& family : known_posteriors()) {
    add("posterior", family, {"posterior.family=" + family});
    add("posterior_flow_on", family, {"posterior.family=" + family, "posterior.flow=radial", "posterior.layers=2"});
  }
  for (const std::string& flow : known_posterior_flows()) {
    if (flow == "none" || flow == "batch-norm") continue;  // the second is refused: vae_builder_test
    const std::vector<std::string> settings{"posterior.flow=" + flow, "posterior.layers=2", "posterior.hidden=[7]"};
    add("posterior_flow", flow, settings);
    if (!flows::flow_family(flow).takes_context) continue;
    std::vector<std::string> amortized = settings;
    amortized.emplace_back("posterior.amortized=true");
    add("amortized_flow", flow, amortized);
  }
  for (const std::string& prior : known_priors()) {
    add("prior", prior, {"prior.name=" + prior});
    add("prior_flow_on", prior, {"prior.name=" + prior, "prior.flow=real-nvp", "prior.layers=2"});
  }
  for (const std::string& flow : known_prior_flows()) {
    if (flow != "none") add("prior_flow", flow, {"prior.flow=" + flow, "prior.layers=2", "prior.hidden=[7]"});
  }
  for (const char* norm : {"actnorm", "batch-norm"}) {
    add("prior_normalization", norm,
        {"prior.flow=real-nvp", "prior.layers=2", std::string("prior.normalization=") + norm});
  }
  return places;
}

Config config_with(const Place& place, std::vector<std::string> settings) {
  settings.insert(settings.end(), place.settings.begin(), place.settings.end());
  return load_config(run_schema(), {.file = {}, .assignments = settings});
}

// The losses of some steps, in the order of the steps.
std::vector<double> losses_of(const Graph& step, const data::Dataset& dataset, int64_t batch) {
  const Executable run = compile(step, {.guard = "loss", .threads = 1});
  std::vector<int64_t> rows(static_cast<size_t>(batch));
  std::vector<double> losses;
  for (int64_t i = 0; i < 5; ++i) {
    for (int64_t r = 0; r < batch; ++r) rows[static_cast<size_t>(r)] = (i * batch + r) % dataset.train.count();
    data::gather(dataset.train.rows, rows, run.input("x"));
    run.run({.seed = 1, .step = static_cast<uint64_t>(i)});
    losses.push_back(static_cast<double>(run.output("loss").values<float>()[0]));
  }
  return losses;
}

void expect_finite(const Array& values, const char* what) {
  for (const float value : values.values<float>()) ASSERT_TRUE(std::isfinite(value)) << what;
}

class InAVae : public testing::TestWithParam<Place> {};

TEST_P(InAVae, TrainsEvaluatesSamplesAndEncodes) {
  constexpr int64_t kBatch = 20;
  const Config config = config_with(
      GetParam(), {"data.name=rings", "data.rows=100", "likelihood.name=normal", "latent.dimension=3",
                   "encoder.hidden=[9]", "decoder.hidden=[9]", "train.batch_size=" + std::to_string(kBatch)});
  const RunModel run = build_run(config);
  const auto values_before = [&] {
    std::vector<std::vector<float>> all;
    for (const VariablePtr& variable : run.model.parameters.trainable()) {
      const auto values = std::as_const(variable->value).values<float>();
      all.emplace_back(values.begin(), values.end());
    }
    return all;
  };
  const auto before = values_before();
  for (const double loss : losses_of(run.step, run.dataset, kBatch)) EXPECT_TRUE(std::isfinite(loss));
  const auto after = values_before();
  for (size_t i = 0; i < before.size(); ++i) {
    EXPECT_NE(before[i], after[i]) << run.model.parameters.trainable()[i]->name << " is not trained";
  }
  const eval::Evaluation e = eval::evaluate(run.model.vae, run.dataset, data::Split::kTest,
                                            {.latent_samples = 2, .importance_samples = 3, .threads = 1});
  EXPECT_TRUE(std::isfinite(e.negative_elbo.mean));
  EXPECT_TRUE(std::isfinite(e.nll_importance->mean));
  expect_finite(draw_samples(run.model.vae, {.rows = 10, .threads = 1}), "samples");
  expect_finite(encode(run.model.vae, run.dataset, data::Split::kTest, {.rows = 10, .threads = 1}), "codes");
}

INSTANTIATE_TEST_SUITE_P(Places, InAVae, testing::ValuesIn(places_of_a_vae()),
                         [](const auto& place) { return place.param.name; });

std::vector<Place> bases_of_a_density() {
  std::vector<Place> places;
  for (const std::string& base : known_bases()) places.push_back({word(base), {"base.name=" + base}});
  return places;
}

class BaseOfADensity : public testing::TestWithParam<Place> {};

TEST_P(BaseOfADensity, IsFittedAndSampled) {
  constexpr int64_t kBatch = 50;
  const Config config =
      config_with(GetParam(), {"model=flow", "data.name=checkerboard", "data.rows=200", "flow.name=nsf-coupling",
                               "flow.layers=2", "train.batch_size=" + std::to_string(kBatch)});
  const FlowRun run = build_flow_run(config);
  for (const double loss : losses_of(run.step, run.dataset, kBatch)) EXPECT_TRUE(std::isfinite(loss));
  expect_finite(draw_samples(run.density, FlowSampleOptions{.rows = 10, .threads = 1}), "samples");
  expect_finite(score(run.density, run.dataset.values(data::Split::kTest), 1), "scores");
}

INSTANTIATE_TEST_SUITE_P(Places, BaseOfADensity, testing::ValuesIn(bases_of_a_density()),
                         [](const auto& place) { return place.param.name; });

}  // namespace
}  // namespace elbo::app

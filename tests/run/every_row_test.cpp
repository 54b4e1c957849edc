// Every row of every registry in every place where a configuration may name it: each builds, takes training steps with
// a finite loss, moves its parameters, is measured, and does what its kind of model can.  The places are read from the
// schema, so a new row is tested the moment it exists.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "elbo/data/batches.h"
#include "elbo/data/feed.h"
#include "elbo/data/registry.h"
#include "elbo/engine/compile.h"
#include "elbo/eval/apply.h"
#include "elbo/eval/draw_given.h"
#include "elbo/eval/evaluate.h"
#include "elbo/flows/registry.h"
#include "elbo/models/density_model.h"
#include "elbo/models/objective.h"
#include "elbo/prob/family.h"
#include "elbo/run/build.h"
#include "elbo/run/schema.h"

namespace elbo::run {
namespace {

constexpr int64_t kBatch = 20;

struct Case {
  std::string name;
  std::vector<std::string> settings;
};

void PrintTo(const Case& one, std::ostream* stream) {
  *stream << one.name;
}

std::string word(std::string text) {
  for (char& c : text) c = std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  return text;
}

// Rows of two columns, and of two that they are given, written when a test asks for them.
std::filesystem::path pairs_file() {
  return std::filesystem::path(testing::TempDir()) / ("elbo_pairs_" + std::to_string(::getpid()) + ".csv");
}

void write_pairs() {
  std::ofstream file(pairs_file());
  file << "a,b,c,d\n";
  for (int i = 0; i < 200; ++i) {
    file << std::sin(3 * i) << ',' << std::cos(5 * i) << ',' << std::sin(3 * i + 1) << ',' << std::cos(7 * i) << '\n';
  }
}

// Small data that fits a likelihood, or what a density is fitted to.
std::vector<std::string> base_of(std::string_view model) {
  std::vector<std::string> settings{"model=" + std::string(model), "data=two-moons", "data.rows=100",
                                    "train.batch_size=" + std::to_string(kBatch), "train.epochs=2"};
  if (model == "conditional") {
    for (const std::string& setting :
         {"data=csv:" + pairs_file().string(), std::string("data.context=[\"c\", \"d\"]")}) {
      settings.emplace_back(setting);
    }
    std::erase_if(settings,
                  [](const std::string& setting) { return setting == "data=two-moons" || setting == "data.rows=100"; });
  }
  if (model == "vae") {
    for (const char* setting :
         {"likelihood=normal", "latent.dimension=3", "encoder.hidden=[9]", "decoder.hidden=[9]"}) {
      settings.emplace_back(setting);
    }
  }
  return settings;
}

// The base with a choice of rows: what it says of a part is said of the row that stood there.
std::vector<std::string> with_rows(std::string_view model, const std::vector<std::string>& rows) {
  std::vector<std::string> settings = base_of(model);
  for (const std::string& row : rows) {
    const std::string part = row.substr(0, row.find('=')) + ".";
    std::erase_if(settings, [&](const std::string& setting) { return setting.starts_with(part); });
  }
  settings.insert(settings.end(), rows.begin(), rows.end());
  return settings;
}

class Walk {
 public:
  explicit Walk(std::string model) : model_(std::move(model)) {
    const Settings settings = resolve(run_schema(), assignments(base_of(model_)));
    visit(settings, {});
  }

  static std::vector<Assignment> assignments(const std::vector<std::string>& settings) {
    std::vector<Assignment> all;
    for (const std::string& setting : settings) all.push_back(Assignment::of_set(setting));
    return all;
  }

  std::vector<Case> cases;

 private:
  // Every part of these settings, with every row in it; and in each of those every part in turn, one level down.
  void visit(const Settings& settings, const std::vector<std::string>& so_far) {
    const std::string prefix = settings.path().empty() ? "" : settings.path() + ".";
    for (const Settings::Entry& entry : settings.entries()) {
      if (entry.option->group) visit(entry.inside.front(), so_far);
      if (!entry.option->part || entry.option->part->beside) continue;
      const Part& part = *entry.option->part;
      const std::string key = prefix + entry.option->key;
      if (key == "data") continue;  // tests/data
      for (const RowView& row : part.rows.rows()) {
        std::vector<std::string> with = so_far;
        with.push_back(key + "=" + std::string(row.name));
        if (is_new(key, row)) add(key, row, with);
        if (so_far.size() < 3) {
          const Settings deeper = resolve(run_schema(), assignments(with_rows(model_, with)));
          const std::span<const Settings> inside = deeper.parts(key);
          if (inside.size() == 1) visit(inside.front(), with);
        }
      }
    }
  }

  // A row is tried once at a key: its settings are the same whatever stands around it.
  bool is_new(const std::string& key, const RowView& row) {
    const std::string name = key + "=" + std::string(row.name);
    if (std::find(seen_.begin(), seen_.end(), name) != seen_.end()) return false;
    seen_.push_back(name);
    return true;
  }

  void add(const std::string& key, const RowView& row, const std::vector<std::string>& with) {
    std::vector<std::string> settings = with_rows(model_, with);
    const std::string name = word(model_ + "_" + key + "_" + std::string(row.name));
    const bool fits_energy = std::any_of(with.begin(), with.end(),
                                         [](const std::string& setting) { return setting == "objective=reverse-kl"; });
    if (fits_energy) settings.emplace_back("data=energy-1");
    if (key == "initializer" && row.name == "zeros") return;  // from which no network learns anything
    if (key == "initializer" && model_ == "vae") {            // wide first weights make scales that overflow
      settings.insert(settings.end(), {"posterior.head_activation=tanh", "likelihood.scale_from=shared"});
    }
    if (key == "posterior.flow" && row.name == "batch-norm") return;  // refused: tests/models/vae_model_test.cpp
    if (*row.type == typeid(flows::FlowFamily)) {
      const auto& family = *static_cast<const flows::FlowFamily*>(row.row);
      if (family.base_support != flows::Support::kReal) return;  // refused: tests/flows/place_test.cpp
      if (key != "posterior.flow" && family.data_support != flows::Support::kReal) return;
      // Permutations and the like learn nothing: with one that does, as they stand in chains.
      settings.push_back(key + "=[" + "\"affine\", \"" + std::string(row.name) + "\"]");
      cases.push_back({name + "_in_a_chain", settings});
      settings.pop_back();
      const bool learns = family.name != "reversal" && family.name != "permutation";
      // Of a conditional model, at least one has to read what is given.
      if (!learns || (model_ == "conditional" && !family.takes_context)) return;
      cases.push_back({name, settings});
      if (key == "posterior.flow" && family.takes_context) {
        settings.push_back(key + ".amortized=true");
        cases.push_back({name + "_amortized", settings});
      }
      if (key == "flow" && family.name != "batch-norm") {
        settings.push_back(key + ".inverted=true");
        cases.push_back({name + "_inverted", settings});
      }
      return;
    }
    cases.push_back({name, settings});
  }

  std::string model_;
  std::vector<std::string> seen_;
};

std::vector<Case> all_cases() {
  std::vector<Case> cases;
  for (const models::ModelKind* kind : models::model_kinds().rows()) {
    for (Case& one : Walk(std::string(kind->name)).cases) cases.push_back(std::move(one));
  }
  return cases;
}

class EveryRow : public testing::TestWithParam<Case> {
 protected:
  static void SetUpTestSuite() { write_pairs(); }
  static void TearDownTestSuite() { std::filesystem::remove(pairs_file()); }
};

float of_kind(Values values, float x) {
  const float unit = 1 / (1 + std::exp(-x));
  switch (values) {
    case Values::kBits:
      return unit < 0.5f ? 0 : 1;
    case Values::kUnit:
      return unit;
    case Values::kPositive:
      return std::exp(x);
    default:
      return std::floor(10 * unit);
  }
}

// Values of the kind that the likelihood is over, from the rows of a generator.
data::Dataset data_for(const Settings& settings) {
  data::Dataset dataset = load_data(settings);
  if (!settings.has("likelihood")) return dataset;
  const Values values = settings.part("likelihood").row<prob::DistributionFamily>().values;
  if (values == Values::kReals) return dataset;
  for (data::SplitData* split : {&dataset.train, &dataset.validation, &dataset.test}) {
    Array x = split->array("x");
    for (float& value : x.values<float>()) value = of_kind(values, value);
    split->set("x", std::move(x));
  }
  return dataset;
}

std::vector<std::vector<float>> values_of(const nn::Parameters& parameters) {
  std::vector<std::vector<float>> all;
  for (const VariablePtr& variable : parameters.trainable()) {
    const auto values = std::as_const(variable->value).values<float>();
    all.emplace_back(values.begin(), values.end());
  }
  return all;
}

void expect_finite(const Array& values, const char* what) {
  for (const float value : values.values<float>()) ASSERT_TRUE(std::isfinite(value)) << what;
}

TEST_P(EveryRow, TrainsIsMeasuredAndDoesWhatItsModelCan) {
  const Settings settings = resolve(run_schema(), Walk::assignments(GetParam().settings));
  const RunModel run = build_run(settings, data_for(settings));
  const auto before = values_of(run.model->parameters());
  const Executable step = compile(run.step, {.guard = "loss", .threads = 1});
  const data::Feed feed(step, run.dataset.train);
  data::Batches batches({.rows = run.dataset.train.count(), .batch_size = kBatch, .seed = 1});
  for (int64_t i = 0; i < 5; ++i) {
    feed(batches.rows_of_step(i));
    step.run({.seed = 1, .step = static_cast<uint64_t>(i)});
    ASSERT_TRUE(std::isfinite(step.output("loss").values<float>()[0])) << "step " << i;
  }
  const auto after = values_of(run.model->parameters());
  for (size_t i = 0; i < before.size(); ++i) {
    EXPECT_NE(before[i], after[i]) << run.model->parameters().trainable()[i]->name << " is not trained";
  }
  const models::Capabilities can = kind_of(settings).can;
  const eval::Evaluation e = eval::evaluate(*run.model, run.dataset, data::Split::kTest,
                                            {.latent_samples = 2, .importance_samples = 3, .threads = 1});
  for (const eval::Quantity& quantity : e.quantities)
    EXPECT_TRUE(std::isfinite(quantity.estimate.mean)) << quantity.name;
  EXPECT_EQ(can.samples, run.model->can<models::Samples>() != nullptr);
  EXPECT_EQ(can.encodes, run.model->can<models::Encodes>() != nullptr);
  EXPECT_EQ(can.reconstructs, run.model->can<models::Reconstructs>() != nullptr);
  EXPECT_EQ(can.scores, run.model->can<models::Scores>() != nullptr);
  EXPECT_EQ(can.decodes, run.model->can<models::Decodes>() != nullptr);
  EXPECT_EQ(can.latent_variable, run.model->can<models::LatentVariable>() != nullptr);
  if (can.samples) {
    expect_finite(eval::draw_samples(*run.model, {.rows = 10, .threads = 1}), "samples");
    expect_finite(eval::draw_samples(*run.model, {.rows = 10, .draw = true, .threads = 1}), "draws");
  }
  if (can.encodes) {
    expect_finite(eval::encode(*run.model, run.dataset, data::Split::kTest, {.rows = 10, .threads = 1}), "codes");
  }
  EXPECT_EQ(can.conditions, run.model->can<models::Conditions>() != nullptr);
  if (can.conditions) {
    const auto drawn = eval::draw_given(*run.model, run.dataset.test.array("context"), {.draws = 3, .threads = 1});
    EXPECT_TRUE(drawn.lost.empty());
  }
  if (can.reconstructs) {
    const auto both = eval::reconstruct(*run.model, run.dataset, data::Split::kTest, {.rows = 10, .threads = 1});
    expect_finite(both.outputs, "reconstructions");
  }
  if (can.scores) {
    const Array scores = eval::score(*run.model, run.dataset, data::Split::kTest, {.threads = 1});
    expect_finite(scores.cast(DType::kF32), "scores");
  }
}

INSTANTIATE_TEST_SUITE_P(Rows, EveryRow, testing::ValuesIn(all_cases()),
                         [](const auto& one) { return one.param.name; });

// What some settings need beside them to be felt in two steps: limits that are reached, errors of either sign.
constexpr std::pair<std::string_view, const char*> kFeltWith[] = {{"control-vae.beta_max", "objective.set_point=0"},
                                                                  {"control-vae.ki", "objective.set_point=0"},
                                                                  {"dynamic-vae.beta_min", "objective.beta_max=0.5"}};

// A setting that is stored and never used is a kind of defect of its own: each must change a step or be refused.
std::vector<Case> objectives_with_settings() {
  std::vector<Case> cases;
  for (const auto& [model, registry] :
       {std::pair("vae", models::vae_objectives().view()), std::pair("flow", models::density_objectives().view())}) {
    for (const RowView& row : registry.rows()) {
      if (row.settings == nullptr) continue;
      for (const Option& option : *row.settings) {
        std::vector<std::string> settings = base_of(model);
        settings.push_back("objective=" + std::string(row.name));
        if (row.name == "reverse-kl") settings.emplace_back("data=energy-1");
        for (const auto& [key, setting] : kFeltWith) {
          if (key == std::string(row.name) + "." + option.key) settings.emplace_back(setting);
        }
        settings.push_back(option.key);
        cases.push_back({word(std::string(row.name) + "_" + option.key), settings});
      }
    }
  }
  return cases;
}

class ObjectiveSetting : public testing::TestWithParam<Case> {};

// Other values than the default, that every option of that type and those limits may have: one or the other has to
// make a difference.
std::vector<std::string> other_values(const Option& option) {
  std::vector<std::string> values;
  if (option.part) {
    for (const RowView& row : option.part->rows.rows()) {
      if (row.name != option.part->value) values.emplace_back(row.name);
    }
  } else if (const auto* whole = std::get_if<int64_t>(&option.value)) {
    values.push_back(std::to_string(*whole + 2));
  } else if (const auto* number = std::get_if<double>(&option.value)) {
    values = {to_literal(option.number_limits.at_most ? *number / 2 : 2 * *number + 0.5), to_literal(1e-3 * *number)};
  } else if (const auto* flag = std::get_if<bool>(&option.value)) {
    values.emplace_back(*flag ? "false" : "true");
  } else {
    values = option.choices.names();
    std::erase(values, std::get<std::string>(option.value));
  }
  return values;
}

// Parameters after two steps: what the loss and its gradient made of them.
std::vector<std::vector<float>> trained(const std::vector<std::string>& given) {
  const Settings settings = resolve(run_schema(), Walk::assignments(given));
  const RunModel run = build_run(settings, data_for(settings));
  const Executable step = compile(run.step, {.guard = "loss", .threads = 1});
  const data::Feed feed(step, run.dataset.train);
  data::Batches batches({.rows = run.dataset.train.count(), .batch_size = kBatch, .seed = 1});
  for (int64_t i = 0; i < 2; ++i) {
    feed(batches.rows_of_step(i));
    step.run({.seed = 1, .step = static_cast<uint64_t>(i)});
  }
  return values_of(run.model->parameters());
}

TEST_P(ObjectiveSetting, ChangesWhatIsLearned) {
  std::vector<std::string> settings = GetParam().settings;
  const std::string key = settings.back();
  settings.pop_back();
  // The plain gradient: Adam would hide a loss that is only scaled.
  for (const char* setting : {"optimizer=sgd", "optimizer.learning_rate=0.01"}) settings.emplace_back(setting);
  // Weights that are large enough for codes to tell something from the start.
  if (settings.front() == "model=vae") {
    for (const char* setting :
         {"initializer=he-normal", "posterior.head_activation=tanh", "likelihood.scale_from=shared"}) {
      settings.emplace_back(setting);
    }
  }
  const Settings chosen = resolve(run_schema(), Walk::assignments(settings));
  const Option* option = nullptr;
  for (const Settings::Entry& entry : chosen.part("objective").entries()) {
    if (entry.option->key == key) option = entry.option;
  }
  ASSERT_NE(option, nullptr) << key;
  const auto before = trained(settings);
  const bool differs = [&] {
    for (const std::string& value : other_values(*option)) {
      std::vector<std::string> others = settings;
      others.push_back("objective." + key + "=" + value);
      if (trained(others) != before) return true;
    }
    return false;
  }();
  EXPECT_TRUE(differs) << "objective." << key << " makes no difference";
}

INSTANTIATE_TEST_SUITE_P(Settings, ObjectiveSetting, testing::ValuesIn(objectives_with_settings()),
                         [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace elbo::run

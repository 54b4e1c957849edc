// Families of distributions by name.  A family says what parameters it takes and what values it is over; where the
// parameters come from (variables, heads of a network, columns of a decoder) is said by the place it stands in:
// models/places/.
//
//   const Settings settings = Settings::of(view_of(families().find("student-t")), {"degrees=3"});
//   const DistributionFamily& family = settings.row<DistributionFamily>();
//   for (const ParameterSpec& spec : family.parameters(20, settings)) ...        // "loc" [20], "scale" [20]
//   const Distribution q = family.make(20, settings, ParameterTensors{{"loc", loc}, {"scale", exp(log_scale)}});
//
// A new family is a file that ends in its row, as student_t.cpp does, and its name in family.cpp.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "elbo/prob/distribution.h"
#include "elbo/settings/columns.h"
#include "elbo/settings/registry.h"
#include "elbo/settings/settings.h"

namespace elbo::prob {

// What a parameter is, as far as a place must know.
enum class Role : uint8_t {
  kLocation,
  kScale,   // above 0; a family has at most one, "scale", and the place chooses which function of a number makes it
  kLogits,  // of probabilities
  kFree,    // any real numbers
};

struct ParameterSpec {
  std::string_view name;
  std::vector<int64_t> shape;  // of one row
  Role role = Role::kFree;
  // First values as variables: draws of this deviation around 0.
  double spread = 0;
  // First values as a head on features of deviation 1: draws of about this deviation, with biases 0.  Nothing: as any
  // layer of the model begins.
  std::optional<double> head_spread{};
};

// The numbers in one row of a parameter.
int64_t count_of(const ParameterSpec& spec);

// A family's parameters by name: [rows, shape...].  A scale may have one row for all.
class ParameterTensors {
 public:
  ParameterTensors() = default;
  ParameterTensors(std::initializer_list<std::pair<std::string_view, Tensor>> all) {
    for (const auto& [name, value] : all) set(name, value);
  }
  void set(std::string_view name, Tensor value) { all_.emplace_back(name, value); }
  // Asking for one that is not there is a mistake of the caller: std::logic_error.
  Tensor operator()(std::string_view name) const;

 private:
  std::vector<std::pair<std::string, Tensor>> all_;
};

struct DistributionFamily {
  std::string_view name;
  std::string_view description;
  std::string_view paper;
  std::vector<Option> settings{};
  Values values = Values::kReals;  // what log_prob takes; of levels the setting "levels" says how many there are
  bool reparameterised = true;     // gradients reach every parameter through a sample
  bool is_density = true;          // false: log_prob is of probabilities, which no change of units touches
  bool covers_all = true;          // a density above 0 for all such values: what a prior must have
  // Of `dim` dimensions; takes_nothing where there are none.
  std::vector<ParameterSpec> (*parameters)(int64_t dim, const Settings& settings);
  Distribution (*make)(int64_t dim, const Settings& settings, const ParameterTensors& parameters);
};

std::vector<ParameterSpec> takes_nothing(int64_t dim, const Settings& settings);
bool has_parameters(const DistributionFamily& family);

const Registry<DistributionFamily>& families();

}  // namespace elbo::prob

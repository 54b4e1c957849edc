#include "elbo/app/reproduce/study.h"

#include <array>
#include <vector>

#include "elbo/app/reproduce/density_2d.h"
#include "elbo/app/reproduce/energies.h"
#include "elbo/app/reproduce/kong_li.h"
#include "elbo/app/reproduce/posteriors.h"
#include "elbo/settings/names.h"

namespace elbo::app {

std::span<const Study* const> studies() {
  static const std::array<const Study*, 4> all{&kong_li::study(), &posteriors::study(), &energies::study(),
                                               &density_2d::study()};
  return all;
}

const Study& study_named(std::string_view name) {
  std::vector<std::string> known;
  for (const Study* study : studies()) {
    if (study->name == name) return *study;
    known.emplace_back(study->name);
  }
  throw ConfigError(unknown_name("study", name, known));
}

}  // namespace elbo::app

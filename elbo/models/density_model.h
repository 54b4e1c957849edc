// The model kind "flow": a FlowDensity whose base and flow a configuration names.
//
//   base       a distribution of free variables, that the flow carries to the data
//   flow       the transform, or a chain of them, from base to data
//   objective  maximum-likelihood by the data, or reverse-kl to a density that is known up to a constant
//
// Parameters: "base", "flow", "standardization".
#pragma once

#include "elbo/models/flow_density.h"
#include "elbo/models/kinds.h"

namespace elbo::models {

extern const ModelKind kDensityKind;

struct DensityObjective {
  std::string_view name;
  std::string_view description;
  std::string_view paper;
  std::vector<Option> settings;
  bool fits_target = false;  // instead of data
  // batch "x" [rows, dim], or with fits_target `rows` draws of its own.  [rows] each.
  Terms (*terms)(const FlowDensity& density, Graph& graph, const Batch& batch, int64_t rows, const ModelSite& site,
                 const Settings& settings) = nullptr;
};
const Registry<DensityObjective>& density_objectives();

class DensityModel final : public Model, public Samples, public Scores {
 public:
  DensityModel(const ModelSite& site, const Settings& settings);

  const FlowDensity& density() const { return density_; }

  const nn::Parameters& parameters() const override { return density_.parameters(); }
  Terms terms(Graph& graph, const Batch& batch, int64_t rows) const override;
  std::vector<ReadColumn> reads() const override;
  bool validates() const override { return !fits_target(); }
  Description describe() const override { return description_; }
  std::vector<std::string> remarks() const override { return remarks_; }
  std::vector<std::string> warnings() const override { return warnings_; }
  void initialize_from(const Array& rows, const Array& context) const override;

  Tensor sample(Graph& graph, int64_t rows, bool draw) const override;
  bool has_means() const override { return false; }
  int64_t dim() const override { return density_.dim(); }
  Tensor log_prob(const Batch& batch) const override;

 private:
  bool fits_target() const { return objective_.row<DensityObjective>().fits_target; }

  ModelSite site_;
  FlowDensity density_;
  Settings objective_;
  Description description_;
  std::vector<std::string> remarks_, warnings_;
};

}  // namespace elbo::models

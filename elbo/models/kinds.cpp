#include "elbo/models/kinds.h"

#include <string>

#include "elbo/models/conditional_model.h"
#include "elbo/models/density_model.h"
#include "elbo/models/linear_gaussian.h"
#include "elbo/models/vae_model.h"
#include "elbo/settings/error.h"

namespace elbo::models {

const ColumnFacts& column(const ModelSite& site, std::string_view name) {
  for (const ColumnFacts& column : site.columns) {
    if (column.name == name) return column;
  }
  throw DataError("the data have no column \"" + std::string(name) + "\", which the model reads");
}

const Registry<ModelKind>& model_kinds() {
  static const Registry<ModelKind> all("model",
                                       {&kVaeKind, &kDensityKind, &kConditionalKind, &kPpcaKind, &kFactorAnalysisKind});
  return all;
}

}  // namespace elbo::models

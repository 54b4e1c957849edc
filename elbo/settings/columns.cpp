#include "elbo/settings/columns.h"

namespace elbo {

std::string_view name_of(Values values) {
  switch (values) {
    case Values::kBits:
      return "bits";
    case Values::kUnit:
      return "unit";
    case Values::kLevels:
      return "levels";
    case Values::kCounts:
      return "counts";
    case Values::kPositive:
      return "positive";
    case Values::kReals:
      return "reals";
  }
  return {};
}

bool is_within(Values values, Values kind) {
  if (values == kind || kind == Values::kReals) return true;
  switch (values) {
    case Values::kBits:
      return kind == Values::kUnit || kind == Values::kLevels || kind == Values::kCounts;
    case Values::kLevels:
      return kind == Values::kCounts;
    default:
      return false;
  }
}

bool is_whole(Values values) {
  return values == Values::kLevels || values == Values::kCounts;
}

}  // namespace elbo

#include "elbo/models/places/columns.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "elbo/models/places/optimal_scale.h"
#include "elbo/models/places/shaped_internal.h"
#include "elbo/settings/error.h"

namespace elbo::models {

namespace {

// A setting that nothing reads may only say what it says anyway.
void require_standard(const Settings& part, std::initializer_list<std::string_view> keys, const std::string& why) {
  for (const Settings::Entry& entry : part.entries()) {
    const bool unread = std::find(keys.begin(), keys.end(), entry.option->key) != keys.end();
    if (unread && entry.value != entry.standard) part.refuse(entry.option->key, why);
  }
}

}  // namespace

Part columns_part(Part part) {
  part.rows = prob::families().view(prob::has_parameters);
  part.place.push_back(scale_part());
  part.place.push_back(Text{.key = "scale_from",
                            .value = "decoder",
                            .meaning = "where scales come from: the decoder, for each example and column; a variable "
                                       "for each column, or one shared by all; a constant, scale_value; of "
                                       "\"normal\", the optimal one, the root of the batch's mean squared error and "
                                       "of its running mean outside training",
                            .choices = {"decoder", "columns", "shared", "constant", "optimal"}});
  part.place.push_back(Number{.key = "scale_value",
                              .value = 1,
                              .meaning = "the scale where scale_from = \"constant\"",
                              .limits = {.above = 0}});
  part.place.push_back(
      Number{.key = "log_scale_bound",
             .value = 7,
             .meaning = "the logarithm of a scale that is learned stays within it, bound tanh(. / bound), in the units "
                        "that the model sees: without it the density of a column that the code tells exactly has no "
                        "bound, and a first step may overflow; 0 for none",
             .limits = {.at_least = 0}});
  return part;
}

Columns::Columns(const nn::Parameters& scope, int64_t dim, const Settings& part)
    : dim_(dim),
      settings_(part),
      specs_(part.row<prob::DistributionFamily>().parameters(dim, part)),
      decoder_gives_scale_(part.text("scale_from") == "decoder") {
  const std::string& from = part.text("scale_from");
  const auto scale = std::find_if(specs_.begin(), specs_.end(), is_scale);
  if (scale == specs_.end()) {
    require_standard(part, {"scale", "scale_from", "scale_value", "log_scale_bound"},
                     "must be left out: distribution \"" + std::string(part.name()) + "\" has no scale");
  } else if (from == "constant") {
    require_standard(part, {"scale", "log_scale_bound"},
                     "must be left out: scale_from = \"constant\" gives the scale itself");
  } else if (from == "optimal") {
    require_standard(part, {"scale", "scale_value"},
                     "must be left out: scale_from = \"optimal\" takes the scale from the errors");
    if (part.name() != "normal") {
      part.refuse("scale_from",
                  "must be another one: \"optimal\" is for distribution \"normal\", whose best scale "
                  "is the root of the mean squared error");
    }
  } else {
    require_standard(part, {"scale_value"}, "must be left out: it is read where scale_from = \"constant\"");
  }
  for (const prob::ParameterSpec& spec : specs_) {
    if (!is_scale(spec) || decoder_gives_scale_) count_ += count_of(spec);
  }
  if (scale != specs_.end() && (from == "columns" || from == "shared")) {
    const Shape shape = from == "columns" ? Shape(scale->shape) : Shape{1};
    scale_ = scope.get(part.part("scale").row<ScaleKind>().parameter, {.shape = shape});
  }
  if (from == "optimal") {
    mean_square_ = scope.get("mean_square", {.shape = {1}, .init = nn::init::constant(1), .trainable = false});
  }
}

Tensor Columns::scale_of(Tensor number) const {
  const auto& kind = settings_.part("scale").row<ScaleKind>();
  const double bound = settings_.number("log_scale_bound");
  return bound > 0 ? kind.bounded(number, bound) : kind.scale(number);
}

// [1, shape...]
Tensor Columns::own_scale(Graph& graph, const prob::ParameterSpec& spec) const {
  std::vector<int64_t> extents{1};
  extents.insert(extents.end(), spec.shape.begin(), spec.shape.end());
  if (scale_ == nullptr) return broadcast_to(graph.constant(settings_.number("scale_value")), Shape(extents));
  const Tensor number = graph.variable(scale_);
  const bool shared = number.shape() == Shape{1} && spec.shape != std::vector<int64_t>{1};
  const Tensor row = shared ? broadcast_to(number, Shape(extents)) : reshape(number, Shape(extents));
  return scale_of(row);
}

prob::Distribution Columns::operator()(Tensor columns) const {
  if (columns.shape().rank() != 2 || columns.shape()[1] != count_) {
    throw ShapeError(settings_.path() + ": columns " + to_string(columns.shape()) + ", rows of " +
                     std::to_string(count_) + " are required");
  }
  prob::ParameterTensors tensors;
  int64_t start = 0;
  if (mean_square_ != nullptr) {  // all that is left is the location
    const double bound = settings_.number("log_scale_bound");
    return OptimalScaleNormal{.loc = columns, .mean_square = mean_square_, .floor = bound > 0 ? std::exp(-bound) : 0};
  }
  for (const prob::ParameterSpec& spec : specs_) {
    if (is_scale(spec) && !decoder_gives_scale_) {
      tensors.set(spec.name, own_scale(columns.graph(), spec));
      continue;
    }
    const int64_t stop = start + count_of(spec);
    const bool all = stop - start == count_;
    const Tensor own = all ? columns : slice(columns, {.axis = -1, .start = start, .stop = stop});
    const Tensor parameter = shaped(own, spec);
    tensors.set(spec.name, is_scale(spec) ? scale_of(parameter) : parameter);
    start = stop;
  }
  return settings_.row<prob::DistributionFamily>().make(dim_, settings_, tensors);
}

}  // namespace elbo::models

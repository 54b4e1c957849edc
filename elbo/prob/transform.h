// Transform: an invertible map of rows that knows its log-determinant, from base to data.
//
//   const auto [y, log_abs_det] = transform.forward(z, context);
//   const auto [z_again, minus_log_abs_det] = transform.inverse(y, context);
//
// Both directions exist for every family; fast_direction says which is cheap.  A context, where the family takes one,
// has `batch` rows of its own; z has a multiple of them, in the order of repeat_rows (see distribution.h).
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "elbo/engine/graph.h"

namespace elbo::prob {

struct TransformResult {
  Tensor y;            // [rows, dim]: the mapped rows
  Tensor log_abs_det;  // [rows]: log|det dy/dz| of the direction taken, nats
};

// Which direction costs one pass of arithmetic; the other solves for it, or takes a pass for each dimension.
enum class FastDirection : uint8_t { kBoth, kForward, kInverse, kNeither };
std::string_view name_of(FastDirection direction);  // "both", "forward", "inverse", "neither"

class Transform {
 public:
  virtual ~Transform() = default;
  virtual std::string_view name() const = 0;
  virtual int64_t dim() const = 0;
  virtual int64_t context_dim() const { return 0; }  // columns of the context; 0: takes none and ignores what is given
  virtual FastDirection fast_direction() const = 0;
  virtual TransformResult forward(Tensor z, Tensor context) const = 0;
  virtual TransformResult inverse(Tensor y, Tensor context) const = 0;
};

// Any transform as a value: made from a concrete one, which is copied, or from a shared pointer.
class AnyTransform final {
 public:
  template <std::derived_from<Transform> T>
  AnyTransform(T concrete)  // NOLINT(google-explicit-constructor): a Planar is a transform
      : transform_(std::make_shared<const T>(std::move(concrete))) {}
  template <std::derived_from<Transform> T>
  AnyTransform(std::shared_ptr<T> shared) : transform_(std::move(shared)) {}  // NOLINT(google-explicit-constructor)

  std::string_view name() const { return transform_->name(); }
  int64_t dim() const { return transform_->dim(); }
  int64_t context_dim() const { return transform_->context_dim(); }
  FastDirection fast_direction() const { return transform_->fast_direction(); }
  // Check the shapes of rows and context, then map.  Throw ShapeError naming the family.
  TransformResult forward(Tensor z, Tensor context = {}) const;
  TransformResult inverse(Tensor y, Tensor context = {}) const;

  const Transform& get() const { return *transform_; }

 private:
  std::shared_ptr<const Transform> transform_;
};

}  // namespace elbo::prob

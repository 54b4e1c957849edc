#include "elbo/flows/data_initialization.h"

#include <string>

#include "elbo/engine/compile.h"
#include "elbo/flows/actnorm.h"
#include "elbo/flows/chain.h"
#include "elbo/settings/error.h"

namespace elbo::flows {

using prob::AnyTransform;
using prob::Transform;

namespace {

class Initialization {
 public:
  Initialization(Array rows, const Array& context) : rows_(std::move(rows)), context_(context) {}

  // Sets what is in the transform and takes the rows through it, if anything before it still waits for them.
  void visit(const Transform& transform, bool needed_after) {
    if (const auto* chain = dynamic_cast<const Chain*>(&transform)) {
      const auto& parts = chain->parts();
      for (size_t i = parts.size(); i-- > 0;) {
        bool waiting = needed_after;
        for (size_t before = 0; before < i; ++before) waiting = waiting || holds_actnorm(parts[before].get());
        visit(parts[i].get(), waiting);
      }
      return;
    }
    if (const auto* actnorm = dynamic_cast<const ActNorm*>(&transform)) {
      actnorm->initialize(rows_);
      ++count_;
    }
    if (needed_after) pass_through(transform);
  }

  int64_t count() const { return count_; }

 private:
  static bool holds_actnorm(const Transform& transform) {
    if (const auto* chain = dynamic_cast<const Chain*>(&transform)) {
      for (const AnyTransform& part : chain->parts()) {
        if (holds_actnorm(part.get())) return true;
      }
    }
    return dynamic_cast<const ActNorm*>(&transform) != nullptr;
  }

  void pass_through(const Transform& transform) {
    Graph graph;
    const Tensor y = graph.input("y", rows_.shape());
    std::map<std::string, Array> inputs{{"y", rows_}};
    Tensor context;
    if (transform.context_dim() > 0) {
      context = graph.input("context", context_.shape());
      inputs["context"] = context_;
    }
    graph.output("z", transform.inverse(y, context).y);
    rows_ = compile(graph).run(inputs, {}).at("z");
  }

  Array rows_;
  const Array context_;
  int64_t count_ = 0;
};

}  // namespace

int64_t initialize_from_data(const AnyTransform& flow, const Array& rows, const Array& context) {
  const std::string who(flow.name());
  if (rows.shape().rank() != 2 || rows.shape()[1] != flow.dim() || rows.shape()[0] < 1) {
    throw DataError(who + ": its first batch is " + to_string(rows.shape()) + ", at least one row of " +
                    std::to_string(flow.dim()) + " is required");
  }
  if (flow.context_dim() > 0 && (context.shape().rank() != 2 || context.shape()[1] != flow.context_dim() ||
                                 context.shape()[0] < 1 || rows.shape()[0] % context.shape()[0] != 0)) {
    throw DataError(who + ": the context of its first batch is " + to_string(context.shape()) + ", rows of " +
                    std::to_string(flow.context_dim()) + " are required, their number a divisor of " +
                    std::to_string(rows.shape()[0]));
  }
  Initialization initialization(rows.cast(DType::kF32), context.cast(DType::kF32));
  initialization.visit(flow.get(), false);
  return initialization.count();
}

}  // namespace elbo::flows

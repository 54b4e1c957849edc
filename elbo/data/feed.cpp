#include "elbo/data/feed.h"

#include "elbo/data/batches.h"
#include "elbo/settings/error.h"

namespace elbo::data {

Feed::Feed(const Executable& executable, const SplitData& split) {
  for (const Graph::NamedNode& named : executable.graph().inputs()) {
    if (!split.has(named.name)) {
      std::string known;
      for (const auto& [name, array] : split.arrays()) known += (known.empty() ? "" : ", ") + name;
      throw DataError("the graph's input \"" + named.name + "\" is no column of the data, which have " +
                      (known.empty() ? "none" : known));
    }
    const Array& rows = split.array(named.name);
    Array& input = executable.input(named.name);
    Shape shape = rows.shape();
    if (input.shape().rank() > 0) shape.set(0, input.shape()[0]);
    if (shape != input.shape() || rows.dtype() != input.dtype()) {
      throw DataError("the graph's input \"" + named.name + "\" is " + to_string(input.shape()) + " " +
                      std::string(name_of(input.dtype())) + ", and the data have " + to_string(rows.shape()) + " " +
                      std::string(name_of(rows.dtype())));
    }
    inputs_.push_back({.rows = &rows, .input = &input});
  }
}

void Feed::operator()(std::span<const int64_t> rows) const {
  for (const Input& one : inputs_) gather(*one.rows, rows, *one.input);
}

}  // namespace elbo::data

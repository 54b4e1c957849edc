// Calls of every operation, for tests that go through the table of operations: shapes, and a function that makes a node
// of the row.  Element-wise rows, reductions and matrix products need nothing here to be covered; a row that moves or
// indexes needs a case in op_cases_by_hand, and a row without one fails the tests.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tests/engine/ops/op_testing.h"

namespace elbo::testing_ops {

inline std::string text_of(const std::vector<Shape>& shapes) {
  std::string text;
  for (const Shape& shape : shapes) text += (text.empty() ? "" : " ") + to_string(shape);
  return text;
}

inline std::vector<DerivativeCase> elementwise_cases(const OpDef& op) {
  const size_t arity = op.inputs.size();
  // Every operation is given a number attribute; those without one do not read it.
  const auto call = [&op](const Tensors& x) { return x[0].graph().add(op, x, {.numbers = {0.3}}); };
  std::vector<std::vector<Shape>> shapes;
  if (arity == 1) {
    shapes = {{{}}, {{1}}, {{7}}, {{3, 1}}, {{0, 3}}, {{2, 3, 2}}, {{2, 1, 3, 2}}};
  } else {
    const std::vector<std::pair<Shape, Shape>> pairs = {{{}, {}},
                                                        {{5}, {}},
                                                        {{}, {2, 3}},
                                                        {{1}, {1, 1}},
                                                        {{3, 4}, {4}},
                                                        {{3, 1}, {1, 4}},
                                                        {{2, 3, 2}, {3, 1}},
                                                        {{1, 1, 3}, {2, 4, 1}},
                                                        {{2, 1, 3, 2}, {2, 1, 2}},
                                                        {{0, 3}, {1, 3}}};
    for (const auto& [a, b] : pairs) {
      for (size_t first = 0; first < arity; ++first) {  // each input is the odd one out once
        std::vector<Shape> of_inputs(arity, b);
        of_inputs[first] = a;
        shapes.push_back(of_inputs);
      }
    }
  }
  std::vector<DerivativeCase> cases;
  for (const auto& of_inputs : shapes) {
    cases.push_back({.what = text_of(of_inputs), .shapes = of_inputs, .function = call, .domain = op.test});
  }
  if (arity > 1) {
    cases.push_back({.what = "one tensor as every input",
                     .shapes = {{2, 3}},
                     .function = [call, arity](const Tensors& x) { return call(Tensors(arity, x[0])); },
                     .domain = op.test});
  }
  return cases;
}

inline std::vector<DerivativeCase> reduce_cases(const OpDef& op) {
  const std::vector<std::pair<Shape, std::vector<int64_t>>> reductions = {{{4}, {0}},
                                                                          {{1}, {0}},
                                                                          {{3, 4}, {0}},
                                                                          {{3, 4}, {1}},
                                                                          {{3, 4}, {0, 1}},
                                                                          {{3, 1, 4}, {2}},
                                                                          {{1, 5}, {1}},
                                                                          {{2, 3, 2}, {1}},
                                                                          {{2, 3, 2, 2}, {1, 3}},
                                                                          {{2, 3, 2, 2}, {0, 2}},
                                                                          {{2, 1, 2, 2}, {0, 1, 2, 3}},
                                                                          {{0, 3}, {1}}};
  std::vector<DerivativeCase> cases;
  for (const auto& [shape, axes] : reductions) {
    cases.push_back(
        {.what = to_string(shape) + " over " + std::to_string(axes.size()) + " axes",
         .shapes = {shape},
         .function = [&op, axes = axes](const Tensors& x) { return x[0].graph().add(op, x, {.integers = axes}); },
         .domain = op.test});
  }
  return cases;
}

inline std::vector<DerivativeCase> matmul_cases(const OpDef& op) {
  struct Product {
    std::vector<int64_t> leading;
    int64_t m, k, n;
  };
  const std::vector<Product> products = {{{}, 3, 4, 5}, {{}, 1, 1, 1},  {{}, 1, 6, 1},  {{}, 3, 1, 2},
                                         {{}, 2, 0, 3}, {{2}, 3, 4, 2}, {{1}, 2, 3, 2}, {{2, 3}, 2, 1, 3}};
  std::vector<DerivativeCase> cases;
  for (const Product& p : products) {
    for (const bool ta : {false, true}) {
      for (const bool tb : {false, true}) {
        std::vector<int64_t> a = p.leading, b = p.leading;
        a.insert(a.end(), {ta ? p.k : p.m, ta ? p.m : p.k});
        b.insert(b.end(), {tb ? p.n : p.k, tb ? p.k : p.n});
        const Attributes attributes{.integers = {ta ? 1 : 0, tb ? 1 : 0}};
        cases.push_back(
            {.what = text_of({Shape(a), Shape(b)}) + (ta ? ", a transposed" : "") + (tb ? ", b transposed" : ""),
             .shapes = {Shape(a), Shape(b)},
             .function = [&op, attributes](const Tensors& x) { return x[0].graph().add(op, x, attributes); },
             .domain = op.test});
      }
    }
  }
  return cases;
}

inline Tensor indices(Tensor like, const std::vector<int32_t>& values) {
  return like.graph().constant(Array::of<int32_t>({static_cast<int64_t>(values.size())}, values));
}

// Rows that need their attributes chosen by hand.
inline std::vector<DerivativeCase> op_cases_by_hand(const OpDef& op) {
  std::vector<DerivativeCase> cases;
  const auto add = [&](const std::vector<Shape>& shapes, Function function) {
    cases.push_back({.what = std::string(op.name) + " " + std::to_string(cases.size()) + " of " + text_of(shapes),
                     .shapes = shapes,
                     .function = std::move(function),
                     .input_error = op.kind == OpKind::kRows ? 0x1p-22 : 0});
  };
  if (op.name == "reshape") {
    add({{}}, [](const Tensors& x) { return reshape(x[0], {1, 1}); });
    add({{2, 6}}, [](const Tensors& x) { return reshape(x[0], {3, 1, 4}); });
    add({{2, 3, 1, 2}}, [](const Tensors& x) { return reshape(x[0], {12}); });
    add({{0, 3}}, [](const Tensors& x) { return reshape(x[0], {5, 0}); });
  } else if (op.name == "broadcast_to") {
    add({{}}, [](const Tensors& x) { return broadcast_to(x[0], {2, 3}); });
    add({{3}}, [](const Tensors& x) { return broadcast_to(x[0], {2, 1, 3}); });
    add({{2, 1, 3}}, [](const Tensors& x) { return broadcast_to(x[0], {2, 2, 4, 3}); });
    add({{1, 3}}, [](const Tensors& x) { return broadcast_to(x[0], {0, 3}); });
  } else if (op.name == "transpose") {
    add({{}}, [](const Tensors& x) { return transpose(x[0], {}); });
    add({{3, 4}}, [](const Tensors& x) { return transpose(x[0]); });
    add({{2, 3, 4}}, [](const Tensors& x) { return transpose(x[0], {1, 2, 0}); });
    add({{2, 1, 3, 2}}, [](const Tensors& x) { return transpose(x[0], {3, 0, 2, 1}); });
  } else if (op.name == "slice") {
    add({{5}}, [](const Tensors& x) { return slice(x[0], {.start = 1, .stop = 4}); });
    add({{5}}, [](const Tensors& x) { return slice(x[0], {.start = 2, .stop = 2}); });
    add({{7, 2}}, [](const Tensors& x) { return slice(x[0], {.axis = 0, .start = 0, .stop = 7, .step = 3}); });
    add({{7, 2}}, [](const Tensors& x) { return slice(x[0], {.axis = 0, .start = 1, .stop = 6, .step = 2}); });
    add({{8, 2}}, [](const Tensors& x) { return slice(x[0], {.axis = 0, .start = 1, .stop = 3, .step = 5}); });
    add({{2, 3, 2, 4}}, [](const Tensors& x) { return slice(x[0], {.axis = 1, .start = 2, .stop = 3}); });
    add({{2, 3, 2, 4}}, [](const Tensors& x) { return slice(x[0], {.axis = 3, .start = 1, .stop = 4, .step = 2}); });
  } else if (op.name == "concat") {
    add({{2}, {3}}, [](const Tensors& x) { return concat(x, 0); });
    add({{2, 3}, {2, 1}, {2, 0}, {2, 2}}, [](const Tensors& x) { return concat(x, -1); });
    add({{2, 2, 3}, {2, 4, 3}}, [](const Tensors& x) { return concat(x, 1); });
    add({{2, 3}}, [](const Tensors& x) { return concat({x[0], x[0]}, 0); });
  } else if (op.name == "pad") {
    add({{3}}, [](const Tensors& x) { return pad(x[0], {.before = 2, .value = 1.5}); });
    add({{2, 3}}, [](const Tensors& x) { return pad(x[0], {.axis = 0, .before = 1, .after = 2}); });
    add({{2, 0}}, [](const Tensors& x) { return pad(x[0], {.before = 1, .after = 2, .value = -1}); });
    add({{2, 1, 3, 2}}, [](const Tensors& x) { return pad(x[0], {.axis = 2, .after = 1}); });
  } else if (op.name == "reverse") {
    add({{5}}, [](const Tensors& x) { return reverse(x[0], 0); });
    add({{3, 1}}, [](const Tensors& x) { return reverse(x[0], 1); });
    add({{2, 3, 2, 2}}, [](const Tensors& x) { return reverse(x[0], 1); });
  } else if (op.name == "gather") {
    add({{4}}, [](const Tensors& x) { return gather(x[0], indices(x[0], {3, 0, 3, 3, 1}), 0); });
    add({{3, 4}}, [](const Tensors& x) { return gather(x[0], indices(x[0], {2, 2}), -1); });
    add({{3, 4}}, [](const Tensors& x) { return gather(x[0], indices(x[0], {}), 0); });
    add({{2, 3, 1, 2}}, [](const Tensors& x) { return gather(x[0], indices(x[0], {1, 2, 1, 0}), 1); });
  } else if (op.name == "scatter_add") {
    add({{4}}, [](const Tensors& x) { return scatter_add(x[0], indices(x[0], {2, 0, 2, 2}), 0, 5); });
    add({{2, 3}}, [](const Tensors& x) { return scatter_add(x[0], indices(x[0], {1, 1, 0}), 1, 2); });
    add({{0, 3}}, [](const Tensors& x) { return scatter_add(x[0], indices(x[0], {}), 0, 2); });
    add({{2, 3, 1, 2}}, [](const Tensors& x) { return scatter_add(x[0], indices(x[0], {3, 0, 3}), 1, 4); });
  } else if (op.name == "cumsum") {
    for (const bool exclusive : {false, true}) {
      for (const bool reverse : {false, true}) {
        for (const auto& [shape, axis] :
             std::vector<std::pair<Shape, int>>{{{5}, 0}, {{1, 4}, 0}, {{3, 4}, -1}, {{2, 3, 2}, 1}, {{2, 0}, 1}}) {
          add({shape}, [=, axis = axis](const Tensors& x) {
            return cumsum(x[0], {.axis = axis, .exclusive = exclusive, .reverse = reverse});
          });
        }
      }
    }
  } else if (op.name == "one_hot") {
    add({{3, 4}}, [](const Tensors& x) { return x[0] * one_hot(indices(x[0], {3, 0, 3}), 4); });
  } else if (op.name == "to_real") {
    add({{3}}, [](const Tensors& x) { return x[0] * to_real(indices(x[0], {-5, 0, 7})); });
  } else if (op.name == "draw_count") {
    add({{3}}, [](const Tensors& x) {
      Graph& graph = x[0].graph();
      const Tensor u = graph.constant(reals({3}, {0.1, 0.5, 0.9}));
      return x[0] * draw_count(u, graph.constant(reals({3}, {0.3, 4, 40})), graph.constant(reals({3}, {0, 0.5, 2})));
    });
  } else if (op.name.starts_with("rational_quadratic_spline")) {
    // The spline and its gradient: a third of the rows lie outside.
    for (const int64_t bins : {1, 2, 5}) {
      for (const bool inverse : {false, true}) {
        for (const Shape& rows : {Shape{1}, Shape{7}, Shape{2, 3}, Shape{0}}) {
          const auto columns = [&](int64_t count) { return rows.with(rows.rank(), count); };
          std::vector<Shape> shapes = {columns(1), columns(3 * bins - 1)};
          if (op.inputs.size() == 3) shapes.push_back(columns(2));
          // Bins of at least half their share: over narrow ones differences are no derivatives.
          const double smallest = 0.5 / static_cast<double>(bins);
          const Attributes attributes{.integers = {bins, inverse ? 1 : 0}, .numbers = {1.4, smallest, 1e-3}};
          add(shapes, [&op, attributes](const Tensors& x) { return x[0].graph().add(op, x, attributes); });
        }
      }
    }
  }
  return cases;
}

inline std::vector<DerivativeCase> cases_of(const OpDef& op) {
  switch (op.kind) {
    case OpKind::kElementwise:
      return elementwise_cases(op);
    case OpKind::kReduce:
      return reduce_cases(op);
    case OpKind::kMatmul:
      return matmul_cases(op);
    default:
      return op_cases_by_hand(op);
  }
}

}  // namespace elbo::testing_ops

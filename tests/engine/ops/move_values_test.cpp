// Operations that move values, against index arithmetic written out; odd, size-one and empty shapes.
#include <numeric>

#include "tests/engine/ops/op_testing.h"

namespace elbo {
namespace {

using testing_ops::drawn;
using testing_ops::evaluate;
using testing_ops::message_of;
using testing_ops::reals;
using testing_ops::to_vector;
using Values = std::vector<double>;

// 0, 1, 2, ... of a shape: a value tells where it came from.
Array counted(const Shape& shape) {
  Array array(DType::kF64, shape);
  const auto values = array.values<double>();
  std::iota(values.begin(), values.end(), 0.0);
  return array;
}

Array moved(const Array& x, const std::function<Tensor(Tensor)>& function) {
  return evaluate({x}, [&](const Tensors& in) { return function(in[0]); });
}

std::string refusal(const Shape& shape, const std::function<void(Tensor)>& call) {
  return message_of([&] {
    Graph graph;
    const auto scope = graph.scope("decoder.2");
    call(graph.input("x", shape));
  });
}

TEST(Reshape, KeepsTheOrder) {
  const Array y = moved(counted({2, 6}), [](Tensor x) { return reshape(x, {3, 1, 4}); });
  EXPECT_EQ(y.shape(), (Shape{3, 1, 4}));
  EXPECT_EQ(to_vector(y), to_vector(counted({12})));
  EXPECT_EQ(moved(counted({}), [](Tensor x) { return reshape(x, {1, 1}); }).shape(), (Shape{1, 1}));
  EXPECT_EQ(moved(counted({0, 3}), [](Tensor x) { return reshape(x, {7, 0}); }).shape(), (Shape{7, 0}));
  EXPECT_EQ(refusal({2, 6}, [](Tensor x) { reshape(x, {5}); }),
            "reshape at decoder.2: src [2, 6]: cannot become [5], which has another element count");
}

TEST(BroadcastTo, RepeatsAxesOfExtentOne) {
  EXPECT_EQ(to_vector(moved(counted({2, 1}),
                            [](Tensor x) {
                              return broadcast_to(x, {2, 2, 3});
                            })),
            (Values{0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1}));
  EXPECT_EQ(to_vector(moved(counted({3}),
                            [](Tensor x) {
                              return broadcast_to(x, {2, 3});
                            })),
            (Values{0, 1, 2, 0, 1, 2}));
  EXPECT_EQ(to_vector(moved(reals({}, {5}), [](Tensor x) { return broadcast_to(x, {3}); })), (Values{5, 5, 5}));
  EXPECT_EQ(moved(counted({1, 3}), [](Tensor x) { return broadcast_to(x, {0, 3}); }).shape(), (Shape{0, 3}));
  EXPECT_EQ(refusal({2, 3}, [](Tensor x) { broadcast_to(x, {3}); }),
            "broadcast_to at decoder.2: src [2, 3]: does not broadcast to [3]");
  EXPECT_EQ(refusal({0}, [](Tensor x) { broadcast_to(x, {1}); }),
            "broadcast_to at decoder.2: src [0]: does not broadcast to [1]");
}

TEST(Transpose, PutsAxesWhereThePermutationSays) {
  const Shape shape{2, 3, 4};
  const Array y = moved(counted(shape), [](Tensor x) { return transpose(x, {1, 2, 0}); });
  EXPECT_EQ(y.shape(), (Shape{3, 4, 2}));
  Values truth;
  for (int j = 0; j < 3; ++j) {
    for (int k = 0; k < 4; ++k) {
      for (int i = 0; i < 2; ++i) truth.push_back((i * 3 + j) * 4 + k);
    }
  }
  EXPECT_EQ(to_vector(y), truth);
  // Axes from the back, the short form for the last two, and shapes with nothing to move.
  EXPECT_EQ(to_vector(moved(counted(shape), [](Tensor x) { return transpose(x, {1, -1, -3}); })), truth);
  EXPECT_EQ(to_vector(moved(counted({2, 3}), [](Tensor x) { return transpose(x); })), (Values{0, 3, 1, 4, 2, 5}));
  EXPECT_EQ(moved(counted({5, 0, 3}), [](Tensor x) { return transpose(x); }).shape(), (Shape{5, 3, 0}));
  EXPECT_EQ(to_vector(moved(counted({4}), [](Tensor x) { return transpose(x); })), (Values{0, 1, 2, 3}));
  EXPECT_EQ(refusal({2, 3},
                    [](Tensor x) {
                      transpose(x, {0, 0});
                    }),
            "transpose at decoder.2: src [2, 3]: the axes given are no permutation");
  EXPECT_EQ(refusal({2, 3}, [](Tensor x) { transpose(x, {0}); }),
            "transpose at decoder.2: src [2, 3]: the permutation has another rank");
  EXPECT_EQ(refusal({2, 3},
                    [](Tensor x) {
                      transpose(x, {0, 2});
                    }),
            "transpose at decoder.2: src [2, 3]: axis 2 does not exist");
}

TEST(Slice, StepsFromStartToBeforeStop) {
  const auto cut = [](int64_t start, int64_t stop, int64_t step) {
    return to_vector(
        moved(counted({7}), [=](Tensor x) { return slice(x, {.start = start, .stop = stop, .step = step}); }));
  };
  EXPECT_EQ(cut(2, 5, 1), (Values{2, 3, 4}));
  EXPECT_EQ(cut(0, 7, 3), (Values{0, 3, 6}));
  EXPECT_EQ(cut(1, 7, 3), (Values{1, 4}));
  EXPECT_EQ(cut(6, 7, 9), (Values{6}));
  EXPECT_EQ(cut(3, 3, 1), Values{});
  EXPECT_EQ(cut(0, 7, 1), to_vector(counted({7})));
  EXPECT_EQ(to_vector(moved(counted({3, 4}),
                            [](Tensor x) { return slice(x, {.axis = 0, .start = 0, .stop = 3, .step = 2}); })),
            (Values{0, 1, 2, 3, 8, 9, 10, 11}));
  EXPECT_EQ(to_vector(moved(counted({2, 3, 2}), [](Tensor x) { return slice(x, {.axis = 1, .start = 1, .stop = 2}); })),
            (Values{2, 3, 8, 9}));
  EXPECT_EQ(refusal({7}, [](Tensor x) { slice(x, {.start = 2, .stop = 8}); }),
            "slice at decoder.2: src [7]: no slice 2:8:1 along axis 0");
  EXPECT_EQ(refusal({7}, [](Tensor x) { slice(x, {.start = 5, .stop = 4}); }),
            "slice at decoder.2: src [7]: no slice 5:4:1 along axis 0");
  EXPECT_EQ(refusal({7}, [](Tensor x) { slice(x, {.start = 0, .stop = 4, .step = 0}); }),
            "slice at decoder.2: src [7]: no slice 0:4:0 along axis 0");
  EXPECT_EQ(refusal({7}, [](Tensor x) { slice(x, {.axis = 1, .start = 0, .stop = 4}); }),
            "slice at decoder.2: src [7]: axis 1 does not exist");
}

TEST(Concat, JoinsAlongTheAxis) {
  const Array a = counted({2, 2}), b = reals({2, 1}, {10, 11}), none = reals({2, 0}, {});
  const Array y = evaluate({a, b, none}, [](const Tensors& x) { return concat({x[0], x[2], x[1], x[0]}, -1); });
  EXPECT_EQ(y.shape(), (Shape{2, 5}));
  EXPECT_EQ(to_vector(y), (Values{0, 1, 10, 0, 1, 2, 3, 11, 2, 3}));
  EXPECT_EQ(to_vector(evaluate({a},
                               [](const Tensors& x) {
                                 return concat({x[0], x[0]}, 0);
                               })),
            (Values{0, 1, 2, 3, 0, 1, 2, 3}));
  EXPECT_EQ(message_of([] { concat({}, 0); }), "concat: no parts given");
  EXPECT_EQ(refusal({2, 3},
                    [](Tensor x) {
                      concat({x, reshape(x, {3, 2})}, 0);
                    }),
            "concat at decoder.2: part [2, 3] and part [3, 2]: the parts differ outside axis 0");
  EXPECT_EQ(refusal({2},
                    [](Tensor x) {
                      concat({x, x.graph().input("i", {2}, DType::kI32)}, 0);
                    }),
            "concat at decoder.2: part [2] and part [2]: the parts differ in dtype (f32 and i32)");
}

TEST(Pad, PutsTheValueAround) {
  EXPECT_EQ(to_vector(moved(counted({2}), [](Tensor x) { return pad(x, {.before = 2, .after = 1, .value = 9}); })),
            (Values{9, 9, 0, 1, 9}));
  EXPECT_EQ(to_vector(moved(counted({2, 2}), [](Tensor x) { return pad(x, {.axis = 0, .after = 1}); })),
            (Values{0, 1, 2, 3, 0, 0}));
  EXPECT_EQ(to_vector(moved(reals({0}, {}), [](Tensor x) { return pad(x, {.before = 1, .after = 1, .value = 4}); })),
            (Values{4, 4}));
  EXPECT_EQ(refusal({2}, [](Tensor x) { pad(x, {.before = -1}); }),
            "pad at decoder.2: src [2]: padding must not be negative");
  EXPECT_EQ(refusal({2}, [](Tensor x) { pad(x.graph().input("i", {3}, DType::kU8), {.after = 1}); }),
            "pad at decoder.2: src [3]: takes real tensors, was given u8 (see to_real)");
}

TEST(Reverse, TurnsOneAxisRound) {
  EXPECT_EQ(to_vector(moved(counted({2, 3}), [](Tensor x) { return reverse(x, 1); })), (Values{2, 1, 0, 5, 4, 3}));
  EXPECT_EQ(to_vector(moved(counted({2, 3}), [](Tensor x) { return reverse(x, -2); })), (Values{3, 4, 5, 0, 1, 2}));
  EXPECT_EQ(to_vector(moved(counted({1, 3}), [](Tensor x) { return reverse(x, 0); })), (Values{0, 1, 2}));
  EXPECT_EQ(moved(counted({0, 3}), [](Tensor x) { return reverse(x, 0); }).shape(), (Shape{0, 3}));
}

TEST(RepeatRows, PutsSampleAfterSample) {
  const Array y = moved(counted({2, 2}), [](Tensor x) { return repeat_rows(x, 3); });
  EXPECT_EQ(y.shape(), (Shape{6, 2}));
  EXPECT_EQ(to_vector(y), (Values{0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3}));
  EXPECT_EQ(refusal({}, [](Tensor x) { repeat_rows(x, 3); }),
            "broadcast_to at decoder.2: src []: repeat_rows takes at least one axis");
}

TEST(Split, CoversTheAxis) {
  const Array y = moved(counted({2, 5}), [](Tensor x) {
    const auto parts = split(x, {2, 0, 3}, 1);
    EXPECT_EQ(parts[0].shape(), (Shape{2, 2}));
    EXPECT_EQ(parts[1].shape(), (Shape{2, 0}));
    EXPECT_EQ(parts[2].shape(), (Shape{2, 3}));
    return concat({parts[2], parts[0]}, 1);
  });
  EXPECT_EQ(to_vector(y), (Values{2, 3, 4, 0, 1, 7, 8, 9, 5, 6}));
  EXPECT_EQ(refusal({5},
                    [](Tensor x) {
                      split(x, {2, 2}, 0);
                    }),
            "slice at decoder.2: src [5]: the parts of a split along axis 0 have 4 indices in all");
}

TEST(StopGradient, IsTheValueItself) {
  const Array x = drawn({2, 3}, 1);
  EXPECT_EQ(to_vector(moved(x, stop_gradient)), to_vector(x));
}

TEST(ZerosAndOnes, HaveTheShape) {
  Graph graph;
  graph.output("zeros", zeros(graph, {2, 1}));
  graph.output("ones", ones(graph, {}));
  const auto out = Interpreter(graph).run({});
  EXPECT_EQ(to_vector(out.at("zeros")), (Values{0, 0}));
  EXPECT_EQ(to_vector(out.at("ones")), (Values{1}));
}

// Bytes and integers move too, and stay what they are.
TEST(Moves, KeepTheDtype) {
  Graph graph;
  const Tensor x = graph.input("x", {2, 3}, DType::kU8);
  for (const Tensor y : {reshape(x, {6}), transpose(x), slice(x, {.start = 0, .stop = 2}), concat({x, x}, 0),
                         reverse(x, 0), broadcast_to(x, {4, 2, 3}), stop_gradient(x)}) {
    EXPECT_EQ(y.dtype(), DType::kU8);
  }
  EXPECT_EQ(to_real(x).dtype(), DType::kF32);
}

}  // namespace
}  // namespace elbo

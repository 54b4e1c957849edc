#include "elbo/engine/graph.h"

#include "tests/engine/ops/op_testing.h"

namespace elbo {
namespace {

using testing_ops::message_of;

VariablePtr zero_weights(const std::string& name, const Shape& shape) {
  return make_variable(name, Array(DType::kF32, shape));
}

TEST(Graph, KnowsNodesInputsOutputsAndVariables) {
  Graph graph;
  const VariablePtr w = zero_weights("w", {4, 3}), moment = zero_weights("moment", {4, 3});
  const Tensor x = graph.input("x", {2, 4});
  const Tensor y = matmul(x, graph.variable(w));
  graph.output("y", y);
  graph.update({{w, graph.variable(w) * 0.5}, {moment, zeros(graph, {4, 3})}});
  EXPECT_EQ(y.shape(), (Shape{2, 3}));
  EXPECT_EQ(graph.inputs().size(), 1u);
  EXPECT_EQ(graph.outputs()[0].node, y.id());
  EXPECT_EQ(graph.updates().size(), 2u);
  // Each variable once, a variable that is only written too.
  EXPECT_EQ(graph.variables(), (std::vector<VariablePtr>{w, moment}));
  EXPECT_EQ(graph.variable(w).id(), graph.variable(w).id());
}

// A shape taken from a tensor outlives the growth of the graph, which moves its nodes.
TEST(Graph, KeepsShapesValidWhileItGrows) {
  Graph graph;
  const Tensor x = graph.input("x", {2, 3, 1, 5});
  for (int i = 0; i < 500; ++i) {
    const Shape& shape = x.shape();
    EXPECT_EQ(zeros(graph, x.shape()).shape(), (Shape{2, 3, 1, 5}));
    EXPECT_EQ(sum_to(broadcast_to(x, {7, 2, 3, 4, 5}), x.shape()).shape(), (Shape{2, 3, 1, 5}));
    EXPECT_EQ(shape, (Shape{2, 3, 1, 5}));
  }
}

TEST(Graph, StartsEveryDrawOnAStreamOfItsOwn) {
  Graph graph;
  const Tensor a = random_normal(graph, {2}), b = random_uniform(graph, {2});
  EXPECT_NE(graph.node(a.id()).attributes.integers[0], graph.node(b.id()).attributes.integers[0]);
}

TEST(Graph, PutsScopesInFrontOfEachOther) {
  Graph graph;
  const Tensor x = graph.input("x", {2});
  {
    const auto encoder = graph.scope("encoder");
    const auto unnamed = graph.scope("");
    const auto layer = graph.scope("1");
    EXPECT_EQ(graph.node(tanh(x).id()).scope, "encoder.1");
  }
  EXPECT_EQ(graph.node(tanh(x).id()).scope, "");
}

// A copy by accident would have tensors of the first graph.
static_assert(!std::is_copy_constructible_v<Graph> && !std::is_copy_assignable_v<Graph>);
static_assert(std::is_nothrow_move_constructible_v<Graph> && std::is_nothrow_move_assignable_v<Graph>);

TEST(Graph, KnowsWhetherItTrains) {
  EXPECT_FALSE(Graph().training());
  EXPECT_FALSE(Graph(GraphMode::kEvaluation).training());
  Graph step(GraphMode::kTraining);
  EXPECT_TRUE(step.training());
  EXPECT_TRUE(step.input("x", {2}).graph().training());
  EXPECT_TRUE(step.clone().training());
  const Graph moved = std::move(step);
  EXPECT_TRUE(moved.training());
}

TEST(Graph, ItsTensorsGoWithItWhenItIsMoved) {
  Tensor x;
  std::vector<Graph> graphs;
  {
    Graph first;
    x = first.input("x", {2, 3});
    graphs.push_back(std::move(first));
  }
  EXPECT_EQ(&x.graph(), &graphs[0]);
  for (int i = 0; i < 8; ++i) graphs.emplace_back();  // which moves it again
  EXPECT_EQ(&x.graph(), &graphs[0]);
  graphs[0].output("y", tanh(x));
  Graph other;
  other.input("z", {5});
  other = std::move(graphs[0]);
  EXPECT_EQ(&x.graph(), &other);
  EXPECT_EQ(x.shape(), (Shape{2, 3}));
  EXPECT_EQ(to_text(other), "%0 = input() \"x\" [2, 3]\n%1 = tanh(%0) [2, 3]\noutput \"y\" = %1\n");
}

TEST(Graph, ACloneGrowsByItself) {
  Graph graph;
  const Tensor x = graph.input("x", {2});
  graph.next_stream();
  Graph copy = graph.clone();
  EXPECT_EQ(to_text(copy), to_text(graph));
  EXPECT_EQ(&copy.tensor(x.id()).graph(), &copy);
  copy.output("y", exp(copy.tensor(x.id())));
  EXPECT_EQ(graph.nodes().size(), 1u);
  EXPECT_EQ(copy.nodes().size(), 2u);
  EXPECT_EQ(copy.next_stream(), 1);
  EXPECT_EQ(message_of([&] { copy.output("z", x); }), "graph: the output \"z\" belongs to another graph");
}

TEST(Graph, RefusesNamesGivenTwice) {
  Graph graph;
  const Tensor x = graph.input("x", {2});
  graph.output("y", x);
  const VariablePtr w = zero_weights("decoder.weight", {2});
  graph.update(w, x);
  EXPECT_EQ(message_of([&] { graph.input("x", {3}); }), "graph: the input \"x\" is declared twice");
  EXPECT_EQ(message_of([&] { graph.output("y", x); }), "graph: the output \"y\" is declared twice");
  EXPECT_EQ(message_of([&] { graph.update(w, x); }), "graph: decoder.weight is updated twice in one step");
}

TEST(Graph, RefusesUpdatesThatDoNotFit) {
  Graph graph, other;
  const VariablePtr w = zero_weights("decoder.weight", {400, 500});
  EXPECT_EQ(message_of([&] {
              graph.update(w, graph.input("x", {500, 400}));
            }),
            "update of decoder.weight: value [500, 400] and variable [400, 500] differ in shape");
  EXPECT_EQ(message_of([&] {
              graph.update(w, graph.input("i", {400, 500}, DType::kI32));
            }),
            "update of decoder.weight: takes a real value, was given i32 (see to_real)");
  EXPECT_EQ(message_of([&] {
              graph.update(w, other.input("x", {400, 500}));
            }),
            "update of decoder.weight: the value belongs to another graph");
  EXPECT_TRUE(graph.updates().empty());
}

TEST(Graph, RefusesTensorsOfOtherGraphsAndNone) {
  Graph graph, other;
  const auto scope = graph.scope("flow.3");
  const Tensor x = graph.input("x", {2}), foreign = other.input("x", {2});
  EXPECT_EQ(message_of([&] { x + foreign; }), "add at flow.3: an input is missing or belongs to another graph");
  EXPECT_EQ(message_of([&] { x + Tensor{}; }), "add at flow.3: an input is missing or belongs to another graph");
  EXPECT_EQ(message_of([&] { graph.output("y", foreign); }), "graph: the output \"y\" belongs to another graph");
  const std::string undefined = "an undefined tensor is used where one of a graph is required";
  EXPECT_EQ(message_of([] { exp(Tensor{}); }), undefined);
  EXPECT_EQ(message_of([&] { Tensor{} + x; }), undefined);
  EXPECT_EQ(message_of([] { sum(Tensor{}); }), undefined);
  EXPECT_EQ(message_of([] { reshape(Tensor{}, {2}); }), undefined);
  EXPECT_EQ(message_of([&] { graph.output("y", Tensor{}); }), undefined);
  EXPECT_EQ(message_of([&] { graph.update(zero_weights("w", {2}), Tensor{}); }), undefined);
}

TEST(Graph, RefusesIntegersWhereRealsAreNeeded) {
  Graph graph;
  const auto scope = graph.scope("encoder");
  const Tensor bytes = graph.input("pixels", {2, 3}, DType::kU8);
  EXPECT_EQ(message_of([&] { exp(bytes); }),
            "exp at encoder: src [2, 3]: takes real tensors, was given u8 (see to_real)");
  EXPECT_EQ(message_of([&] { sum(bytes); }),
            "sum at encoder: src [2, 3]: takes real tensors, was given u8 (see to_real)");
  EXPECT_EQ(message_of([&] { matmul(to_real(bytes), transpose(bytes)); }),
            "matmul at encoder: src [2, 3] and weights [3, 2]: takes real tensors, was given u8 (see to_real)");
}

TEST(Graph, NamesShapesThatDoNotBroadcast) {
  Graph graph;
  const auto scope = graph.scope("prior");
  const Tensor a = graph.input("a", {2, 3}), b = graph.input("b", {4, 3});
  EXPECT_EQ(message_of([&] { a + b; }), "add at prior: a [2, 3] and b [4, 3]: the shapes do not broadcast");
  EXPECT_EQ(message_of([&] { select(a, a, b); }),
            "select at prior: condition [2, 3], where_true [2, 3] and where_false [4, 3]: the shapes do not broadcast");
  EXPECT_EQ(message_of([&] { sum(a, {.axes = {2}}); }), "sum at prior: src [2, 3]: axis 2 does not exist");
  // Nothing was added by what failed.
  EXPECT_EQ(graph.nodes().size(), 2u);
}

TEST(Graph, PrintsAsText) {
  Graph graph;
  const Tensor x = graph.input("x", {2, 4});
  const VariablePtr w = zero_weights("w", {4, 1});
  {
    const auto scope = graph.scope("encoder.0");
    graph.output("y", sum(leaky_relu(matmul(x, graph.variable(w)), 0.25), {.axes = {0}, .keep = true}));
  }
  graph.update(w, graph.variable(w));
  EXPECT_EQ(to_text(graph),
            "%0 = input() \"x\" [2, 4]\n"
            "%1 = variable() \"w\" [4, 1]  // encoder.0\n"
            "%2 = matmul(%0, %1) {0, 0} [2, 1]  // encoder.0\n"
            "%3 = leaky_relu(%2) 0.25 [2, 1]  // encoder.0\n"
            "%4 = sum(%3) {0} [1, 1]  // encoder.0\n"
            "output \"y\" = %4\n"
            "update \"w\" = %1\n");
}

}  // namespace
}  // namespace elbo

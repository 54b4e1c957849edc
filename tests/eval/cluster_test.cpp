#include "elbo/eval/cluster.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <numbers>
#include <numeric>

#include "elbo/data/random.h"
#include "elbo/settings/error.h"

namespace elbo::eval {
namespace {

struct Crowd {
  Array codes;
  std::vector<int32_t> labels;
};

// Normals around the corners of a square of side 6, of the same variance or drawn out along one diagonal.
Crowd four_crowds(int64_t count, double stretch = 1) {
  Crowd crowd{.codes = Array(DType::kF32, {count, 2}), .labels = {}};
  for (int64_t i = 0; i < count; ++i) {
    data::RowRandom random({.seed = 11, .purpose = data::Purpose::kGenerate}, i);
    const auto label = static_cast<int32_t>(i % 4);
    const double along = stretch * random.normal(), across = random.normal();
    const auto at = static_cast<size_t>(2 * i);
    crowd.codes.values<float>()[at] = static_cast<float>(6 * (label % 2) + (along + across) / std::sqrt(2));
    crowd.codes.values<float>()[at + 1] = static_cast<float>(6 * (label / 2) + (along - across) / std::sqrt(2));
    crowd.labels.push_back(label);
  }
  return crowd;
}

TEST(Cluster, BothMethodsFindCrowdsThatAreThere) {
  const Crowd crowd = four_crowds(2000);
  const Clustering means = k_means(crowd.codes, {.clusters = 4, .seed = 1});
  EXPECT_GT(accuracy_of(means.numbers, crowd.labels), 0.99);
  EXPECT_NEAR(means.score, 2, 0.15);  // the variance of both dimensions
  const Clustering mixture = mixture_by_em(crowd.codes, {.clusters = 4, .seed = 1});
  EXPECT_GT(accuracy_of(mixture.numbers, crowd.labels), 0.99);
  EXPECT_GT(normalized_mutual_information(mixture.numbers, crowd.labels), 0.97);
  // Minus the entropy of the mixture, whose components hardly overlap: log 4 + log 2πe.
  EXPECT_NEAR(mixture.score, -(std::log(4.0) + std::log(2 * std::numbers::pi * std::numbers::e)), 0.08);
}

TEST(Cluster, TheMixtureFollowsShapesThatKMeansCuts) {
  const Crowd crowd = four_crowds(3000, 5);
  const double by_means = accuracy_of(k_means(crowd.codes, {.clusters = 4}).numbers, crowd.labels);
  const double by_mixture = accuracy_of(mixture_by_em(crowd.codes, {.clusters = 4}).numbers, crowd.labels);
  EXPECT_GT(by_mixture, by_means + 0.05);
}

TEST(Cluster, OneRowAClusterIsExact) {
  const Array codes = Array::of<float>({3, 1}, {0, 5, 9});
  const Clustering each = k_means(codes, {.clusters = 3});
  EXPECT_EQ(each.score, 0);
  EXPECT_EQ(accuracy_of(each.numbers, {0, 1, 2}), 1);
  EXPECT_TRUE(std::isfinite(mixture_by_em(codes, {.clusters = 3}).score));
  EXPECT_THROW(k_means(codes, {.clusters = 4}), ConfigError);
  // Rows that are all the same, for which no centers are apart.
  EXPECT_EQ(k_means(Array(DType::kF32, {5, 2}), {.clusters = 2}).score, 0);
}

// Against all assignments, on random tables.
TEST(Cluster, TheBestAssignmentIsTheBestOfAll) {
  for (uint64_t seed = 0; seed < 30; ++seed) {
    data::RowRandom random({.seed = seed, .purpose = data::Purpose::kGenerate}, 0);
    const auto clusters = 2 + random.below(4), classes = 2 + random.below(4);
    std::vector<int32_t> found, labels;
    for (int i = 0; i < 40; ++i) {
      found.push_back(static_cast<int32_t>(random.below(clusters)));
      labels.push_back(static_cast<int32_t>(random.below(classes)));
    }
    std::vector<int32_t> order(std::max(clusters, classes));
    std::iota(order.begin(), order.end(), 0);
    double best = 0;
    do {
      double hits = 0;
      for (size_t i = 0; i < found.size(); ++i) hits += order[static_cast<size_t>(found[i])] == labels[i] ? 1 : 0;
      best = std::max(best, hits / static_cast<double>(found.size()));
    } while (std::next_permutation(order.begin(), order.end()));
    EXPECT_DOUBLE_EQ(accuracy_of(found, labels), best) << seed;
  }
}

TEST(Cluster, MutualInformationIsOneForTheSameAndNoneForIndependentParts) {
  EXPECT_NEAR(normalized_mutual_information({2, 2, 0, 0, 1}, {0, 0, 1, 1, 2}), 1, 1e-12);
  EXPECT_NEAR(normalized_mutual_information({0, 0, 1, 1}, {0, 1, 0, 1}), 0, 1e-12);
  // Clusters {a, b}, {c, d} of labels a, b, c = d:  I = log 2, entropies log 2 and 3/2 log 2.
  EXPECT_NEAR(normalized_mutual_information({0, 0, 1, 1}, {0, 1, 2, 2}), 1 / 1.25, 1e-12);
}

}  // namespace
}  // namespace elbo::eval

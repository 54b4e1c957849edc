// Clusters of codes, and how well they match labels.
//
//   const Clustering c = k_means(codes, {.clusters = 10});
//   accuracy_of(c.numbers, labels);                  // clusters named after labels, one each, as well as can be
//   normalized_mutual_information(c.numbers, labels);
#pragma once

#include <cstdint>
#include <vector>

#include "elbo/engine/array.h"

namespace elbo::eval {

struct Clustering {
  std::vector<int32_t> numbers;  // of the cluster of each row, from 0
  double score = 0;              // k-means: mean squared distance from the center; mixture: mean log-density, nats
  int iterations = 0;
};

struct ClusterOptions {
  int64_t clusters = 10;
  uint64_t seed = 0;
  int starts = 5;  // of k-means, of which the best is kept
  int most_iterations = 200;
};

// codes [n, dim] f32.  Lloyd's iterations from centers that are drawn far apart (k-means++, Arthur & Vassilvitskii
// 2007).  ConfigError unless there is a row for each cluster.
Clustering k_means(const Array& codes, const ClusterOptions& options);

// A mixture of normals with full covariances by expectation maximisation, from the clusters of k_means; a row belongs
// to the component that most likely made it.
Clustering mixture_by_em(const Array& codes, const ClusterOptions& options);

// The share of rows whose cluster has their label, under the best assignment of clusters to labels, one to one (Kuhn's
// Hungarian method); what is left over of the more numerous has no partner.
double accuracy_of(const std::vector<int32_t>& clusters, const std::vector<int32_t>& labels);

// Mutual information over the mean of both entropies: 1 for the same partition, 0 for independent ones.
double normalized_mutual_information(const std::vector<int32_t>& clusters, const std::vector<int32_t>& labels);

}  // namespace elbo::eval

#include "elbo/eval/cluster.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <string>

#include "elbo/data/random.h"
#include "elbo/settings/error.h"

namespace elbo::eval {
namespace {

using Rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// Draws made here and in data sets never coincide.
constexpr uint64_t kClusterSeed = 0x636c7573u;

Rows rows_of(const Array& codes, const ClusterOptions& options) {
  if (options.clusters < 1 || options.clusters > codes.shape()[0]) {
    throw ConfigError("cluster: " + std::to_string(options.clusters) + " clusters of " +
                      std::to_string(codes.shape()[0]) + " rows: from 1 to as many as rows are possible");
  }
  const Array wide = codes.cast(DType::kF64);
  return Eigen::Map<const Rows>(wide.values<double>().data(), codes.shape()[0], codes.shape()[1]);
}

// Centers of k-means++: each next one is a row that is drawn by its squared distance from those before.
Rows drawn_centers(const Rows& x, const ClusterOptions& options, int start) {
  data::RowRandom random({.seed = options.seed ^ kClusterSeed, .purpose = data::Purpose::kGenerate}, start);
  Rows centers(options.clusters, x.cols());
  centers.row(0) = x.row(static_cast<Eigen::Index>(random.below(static_cast<uint64_t>(x.rows()))));
  Eigen::VectorXd distance = (x.rowwise() - centers.row(0)).rowwise().squaredNorm();
  for (Eigen::Index k = 1; k < centers.rows(); ++k) {
    double rest = random.uniform() * distance.sum();
    Eigen::Index row = 0;
    while (row + 1 < x.rows() && (rest -= distance[row]) > 0) ++row;
    centers.row(k) = x.row(row);
    distance = distance.cwiseMin((x.rowwise() - centers.row(k)).rowwise().squaredNorm());
  }
  return centers;
}

Clustering lloyd(const Rows& x, const ClusterOptions& options, int start) {
  Rows centers = drawn_centers(x, options, start);
  Clustering result{.numbers = std::vector<int32_t>(static_cast<size_t>(x.rows()), -1)};
  for (bool moves = true; moves && result.iterations < options.most_iterations; ++result.iterations) {
    moves = false;
    result.score = 0;
    for (Eigen::Index row = 0; row < x.rows(); ++row) {
      Eigen::Index nearest = 0;
      result.score += (centers.rowwise() - x.row(row)).rowwise().squaredNorm().minCoeff(&nearest);
      int32_t& number = result.numbers[static_cast<size_t>(row)];
      moves = moves || number != nearest;
      number = static_cast<int32_t>(nearest);
    }
    result.score /= static_cast<double>(x.rows());
    Rows sums = Rows::Zero(centers.rows(), x.cols());
    std::vector<double> counts(static_cast<size_t>(centers.rows()), 0.0);
    for (Eigen::Index row = 0; row < x.rows(); ++row) {
      const int32_t number = result.numbers[static_cast<size_t>(row)];
      sums.row(number) += x.row(row);
      counts[static_cast<size_t>(number)] += 1;
    }
    for (Eigen::Index k = 0; k < centers.rows(); ++k) {
      // One that lost all its rows stays where it is.
      const double count = counts[static_cast<size_t>(k)];
      if (count > 0) centers.row(k) = sums.row(k) / count;
    }
  }
  return result;
}

// Logs of weight · density of each row under a component.
Eigen::VectorXd log_joint_of(const Rows& x, double weight, const Eigen::RowVectorXd& mean,
                             const Eigen::MatrixXd& covariance) {
  const Eigen::LLT<Eigen::MatrixXd> factor(covariance);
  const Eigen::MatrixXd whitened = factor.matrixL().solve((x.rowwise() - mean).transpose());
  const double log_det = 2 * Eigen::MatrixXd(factor.matrixL()).diagonal().array().log().sum();
  const double constant =
      std::log(weight) - 0.5 * (log_det + static_cast<double>(x.cols()) * std::log(2 * std::numbers::pi));
  return constant - 0.5 * whitened.colwise().squaredNorm().transpose().array();
}

// How often each pair of a cluster and a label occurs; their numbers from 0.
std::vector<std::vector<double>> contingency_of(const std::vector<int32_t>& clusters,
                                                const std::vector<int32_t>& labels) {
  const auto count_of = [](const std::vector<int32_t>& all) {
    return static_cast<size_t>(*std::max_element(all.begin(), all.end())) + 1;
  };
  std::vector<std::vector<double>> table(count_of(clusters), std::vector<double>(count_of(labels), 0.0));
  for (size_t row = 0; row < clusters.size(); ++row) {
    table[static_cast<size_t>(clusters[row])][static_cast<size_t>(labels[row])] += 1;
  }
  return table;
}

// The least total cost of an assignment of rows to columns of a square table, by shortest augmenting paths.
double least_cost(const std::vector<std::vector<double>>& cost) {
  const size_t n = cost.size();
  constexpr double kFar = std::numeric_limits<double>::infinity();
  // Rows and columns are counted from 1; row_of[0] is the row that is being placed.
  std::vector<double> row_price(n + 1, 0.0), column_price(n + 1, 0.0);
  std::vector<size_t> row_of(n + 1, 0);
  for (size_t row = 1; row <= n; ++row) {
    row_of[0] = row;
    std::vector<double> nearest(n + 1, kFar);
    std::vector<size_t> from(n + 1, 0);
    std::vector<bool> visited(n + 1, false);
    size_t column = 0;
    while (row_of[column] != 0) {
      visited[column] = true;
      const size_t here = row_of[column];
      double step = kFar;
      size_t next = 0;
      for (size_t j = 1; j <= n; ++j) {
        if (visited[j]) continue;
        const double reduced = cost[here - 1][j - 1] - row_price[here] - column_price[j];
        if (reduced < nearest[j]) {
          nearest[j] = reduced;
          from[j] = column;
        }
        if (nearest[j] < step) {
          step = nearest[j];
          next = j;
        }
      }
      for (size_t j = 0; j <= n; ++j) {
        if (visited[j]) {
          row_price[row_of[j]] += step;
          column_price[j] -= step;
        } else {
          nearest[j] -= step;
        }
      }
      column = next;
    }
    for (; column != 0; column = from[column]) row_of[column] = row_of[from[column]];
  }
  double total = 0;
  for (size_t j = 1; j <= n; ++j) total += cost[row_of[j] - 1][j - 1];
  return total;
}

}  // namespace

Clustering k_means(const Array& codes, const ClusterOptions& options) {
  const Rows x = rows_of(codes, options);
  Clustering best = lloyd(x, options, 0);
  for (int start = 1; start < options.starts; ++start) {
    Clustering other = lloyd(x, options, start);
    if (other.score < best.score) best = std::move(other);
  }
  return best;
}

Clustering mixture_by_em(const Array& codes, const ClusterOptions& options) {
  constexpr double kLeastVariance = 1e-6;  // of the codes' mean variance: no component shrinks to a point
  constexpr double kSettled = 1e-5;        // nats a row
  const Rows x = rows_of(codes, options);
  const auto rows = static_cast<double>(x.rows());
  const Rows away = x.rowwise() - x.colwise().mean();
  const double least =
      kLeastVariance * away.squaredNorm() / rows / static_cast<double>(x.cols()) + std::numeric_limits<double>::min();
  Clustering result = k_means(codes, options);
  Eigen::MatrixXd share = Eigen::MatrixXd::Zero(x.rows(), options.clusters);  // of the components in each row
  for (Eigen::Index row = 0; row < x.rows(); ++row) share(row, result.numbers[static_cast<size_t>(row)]) = 1;
  result.score = -std::numeric_limits<double>::infinity();
  for (result.iterations = 1; result.iterations <= options.most_iterations; ++result.iterations) {
    Eigen::MatrixXd log_joint(x.rows(), options.clusters);
    for (Eigen::Index k = 0; k < options.clusters; ++k) {
      const Eigen::VectorXd own = share.col(k);
      const double count = own.sum() + std::numeric_limits<double>::min();
      const Eigen::RowVectorXd mean = own.transpose() * x / count;
      const Rows centered = x.rowwise() - mean;
      Eigen::MatrixXd covariance = centered.transpose() * (centered.array().colwise() * own.array()).matrix() / count;
      covariance.diagonal().array() += least;
      log_joint.col(k) = log_joint_of(x, count / rows, mean, covariance);
    }
    const double before = result.score;
    result.score = 0;
    for (Eigen::Index row = 0; row < x.rows(); ++row) {
      Eigen::Index likeliest = 0;
      const double top = log_joint.row(row).maxCoeff(&likeliest);
      const double total = top + std::log((log_joint.row(row).array() - top).exp().sum());
      share.row(row) = (log_joint.row(row).array() - total).exp();
      result.numbers[static_cast<size_t>(row)] = static_cast<int32_t>(likeliest);
      result.score += total / rows;
    }
    if (std::abs(result.score - before) < kSettled) break;
  }
  return result;
}

double accuracy_of(const std::vector<int32_t>& clusters, const std::vector<int32_t>& labels) {
  const auto table = contingency_of(clusters, labels);
  const size_t side = std::max(table.size(), table.front().size());
  std::vector<std::vector<double>> cost(side, std::vector<double>(side, 0.0));
  for (size_t i = 0; i < table.size(); ++i) {
    for (size_t j = 0; j < table[i].size(); ++j) cost[i][j] = -table[i][j];
  }
  return -least_cost(cost) / static_cast<double>(clusters.size());
}

double normalized_mutual_information(const std::vector<int32_t>& clusters, const std::vector<int32_t>& labels) {
  const auto table = contingency_of(clusters, labels);
  const auto n = static_cast<double>(clusters.size());
  std::vector<double> of_cluster(table.size(), 0.0), of_label(table.front().size(), 0.0);
  for (size_t i = 0; i < table.size(); ++i) {
    for (size_t j = 0; j < table[i].size(); ++j) {
      of_cluster[i] += table[i][j] / n;
      of_label[j] += table[i][j] / n;
    }
  }
  const auto entropy = [](const std::vector<double>& shares) {
    double sum = 0;
    for (const double share : shares) sum -= share > 0 ? share * std::log(share) : 0;
    return sum;
  };
  double mutual = 0;
  for (size_t i = 0; i < table.size(); ++i) {
    for (size_t j = 0; j < table[i].size(); ++j) {
      const double share = table[i][j] / n;
      if (share > 0) mutual += share * std::log(share / of_cluster[i] / of_label[j]);
    }
  }
  const double mean_entropy = (entropy(of_cluster) + entropy(of_label)) / 2;
  return mean_entropy > 0 ? mutual / mean_entropy : 1;
}

}  // namespace elbo::eval

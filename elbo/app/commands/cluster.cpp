// elbo cluster: whether codes fall into groups, and whether these are the labels.
#include "elbo/eval/cluster.h"

#include <algorithm>
#include <fmt/format.h>

#include "elbo/app/commands/commands.h"
#include "elbo/app/commands/shared.h"
#include "elbo/app/messages.h"
#include "elbo/data/npy.h"
#include "elbo/eval/apply.h"
#include "elbo/io/json.h"
#include "elbo/report/table.h"
#include "elbo/run/run_folder.h"
#include "elbo/settings/error.h"

namespace elbo::app {
namespace {

void declare_cluster(Arguments& arguments) {
  add_run(arguments);
  add_split(arguments);
  add_data(arguments);
  arguments.add_option(Integer{.key = "clusters",
                               .value = 0,
                               .meaning = "how many; 0: as many as there are labels",
                               .limits = {.at_least = 0, .at_most = 10'000}},
                       {.letter = 'c'});
  arguments.add_option(Flag{.key = "labels", .meaning = "compare the clusters with the labels of the data"});
  arguments.add_option(
      Integer{
          .key = "first", .value = 0, .meaning = "the first so many examples; 0 for all", .limits = {.at_least = 0}},
      {.letter = 'n'});
  add_out(arguments, "where the clusters' numbers go, if anywhere: .npy, [N, 2], by k-means and by the mixture");
  add_json(arguments);
}

struct Method {
  const char* name;
  const char* key;
  const char* score;  // what it is called
  eval::Clustering found;
};

std::string json_of(const std::vector<Method>& methods, const std::vector<int32_t>& labels, int64_t clusters) {
  io::JsonObject json;
  for (const Method& method : methods) {
    io::JsonObject one;
    one.set("score", method.found.score).set("iterations", method.found.iterations);
    if (!labels.empty()) {
      one.set("accuracy", eval::accuracy_of(method.found.numbers, labels));
      one.set("nmi", eval::normalized_mutual_information(method.found.numbers, labels));
    }
    json.set(method.key, one);
  }
  return json.set("clusters", clusters).set("count", methods.front().found.numbers.size()).text() + "\n";
}

std::string text_of(const std::vector<Method>& methods, const std::vector<int32_t>& labels) {
  std::vector<report::Column> columns{{.name = "method"}};
  if (!labels.empty()) columns.insert(columns.end(), {{.name = "accuracy"}, {.name = "NMI"}});
  columns.insert(columns.end(), {{.name = "score"}, {.name = "what it is"}, {.name = "iterations"}});
  report::Table table(columns);
  for (const Method& method : methods) {
    std::vector<report::Cell> cells{method.name};
    if (!labels.empty()) {
      cells.emplace_back(report::Number{.value = eval::accuracy_of(method.found.numbers, labels), .digits = 4});
      cells.emplace_back(
          report::Number{.value = eval::normalized_mutual_information(method.found.numbers, labels), .digits = 4});
    }
    cells.emplace_back(report::Number{.value = method.found.score, .digits = 3});
    cells.emplace_back(method.score);
    cells.emplace_back(report::Count{method.found.iterations});
    table.add_row(std::move(cells));
  }
  if (!labels.empty()) {
    table.add_note("accuracy: share of rows in the cluster of their label, under the best assignment, one to one");
    table.add_note("NMI: mutual information of clusters and labels over the mean of their entropies");
  }
  return table.to_text();
}

Array numbers_of(const std::vector<Method>& methods) {
  const size_t count = methods.front().found.numbers.size();
  Array numbers(DType::kI32, {static_cast<int64_t>(count), static_cast<int64_t>(methods.size())});
  for (size_t row = 0; row < count; ++row) {
    for (size_t i = 0; i < methods.size(); ++i) {
      numbers.values<int32_t>()[row * methods.size() + i] = methods[i].found.numbers[row];
    }
  }
  return numbers;
}

ExitCode run_cluster(const Arguments& arguments) {
  const run::OpenRun run = open_run(arguments);
  run::require(run, &models::Capabilities::encodes, "elbo cluster");
  std::filesystem::path out;
  if (arguments.given("out")) out = output_of(arguments, run, ".npy");
  if (!out.empty() && out.extension() != ".npy") {
    throw ConfigError(fmt::format("--out {}: numbers are an array; the name must end in .npy", out.string()));
  }
  const std::unique_ptr<const models::Model> model = model_of(run);
  const AskedRows rows = rows_of(arguments, run, *model);
  int64_t clusters = arguments.integer("clusters");
  std::vector<int32_t> labels;
  if (!arguments.flag("labels") && clusters == 0 && !rows.rows().has("label")) {
    throw ConfigError(fmt::format("{}: has no labels, so --clusters must say how many there are to be", rows.words));
  }
  if (arguments.flag("labels") || clusters == 0) labels = labels_of(rows);
  if (clusters == 0) clusters = int64_t{*std::max_element(labels.begin(), labels.end())} + 1;
  if (!arguments.flag("labels")) labels.clear();
  const Array codes =
      eval::encode(*model, rows.dataset, rows.split,
                   {.rows = arguments.integer("first"), .seed = seed_of(run), .threads = threads_of(arguments)});
  if (!labels.empty()) labels.resize(static_cast<size_t>(codes.shape()[0]));
  const eval::ClusterOptions options{.clusters = clusters, .seed = seed_of(run)};
  const std::vector<Method> methods{
      {"k-means", "k_means", "mean squared distance from the center", eval::k_means(codes, options)},
      {"mixture of normals", "mixture", "mean log-density of a code, nats", eval::mixture_by_em(codes, options)}};
  std::string numbers;
  if (!out.empty()) {
    data::write_npy(out, numbers_of(methods));
    numbers = write_row_numbers(out, rows, arguments.integer("first"));
  }
  if (arguments.flag("json")) {
    print(json_of(methods, labels, clusters));
  } else {
    print(fmt::format("{}: codes of {} rows, {}, in {} clusters\n\n{}{}", run.folder.string(), codes.shape()[0],
                      rows.words, clusters, text_of(methods, labels), numbers));
  }
  return ExitCode::kDone;
}

}  // namespace

const Command& cluster_command() {
  static const Command command{
      .name = "cluster",
      .summary = "find groups of codes, and compare them with labels",
      .help =
          "Groups the codes of a split: by k-means from centers drawn far apart (Arthur & Vassilvitskii 2007), the "
          "best of "
          "five starts, and by a mixture of normals with full covariances, fitted by expectation maximisation from "
          "there. "
          "With --labels both are compared with the labels of the data.",
      .examples = {{"elbo cluster runs/vae-1 --labels", "as many clusters as labels, on the test split"},
                   {"elbo cluster runs/vae-1 --clusters 30 --out clusters.npy", "numbers of 30 clusters"}},
      .declare = declare_cluster,
      .run = run_cluster};
  return command;
}

}  // namespace elbo::app

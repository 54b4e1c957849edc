// What one model of the study came to: computed once, kept in its folder as result.json, read back by later calls.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "elbo/app/reproduce/kong_li_pictures.h"
#include "elbo/app/reproduce/kong_li_plan.h"
#include "elbo/eval/evaluate.h"

namespace elbo::app::kong_li {

// The terms on the training data, kEvaluationSamples draws an example, nats.  R, K and S of docs/kong-li.md:
// reconstruction -log p(x|z), log q0(z0) - log p(zK), log|det| of the flow.
struct TrainTerms {
  eval::Estimate study_loss;  // R + K/20 - S with a flow, R + K without
  eval::Estimate marginal;    // R + K, their script's second figure
  eval::Estimate negative_elbo;
  eval::Estimate reconstruction;
  eval::Estimate kl;
  eval::Estimate log_abs_det;
};

struct EpochPoint {
  int64_t epoch = 0;
  double loss = 0;  // what training made small, mean over the epoch's batches
  std::optional<double> negative_elbo;
};

struct RunResult {
  std::string config;  // config.toml of the run, to tell whether a result is of these settings
  int64_t importance_samples = 0;
  TrainTerms train;
  eval::Estimate negative_elbo_test;
  std::optional<eval::Estimate> nll_test;
  int64_t count_train = 0;
  int64_t count_test = 0;
  int64_t parameters = 0;
  double ms_per_step = 0;  // median over the epochs
  double seconds = 0;      // of training
  std::vector<EpochPoint> epochs;
};

struct FinishedRun {
  PlannedRun plan;
  RunResult result;
  std::optional<Pictures> pictures = std::nullopt;
};

std::string to_json(const RunResult& result);
// Throws CorruptFileError, which names `file`.
RunResult result_from_json(const std::string& text, const std::string& file);

// Nothing when the run has no result yet.
std::optional<RunResult> read_result(const std::filesystem::path& run);
void write_result(const std::filesystem::path& run, const RunResult& result);

}  // namespace elbo::app::kong_li

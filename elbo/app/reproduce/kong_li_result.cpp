#include "elbo/app/reproduce/kong_li_result.h"

#include <nlohmann/json.hpp>

#include "elbo/app/reproduce/estimate_json_internal.h"
#include "elbo/io/file.h"
#include "elbo/settings/error.h"

namespace elbo::app::kong_li {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kFormat = "kong-li-result-1";
constexpr const char* kFile = "result.json";

template <typename T>
struct Term {
  const char* name;
  eval::Estimate T::*estimate;
};
constexpr Term<TrainTerms> kTerms[] = {
    {"study_loss", &TrainTerms::study_loss},
    {"marginal", &TrainTerms::marginal},
    {"negative_elbo", &TrainTerms::negative_elbo},
    {"reconstruction", &TrainTerms::reconstruction},
    {"kl", &TrainTerms::kl},
    {"log_abs_det", &TrainTerms::log_abs_det},
};

Json json_of(const EpochPoint& point) {
  Json json{{"epoch", point.epoch}, {"loss", point.loss}};
  if (point.negative_elbo) json["negative_elbo"] = *point.negative_elbo;
  return json;
}

EpochPoint point_of(const Json& json) {
  EpochPoint point{.epoch = json.at("epoch").get<int64_t>(), .loss = json.at("loss").get<double>()};
  if (json.contains("negative_elbo")) point.negative_elbo = json.at("negative_elbo").get<double>();
  return point;
}

RunResult result_of(const Json& json) {
  RunResult result;
  result.config = json.at("config").get<std::string>();
  result.importance_samples = json.at("importance_samples").get<int64_t>();
  for (const auto& term : kTerms) result.train.*term.estimate = estimate_from_json(json.at("train").at(term.name));
  result.negative_elbo_test = estimate_from_json(json.at("negative_elbo_test"));
  if (!json.at("nll_test").is_null()) result.nll_test = estimate_from_json(json.at("nll_test"));
  result.count_train = json.at("count_train").get<int64_t>();
  result.count_test = json.at("count_test").get<int64_t>();
  result.parameters = json.at("parameters").get<int64_t>();
  result.ms_per_step = json.at("ms_per_step").get<double>();
  result.seconds = json.at("seconds").get<double>();
  for (const Json& point : json.at("epochs")) result.epochs.push_back(point_of(point));
  return result;
}

}  // namespace

std::string to_json(const RunResult& result) {
  Json train;
  for (const auto& term : kTerms) train[term.name] = estimate_json(result.train.*term.estimate);
  Json epochs = Json::array();
  for (const EpochPoint& point : result.epochs) epochs.push_back(json_of(point));
  const Json json{
      {"format", kFormat},
      {"importance_samples", result.importance_samples},
      {"train", train},
      {"negative_elbo_test", estimate_json(result.negative_elbo_test)},
      {"nll_test", result.nll_test ? estimate_json(*result.nll_test) : Json(nullptr)},
      {"count_train", result.count_train},
      {"count_test", result.count_test},
      {"parameters", result.parameters},
      {"ms_per_step", result.ms_per_step},
      {"seconds", result.seconds},
      {"epochs", epochs},
      {"config", result.config},
  };
  return json.dump(1) + "\n";
}

RunResult result_from_json(const std::string& text, const std::string& file) {
  return read_result_json(text, file, kFormat, result_of);
}

std::optional<RunResult> read_result(const std::filesystem::path& run) {
  const std::filesystem::path path = run / kFile;
  if (!std::filesystem::exists(path)) return std::nullopt;
  return result_from_json(io::read_text(path, {.error = ExitCode::kCorruptFile}), path.string());
}

void write_result(const std::filesystem::path& run, const RunResult& result) {
  io::write_atomic(run / kFile, std::string_view(to_json(result)));
}

}  // namespace elbo::app::kong_li

#include "elbo/app/bench/workload.h"

#include <array>
#include <string>
#include <vector>

#include "elbo/app/bench/workloads.h"
#include "elbo/settings/error.h"
#include "elbo/settings/names.h"

namespace elbo::app::bench {

std::span<const WorkloadEntry* const> workloads() {
  static const std::array<const WorkloadEntry*, 14> all{
      &kVaeKongLi, &kVaePlanar8,  &kVaePlanar80, &kVaeIaf4,         &kVaeEvaluate,           &kRealNvp2d,
      &kMaf21,     &kMaf21Sample, &kNsf21,       &kFlowConditional, &kFlowConditionalSpline, &kMlpSmall,
      &kReadCsv,   &kReadNpy};
  return all;
}

const WorkloadEntry& workload_named(std::string_view name) {
  std::vector<std::string> known;
  for (const WorkloadEntry* entry : workloads()) {
    if (entry->name == name) return *entry;
    known.emplace_back(entry->name);
  }
  throw ConfigError(unknown_name("workload", name, known));
}

}  // namespace elbo::app::bench

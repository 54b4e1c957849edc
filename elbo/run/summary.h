// What came out of a training run, as summary.json and `elbo train --json` say it, and as a line of text.
#pragma once

#include <string>

#include "elbo/io/json.h"
#include "elbo/run/train_run.h"

namespace elbo::run {

// {"complete":true,"stopped_early":false,"parameters":...,"epochs":10,"steps":4680,"seconds":...,"peak_memory_bytes":...,"ms_per_step":...,
//  "kept_epoch":10,"train":{"loss":...,...},"validation":{...}}: the figures of the epoch whose weights are kept, the
// last or by train.patience the best; steps, seconds and memory of this call alone.
io::JsonObject summary_json(const RunOutcome& outcome);

// "loss 104.21 (reconstruction 84.10, KL 20.11)"
std::string metrics_text(const train::Metrics& metrics);

}  // namespace elbo::run

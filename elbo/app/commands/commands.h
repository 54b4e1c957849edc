// The commands of the program, one file each: elbo/app/commands/train.cpp holds train_command().
#pragma once

#include "elbo/app/config/command_line.h"

namespace elbo::app {

const Command& train_command();
const Command& evaluate_command();
const Command& sample_command();
const Command& reconstruct_command();
const Command& encode_command();
const Command& score_command();
const Command& infer_command();
const Command& density_command();
const Command& diagnose_command();
const Command& traverse_command();
const Command& interpolate_command();
const Command& attribute_command();
const Command& cluster_command();
const Command& explain_command();
const Command& list_command();
const Command& reproduce_command();
const Command& bench_command();

}  // namespace elbo::app

// The seal of a run: which settings its weights belong to, and which may change later.
#pragma once

#include <optional>
#include <string>

#include "elbo/data/dataset.h"
#include "elbo/settings/settings.h"
#include "elbo/train/checkpoints.h"

namespace elbo::run {

// What a finished run can be asked under other settings: none of these changes its weights.
bool is_open_after_training(const std::string& key);
// Settings that say how long and where, not what: with these changed the steps stay the same.  `settings` are those
// that the key is of.
bool may_change_on_resuming(const std::string& key, const Settings& settings);

// As key and literal, what checkpoints keep of the settings: those that shape the model, and those that a run which
// goes on must have in common with its past.  With a digest of what data.json says of the numbers that the model reads.
train::Seal seal_of(const Settings& settings, const data::Encoding& encoding,
                    const std::optional<data::Encoding>& context, const data::TableLayout& layout);

}  // namespace elbo::run

// Keys that nothing chosen reads: who would, and what was probably meant.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "elbo/settings/config.h"

namespace elbo {

// A longer name is no slip of the pen, and the search takes time in proportion.
inline constexpr size_t kLongestMeant = 80;

// Whether options of a level know a key, whatever is chosen in them.
bool may_know(const std::vector<Option>& options, std::string_view key);

// The rows of a part that know a key below it, or beside it where they stand there.
std::vector<std::string> rows_that_know(const Part& part, std::string_view key);
bool row_may_know(const Part& part, const RowView& row, std::string_view key);

// The sentence about an assignment that nothing took.
std::string why_unknown(const Assignment& assignment, const Settings& settings, const std::vector<Renamed>& renamed);

// Of the keys of settings the one that was probably meant.
std::optional<std::string> nearest_key(std::string_view key, const Settings& settings);

}  // namespace elbo

// What to say when a name is not known: the known ones, and the one that was probably meant.
//
//   throw ConfigError(unknown_name("flow", "planer", {"iaf", "planar", "radial"}));
//     unknown flow "planer"; known: iaf, planar, radial (did you mean planar?)
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace elbo {

// The fewest letters to insert, delete, change or swap with their neighbour that make `b` out of `a`.  Capitals count
// as small letters, '_' as '-'.
int edit_distance(std::string_view a, std::string_view b);

// The candidate nearest to `word`, the first of equals; nothing when none is near enough to be a slip of the pen
// (a third of the longer name's letters, and at least one).
std::optional<std::string> closest_name(std::string_view word, const std::vector<std::string>& candidates);

std::string unknown_name(std::string_view kind, std::string_view given, const std::vector<std::string>& known);

}  // namespace elbo

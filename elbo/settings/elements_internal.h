// What was said to stand in a part: one name, none, or the names of a list, before their rows are looked up.
//
//   flow = "maf"                     one
//   flow = ["actnorm", "maf"]        two
//   [[flow]] name = "actnorm" ...    one for each table
//   --set flow.1=planar              the second of them is another
//
// A name keeps the settings that were said of the one before it; a list is a new one, and what was said of its
// predecessor elsewhere goes with that.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "elbo/settings/said_internal.h"

namespace elbo {

struct Element {
  std::string name;                   // empty: none was said
  std::optional<size_t> said;         // the assignment that named it; none: a default
  std::optional<size_t> begun;        // the one that opened its place in a list
  std::vector<std::string> before{};  // names in whose place it stands
};

struct Elements {
  std::vector<Element> list;
  std::optional<size_t> said;  // what decided last; none: a default
  bool broken = false;         // something was refused
};

// `standard`: the name where none is given.
Elements elements_of(const Part& part, const std::string& key, const std::string& standard, Said& said);

}  // namespace elbo

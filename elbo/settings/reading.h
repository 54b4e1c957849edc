// A value as it was written, made into one of an option's type; or the rule that it breaks.
//
//   from_text(epochs, "12").value == Value{12};   from_text(epochs, "abc").fault == "must be a whole number"
#pragma once

#include <string>
#include <string_view>

#include "elbo/settings/option.h"
#include "elbo/settings/toml_reader.h"

namespace elbo {

struct Reading {
  Value value;
  std::string fault;  // empty: the value is good
};

// From a file.  A whole number will do for a number; nothing else is converted.
Reading from_literal(const Option& option, const Literal& literal);

// From the command line, where a TOML value or a bare word may stand.  For a text option everything that does not
// begin with a quote is the text itself: `--set data.folder=2024` means a folder of that name.
Reading from_text(const Option& option, std::string_view text);

}  // namespace elbo

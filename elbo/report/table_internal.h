// A cell as eyes see it, in the pieces that alignment needs.
#pragma once

#include <string>

#include "elbo/report/table.h"

namespace elbo::report {

struct ShownCell {
  std::string head;   // up to the decimal point
  std::string tail;   // the point and what follows it
  std::string error;  // "± 0.04", for estimates

  std::string whole() const { return error.empty() ? head + tail : head + tail + " " + error; }
};

ShownCell shown(const Cell& cell);

// "−ELBO (nats)".
std::string heading_of(const Column& column);

}  // namespace elbo::report

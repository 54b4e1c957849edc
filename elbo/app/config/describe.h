// The reference of a schema: for the terminal (`elbo train --help-config`) and as Markdown
// (docs/reference/configuration.md).
#pragma once

#include <string>

#include "elbo/app/config/option.h"

namespace elbo::app {

std::string describe(const Schema& schema);           // aligned, wrapped to 80 columns
std::string describe_markdown(const Schema& schema);  // one table of Markdown for each table of the schema

}  // namespace elbo::app

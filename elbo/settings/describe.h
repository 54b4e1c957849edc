// The reference of settings, for the terminal and as Markdown.
//
//   describe(config.settings())        as chosen: `elbo train --help-config`
//   describe_row(view_of(kPlanar))     what one row can be told: `elbo list planar`
//   describe_markdown(schema)          everything that can be chosen: docs/reference/configuration.md
//
// Texts for the terminal are aligned and wrapped to 80 columns.
#pragma once

#include <string>
#include <string_view>

#include "elbo/settings/config.h"
#include "elbo/settings/rows.h"

namespace elbo {

std::string describe(const Settings& settings);
std::string describe_row(const RowView& row);
// The tables of the top, then one section for each registry with what its rows can be told.
std::string describe_markdown(const Schema& schema);

// A registry's name as one word, as after `elbo list`: "data set" is data-set.
std::string list_name(std::string_view kind);

}  // namespace elbo

// Small tools for UTF-8 text: escaping for markup, width in character cells, cutting to a width.
//
//   escape_markup("a < b & c")       == "a &lt; b &amp; c"
//   display_width("109.23 ± 0.04")   == 13
//   cut_to_width("a long line", 7)   == "a long…"
#pragma once

#include <string>
#include <string_view>

namespace elbo::report {

// Text made safe for HTML and SVG, between tags and inside quoted attributes.  Bytes that XML cannot carry (control
// characters, broken UTF-8) become U+FFFD, so that any text at all leaves a page well-formed.
std::string escape_markup(std::string_view text);

// Columns the text takes on a terminal: combining marks take none, East Asian wide characters and emoji two.
int display_width(std::string_view text);

// The text itself when it fits, otherwise its beginning and an ellipsis, together at most `width` columns.
std::string cut_to_width(std::string_view text, int width);

}  // namespace elbo::report

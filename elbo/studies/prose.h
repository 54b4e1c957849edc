// The text of a study's page: Markdown as far as HtmlPage knows it, with figures, tables and pictures put in.
//
//   ## What comes out                  a chapter; ### a smaller one
//   - With 8 layers {{estimate planar-8 nll_test}} nats, {{difference planar-8 planar-2 nll_test}} less than with 2.
//   > A note.
//   ```title                           code, until the next ```
//   {{table results}}                  alone on a line, by its file; so also {{picture curves}}
//   {{configurations}}                 each model's whole config.toml, folded
//
// In any text, titles and notes of tables too: {{data}}, {{epochs}}, {{seed}}, {{seeds}}, {{models}}, {{value MODEL
// Q}},
// {{estimate MODEL Q}}, {{difference MODEL OTHER Q}}, {{title MODEL}}, {{samples Q}}.  MODEL may be lowest:Q, the model
// whose Q is lowest; Q is a quantity, or the difference "a-b" of two.  A paragraph, note or item of a list that asks
// for a figure that is not there (yet) is left out, so that a page says only what its runs bear out.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "elbo/report/html.h"
#include "elbo/studies/result.h"

namespace elbo::studies {

// With all {{...}} replaced; nothing where a figure is not there.
std::optional<std::string> filled(std::string_view text, const StudyResults& results);

// What is wrong with the {{...}} of the study's texts; empty for nothing.
std::string page_fault(const Study& study);

// The whole page.
std::string page_of(const StudyResults& results);

}  // namespace elbo::studies

// A small reader of HTML and SVG for tests: are tags balanced, attributes quoted, and stray signs escaped?
#pragma once

#include <gtest/gtest.h>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace elbo::report {

// Success when every tag is closed in order and no bare "<", ">" or "&" stands in the text.
inline testing::AssertionResult is_balanced(std::string_view markup) {
  static const std::set<std::string, std::less<>> kVoid{"meta", "img", "br", "hr", "link"};
  std::vector<std::string> open;
  for (size_t i = 0; i < markup.size();) {
    if (markup[i] == '>') return testing::AssertionFailure() << "bare > at " << i;
    if (markup[i] == '&') {
      const size_t end = markup.find(';', i);
      if (end == std::string_view::npos || end - i > 8) return testing::AssertionFailure() << "bare & at " << i;
      i = end + 1;
      continue;
    }
    if (markup[i] != '<') {
      ++i;
      continue;
    }
    // The end of the tag is the first > outside quotes.
    size_t end = i + 1;
    for (bool quoted = false; end < markup.size() && (quoted || markup[end] != '>'); ++end) {
      if (markup[end] == '"') quoted = !quoted;
      if (quoted && markup[end] == '<') return testing::AssertionFailure() << "< in an attribute at " << end;
    }
    if (end == markup.size()) return testing::AssertionFailure() << "tag at " << i << " does not end";
    const std::string_view tag = markup.substr(i + 1, end - i - 1);
    i = end + 1;
    if (tag.starts_with('!')) continue;
    const bool closing = tag.starts_with('/');
    const std::string name(tag.substr(closing ? 1 : 0, tag.find_first_of(" /\n", closing ? 1 : 0) - (closing ? 1 : 0)));
    if (closing) {
      if (open.empty() || open.back() != name) {
        return testing::AssertionFailure() << "</" << name << "> closes " << (open.empty() ? "nothing" : open.back());
      }
      open.pop_back();
    } else if (!tag.ends_with('/') && !kVoid.contains(name)) {
      open.push_back(name);
    }
    // A stylesheet is no markup: on to its end.
    if (name == "style" && !closing) i = markup.find("</style>", i);
  }
  if (!open.empty()) return testing::AssertionFailure() << "<" << open.back() << "> is never closed";
  return testing::AssertionSuccess();
}

// How often `piece` stands in `text`.
inline int count_of(std::string_view text, std::string_view piece) {
  int count = 0;
  for (size_t at = text.find(piece); at != std::string_view::npos; at = text.find(piece, at + piece.size())) ++count;
  return count;
}

}  // namespace elbo::report

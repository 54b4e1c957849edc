#include "elbo/report/html.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "elbo/report/line_plot.h"
#include "tests/report/markup_check.h"

namespace elbo::report {
namespace {

using testing::HasSubstr;
using testing::Not;

// The same hostile text in every place that takes text.
std::string page_full_of(const std::string& text) {
  Table table({{.name = text, .unit = text}});
  table.add_row({text}).set_caption(text).add_note(text);
  return HtmlPage(text)
      .subtitle(text)
      .heading(text)
      .heading(text)
      .heading(text)
      .subheading(text)
      .paragraph(text)
      .note(text)
      .list({text, text})
      .table(table)
      .figure(
          {.drawing = line_plot({.title = text, .x = {.label = text}, .series = {{.name = text, .x = {1}, .y = {1}}}}),
           .caption = text})
      .figures({{.drawing = Image({.width = 2, .height = 2}), .caption = text, .alt = text}})
      .code({.text = text, .title = text})
      .code({.text = text, .title = text, .folded = true})
      .footer(text)
      .str();
}

TEST(HtmlPage, EscapesEverything) {
  const std::string page =
      page_full_of("\"><script>alert('x')</script><img src=x onerror=alert(1)> & `</code>` **<b>**");
  EXPECT_TRUE(is_balanced(page));
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, Not(HasSubstr("<img src=x")));
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;"));
}

RC_GTEST_PROP(HtmlPage, IsBalancedForAnyText, ()) {
  // Pieces that mean something to markup, in any order, are worse than random letters.
  const auto pieces = *rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
      "`", "**", "[", "](", "https://a", ")", "<", ">", "&", "\"", "'", "é", "\xC3", std::string(1, '\0'), "\n", "x"));
  std::string text;
  for (const std::string& piece : pieces) text += piece;
  RC_ASSERT(is_balanced(page_full_of(text)));
}

TEST(HtmlPage, UnderstandsAFewMarks) {
  const std::string page =
      HtmlPage("t").paragraph("run `elbo <x>`, **now**, see [the paper](https://arxiv.org/abs/1505.05770?a&b)").str();
  EXPECT_THAT(page, HasSubstr("<p>run <code>elbo &lt;x&gt;</code>, <strong>now</strong>, see "
                              "<a href=\"https://arxiv.org/abs/1505.05770?a&amp;b\">the paper</a></p>"));
}

TEST(HtmlPage, LinksNowhereButHttps) {
  const std::string page = HtmlPage("t").paragraph("[x](javascript:alert(1)) [y](http://a) lone ` and ** and [").str();
  EXPECT_THAT(page, Not(HasSubstr("<a ")));
  EXPECT_THAT(page, HasSubstr("<p>[x](javascript:alert(1)) [y](http://a) lone ` and ** and [</p>"));
}

TEST(HtmlPage, NeedsNothingFromOutside) {
  const std::string page = page_full_of("text");
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  EXPECT_THAT(page, HasSubstr("<img src=\"data:image/png;base64,iVBORw0KGgo"));
  EXPECT_THAT(page, Not(HasSubstr("<link")));
  EXPECT_THAT(page, Not(HasSubstr("@import")));
  EXPECT_THAT(page, Not(HasSubstr("url(")));
  for (size_t at = page.find("http"); at != std::string::npos; at = page.find("http", at + 1)) {
    const std::string_view rest = std::string_view(page).substr(at);
    EXPECT_TRUE(rest.starts_with("http-equiv") || rest.starts_with("http://www.w3.org/2000/svg")) << rest.substr(0, 60);
  }
}

TEST(HtmlPage, ListsItsChaptersFromThreeOn) {
  HtmlPage page("t");
  page.heading("One").heading("Two & more");
  EXPECT_THAT(page.str(), Not(HasSubstr("<nav")));
  page.heading("Three");
  EXPECT_THAT(page.str(), HasSubstr("<a href=\"#section-2\">Two &amp; more</a>"));
  EXPECT_THAT(page.str(), HasSubstr("<h2 id=\"section-2\">Two &amp; more</h2>"));
}

TEST(HtmlPage, KeepsThePictureInProportion) {
  const std::string page = HtmlPage("t").figure({.drawing = Image({.width = 40, .height = 20}), .width = 400}).str();
  EXPECT_THAT(page, HasSubstr("width=\"400\" height=\"200\""));
}

}  // namespace
}  // namespace elbo::report

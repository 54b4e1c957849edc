// HtmlPage: one page with everything in it - text, tables, drawings, pictures - that needs no network and no script.
//
//   HtmlPage page("Planar flows on MNIST");
//   page.paragraph("Trained by `elbo reproduce kong-li`; **lower is better**.");
//   page.heading("Results").table(results);
//   page.figure({.drawing = line_plot(curves), .caption = "Negative ELBO on the test set."});
//   page.figure({.drawing = grid, .caption = "Inputs and reconstructions.", .alt = "100 pairs of digits"});
//   page.code({.text = config_toml, .title = "config.toml", .folded = true});
//   io::write_atomic("report.html", page.str());
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "elbo/report/image.h"
#include "elbo/report/svg.h"
#include "elbo/report/table.h"

namespace elbo::report {

struct Figure {
  std::variant<Svg, Image> drawing;
  std::string caption = {};
  std::string alt = {};  // for who cannot see a picture; the caption where not given
  double width = 0;      // of a picture, CSS pixels; its own where not given.  Never wider than the page.
};

struct CodeBlock {
  std::string text;
  std::string title = {};
  bool folded = false;  // only the title shows until it is opened
};

// All text is escaped.  In paragraphs, notes and list items `code`, **strong** and [text](https://address) are
// understood; in titles and captions nothing is.
class HtmlPage {
 public:
  explicit HtmlPage(std::string title) : title_(std::move(title)) {}

  HtmlPage& subtitle(std::string text);      // one line below the title: what, when, from what
  HtmlPage& heading(std::string_view text);  // of a chapter; a page with three or more gets a list of them
  HtmlPage& subheading(std::string_view text);
  HtmlPage& paragraph(std::string_view text);
  HtmlPage& note(std::string_view text);  // set off: a caveat, a finding
  HtmlPage& list(const std::vector<std::string>& items);
  HtmlPage& table(const Table& table);
  HtmlPage& figure(const Figure& figure);
  HtmlPage& figures(const std::vector<Figure>& figures);  // beside each other where there is room
  HtmlPage& code(const CodeBlock& block);
  HtmlPage& footer(std::string text);  // version, machine, command

  std::string str() const;

 private:
  std::string title_;
  std::string subtitle_;
  std::string footer_;
  std::vector<std::string> headings_;  // escaped
  std::string body_;
};

}  // namespace elbo::report

#include "elbo/report/html.h"

#include <fmt/format.h>

#include "elbo/report/base64.h"
#include "elbo/report/html_internal.h"
#include "elbo/report/png.h"
#include "elbo/report/text.h"

namespace elbo::report {
namespace {

struct Mark {
  std::string html;
  size_t length = 0;  // of the marked text in the source; 0 where no mark begins
};

// What stands between `open` and `close` at the very beginning of the text.
std::string_view enclosed(std::string_view text, std::string_view open, std::string_view close) {
  if (!text.starts_with(open)) return {};
  const size_t end = text.find(close, open.size());
  return end == std::string_view::npos ? std::string_view{} : text.substr(open.size(), end - open.size());
}

Mark mark_at(std::string_view text) {
  if (const auto code = enclosed(text, "`", "`"); !code.empty()) {
    return {"<code>" + escape_markup(code) + "</code>", code.size() + 2};
  }
  if (const auto strong = enclosed(text, "**", "**"); !strong.empty()) {
    return {"<strong>" + escape_markup(strong) + "</strong>", strong.size() + 4};
  }
  if (const auto name = enclosed(text, "[", "]("); !name.empty()) {
    const auto address = enclosed(text.substr(name.size() + 2), "(", ")");
    // Nothing but https: an address can run a script.
    if (address.starts_with("https://")) {
      return {fmt::format("<a href=\"{}\">{}</a>", escape_markup(address), escape_markup(name)),
              name.size() + address.size() + 4};
    }
  }
  return {};
}

std::string marked_up(std::string_view text) {
  std::string out;
  size_t plain = 0;  // where the text not yet written begins
  for (size_t i = 0; i < text.size();) {
    const Mark mark = mark_at(text.substr(i));
    if (mark.length == 0) {
      ++i;
      continue;
    }
    out += escape_markup(text.substr(plain, i - plain)) + mark.html;
    plain = i += mark.length;
  }
  return out + escape_markup(text.substr(plain));
}

std::string drawing_html(const Figure& figure) {
  if (const auto* svg = std::get_if<Svg>(&figure.drawing)) return svg->str();
  const Image& image = std::get<Image>(figure.drawing);
  const double width = figure.width > 0 ? figure.width : image.width();
  const double height = width * image.height() / image.width();
  return fmt::format("<img src=\"data:image/png;base64,{}\" width=\"{:.0f}\" height=\"{:.0f}\" alt=\"{}\">\n",
                     base64(encode_png(image)), width, height,
                     escape_markup(figure.alt.empty() ? figure.caption : figure.alt));
}

std::string figure_html(const Figure& figure) {
  std::string out = "<figure>\n" + drawing_html(figure);
  if (!figure.caption.empty()) out += "<figcaption>" + escape_markup(figure.caption) + "</figcaption>\n";
  return out + "</figure>\n";
}

}  // namespace

HtmlPage& HtmlPage::subtitle(std::string text) {
  subtitle_ = std::move(text);
  return *this;
}

HtmlPage& HtmlPage::heading(std::string_view text) {
  headings_.push_back(escape_markup(text));
  body_ += fmt::format("<h2 id=\"section-{}\">{}</h2>\n", headings_.size(), headings_.back());
  return *this;
}

HtmlPage& HtmlPage::subheading(std::string_view text) {
  body_ += "<h3>" + escape_markup(text) + "</h3>\n";
  return *this;
}

HtmlPage& HtmlPage::paragraph(std::string_view text) {
  body_ += "<p>" + marked_up(text) + "</p>\n";
  return *this;
}

HtmlPage& HtmlPage::note(std::string_view text) {
  body_ += "<p class=\"note\">" + marked_up(text) + "</p>\n";
  return *this;
}

HtmlPage& HtmlPage::list(const std::vector<std::string>& items) {
  body_ += "<ul>\n";
  for (const std::string& item : items) body_ += "<li>" + marked_up(item) + "</li>\n";
  body_ += "</ul>\n";
  return *this;
}

HtmlPage& HtmlPage::table(const Table& table) {
  body_ += "<div class=\"wide\">\n" + table.to_html() + "</div>\n";
  return *this;
}

HtmlPage& HtmlPage::figure(const Figure& figure) {
  body_ += figure_html(figure);
  return *this;
}

HtmlPage& HtmlPage::figures(const std::vector<Figure>& figures) {
  body_ += "<div class=\"row\">\n";
  for (const Figure& figure : figures) body_ += figure_html(figure);
  body_ += "</div>\n";
  return *this;
}

HtmlPage& HtmlPage::code(const CodeBlock& block) {
  const std::string title = escape_markup(block.title.empty() ? "settings" : block.title);
  const std::string text = "<pre><code>" + escape_markup(block.text) + "</code></pre>\n";
  if (block.folded) {
    body_ += "<details>\n<summary>" + title + "</summary>\n" + text + "</details>\n";
  } else {
    if (!block.title.empty()) body_ += "<p class=\"code-title\">" + title + "</p>\n";
    body_ += text;
  }
  return *this;
}

HtmlPage& HtmlPage::footer(std::string text) {
  footer_ = std::move(text);
  return *this;
}

std::string HtmlPage::str() const {
  const std::string title = escape_markup(title_);
  // The policy lets no page of ours load or run anything, whatever text came into it.
  std::string out =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" "
      "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n";
  out += "<title>" + title + "</title>\n<style>" + std::string(kStylesheet) + "</style>\n</head>\n<body>\n<main>\n";
  out += "<header>\n<h1>" + title + "</h1>\n";
  if (!subtitle_.empty()) out += "<p class=\"subtitle\">" + escape_markup(subtitle_) + "</p>\n";
  out += "</header>\n";
  constexpr size_t kWorthAList = 3;
  if (headings_.size() >= kWorthAList) {
    out += "<nav aria-label=\"Contents\">\n<ol>\n";
    for (size_t i = 0; i < headings_.size(); ++i) {
      out += fmt::format("<li><a href=\"#section-{}\">{}</a></li>\n", i + 1, headings_[i]);
    }
    out += "</ol>\n</nav>\n";
  }
  out += body_;
  if (!footer_.empty()) out += "<footer>" + escape_markup(footer_) + "</footer>\n";
  return out + "</main>\n</body>\n</html>\n";
}

}  // namespace elbo::report

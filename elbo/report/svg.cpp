#include "elbo/report/svg.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <fmt/format.h>

#include "elbo/report/base64.h"
#include "elbo/report/png.h"
#include "elbo/report/text.h"

namespace elbo::report {
namespace {

constexpr std::string_view kFonts = "Helvetica Neue, Helvetica, Arial, DejaVu Sans, sans-serif";

// Two decimals are a hundredth of a pixel; more only makes files longer.
std::string number(double value) {
  assert(std::isfinite(value));  // whoever draws leaves out what has no place
  std::string text = fmt::format("{:.2f}", value);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text == "-0" ? "0" : text;
}

std::string attributes(const SvgPaint& paint) {
  std::string out = fmt::format(" fill=\"{}\"", escape_markup(paint.fill));
  if (paint.stroke != "none") {
    out += fmt::format(" stroke=\"{}\" stroke-width=\"{}\"", escape_markup(paint.stroke), number(paint.stroke_width));
    if (!paint.dashes.empty()) out += fmt::format(" stroke-dasharray=\"{}\"", escape_markup(paint.dashes));
  }
  if (paint.opacity != 1) out += fmt::format(" opacity=\"{}\"", number(paint.opacity));
  return out;
}

std::string box_attributes(const SvgBox& box) {
  return fmt::format("x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"", number(box.x), number(box.y), number(box.width),
                     number(box.height));
}

std::string list_of(const std::vector<SvgPoint>& points) {
  std::string out;
  for (const SvgPoint& p : points) {
    if (!out.empty()) out += ' ';
    out += number(p.x) + ',' + number(p.y);
  }
  return out;
}

}  // namespace

Svg::Svg(const SvgSize& size, std::string_view background) : size_(size) {
  if (background != "none") rect({.width = size.width, .height = size.height}, {.fill = std::string(background)});
}

void Svg::rect(const SvgBox& box, const SvgPaint& paint) {
  body_ += fmt::format("<rect {}{}/>\n", box_attributes(box), attributes(paint));
}

void Svg::line(const SvgPoint& from, const SvgPoint& to, const SvgPaint& paint) {
  body_ += fmt::format("<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"{}/>\n", number(from.x), number(from.y),
                       number(to.x), number(to.y), attributes(paint));
}

void Svg::polyline(const std::vector<SvgPoint>& points, const SvgPaint& paint) {
  body_ += fmt::format("<polyline points=\"{}\"{} stroke-linejoin=\"round\" stroke-linecap=\"round\"/>\n",
                       list_of(points), attributes(paint));
}

void Svg::polygon(const std::vector<SvgPoint>& points, const SvgPaint& paint) {
  body_ += fmt::format("<polygon points=\"{}\"{}/>\n", list_of(points), attributes(paint));
}

void Svg::circle(const SvgPoint& center, double radius, const SvgPaint& paint) {
  body_ += fmt::format("<circle cx=\"{}\" cy=\"{}\" r=\"{}\"{}/>\n", number(center.x), number(center.y), number(radius),
                       attributes(paint));
}

void Svg::text(const SvgPoint& at, std::string_view text, const SvgText& style) {
  constexpr std::string_view kAnchors[] = {"start", "middle", "end"};
  std::string extra;
  if (style.bold) extra += " font-weight=\"600\"";
  if (style.turned != 0) {
    extra += fmt::format(" transform=\"rotate({} {} {})\"", number(style.turned), number(at.x), number(at.y));
  }
  body_ += fmt::format("<text x=\"{}\" y=\"{}\" font-size=\"{}\" fill=\"{}\" text-anchor=\"{}\"{}>{}</text>\n",
                       number(at.x), number(at.y), number(style.size), escape_markup(style.color),
                       kAnchors[static_cast<size_t>(style.anchor)], extra, escape_markup(text));
}

void Svg::image(const SvgBox& box, const Image& image) {
  // Made smaller, a picture is smoothed: dropping pixels would tear fine strokes.
  const bool larger = box.width >= image.width() && box.height >= image.height();
  body_ +=
      fmt::format("<image {} preserveAspectRatio=\"none\"{} href=\"data:image/png;base64,{}\"/>\n", box_attributes(box),
                  larger ? " style=\"image-rendering:pixelated\"" : "", base64(encode_png(image)));
}

void Svg::begin_clip(const SvgBox& box) {
  // A nested drawing cuts off at its own edge, and unlike a clip path needs no id.
  body_ += fmt::format("<svg {} viewBox=\"{} {} {} {}\">\n", box_attributes(box), number(box.x), number(box.y),
                       number(box.width), number(box.height));
}

void Svg::end_clip() {
  body_ += "</svg>\n";
}

void Svg::describe(std::string_view text) {
  description_ = text;
}

std::string Svg::str() const {
  const std::string width = number(size_.width), height = number(size_.height);
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" viewBox=\"0 0 {} {}\" "
      "font-family=\"{}\" role=\"img\">\n",
      width, height, width, height, kFonts);
  if (!description_.empty()) out += "<title>" + escape_markup(description_) + "</title>\n";
  return out + body_ + "</svg>\n";
}

double text_width(std::string_view text, double size) {
  constexpr std::string_view kNarrow = "ijl.,:;'|!fIrt()[] ";
  constexpr std::string_view kBroad = "mwMW@%";
  double ems = 0;
  int counted = 0;  // columns of the characters below
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto next = static_cast<unsigned char>(i + 1 < text.size() ? text[i + 1] : 0);
    const bool raised =
        (byte == 0xE2 && next == 0x81) || (byte == 0xC2 && (next == 0xB2 || next == 0xB3 || next == 0xB9));
    if (raised) {
      ems += 0.42;
      ++counted;
    }
    if (byte >= 0x80) continue;
    ++counted;
    if (kNarrow.find(text[i]) != std::string_view::npos) {
      ems += 0.38;
    } else if (kBroad.find(text[i]) != std::string_view::npos) {
      ems += 0.95;
    } else {
      ems += byte >= 'A' && byte <= 'Z' ? 0.71 : 0.62;
    }
  }
  // Signs and letters beyond ASCII.
  ems += 0.75 * std::max(0, display_width(text) - counted);
  return ems * size;
}

}  // namespace elbo::report

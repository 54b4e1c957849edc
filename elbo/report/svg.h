// Svg: a drawing as SVG text, built shape by shape in units of CSS pixels.
//
//   Svg drawing({.width = 200, .height = 100});
//   drawing.rect({.x = 10, .y = 10, .width = 50, .height = 20}, {.fill = "#0072b2"});
//   drawing.text({.x = 10, .y = 50}, "a < b", {.size = 12});       // escaped
//   io::write_atomic("drawing.svg", drawing.str());
//
// It has no ids, scripts or outside references, so that several drawings can stand in one page.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "elbo/report/image.h"

namespace elbo::report {

struct SvgSize {
  double width = 0;
  double height = 0;
};

struct SvgPoint {
  double x = 0;
  double y = 0;
};

struct SvgBox {
  double x = 0;
  double y = 0;
  double width = 0;
  double height = 0;
};

struct SvgPaint {
  std::string fill = "none";
  std::string stroke = "none";
  double stroke_width = 1;
  double opacity = 1;
  std::string dashes;  // "6 3"; solid when empty
};

enum class SvgAnchor { kStart, kMiddle, kEnd };

struct SvgText {
  double size = 12;
  std::string color = "#222222";
  SvgAnchor anchor = SvgAnchor::kStart;
  bool bold = false;
  double turned = 0;  // degrees around its point, clockwise
};

class Svg {
 public:
  explicit Svg(const SvgSize& size, std::string_view background = "#ffffff");

  void rect(const SvgBox& box, const SvgPaint& paint);
  void line(const SvgPoint& from, const SvgPoint& to, const SvgPaint& paint);
  void polyline(const std::vector<SvgPoint>& points, const SvgPaint& paint);
  void polygon(const std::vector<SvgPoint>& points, const SvgPaint& paint);
  void circle(const SvgPoint& center, double radius, const SvgPaint& paint);
  void text(const SvgPoint& at, std::string_view text, const SvgText& style = {});
  // The picture stretched over the box; where that enlarges it, pixels stay squares with sharp edges.
  void image(const SvgBox& box, const Image& image);
  // Whatever is drawn between these two is cut off outside the box; coordinates stay those of the drawing.
  void begin_clip(const SvgBox& box);
  void end_clip();

  // What a screen reader says for the drawing.
  void describe(std::string_view text);

  SvgSize size() const { return size_; }
  std::string str() const;

 private:
  SvgSize size_;
  std::string description_;
  std::string body_;
};

// Width in pixels the text takes at this size, on the generous side: it is estimated for a wide sans-serif face.
double text_width(std::string_view text, double size);

}  // namespace elbo::report

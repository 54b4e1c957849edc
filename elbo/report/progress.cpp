#include "elbo/report/progress.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <fmt/format.h>
#include <iostream>
#include <sys/ioctl.h>
#include <unistd.h>

#include "elbo/report/number_format.h"
#include "elbo/report/text.h"
#include "elbo/settings/text_layout.h"

namespace elbo::report {
namespace {

constexpr double kRedrawInterval = 0.1;  // seconds
constexpr std::string_view kClearLine = "\r\x1b[K";

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool stderr_is_terminal() {
  const std::string_view term = variable("TERM");
  return isatty(STDERR_FILENO) == 1 && !term.empty() && term != "dumb";
}

int terminal_columns() {
  winsize size{};
  const bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : 80;
}

bool locale_is_utf8() {
  // The first of these that is set decides, as in setlocale, which a library must not call for its program.
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    std::string value(variable(name));
    if (value.empty()) continue;
    std::ranges::transform(value, value.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return value.find("utf-8") != std::string::npos || value.find("utf8") != std::string::npos;
  }
  return false;
}

std::string bar(double fraction, int cells, bool utf8) {
  const int full = static_cast<int>(std::floor(fraction * cells));
  std::string out;
  for (int i = 0; i < cells; ++i) out += utf8 ? (i < full ? "━" : "╌") : (i < full ? "=" : ".");
  return out;
}

std::string percent(double fraction) {
  // 100 % is for what is done, not for what rounds to it.
  return fmt::format("{:3.0f}%", std::floor(100 * fraction));
}

}  // namespace

Progress::Progress(const ProgressOptions& options)
    : quiet_(options.quiet),
      plain_interval_(options.plain_interval),
      out_(options.out != nullptr ? options.out : &std::cerr),
      terminal_(options.terminal.value_or(options.out == nullptr && stderr_is_terminal())),
      columns_(options.columns),
      utf8_(options.utf8.value_or(locale_is_utf8())),
      clock_(options.clock ? options.clock : steady_seconds),
      started_(clock_()) {}

Progress::~Progress() {
  if (!finished_) clear();
}

double Progress::elapsed() const {
  return clock_() - started_;
}

std::optional<double> Progress::remaining() const {
  if (!first_fraction_ || !(fraction_ > *first_fraction_)) return std::nullopt;
  const double pace = (clock_() - first_time_) / (fraction_ - *first_fraction_);
  return pace > 0 ? std::optional(pace * (1 - fraction_)) : std::nullopt;
}

void Progress::update(double fraction, std::string_view text) {
  fraction_ = fraction > 0 ? std::min(fraction, 1.0) : 0;  // NaN: nothing is known to be done
  if (!first_fraction_) {
    first_fraction_ = fraction_;
    first_time_ = clock_();
  }
  show(text, false);
}

void Progress::milestone(double fraction, std::string_view text) {
  fraction_ = fraction > 0 ? std::min(fraction, 1.0) : 0;
  show(text, true);
}

void Progress::show(std::string_view text, bool always) {
  if (quiet_ || finished_) return;
  const double now = clock_();
  const double interval = terminal_ ? kRedrawInterval : plain_interval_;
  if (!always && shown_at_ && now - *shown_at_ < interval) return;
  shown_at_ = now;
  if (terminal_) {
    draw(text);
  } else {
    *out_ << percent(fraction_) << "  " << text << "  " << times() << '\n' << std::flush;
  }
}

std::string Progress::times() const {
  const auto left = remaining();
  return left && fraction_ < 1 ? fmt::format("{}, {} left", duration(elapsed()), duration(*left)) : duration(elapsed());
}

void Progress::draw(std::string_view text) {
  // The last column stays free: a terminal may wrap when it is written.
  const int width = (columns_ ? *columns_ : terminal_columns()) - 1;
  const std::string tail = fmt::format("  {}", times());
  const std::string head = percent(fraction_);
  const int room = width - display_width(head) - display_width(tail);
  constexpr int kBar = 24;
  constexpr int kLeastBar = 8;
  // Text first, then times, then the bar: a narrow window loses the bar.
  const int cells = std::min(kBar, room - display_width(text) - 3);
  std::string line;
  if (cells >= kLeastBar) line = bar(fraction_, cells, utf8_) + " ";
  line += fmt::format("{}  {}", head, text);
  if (display_width(line) + display_width(tail) <= width) line += tail;
  *out_ << kClearLine << cut_to_width(line, width) << std::flush;
  line_open_ = true;
}

void Progress::clear() {
  if (!line_open_) return;
  *out_ << kClearLine << std::flush;
  line_open_ = false;
}

void Progress::note(std::string_view text) {
  if (quiet_) return;
  clear();
  *out_ << text << '\n' << std::flush;
  if (terminal_) shown_at_.reset();  // the next update draws the live line again
}

void Progress::warning(std::string_view text) {
  clear();
  *out_ << "elbo: warning: " << printable(text) << '\n' << std::flush;
  if (terminal_) shown_at_.reset();
}

void Progress::finish(std::string_view text) {
  if (quiet_ || finished_) return;
  clear();
  *out_ << text << "  " << duration(elapsed()) << '\n' << std::flush;
  finished_ = true;
}

}  // namespace elbo::report

// Progress: how far a long piece of work is, live on standard error.
//
//   Progress progress({.quiet = options.quiet});
//   for (...) {
//     progress.update(done / total, "epoch 3/100  −ELBO 104.21  4.1 ms/step");
//     if (epoch_ends) progress.milestone(done / total, "epoch 3/100  −ELBO 104.21  validation 105.02");
//   }
//   progress.finish("100 epochs, −ELBO 98.33");
//
// On a terminal one line is redrawn, at most ten times a second; in a pipe or a log, plain lines at most every few
// seconds and one for each milestone.  To be used from one thread.  Does not write at all when quiet.
#pragma once

#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

namespace elbo::report {

struct ProgressOptions {
  bool quiet = false;
  double plain_interval = 5;                    // seconds between plain lines
  std::ostream* out = nullptr;                  // standard error where not given
  std::optional<bool> terminal = std::nullopt;  // found out where not given
  std::optional<int> columns = std::nullopt;    // asked of the terminal where not given
  std::optional<bool> utf8 = std::nullopt;      // from the locale's variables where not given
  std::function<double()> clock = nullptr;      // seconds; a steady clock where not given
};

class Progress final {
 public:
  explicit Progress(const ProgressOptions& options = {});
  ~Progress();  // clears the line if the work ended without finish(), so that an error message stands alone
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // How much is done, in [0, 1], and what to say.  Cheap when nothing is due: call it every step.
  void update(double fraction, std::string_view text);
  // The same, and always shown: the end of an epoch.
  void milestone(double fraction, std::string_view text);
  // A line that stays, above the live one: a saved file.
  void note(std::string_view text);
  // The same, "elbo: warning: TEXT", and shown when quiet too.
  void warning(std::string_view text);
  // Ends the live line with this text and the time it all took.
  void finish(std::string_view text);

  double elapsed() const;
  // Seconds left at the pace since the first update, which after a resume does not begin at zero; nothing if unknown.
  std::optional<double> remaining() const;

 private:
  void show(std::string_view text, bool always);
  void draw(std::string_view text);
  void clear();
  std::string times() const;

  bool quiet_;
  double plain_interval_;
  std::ostream* out_;
  bool terminal_;
  std::optional<int> columns_;
  bool utf8_;
  std::function<double()> clock_;
  double started_;
  std::optional<double> first_fraction_;
  double first_time_ = 0;
  double fraction_ = 0;
  std::optional<double> shown_at_;
  bool line_open_ = false;
  bool finished_ = false;
};

}  // namespace elbo::report

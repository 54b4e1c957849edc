#include "elbo/report/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>
#include <sstream>

#include "elbo/report/text.h"
#include "tests/report/markup_check.h"

namespace elbo::report {
namespace {

using testing::HasSubstr;
using testing::Not;

// A clock that stands still until it is told, and what was written.
struct Stage {
  double now = 100;
  std::ostringstream out;

  ProgressOptions options(bool terminal, int columns = 80) {
    return {.out = &out, .terminal = terminal, .columns = columns, .utf8 = true, .clock = [this] { return now; }};
  }
  // What was written since the last call.
  std::string taken() {
    std::string text = out.str();
    out.str("");
    return text;
  }
};

TEST(Progress, IsPlainLinesWhereThereIsNoTerminal) {
  Stage stage;
  Progress progress(stage.options(false));
  progress.update(0, "epoch 1/4  −ELBO 540.00");
  EXPECT_EQ(stage.taken(), "  0%  epoch 1/4  −ELBO 540.00  0.0s\n");
  stage.now += 4.9;
  progress.update(0.1, "too soon");
  EXPECT_EQ(stage.taken(), "");
  stage.now += 5.1;
  progress.update(0.1, "epoch 1/4  −ELBO 210.00");
  EXPECT_EQ(stage.taken(), " 10%  epoch 1/4  −ELBO 210.00  10s, 1m 30s left\n");
  stage.now += 1;
  progress.milestone(0.25, "epoch 1/4  −ELBO 150.00");
  EXPECT_EQ(stage.taken(), " 25%  epoch 1/4  −ELBO 150.00  11s, 33s left\n");
  stage.now += 1;
  progress.note("saved checkpoint");
  EXPECT_EQ(stage.taken(), "saved checkpoint\n");
  stage.now += 71;
  progress.finish("4 epochs, −ELBO 120.00");
  EXPECT_EQ(stage.taken(), "4 epochs, −ELBO 120.00  1m 23s\n");
  progress.update(1, "after the end");
  progress.finish("again");
  EXPECT_EQ(stage.taken(), "");
}

TEST(Progress, RedrawsOneLineOnATerminal) {
  Stage stage;
  {
    Progress progress(stage.options(true));
    for (int i = 0; i <= 100; ++i) {
      progress.update(i / 100.0, "epoch 1/1");
      stage.now += 0.01;
    }
    const std::string text = stage.taken();
    EXPECT_EQ(count_of(text, "\n"), 0);
    EXPECT_LE(count_of(text, "\r\x1b[K"), 11);  // one second
    EXPECT_GE(count_of(text, "\r\x1b[K"), 9);
    progress.note("a warning");
    EXPECT_EQ(stage.taken(), "\r\x1b[Ka warning\n");
    progress.update(1, "epoch 1/1");
    EXPECT_THAT(stage.taken(), HasSubstr("━━━ 100%  epoch 1/1"));
    progress.finish("done");
    EXPECT_EQ(stage.taken(), "\r\x1b[Kdone  1.0s\n");
  }
  EXPECT_EQ(stage.taken(), "");
}

TEST(Progress, ClearsTheLineWhenTheWorkEndsEarly) {
  Stage stage;
  {
    Progress progress(stage.options(true));
    progress.update(0.5, "epoch 1/2");
    stage.taken();
  }
  EXPECT_EQ(stage.taken(), "\r\x1b[K");
}

TEST(Progress, FitsNarrowWindows) {
  const std::string text = "epoch 37/100  −ELBO 104.21 ± 0.04";
  for (int columns = 1; columns < 120; ++columns) {
    Stage stage;
    Progress progress(stage.options(true, columns));
    progress.update(0.25, text);
    stage.now += 10;
    progress.update(0.5, text);
    const std::string written = stage.taken();
    const std::string line = written.substr(written.rfind('K') + 1);
    EXPECT_LE(display_width(line), columns - 1);
    EXPECT_EQ(line.find("50%  " + text) != std::string::npos, columns > 39) << line;
    EXPECT_EQ(line.find("10s, 20s left") != std::string::npos, columns > 54) << line;
  }
}

TEST(Progress, DrawsWithAsciiWhereTheLocaleHasNoMore) {
  Stage stage;
  ProgressOptions options = stage.options(true);
  options.utf8 = false;
  Progress progress(options);
  progress.update(0.5, "x");
  EXPECT_THAT(stage.taken(), HasSubstr("============............  50%  x"));
}

TEST(Progress, EstimatesFromWhereAResumedRunBegan) {
  Stage stage;
  Progress progress(stage.options(false));
  EXPECT_EQ(progress.remaining(), std::nullopt);
  progress.update(0.8, "resumed");
  EXPECT_EQ(progress.remaining(), std::nullopt);
  stage.now += 10;
  progress.update(0.9, "on");
  ASSERT_TRUE(progress.remaining());
  EXPECT_NEAR(*progress.remaining(), 10, 1e-9);
  EXPECT_NEAR(progress.elapsed(), 10, 1e-9);
}

TEST(Progress, TakesFractionsThatAreNone) {
  Stage stage;
  Progress progress(stage.options(false));
  progress.milestone(std::numeric_limits<double>::quiet_NaN(), "a");
  progress.milestone(-3, "b");
  progress.milestone(7, "c");
  progress.milestone(0.999, "d");
  EXPECT_EQ(stage.taken(), "  0%  a  0.0s\n  0%  b  0.0s\n100%  c  0.0s\n 99%  d  0.0s\n");
}

TEST(Progress, SaysNothingWhenQuiet) {
  Stage stage;
  {
    ProgressOptions options = stage.options(true);
    options.quiet = true;
    Progress progress(options);
    progress.update(0.5, "x");
    progress.milestone(0.5, "x");
    progress.note("x");
    progress.finish("x");
  }
  EXPECT_EQ(stage.taken(), "");
}

TEST(Progress, WritesNoControlCodesIntoAFile) {
  Stage stage;
  {
    Progress progress({.out = &stage.out, .clock = [&] { return stage.now; }});  // a stream is no terminal
    progress.update(0.5, "x");
  }
  EXPECT_THAT(stage.taken(), Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace elbo::report

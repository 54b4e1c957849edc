#include "elbo/train/training_options.h"

#include <gtest/gtest.h>

#include "elbo/settings/error.h"

namespace elbo::train {
namespace {

const std::vector<Option>& table() {
  static const std::vector<Option> options{
      Group{.key = "train", .meaning = "how long", .options = training_settings()}};
  return options;
}

TEST(TrainingOptions, AreByDefaultThoseOfTheStruct) {
  const TrainingOptions options = training_options(Settings::of(table()).group("train")), standard;
  EXPECT_EQ(options.epochs, standard.epochs);
  EXPECT_EQ(options.batch_size, standard.batch_size);
  EXPECT_EQ(options.evaluate_every, standard.evaluate_every);
  EXPECT_EQ(options.checkpoint_every, standard.checkpoint_every);
  EXPECT_EQ(options.keep_checkpoints, standard.keep_checkpoints);
  EXPECT_EQ(options.patience, standard.patience);
}

TEST(TrainingOptions, TakeEachKeyToItsField) {
  const Settings settings =
      Settings::of(table(), {"train.epochs=2", "train.batch_size=3", "train.evaluate_every=4",
                             "train.checkpoint_every=5", "train.keep_checkpoints=6", "train.patience=7"});
  const TrainingOptions options = training_options(settings.group("train"));
  EXPECT_EQ(options.epochs, 2);
  EXPECT_EQ(options.batch_size, 3);
  EXPECT_EQ(options.evaluate_every, 4);
  EXPECT_EQ(options.checkpoint_every, 5);
  EXPECT_EQ(options.keep_checkpoints, 6);
  EXPECT_EQ(options.patience, 7);
  EXPECT_THROW(Settings::of(table(), {"train.epochs=0"}), ConfigError);
}

}  // namespace
}  // namespace elbo::train

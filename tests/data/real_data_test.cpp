// The data sets as they lie on this machine: Debian's Fashion-MNIST, and what ELBO_DATA names.  Known figures show that
// all of the right bytes were read.
#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "elbo/data/registry.h"
#include "tests/data/files.h"

namespace elbo::data {
namespace {

using testing::Each;
using testing::ElementsAre;

double mean_of(const SplitData& split) {
  double sum = 0;
  for (const uint8_t value : split.array("x").values<uint8_t>()) sum += value;
  return sum / static_cast<double>(split.array("x").elements());
}

std::vector<int> label_counts(const SplitData& split) {
  std::vector<int> counts(10, 0);
  for (const int32_t label : split.array("label").values<int32_t>()) ++counts.at(static_cast<size_t>(label));
  return counts;
}

// The place under the folder that ELBO_DATA names, or empty when it is not there.
std::string under_data(const std::string& name) {
  const char* folder = std::getenv("ELBO_DATA");
  if (folder == nullptr || !std::filesystem::exists(std::filesystem::path(folder) / name)) return {};
  return (std::filesystem::path(folder) / name).string();
}

TEST(RealData, FashionMnist) {
  if (!std::filesystem::exists("/usr/share/datasets/fashion-mnist")) GTEST_SKIP() << "no package dataset-fashion-mnist";
  const Dataset data = load_dataset("fashion-mnist");
  EXPECT_EQ(data.name, "fashion-mnist");
  EXPECT_EQ(data.train.array("x").shape(), (Shape{60000, 784}));
  EXPECT_EQ(data.test.array("x").shape(), (Shape{10000, 784}));
  EXPECT_NEAR(mean_of(data.train) / 255, 0.28604, 5e-6);
  EXPECT_THAT(label_counts(data.train), Each(6000));
  EXPECT_THAT(label_counts(data.test), Each(1000));
}

TEST(RealData, Mnist) {
  if (under_data("mnist").empty()) GTEST_SKIP() << "ELBO_DATA names no folder with mnist";
  const Dataset data = load_dataset("mnist");
  EXPECT_NEAR(mean_of(data.train) / 255, 0.13066, 5e-6);
  EXPECT_NEAR(mean_of(data.test) / 255, 0.13251, 5e-6);
  EXPECT_THAT(label_counts(data.train), ElementsAre(5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949));
  EXPECT_THAT(label_counts(data.test), ElementsAre(980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009));
}

TEST(RealData, StaticMnist) {
  if (under_data("mnist-static").empty()) GTEST_SKIP() << "ELBO_DATA names no folder with mnist-static";
  const Dataset data = load_dataset("mnist-static");
  EXPECT_EQ(data.train.array("x").shape(), (Shape{50000, 784}));
  EXPECT_EQ(data.validation.count(), 10000);
  EXPECT_EQ(data.test.count(), 10000);
  EXPECT_NEAR(mean_of(data.train), 0.13056, 5e-6);
  EXPECT_NEAR(mean_of(data.validation), 0.13113, 5e-6);
  EXPECT_NEAR(mean_of(data.test), 0.13251, 5e-6);
}

TEST(RealData, FreyFaces) {
  const std::string file = under_data("freyfaces/freyfaces.npy");
  if (file.empty()) GTEST_SKIP() << "ELBO_DATA names no folder with freyfaces";
  const Dataset data = load_dataset("npy:" + file, {"height=28", "width=20"});
  EXPECT_EQ(data.train.count() + data.validation.count() + data.test.count(), 1965);
  EXPECT_EQ(data.test.count(), 196);
  EXPECT_EQ(data.dim(), 560);
  double sum = 0;
  for (const Split split : {Split::kTrain, Split::kValidation, Split::kTest}) {
    sum += mean_of(data.split(split)) * static_cast<double>(data.split(split).count()) / 1965;
  }
  EXPECT_NEAR(sum, 154.46, 5e-3);
}

TEST(RealData, RedWineAndDigits) {
  const std::string wine = under_data("wine-quality-red/winequality-red.csv");
  const std::string digits = under_data("digits-8x8/optdigits.tra");
  if (wine.empty() || digits.empty()) GTEST_SKIP() << "ELBO_DATA names no folder with wine-quality-red and digits-8x8";
  EXPECT_EQ(load_dataset("csv:" + wine, {"validation_share=0", "test_share=0"}).train.array("x").shape(),
            (Shape{1599, 12}));
  const Dataset data =
      load_dataset("csv:" + digits, {"validation_share=0", "test_share=0", "height=8", "width=8", "label_column=last"});
  EXPECT_EQ(data.train.array("x").shape(), (Shape{3823, 64}));
  EXPECT_THAT(label_counts(data.train), ElementsAre(376, 389, 380, 389, 387, 376, 377, 387, 380, 382));
}

}  // namespace
}  // namespace elbo::data

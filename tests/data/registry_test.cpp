#include "elbo/data/registry.h"

#include <cmath>
#include <cstdlib>
#include <set>

#include "elbo/data/npy.h"
#include "tests/data/files.h"

namespace elbo::data {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

// Sets ELBO_DATA for one test.
class DataVariable {
 public:
  explicit DataVariable(const char* value) {
    if (const char* before = std::getenv("ELBO_DATA")) before_ = before;
    if (value == nullptr) {
      ::unsetenv("ELBO_DATA");
    } else {
      ::setenv("ELBO_DATA", value, 1);
    }
  }
  ~DataVariable() { before_ ? ::setenv("ELBO_DATA", before_->c_str(), 1) : ::unsetenv("ELBO_DATA"); }

 private:
  std::optional<std::string> before_;
};

std::string idx_images(uint32_t count, uint32_t side = 2) {
  std::string text = big_endian(2051) + big_endian(count) + big_endian(side) + big_endian(side);
  for (uint32_t i = 0; i < count * side * side; ++i) text += static_cast<char>(i * 16 % 256);
  return text;
}
std::string idx_labels(uint32_t count) {
  std::string text = big_endian(2049) + big_endian(count);
  for (uint32_t i = 0; i < count; ++i) text += static_cast<char>(i % 10);
  return text;
}

template <typename T = float>
std::vector<double> values_of(const Array& array) {
  const auto values = array.values<T>();
  return {values.begin(), values.end()};
}

class LoadDataset : public testing::Test {
 protected:
  // The four files of MNIST: 6 and 4 images of 2 x 2, the first two packed.
  std::string mnist_files(const std::string& at = ".") {
    folder_.write(at + "/train-images-idx3-ubyte.gz", gzipped(idx_images(6)));
    folder_.write(at + "/train-labels-idx1-ubyte.gz", gzipped(idx_labels(6)));
    folder_.write(at + "/t10k-images-idx3-ubyte", idx_images(4));
    folder_.write(at + "/t10k-labels-idx1-ubyte", idx_labels(4));
    return folder_.path().string();
  }
  std::string data_complaint(const std::string& name, const std::vector<std::string>& settings = {}) {
    return message_of([&] { load_dataset(name, settings); });
  }
  std::string config_complaint(const std::string& name, const std::vector<std::string>& settings = {}) {
    return message_of<ConfigError>([&] { load_dataset(name, settings); });
  }

  TestFolder folder_;
};

TEST(Datasets, AreListedWithOneLineEach) {
  std::set<std::string> names;
  for (const DatasetRow* row : datasets().rows()) {
    EXPECT_TRUE(names.insert(std::string(row->name)).second) << row->name;
    EXPECT_FALSE(row->description.empty());
    EXPECT_FALSE(row->origin.empty());
    for (const std::string_view text : {row->description, row->paper, row->origin}) {
      EXPECT_EQ(text.find('\n'), text.npos);
    }
  }
  EXPECT_EQ(names.size(), 20u);
}

TEST(Datasets, AnswerAnUnknownNameWithTheKnown) {
  EXPECT_THAT(
      message_of<ConfigError>([] { load_dataset("fashon-mnist"); }),
      testing::AllOf(StartsWith("--set data=fashon-mnist: must be one of fashion-mnist, mnist, mnist-static, idx"),
                     EndsWith(" (did you mean fashion-mnist?)")));
  EXPECT_THAT(message_of<ConfigError>([] { load_dataset("mnist:/data"); }),
              StartsWith("--set data=mnist:/data: must be one of"));
  EXPECT_EQ(message_of<ConfigError>([] { load_dataset("npy"); }),
            "data.file = \"\" (the default): must name the file; so does data = \"npy:FILE\"");
  EXPECT_THAT(message_of<ConfigError>([] { load_dataset("npy:"); }), EndsWith("so does data = \"npy:FILE\""));
}

TEST(Datasets, RefuseSettingsOfOthers) {
  EXPECT_EQ(message_of<ConfigError>([] { load_dataset("rings", {"label_column=last"}); }),
            "--set data.label_column=last: data set \"rings\" has no such setting; npy, npz, csv have");
  EXPECT_THAT(message_of<ConfigError>([] { load_dataset("mnist", {"rows=5"}); }), HasSubstr("rings"));
}

TEST(Datasets, CarryTheKeyThatIsWrong) {
  try {
    load_dataset("rings", {"binarization=file"});
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_EQ(error.key(), "data.binarization");
  }
}

TEST(Names, OfSplitsAndBinarizationsAreReadBack) {
  for (const Split split : {Split::kTrain, Split::kValidation, Split::kTest})
    EXPECT_EQ(split_named(name_of(split)), split);
  for (const auto b : {Binarization::kNone, Binarization::kDynamic, Binarization::kThreshold, Binarization::kFile}) {
    EXPECT_EQ(binarization_named(name_of(b)), b);
  }
  EXPECT_EQ(message_of<ConfigError>([] { split_named("tests"); }),
            "unknown split \"tests\"; known: train, validation, test (did you mean test?)");
  EXPECT_THROW(binarization_named("Dynamic"), ConfigError);
}

TEST_F(LoadDataset, ReadsTheFourFilesAsBytes) {
  const Dataset data = load_dataset("mnist", {"folder=" + mnist_files()});
  EXPECT_EQ(data.name, "mnist");
  EXPECT_EQ(data.train.array("x").shape(), (Shape{6, 4}));
  EXPECT_EQ(data.train.array("x").dtype(), DType::kU8);
  EXPECT_EQ(data.test.array("x").shape(), (Shape{4, 4}));
  EXPECT_FALSE(data.has(Split::kValidation));
  EXPECT_EQ(data.image, (ImageGeometry{2, 2, 1}));
  EXPECT_EQ(data.dim(), 4);
  EXPECT_EQ(data.value_scale, 255);
  EXPECT_THAT(values_of<int32_t>(data.train.array("label")), ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_EQ(data.train.array("x").values<uint8_t>()[9], 144);
  EXPECT_FLOAT_EQ(data.values(Split::kTrain).values<float>()[9], 144 / 255.0f);
  EXPECT_EQ(message_of([&] { data.split(Split::kValidation); }),
            "data set mnist has no validation split; `validation` takes rows from the end of train for it");
}

TEST_F(LoadDataset, LooksInTheSubfolderAndInTheVariable) {
  const std::string folder = mnist_files("mnist");
  EXPECT_EQ(load_dataset("mnist", {"folder=" + folder}).train.count(), 6);
  EXPECT_EQ(load_dataset("mnist", {"folder=" + folder + "/mnist"}).train.count(), 6);
  const DataVariable variable(folder.c_str());
  EXPECT_EQ(load_dataset("mnist").train.count(), 6);
}

TEST_F(LoadDataset, SaysHowToNameTheFolder) {
  for (const char* value : {static_cast<const char*>(nullptr), ""}) {
    const DataVariable variable(value);
    EXPECT_EQ(data_complaint("mnist"),
              "data set mnist: no folder given; name the one with its files by --data-dir or by the environment "
              "variable ELBO_DATA");
  }
}

TEST_F(LoadDataset, NamesTheFileThatIsMissing) {
  const std::string folder = mnist_files();
  std::filesystem::remove(folder_.path() / "t10k-labels-idx1-ubyte");
  EXPECT_EQ(data_complaint("mnist", {"folder=" + folder}), "data set mnist: no t10k-labels-idx1-ubyte.gz in " + folder);
  EXPECT_EQ(data_complaint("mnist", {"folder=/nowhere"}),
            "data set mnist: no train-images-idx3-ubyte.gz in /nowhere/mnist or /nowhere");
  EXPECT_EQ(data_complaint("fashion-mnist", {"folder=/nowhere"}),
            "data set fashion-mnist: no train-images-idx3-ubyte.gz in /nowhere or /nowhere/fashion-mnist");
  // idx takes what there is.
  const Dataset data = load_dataset("idx:" + folder);
  EXPECT_EQ(data.name, "idx:" + folder);
  EXPECT_TRUE(data.train.has("label"));
  EXPECT_FALSE(data.test.has("label"));
}

TEST_F(LoadDataset, NamesTheFileThatDoesNotFit) {
  const std::string folder = mnist_files();
  folder_.write("train-labels-idx1-ubyte.gz", gzipped(idx_labels(5)));
  EXPECT_EQ(data_complaint("mnist", {"folder=" + folder}),
            folder + "/train-labels-idx1-ubyte.gz: holds 5 labels for 6 rows");
  folder_.write("train-labels-idx1-ubyte.gz", gzipped(idx_images(6)));
  EXPECT_EQ(data_complaint("mnist", {"folder=" + folder}),
            folder + "/train-labels-idx1-ubyte.gz: holds labels [6, 2, 2]; one a row is required");
  mnist_files();
  folder_.write("t10k-images-idx3-ubyte", idx_images(4, 3));
  EXPECT_EQ(data_complaint("mnist", {"folder=" + folder}),
            folder + "/t10k-images-idx3-ubyte: holds images of 3 x 3; those of train are 2 x 2");
  folder_.write("train-images-idx3-ubyte.gz", idx_labels(6));
  EXPECT_EQ(data_complaint("mnist", {"folder=" + folder}),
            folder + "/train-images-idx3-ubyte.gz: holds values [6]; images [count, height, width] are required");
  folder_.write("train-images-idx3-ubyte.gz", idx_images(0));
  EXPECT_THAT(data_complaint("mnist", {"folder=" + folder}), EndsWith("at least one row is required"));
  folder_.write("train-images-idx3-ubyte.gz", gzipped(idx_images(6)).substr(0, 30));
  EXPECT_EQ(data_complaint("mnist", {"folder=" + folder}),
            folder + "/train-images-idx3-ubyte.gz: ends in the middle of its compressed data");
}

TEST_F(LoadDataset, TakesValidationFromTheEndOfTrain) {
  const Dataset data = load_dataset("mnist", {"folder=" + mnist_files(), "validation=2"});
  EXPECT_EQ(data.train.count(), 4);
  EXPECT_EQ(data.validation.array("x").values<uint8_t>()[0], 4 * 4 * 16 % 256);
  EXPECT_THAT(values_of<int32_t>(data.validation.array("label")), ElementsAre(4, 5));
  EXPECT_THAT(values_of<int32_t>(data.train.array("label")), ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(config_complaint("mnist", {"folder=" + mnist_files(), "validation=6"}),
            "--set data.validation=6: data set mnist has 6 training rows, of which at least 1 must be left");
  EXPECT_EQ(config_complaint("mnist", {"folder=" + mnist_files(), "validation=-1"}),
            "--set data.validation=-1: must be at least 0");
}

TEST_F(LoadDataset, LimitsEachSplit) {
  const Dataset data = load_dataset("mnist", {"folder=" + mnist_files(), "validation=1", "limit=3"});
  EXPECT_EQ(data.train.count(), 3);
  EXPECT_EQ(data.train.array("label").elements(), 3);
  EXPECT_EQ(data.validation.count(), 1);
  EXPECT_EQ(data.test.count(), 3);
  EXPECT_EQ(config_complaint("mnist", {"folder=" + mnist_files(), "limit=-1"}),
            "--set data.limit=-1: must be at least 0");
}

TEST_F(LoadDataset, BinarizesByThreshold) {
  const std::string folder = mnist_files();
  const Dataset grey = load_dataset("mnist", {"folder=" + folder});
  const Dataset data = load_dataset("mnist", {"folder=" + folder, "binarization=threshold"});
  EXPECT_EQ(data.value_scale, 1);
  EXPECT_EQ(data.binarization, Binarization::kThreshold);
  for (size_t i = 0; i < 24; ++i) {
    EXPECT_EQ(data.train.array("x").values<uint8_t>()[i], grey.train.array("x").values<uint8_t>()[i] >= 128);
  }
  const Dataset dynamic = load_dataset("mnist", {"folder=" + folder, "binarization=dynamic"});
  EXPECT_EQ(dynamic.binarization, Binarization::kDynamic);
  EXPECT_EQ(dynamic.value_scale, 255);
  EXPECT_EQ(config_complaint("idx:" + folder, {"binarization=file"}),
            "--set data.binarization=file: there are no binarized files for data set idx:" + folder +
                "; mnist and mnist-static have them");
}

TEST_F(LoadDataset, ReadsStaticallyBinarizedMnist) {
  std::string line;
  for (int i = 0; i < 784; ++i) line += i % 3 == 0 ? "1 " : "0 ";
  line.back() = '\n';
  folder_.write("mnist-static/binarized_mnist_train.amat.gz", gzipped(line + line + line));
  folder_.write("mnist-static/binarized_mnist_valid.amat.gz", gzipped(line + line));
  folder_.write("mnist-static/binarized_mnist_test.amat", line);
  const std::string folder = folder_.path().string();
  for (const auto& [name, more] : {std::pair("mnist-static", "limit=0"), std::pair("mnist", "binarization=file")}) {
    const Dataset data = load_dataset(name, {"folder=" + folder, more});
    EXPECT_EQ(data.name, "mnist-static");
    EXPECT_EQ(data.train.array("x").shape(), (Shape{3, 784}));
    EXPECT_EQ(data.validation.count(), 2);
    EXPECT_EQ(data.test.count(), 1);
    EXPECT_EQ(data.value_scale, 1);
    EXPECT_EQ(data.binarization, Binarization::kFile);
    EXPECT_EQ(data.image, (ImageGeometry{28, 28, 1}));
  }
  EXPECT_EQ(config_complaint("mnist-static", {"folder=" + folder, "validation=5"}),
            "--set data.validation=5: data set mnist-static has a validation split of its own; leave it at 0");
  folder_.write("mnist-static/binarized_mnist_valid.amat.gz", "0 1\n");
  EXPECT_EQ(data_complaint("mnist-static", {"folder=" + folder}),
            folder + "/mnist-static/binarized_mnist_valid.amat.gz: holds rows of 2 values; 784 are required");
  std::filesystem::remove(folder_.path() / "mnist-static/binarized_mnist_train.amat.gz");
  EXPECT_EQ(data_complaint("mnist-static", {"folder=" + folder}),
            "data set mnist-static: no binarized_mnist_train.amat.gz in " + folder + "/mnist-static or " + folder);
}

TEST_F(LoadDataset, CutsOneArrayIntoSplitsThatShareNoRow) {
  std::vector<float> values(100);
  for (size_t i = 0; i < 100; ++i) values[i] = static_cast<float>(i);
  const auto path = folder_.path() / "x.npy";
  write_npy(path, Array::of<float>({50, 2}, values));
  const std::string name = "npy:" + path.string();
  const Dataset data = load_dataset(name, {"seed=3"});
  EXPECT_EQ(data.train.array("x").shape(), (Shape{40, 2}));
  EXPECT_EQ(data.validation.array("x").shape(), (Shape{5, 2}));
  EXPECT_EQ(data.test.array("x").shape(), (Shape{5, 2}));
  std::set<float> seen;
  for (const Split split : {Split::kTrain, Split::kValidation, Split::kTest}) {
    const Array x = data.values(split);
    for (const float value : x.values<float>()) EXPECT_TRUE(seen.insert(value).second);
  }
  EXPECT_EQ(seen.size(), 100u);
  const auto train_of = [&](const char* seed) {
    return values_of<float>(load_dataset(name, {seed}).values(Split::kTrain));
  };
  EXPECT_EQ(train_of("seed=3"), values_of<float>(data.values(Split::kTrain)));
  EXPECT_NE(train_of("seed=4"), values_of<float>(data.values(Split::kTrain)));
  for (int64_t row = 0; row < data.test.count(); ++row) {
    EXPECT_EQ(data.values(Split::kTest).values<float>()[static_cast<size_t>(2 * row)],
              static_cast<float>(2 * data.test.rows()[static_cast<size_t>(row)]));
  }
  const Dataset cut = load_dataset(name, {"validation=20", "test_share=0.0"});
  EXPECT_EQ(cut.validation.count(), 20);
  EXPECT_EQ(cut.train.count(), 30);
  EXPECT_EQ(config_complaint(name, {"validation=50", "test_share=0"}),
            "--set data.validation=50: data set npy has 50 rows: 50 for validation and 0 for test leave none to train "
            "on");
  EXPECT_EQ(config_complaint(name, {"validation_share=0.95"}),
            "--set data.validation_share=0.95: data set npy has 50 rows: 47 for validation and 5 for test leave none "
            "to train on");
  EXPECT_EQ(config_complaint(name, {"test_share=1"}), "--set data.test_share=1: must be below 1");
}

TEST_F(LoadDataset, KnowsImagesBytesAndBitsInAnArray) {
  const auto path = folder_.path() / "x.npy";
  const auto load = [&](const Array& array, const std::vector<std::string>& settings = {}) {
    write_npy(path, array);
    return load_dataset("npy:" + path.string(), settings);
  };
  std::vector<uint8_t> grey(10 * 3 * 4, 7), bits(10 * 12, 1);
  const Dataset images = load(Array::of<uint8_t>({10, 3, 4}, grey));
  EXPECT_EQ(images.image, (ImageGeometry{3, 4, 1}));
  EXPECT_EQ(images.dim(), 12);
  EXPECT_EQ(images.value_scale, 255);
  EXPECT_EQ(load(Array::of<uint8_t>({10, 12}, bits)).value_scale, 1);
  EXPECT_EQ(load(Array(DType::kU8, {10, 2, 2, 3})).image, (ImageGeometry{2, 2, 3}));
  EXPECT_FALSE(load(Array::of<uint8_t>({10, 12}, grey)).image.is_image());
  EXPECT_EQ(load(Array::of<uint8_t>({10, 12}, grey), {"height=4", "width=3"}).image, (ImageGeometry{4, 3, 1}));
  EXPECT_EQ(load(Array(DType::kI32, {10})).train.array("x").shape(), (Shape{8, 1}));
  EXPECT_EQ(load(Array::of<double>({2, 1}, {0.5, 3})).train.array("x").dtype(), DType::kF32);
  EXPECT_THAT(message_of<ConfigError>([&] {
                load(Array(DType::kU8, {10, 12}), {"height=5", "width=3"});
              }),
              StartsWith("--set data.height=5: times width = 3 must be the 12 values of a row of npy"));
  EXPECT_THAT(message_of([&] { load(Array(DType::kF32, {})); }),
              EndsWith("holds [] values; at least one row is required"));
  EXPECT_THAT(message_of([&] { load(Array(DType::kF32, {0, 3})); }), EndsWith("at least one row is required"));
}

TEST_F(LoadDataset, RefusesValuesThatDoNotFitItsUse) {
  const auto path = (folder_.path() / "x.npy").string();
  write_npy(path, Array::of<float>({3, 2}, {0, 1, 2, std::nanf(""), 4, 5}));
  EXPECT_EQ(data_complaint("npy:" + path),
            path + ": row 2, column 2 is NaN; data.missing = \"drop\" leaves such rows out");
  write_npy(path, Array::of<double>({2, 1}, {0, 1e39}));
  EXPECT_EQ(data_complaint("npy:" + path),
            path + ": row 2, column 1 is 1e+39, beyond single precision; finite values are required");
  write_npy(path, Array::of<float>({2, 1}, {0.5f, 0.4f}));
  const Dataset ok = load_dataset("npy:" + path, {"binarization=threshold", "test_share=0.0"});
  EXPECT_EQ(ok.train.array("x").dtype(), DType::kU8);
  EXPECT_NO_THROW(require_values(ok, "x", Values::kBits, "bernoulli"));
  write_npy(path, Array::of<float>({1, 2}, {0.5f, -0.5f}));
  EXPECT_EQ(data_complaint("npy:" + path, {"binarization=dynamic"}),
            "binarization: npy:" + path + ", train row 1, column 2 is -0.500000; values from 0 to 1 are required");
}

TEST_F(LoadDataset, ReadsTablesWithAndWithoutLabels) {
  const auto path = folder_.write("t.csv", "a;b;class\n1;2;0\n3;4;1\n5;6;2\n").string();
  const std::string name = "csv:" + path;
  const auto complaint_about = [&](const std::string& column) {
    return config_complaint(name, {"validation_share=0", "test_share=0", "label_column=" + column});
  };
  const std::vector<std::string> whole{"validation_share=0", "test_share=0"};
  EXPECT_EQ(load_dataset(name, whole).train.array("x").shape(), (Shape{3, 3}));
  for (const char* column : {"class", "last", "3"}) {
    const Dataset data =
        load_dataset(name, {"validation_share=0", "test_share=0", std::string("label_column=") + column});
    ASSERT_EQ(data.train.array("x").shape(), (Shape{3, 2}));
    for (size_t row = 0; row < 3; ++row) {
      EXPECT_EQ(data.values(Split::kTrain).values<float>()[2 * row],
                2 * data.train.array("label").values<int32_t>()[row] + 1);
    }
    EXPECT_EQ(data.column("label"), (ColumnFacts{"label", 1, Values::kLevels, 3}));
  }
  EXPECT_EQ(complaint_about("4"), "--set data.label_column=4: \"4\" is none of the 3 columns of " + path +
                                      "; a name of its header, a number from 1 on, or \"last\" is required");
  folder_.write("t.csv", "1 0.5\n2 1\n");
  EXPECT_EQ(data_complaint(name, {"validation_share=0", "test_share=0", "label_column=last"}),
            path + ": holds the label 0.500000; whole numbers are required");
  folder_.write("t.csv", "a,b\n1,nan\n");
  EXPECT_EQ(data_complaint(name, whole),
            path + ": row 1, column 2 (b) is missing; data.missing = \"drop\" leaves such rows out");
}

TEST_F(LoadDataset, FindsAFileInTheFolder) {
  folder_.write("t.csv", "1,2\n");
  EXPECT_EQ(load_dataset("csv", {"folder=" + folder_.path().string(), "file=" + std::string("t.csv")}).train.count(),
            1);
}

TEST_F(LoadDataset, GeneratesSplitsOfTheirOwn) {
  const Dataset data = load_dataset("checkerboard", {"rows=500", "seed=2"});
  EXPECT_EQ(data.train.array("x").shape(), (Shape{500, 2}));
  EXPECT_EQ(data.validation.count(), 2000);
  EXPECT_EQ(data.test.count(), 2000);
  EXPECT_NE(data.validation.array("x").values<float>()[0], data.test.array("x").values<float>()[0]);
  EXPECT_NEAR(*data.entropy, 3.4657359, 1e-7);
  EXPECT_FALSE(load_dataset("pinwheel").entropy.has_value());
  EXPECT_EQ(load_dataset("pinwheel").train.count(), 10000);
  EXPECT_EQ(load_dataset("rings", {"validation=7"}).validation.count(), 7);
  EXPECT_EQ(config_complaint("rings", {"rows=0"}), "--set data.rows=0: must be at least 1");
}

}  // namespace
}  // namespace elbo::data

// What files are taken for: the same by every command, whatever holds the numbers, in the units of the file.
#include <algorithm>
#include <bit>
#include <cmath>
#include <nlohmann/json.hpp>
#include <random>

#include "elbo/data/npy.h"
#include "tests/app/commands/program.h"
#include "tests/support/arrays.h"

namespace elbo::app {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing_support::values_of;

const Words kFlow = setting("model=flow") + setting("flow.layers=2") + setting("flow.network.hidden=[16]") +
                    setting("train.batch_size=32") + setting("train.epochs=3") + Words{"-q", "--threads", "1"};
const Words kVae = setting("encoder.hidden=[16]") + setting("decoder.hidden=[16]") + setting("latent.dimension=2") +
                   setting("train.batch_size=32") + setting("train.epochs=3") + Words{"-q", "--threads", "1"};

Words on(const std::string& data) {
  return setting("data.name=" + data);
}

// Whole numbers from 0 to 255 that are no grey values, but might be taken for them.
std::vector<double> bytes_of(size_t count, uint32_t seed = 1) {
  std::mt19937 random(seed);
  std::vector<double> values(count);
  for (double& value : values) value = static_cast<double>(random() % 256);
  return values;
}

std::vector<double> normals(size_t count, uint32_t seed = 1) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  std::vector<double> values(count);
  for (double& value : values) value = normal(random);
  return values;
}

Array rows_of(const std::vector<double>& values, int64_t width) {
  return Array::of<double>({static_cast<int64_t>(values.size()) / width, width}, values);
}

std::string csv_of(const std::vector<double>& values, size_t width, const std::string& header = {}) {
  std::string text = header.empty() ? "" : header + "\n";
  for (size_t i = 0; i < values.size(); ++i) {
    std::array<char, 40> buffer{};
    std::snprintf(buffer.data(), buffer.size(), "%.17g", values[i]);
    text += buffer.data();
    text += (i + 1) % width == 0 ? '\n' : ',';
  }
  return text;
}

// A whole number of at most 255 as half precision has it.
uint16_t half_of(uint32_t value) {
  if (value == 0) return 0;
  uint32_t exponent = 0;
  while (value >> (exponent + 1) != 0) ++exponent;
  return static_cast<uint16_t>((exponent + 15) << 10 | ((value << 10 >> exponent) & 0x3ff));
}

// The bits of a whole number under a type of NumPy's: "<f8", ">i2".
uint64_t bits_as(char kind, size_t size, double value) {
  if (kind != 'f') return static_cast<uint64_t>(value);
  if (size == 2) return half_of(static_cast<uint32_t>(value));
  if (size == 4) return std::bit_cast<uint32_t>(static_cast<float>(value));
  return std::bit_cast<uint64_t>(value);
}

// Rows as the bytes of an .npy file, of any plain type and order.
std::string npy_bytes(const std::string& type, bool by_columns, const std::vector<double>& values, size_t width) {
  const size_t rows = values.size() / width, size = static_cast<size_t>(type[2] - '0');
  std::string header = "{'descr': '" + type + "', 'fortran_order': " + (by_columns ? "True" : "False") +
                       ", 'shape': (" + std::to_string(rows) + ", " + std::to_string(width) + "), }";
  header.resize(117, ' ');
  std::string bytes = "\x93NUMPY\x01" + std::string(1, '\0') + "v" + std::string(1, '\0') + header + "\n";
  for (size_t i = 0; i < values.size(); ++i) {
    const double value = by_columns ? values[i % rows * width + i / rows] : values[i];
    std::string number = testing_support::little_endian(bits_as(type[1], size, value), static_cast<int>(size));
    if (type[0] == '>') std::reverse(number.begin(), number.end());
    bytes += number;
  }
  return bytes;
}

class Files : public testing::Test {
 protected:
  void npy(const std::string& name, const Array& array) const { data::write_npy(place_.path() / name, array); }
  void text(const std::string& name, const std::string& content) const { write_file(place_.path() / name, content); }
  void train(const std::string& run, const Words& words) const {
    place_.output_of(Words{"train", "--out", run} + words);
  }
  Outcome try_to_train(const std::string& run, const Words& words) const {
    return place_.elbo(Words{"train", "--out", run} + words);
  }
  std::vector<double> scores(const std::string& run, const std::string& file) const {
    place_.output_of({"score", run, "--data", file, "--out", "scores.npy"});
    return values_of(data::read_npy(place_.path() / "scores.npy"));
  }
  double nll(const std::string& run, const Words& words = {}) const {
    return json::parse(place_.output_of(Words{"evaluate", run, "--json", "-q"} + words))["nll"]["mean"];
  }

  const Workplace place_;
};

TEST_F(Files, TheSameNumbersAreTheSameDataWhateverHoldsThem) {
  const std::vector<double> values = bytes_of(400);
  const Array wide = rows_of(values, 4);
  npy("u8.npy", wide.cast(DType::kU8));
  npy("i32.npy", wide.cast(DType::kI32));
  npy("f32.npy", wide.cast(DType::kF32));
  npy("f64.npy", wide);
  text("table.csv", csv_of(values, 4));
  const std::vector<std::string> files{"u8.npy", "i32.npy", "f32.npy", "f64.npy", "table.csv"};
  for (const std::string standardize : {"true", "false"}) {
    std::string metrics;
    std::vector<double> scored;
    for (const std::string& file : files) {
      const std::string run = "run-" + file + standardize, kind = file == "table.csv" ? "csv:" : "npy:";
      const Words words =
          kFlow + on(kind + file) + setting("data.standardize=" + standardize) + setting("data.header=false");
      train(run, kind == "csv:" ? words : kFlow + on(kind + file) + setting("data.standardize=" + standardize));
      const std::string now = metrics_without_seconds(place_.path() / run);
      if (metrics.empty()) metrics = now;
      EXPECT_EQ(now, metrics) << file;
      for (const std::string& other : files) {
        const std::vector<double> here = scores(run, other);
        if (scored.empty()) scored = here;
        EXPECT_EQ(here, scored) << run << " on " << other;
      }
    }
    // Uniform on 256 values in each of four columns: no density in the units of the file is far above 1/256.
    double mean = 0;
    for (const double score : scored) mean -= score / static_cast<double>(scored.size());
    if (standardize == "true") {
      EXPECT_NEAR(mean, 4 * std::log(256), 1.5);
    }
  }
}

TEST_F(Files, EveryPlainTypeAndOrderIsReadAlike) {
  const std::vector<double> values = bytes_of(400);
  npy("x.npy", rows_of(values, 4));
  train("run", kFlow + on("npy:x.npy"));
  const std::vector<double> expected = scores("run", "x.npy");
  for (const char* type : {"|u1", "<u2", ">u2", "<u4", ">u4", "<u8", ">u8", "<i2", ">i2", "<i4", ">i4", "<i8", ">i8",
                           "<f2", ">f2", "<f4", ">f4", "<f8", ">f8"}) {
    for (const bool by_columns : {false, true}) {
      text("other.npy", npy_bytes(type, by_columns, values, 4));
      EXPECT_EQ(scores("run", "other.npy"), expected) << type << (by_columns ? " by columns" : "");
    }
  }
  std::string idx = big_endian(0x802) + big_endian(100) + big_endian(4);
  for (const double value : values) idx += static_cast<char>(static_cast<uint8_t>(value));
  text("other.idx", idx);
  EXPECT_EQ(scores("run", "other.idx"), expected);
}

TEST_F(Files, GreyValuesKeepTheScaleOfTraining) {
  const std::vector<double> bright = bytes_of(400);
  std::vector<double> dark = bytes_of(40, 2);
  for (double& value : dark) value = std::fmod(value, 2);  // zeros and ones of 255
  npy("bright.npy", rows_of(bright, 4).cast(DType::kU8));
  npy("dark.npy", rows_of(dark, 4).cast(DType::kU8));
  train("run", kVae + on("npy:bright.npy"));
  place_.output_of({"reconstruct", "run", "--data", "dark.npy", "--out", "r.npy"});
  place_.output_of({"encode", "run", "--data", "dark.npy", "--out", "dark-z.npy"});
  const Array both = data::read_npy(place_.path() / "r.npy");
  for (size_t row = 0; row < 10; ++row) {
    for (size_t column = 0; column < 4; ++column) {
      EXPECT_NEAR(both.values<float>()[row * 8 + column], dark[row * 4 + column], 1e-4);
    }
  }
  // 1 of 255 is nearly 0: its code is that of a black row, and not that of a white one.
  npy("black.npy", Array(DType::kU8, {10, 4}));
  place_.output_of({"encode", "run", "--data", "black.npy", "--out", "black-z.npy"});
  const auto z = values_of<float>(data::read_npy(place_.path() / "dark-z.npy"));
  const auto black = values_of<float>(data::read_npy(place_.path() / "black-z.npy"));
  for (size_t i = 0; i < z.size(); ++i) EXPECT_NEAR(z[i], black[i], 0.05);
}

TEST_F(Files, ColumnsAreFoundByTheirNames) {
  std::vector<double> values = normals(300);
  for (size_t i = 1; i < values.size(); i += 3) values[i] = 10 + 3 * values[i];
  text("train.csv", csv_of(values, 3, "height,\"mass, kg\",age"));
  train("run", kFlow + on("csv:train.csv"));
  text("same.csv", "height,\"mass, kg\",age\n0.5,11,-0.25\n-1,8,0.5\n");
  text("other-order.csv", "age,height,\"mass, kg\"\n-0.25,0.5,11\n0.5,-1,8\n");
  const std::vector<double> same = scores("run", "same.csv");
  ASSERT_EQ(same.size(), 2u);
  EXPECT_EQ(scores("run", "other-order.csv"), same);
  text("no-names.csv", "0.5,11,-0.25\n-1,8,0.5\n");
  EXPECT_EQ(scores("run", "no-names.csv"), same);

  text("fewer.csv", "height,age\n0.5,-0.25\n");
  const Outcome fewer = place_.elbo({"score", "run", "--data", "fewer.csv", "--out", "s.npy"});
  EXPECT_EQ(fewer.code, 3);
  EXPECT_THAT(fewer.err, HasSubstr("lacks the column \"mass, kg\""));
  text("more.csv", "height,\"mass, kg\",age,id\n0.5,11,-0.25,1\n");
  const Outcome more = place_.elbo({"score", "run", "--data", "more.csv", "--out", "s.npy"});
  EXPECT_EQ(more.code, 3);
  EXPECT_THAT(more.err, HasSubstr("has the column \"id\", which the training file had not"));

  place_.output_of({"sample", "run", "-n", "3", "--out", "samples.csv"});
  EXPECT_THAT(content_of(place_.path() / "samples.csv"), testing::StartsWith("height,\"mass, kg\",age\n"));
  EXPECT_EQ(scores("run", "samples.csv").size(), 3u);
}

TEST_F(Files, WhatARowIsIsNeverGuessed) {
  const Words small =
      kFlow + setting("train.batch_size=2") + setting("data.test_share=0") + setting("data.validation_share=0");
  text("na.csv", "1.5,NA\n0.1,0.2\n0.4,0.9\n0.3,0.5\n0.7,0.1\n");
  const Outcome missing = try_to_train("run", small + on("csv:na.csv"));
  EXPECT_EQ(missing.code, 3);
  EXPECT_THAT(missing.err, HasSubstr("na.csv: row 1, column 2 is missing; data.missing = \"drop\""));
  const Outcome dropped =
      place_.elbo(Words{"train", "--out", "dropped"} + small + on("csv:na.csv") + setting("data.missing=drop"));
  EXPECT_EQ(dropped.code, 0) << dropped.err;
  text("far.csv", "NA,120\n100,200\n300,-40\n500,90\n700,10\n");
  train("far", kVae + setting("likelihood=normal") + setting("train.batch_size=2") + setting("data.test_share=0") +
                   setting("data.validation_share=0") + on("csv:far.csv") + setting("data.missing=drop"));
  EXPECT_TRUE(json::parse(content_of(place_.path() / "far" / "data.json")).contains("mean"));

  text("numbers.csv", "0,1\n5.1,3.5\n4.9,3.0\n4.7,3.2\n");
  const Outcome asked = try_to_train("run", small + on("csv:numbers.csv"));
  EXPECT_EQ(asked.code, 3);
  EXPECT_THAT(asked.err, HasSubstr("data.header = true"));
  train("names", small + on("csv:numbers.csv") + setting("data.header=true"));
  train("rows", small + on("csv:numbers.csv") + setting("data.header=false"));
  const auto rows_of_run = [&](const std::string& run) {
    return json::parse(content_of(place_.path() / run / "data.json"))["rows"]["train"].get<int>();
  };
  EXPECT_EQ(rows_of_run("names"), 3);
  EXPECT_EQ(rows_of_run("rows"), 4);
  text("config.toml",
       "model = \"flow\"\n[data]\nname = \"csv:numbers.csv\"\nheader = true\ntest_share = 0.0\n"
       "[train]\nbatch_size = 2\nepochs = 1\n");
  place_.output_of({"train", "config.toml", "--out", "by-file", "-q"});

  text("savetxt.csv", "# a b\n1.0 2.0\n1.5 2.5\n0.5 1\n");
  text("tsv.csv", "first col\tsecond col\n1.0\t2.0\n1.5\t2.5\n0.5\t1\n");
  text("quoted.csv", "\"a \"\"x, y\"\"\",b\r\n1.0,2.0\r\n1.5,2.5\r\n0.5,1\r\n");
  const std::vector<std::pair<std::string, std::string>> first_names{
      {"savetxt", "a"}, {"tsv", "first col"}, {"quoted", "a \"x, y\""}};
  std::string metrics;
  for (const auto& [name, first] : first_names) {
    train(name, small + on("csv:" + name + ".csv"));
    const json record = json::parse(content_of(place_.path() / name / "data.json"));
    EXPECT_EQ(record["layout"]["names"][0], first);
    EXPECT_EQ(record["rows"]["train"], 3);
    const std::string now = metrics_without_seconds(place_.path() / name);
    if (metrics.empty()) metrics = now;
    EXPECT_EQ(now, metrics) << name;
  }
}

TEST_F(Files, WordsAreClasses) {
  text("iris.csv",
       "a,b,species\n5.1,3.5,setosa\n4.9,3.0,setosa\n6.3,3.3,virginica\n5.8,2.7,virginica\n7,3.2,versicolor\n");
  const Words small = kFlow + on("csv:iris.csv") + setting("train.batch_size=2") + setting("data.test_share=0") +
                      setting("data.validation_share=0");
  const Outcome refused = try_to_train("run", small);
  EXPECT_EQ(refused.code, 3);
  EXPECT_THAT(refused.err, HasSubstr("column 3 (species) is \"setosa\""));
  EXPECT_THAT(refused.err, HasSubstr("data.ignore"));
  train("run", small + setting("data.label_column=species"));
  const json record = json::parse(content_of(place_.path() / "run" / "data.json"));
  EXPECT_EQ(record["layout"]["classes"], (json{"setosa", "versicolor", "virginica"}));
  EXPECT_EQ(record["dim"], 2);
  train("ignoring", small + setting("data.ignore=[\"species\"]"));
  std::string ids = "a,b,id\n";
  for (int i = 0; i < 70'000; ++i)
    ids += std::to_string(i % 97) + "," + std::to_string(i % 89) + ",row" + std::to_string(i) + "\n";
  text("ids.csv", ids);
  train("by-id", kFlow + on("csv:ids.csv") + setting("data.ignore=[\"id\"]") + setting("train.epochs=1") +
                     setting("data.limit=100"));
  train("chosen", small + setting("data.columns=[\"b\", \"a\"]"));
  EXPECT_EQ(json::parse(content_of(place_.path() / "chosen" / "data.json"))["layout"]["x"], (json{1, 0}));
  // A number says a place in the file of training; another file's columns are found by their names.
  train("by-number", small + setting("data.ignore=[\"3\"]"));
  text("turned.csv", "species,b,a\nsetosa,3.5,5.1\nvirginica,3.3,6.3\n");
  text("as-before.csv", "a,b,species\n5.1,3.5,setosa\n6.3,3.3,virginica\n");
  EXPECT_EQ(scores("by-number", "turned.csv"), scores("by-number", "as-before.csv"));
  const Outcome unknown = try_to_train("x", small + setting("data.ignore=[\"specie\"]"));
  EXPECT_EQ(unknown.code, 2);
  EXPECT_THAT(unknown.err, HasSubstr("\"specie\" is none of the 3 columns"));
}

// Values are centred in double precision: seconds since 1970 keep their digits.
TEST_F(Files, AShiftChangesNothingAndAScaleItsLogarithm) {
  std::mt19937 random(3);
  std::vector<double> values(1200);
  for (double& value : values)
    value = std::floor(static_cast<double>(random() % 600'000)) / 1024;  // exact when shifted
  const auto write = [&](const std::string& name, double shift, double scale) {
    std::vector<double> moved = values;
    for (size_t i = 0; i < moved.size(); i += 2) moved[i] = shift + scale * moved[i];
    npy(name, rows_of(moved, 2));
  };
  write("plain.npy", 0, 1);
  write("shifted.npy", 1e9, 1);
  write("large.npy", 0, 1e12);
  write("small.npy", 0, 1e-12);
  std::map<std::string, double> found;
  for (const char* name : {"plain", "shifted", "large", "small"}) {
    train(name, kFlow + on("npy:" + std::string(name) + ".npy"));
    found[name] = nll(name);
  }
  EXPECT_NEAR(found["shifted"], found["plain"], 1e-5);
  EXPECT_NEAR(found["large"], found["plain"] + 12 * std::log(10), 1e-5);
  EXPECT_NEAR(found["small"], found["plain"] - 12 * std::log(10), 1e-5);
  // No density can be better than that of the uniform one it comes from.
  const json evaluated = json::parse(place_.output_of({"evaluate", "shifted", "--json", "-q"}));
  const double entropy = 2 * std::log(600'000.0 / 1024);
  EXPECT_GT(evaluated["nll"]["mean"].get<double>(), entropy - 4 * evaluated["nll"]["standard_error"].get<double>());
}

TEST_F(Files, RowsKeepTheOrderOfTheirFile) {
  std::vector<double> values = bytes_of(400, 5);
  for (double& value : values) value /= 255;
  const Array rows = rows_of(values, 4).cast(DType::kF32);
  npy("rows.npy", rows);
  std::vector<double> reversed;
  for (size_t row = 100; row-- > 0;) {
    reversed.insert(reversed.end(), values.begin() + static_cast<long>(4 * row),
                    values.begin() + static_cast<long>(4 * row + 4));
  }
  npy("reversed.npy", rows_of(reversed, 4).cast(DType::kF32));
  train("run", kVae + on("npy:rows.npy"));
  place_.output_of({"encode", "run", "--data", "rows.npy", "--out", "z.npy"});
  place_.output_of({"encode", "run", "--data", "reversed.npy", "--out", "back.npy"});
  place_.output_of({"encode", "run", "--split", "train", "--out", "train.npy"});
  place_.output_of({"reconstruct", "run", "--data", "rows.npy", "--first", "1000", "--out", "r.npy"});
  const auto of = [&](const char* name) { return values_of<float>(data::read_npy(place_.path() / name)); };
  const std::vector<double> z = of("z.npy"), back = of("back.npy"), of_train = of("train.npy"), r = of("r.npy");
  ASSERT_EQ(z.size(), 200u);
  for (size_t row = 0; row < 100; ++row) {
    EXPECT_EQ(z[2 * row], back[2 * (99 - row)]);
    EXPECT_EQ(static_cast<float>(r[8 * row + 1]), rows.values<float>()[4 * row + 1]);
  }
  // Of a split that was shuffled, the numbers of the rows stand beside.
  const Array numbers = data::read_npy(place_.path() / "train.rows.npy");
  ASSERT_EQ(numbers.shape(), Shape{80});
  for (size_t i = 0; i < 80; ++i) {
    EXPECT_EQ(of_train[2 * i], z[2 * static_cast<size_t>(numbers.values<int32_t>()[i])]);
  }
  EXPECT_FALSE(fs::exists(place_.path() / "z.rows.npy"));
}

TEST_F(Files, AnOutputNeverReplacesWhatIsRead) {
  npy("mine.npy", rows_of(normals(200), 2));
  train("run", kFlow + on("npy:mine.npy"));
  const std::string before = content_of(place_.path() / "mine.npy");
  for (const Words& words :
       {Words{"score", "run", "--data", "mine.npy", "--out", "mine.npy"}, Words{"score", "run", "--out", "mine.npy"},
        Words{"sample", "run", "--out", "mine.npy"}, Words{"sample", "run", "--out", "./run/../mine.npy"}}) {
    const Outcome outcome = place_.elbo(words);
    EXPECT_EQ(outcome.code, 2) << testing::PrintToString(words);
    EXPECT_THAT(outcome.err, HasSubstr("is a file of the data, which it would replace"));
    EXPECT_EQ(content_of(place_.path() / "mine.npy"), before);
  }
  const Outcome own = place_.elbo({"sample", "run", "--out", "run/split.npy"});
  EXPECT_EQ(own.code, 2);
  EXPECT_THAT(own.err, HasSubstr("is a file of the run itself"));
}

TEST_F(Files, ARunKnowsTheFileItWasTrainedOn) {
  const std::vector<double> first = normals(200);
  std::vector<double> second = normals(240, 2);
  text("d.csv", csv_of(first, 2, "a,b"));
  train("run", kFlow + on("csv:d.csv"));
  const double before = nll("run");
  {
    const Workplace elsewhere;  // the file is found where it was, from anywhere
    const std::string run = (place_.path() / "run").string();
    EXPECT_EQ(json::parse(elsewhere.output_of({"evaluate", run, "--json", "-q"}))["nll"]["mean"].get<double>(), before);
  }
  text("d.csv", csv_of(second, 2, "a,b"));
  const Outcome resumed = try_to_train("run", Words{"--resume"} + kFlow + on("csv:d.csv") + setting("train.epochs=5"));
  EXPECT_EQ(resumed.code, 3);
  EXPECT_THAT(resumed.err, HasSubstr("is not the file the run was trained on"));
  EXPECT_TRUE(fs::exists(place_.path() / "run" / "summary.json"));  // a refusal changes nothing
  const Outcome evaluated = place_.elbo({"evaluate", "run", "-q"});
  EXPECT_EQ(evaluated.code, 0);
  EXPECT_THAT(evaluated.err, HasSubstr("is not the file the run was trained on"));
  text("d.csv", csv_of(first, 2, "a,b"));
  EXPECT_EQ(try_to_train("run", Words{"--resume"} + kFlow + on("csv:d.csv") + setting("train.epochs=5")).code, 0);
}

TEST_F(Files, TheLastColumnOfAnArrayCanBeTheLabels) {
  std::vector<double> values = normals(300);
  for (size_t i = 2; i < values.size(); i += 3) values[i] = static_cast<double>(i % 2);
  npy("labelled.npy", rows_of(values, 3));
  train("run", kFlow + on("npy:labelled.npy") + setting("data.label_column=last"));
  EXPECT_EQ(json::parse(content_of(place_.path() / "run" / "data.json"))["dim"], 2);
  EXPECT_EQ(scores("run", "labelled.npy").size(), 100u);
}

TEST_F(Files, AVaeReadsValuesFarFromZero) {
  std::vector<double> values = normals(400, 4);
  for (double& value : values) value = 120 + 15 * value;
  npy("far.npy", rows_of(values, 4));
  const Words normal = kVae + on("npy:far.npy") + setting("likelihood=normal");
  train("run", normal);
  const json evaluated = json::parse(place_.output_of({"evaluate", "run", "--json", "-q"}));
  // A normal of the data's own deviation: 4 (log 15 + 1.419) nats; what the codes add is little.
  EXPECT_NEAR(evaluated["negative_elbo"]["mean"].get<double>(), 4 * (std::log(15) + 1.419), 4);
  EXPECT_NEAR(evaluated["log_abs_det"].get<double>(), -4 * std::log(15), 0.5);
  EXPECT_THAT(place_.output_of({"evaluate", "run", "-q"}), HasSubstr("standardized, as the model sees them, −ELBO is"));
  place_.output_of({"sample", "run", "-n", "200", "--draw", "--out", "s.npy"});
  double mean = 0;
  const Array drawn = data::read_npy(place_.path() / "s.npy");
  for (const float value : drawn.values<float>()) mean += value / 800.0;
  EXPECT_NEAR(mean, 120, 4);

  const Outcome bare =
      try_to_train("bare", normal + setting("data.standardize=false") + setting("likelihood.log_scale_bound=0") +
                               setting("initializer=he-normal"));
  EXPECT_EQ(bare.code, 4);
  EXPECT_THAT(bare.err, HasSubstr("data.standardize = true"));
}

TEST_F(Files, SplitsCanBeGivenAndAreKept) {
  npy("x.npy", rows_of(normals(200), 2));
  train("first", kFlow + on("npy:x.npy") + setting("data.seed=7"));
  const Array split = data::read_npy(place_.path() / "first" / "split.npy");
  EXPECT_EQ(split.shape(), Shape{100});
  train("second", kFlow + on("npy:x.npy") + setting("data.split_file=first/split.npy"));
  EXPECT_EQ(data::read_npy(place_.path() / "second" / "split.npy").values<uint8_t>()[3], split.values<uint8_t>()[3]);
  std::string names = "split\n";
  for (int i = 0; i < 100; ++i) names += i < 60 ? "train\n" : i < 70 ? "validation\n" : i < 90 ? "test\n" : "none\n";
  text("names.txt", names);
  train("third", kFlow + on("npy:x.npy") + setting("data.split_file=names.txt"));
  const json rows = json::parse(content_of(place_.path() / "third" / "data.json"))["rows"];
  EXPECT_EQ(rows, (json{{"train", 60}, {"validation", 10}, {"test", 20}}));
  text("short.txt", "train\ntest\n");
  const Outcome short_list = try_to_train("x", kFlow + on("npy:x.npy") + setting("data.split_file=short.txt"));
  EXPECT_EQ(short_list.code, 3);
  EXPECT_THAT(short_list.err, HasSubstr("names the splits of 2 rows; npy has 100"));
}

TEST_F(Files, ColumnsWithoutADensityAreNamed) {
  std::vector<double> values = normals(400);
  for (size_t i = 0; i < values.size(); i += 4) {
    values[i + 2] = 5 - 2 * values[i];
    values[i + 3] = 7;
  }
  text("t.csv", csv_of(values, 4, "a,b,c,d"));
  const Outcome constant = try_to_train("run", kFlow + on("csv:t.csv"));
  EXPECT_EQ(constant.code, 3);
  EXPECT_THAT(constant.err, HasSubstr("column 4 (d) is the same in every training row"));
  EXPECT_THAT(constant.err, HasSubstr("data.ignore"));
  const Outcome copies = try_to_train("run", kFlow + on("csv:t.csv") + setting("data.ignore=[\"d\"]"));
  EXPECT_EQ(copies.code, 0) << copies.err;
  EXPECT_THAT(copies.err, HasSubstr("column 1 (a) and column 3 (c) are the same but for shift and scale"));
}

TEST_F(Files, ABatchOfOneRowHasNoStatistics) {
  npy("x.npy", rows_of(normals(200), 2));
  const Outcome outcome = try_to_train(
      "run", kFlow + on("npy:x.npy") + setting("flow.normalization=batch-norm") + setting("train.batch_size=1"));
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("train.batch_size must be at least 2"));
  EXPECT_FALSE(fs::exists(place_.path() / "run"));
}

TEST_F(Files, AValidationLossThatRisesForLongIsRemarkedOn) {
  npy("few.npy", rows_of(normals(80), 2));
  const Words words = setting("model=flow") + setting("flow=nsf-coupling") + setting("flow.layers=4") +
                      on("npy:few.npy") + setting("data.validation_share=0.4") + setting("train.batch_size=20") +
                      setting("optimizer.learning_rate=0.01") + Words{"--threads", "1"};
  const Outcome rising = place_.elbo(Words{"train", "--out", "rising"} + words + setting("train.epochs=120"));
  EXPECT_EQ(rising.code, 0) << rising.err;
  EXPECT_THAT(rising.err, HasSubstr("the validation loss was lowest at epoch"));
  EXPECT_THAT(rising.err, HasSubstr("train.patience = 5"));
  const Outcome brief = place_.elbo(Words{"train", "--out", "brief"} + words + setting("train.epochs=3"));
  EXPECT_THAT(brief.err, testing::Not(HasSubstr("was lowest at")));
}

TEST_F(Files, LevelsAndCountsAreReadAsTheyAreWhateverTheirScale) {
  std::vector<double> values = bytes_of(1600);
  for (double& value : values) value = std::fmod(value, 4);  // four levels, two bits
  npy("levels.npy", rows_of(values, 4).cast(DType::kU8));
  const Words vae = setting("latent.dimension=1") + setting("encoder.hidden=[8]") + setting("decoder.hidden=[8]") +
                    setting("train.epochs=20") + setting("train.batch_size=20") + setting("data.height=2") +
                    setting("data.width=2") + on("npy:levels.npy");
  train("run", vae + setting("likelihood=categorical") + setting("likelihood.levels=4"));
  const json evaluated = json::parse(place_.output_of({"evaluate", "run", "--json", "-q"}));
  const double bits = evaluated["bits_per_dimension"]["mean"];
  EXPECT_NEAR(bits, evaluated["negative_elbo"]["mean"].get<double>() / (4 * std::log(2.0)), 1e-6);
  EXPECT_EQ(evaluated["log_abs_det"], 0);
  EXPECT_GT(bits, 1.95);  // no model can do better than the source's two bits
  EXPECT_LT(bits, 2.6);
  const auto draws_of = [&](const char* run) {
    place_.output_of({"sample", run, "-n", "200", "--draw", "--out", "s.npy"});
    const Array drawn = data::read_npy(place_.path() / "s.npy").cast(DType::kF64);
    return std::vector<double>(drawn.values<double>().begin(), drawn.values<double>().end());
  };
  EXPECT_THAT(draws_of("run"), testing::Each(testing::AnyOf(0, 1, 2, 3)));
  const Outcome too_few = try_to_train("x", vae + setting("likelihood=categorical") + setting("likelihood.levels=3"));
  EXPECT_EQ(too_few.code, 3);
  EXPECT_THAT(too_few.err, HasSubstr("is 3.000000; whole numbers from 0 to 2 are required"));

  train("counts", vae + setting("likelihood=poisson"));
  const std::vector<double> counts = draws_of("counts");
  double mean = 0;
  for (const double count : counts) mean += count / static_cast<double>(counts.size());
  EXPECT_NEAR(mean, 1.5, 0.4);  // not of 0 to 255
  EXPECT_THAT(counts, testing::Each(testing::Truly([](double count) { return count == std::floor(count); })));
  const Outcome drawn_bits =
      try_to_train("x", vae + setting("likelihood=poisson") + setting("data.dequantize=uniform"));
  EXPECT_EQ(drawn_bits.code, 2);
}

TEST_F(Files, DequantisedNumbersHaveBits) {
  std::vector<double> values = bytes_of(800);
  for (double& value : values) value = std::fmod(value, 4);  // four levels, two bits
  npy("levels.npy", rows_of(values, 2).cast(DType::kU8));
  train("run", kFlow + on("npy:levels.npy") + setting("data.dequantize=uniform") + setting("train.epochs=20"));
  const json evaluated = json::parse(place_.output_of({"evaluate", "run", "--json", "-q"}));
  const double bits = evaluated["bits_per_dimension"]["mean"];
  EXPECT_NEAR(bits, evaluated["nll"]["mean"].get<double>() / (2 * std::log(2.0)), 1e-6);
  EXPECT_GT(bits, 1.95);  // no model can do better than the source's two bits
  EXPECT_LT(bits, 2.6);
  place_.output_of({"sample", "run", "-n", "50", "--out", "s.npy"});
  const Array drawn = data::read_npy(place_.path() / "s.npy");
  for (const float value : drawn.values<float>()) {
    EXPECT_EQ(value, std::floor(value));
  }
  npy("halves.npy", rows_of(normals(200), 2));
  const Outcome refused = try_to_train("x", kFlow + on("npy:halves.npy") + setting("data.dequantize=uniform"));
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, HasSubstr("no whole number"));
}

}  // namespace
}  // namespace elbo::app

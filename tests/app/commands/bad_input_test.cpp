// What is refused, with which exit code and which words.
#include <nlohmann/json.hpp>

#include "tests/app/commands/program.h"

namespace elbo::app {
namespace {

using ::testing::HasSubstr;

struct Refusal {
  std::string name;
  Words words;
  int code;
  std::vector<std::string> says;
};

void expect_refused(const Workplace& place, const Refusal& refusal) {
  SCOPED_TRACE(refusal.name);
  const Outcome outcome = place.elbo(refusal.words);
  EXPECT_EQ(outcome.code, refusal.code) << outcome.err;
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << "one sentence: " << outcome.err;
  for (const std::string& part : refusal.says) EXPECT_THAT(outcome.err, HasSubstr(part));
}

TEST(BadData, IsRefusedByTheNameOfItsFile) {
  const std::string images = "train-images-idx3-ubyte", labels = "train-labels-idx1-ubyte";
  struct Damage {
    const char* name;
    std::string file;
    std::string content;  // empty: the file is deleted
    std::string says;
  };
  const std::string whole = idx_images(200);
  const std::vector<Damage> damages{
      {"missing", images, "", "no train-images-idx3-ubyte"},
      {"truncated", images, whole.substr(0, whole.size() - 100), images},
      {"cut within its header", images, whole.substr(0, 9), images},
      {"too long", images, whole + "x", images},
      {"wrong magic", images, big_endian(0x12345678) + whole.substr(4), images},
      {"wrong type", images, big_endian(0x0d03) + whole.substr(4), images},
      {"absurd count", images, big_endian(0x803) + big_endian(0xffffffff) + whole.substr(8), images},
      {"absurd extents", images, big_endian(0x803) + std::string(12, '\xff'), images},
      {"no images at all", images, big_endian(0x803) + big_endian(0) + big_endian(8) + big_endian(8), images},
      {"labels for images", images, idx_labels(200), images},
      {"fewer labels than images", labels, idx_labels(199), labels},
      {"gzip that is none", images + ".gz", "\x1f\x8bnothing of the kind", images + ".gz"},
      {"test images of another size", "t10k-images-idx3-ubyte",
       big_endian(0x803) + big_endian(40) + big_endian(4) + big_endian(4) + std::string(40 * 16, 'x'),
       "t10k-images-idx3-ubyte"},
  };
  const Workplace place;
  for (const Damage& damage : damages) {
    fs::remove_all(place.path() / "data");
    write_images(place.path() / "data");
    if (damage.content.empty()) {
      fs::remove(place.path() / "data" / damage.file);
    } else {
      write_file(place.path() / "data" / damage.file, damage.content);
    }
    expect_refused(place, {damage.name, Words{"train", "--out", "run"} + kTiny, 3, {damage.says}});
  }
  EXPECT_FALSE(fs::exists(place.path() / "run"));
}

TEST(BadData, TablesAndValuesThatDoNotFit) {
  const Workplace place;
  write_file(place.path() / "table.csv", "a,b\n1,2\n3,4\n5,6\n7,8\n");
  write_file(place.path() / "nan.csv", "a,b\n1,nan\n3,4\n5,6\n7,8\n");
  write_file(place.path() / "broken.npy", "\x93NUMPY\x01\x00 no header");
  const auto train = [](const char* name) {
    return Words{"train", "--out", "run"} + kTiny + setting(std::string("data.name=") + name) +
           setting("train.batch_size=1");
  };
  expect_refused(place, {"values over 1 for bits", train("csv:table.csv"), 3, {"bernoulli", "table.csv", "normal"}});
  expect_refused(place, {"not a number", train("csv:nan.csv"), 3, {"nan.csv"}});
  expect_refused(place, {"no array", train("npy:broken.npy"), 3, {"broken.npy"}});
  expect_refused(place, {"no such file", train("npz:none.npz"), 3, {"none.npz"}});
  expect_refused(place, {"no folder named", train("mnist"), 3, {"--data-dir", "ELBO_DATA"}});
}

TEST(BadConfiguration, IsRefusedWithAHint) {
  const Workplace place;
  write_images(place.path() / "data");
  write_file(place.path() / "misspelt.toml", "[encoder]\nhiden = [10]\n");
  write_file(place.path() / "value.toml", "\n[train]\nepochs = 0\n");
  write_file(place.path() / "rule.toml", "[posterior.flow]\nname = \"planar\"\nbins = 8\n");
  write_file(place.path() / "foreign.toml", "model = \"flow\"\n[encoder]\nhidden = [10]\n");
  write_file(place.path() / "default.toml", "[flow]\nlayers = 8\n");
  const auto train = [](const Words& words) { return Words{"train", "--out", "run"} + kTiny + words; };
  const std::vector<Refusal> refusals{
      {"misspelt key", {"train", "misspelt.toml"}, 2, {"misspelt.toml:2", "did you mean encoder.hidden?"}},
      {"misspelt setting", train({"--set", "trian.epochs=3"}), 2, {"--set trian.epochs=3", "train.epochs"}},
      {"bad value", {"train", "value.toml"}, 2, {"value.toml:3", "train.epochs = 0", "at least 1"}},
      {"no such file", {"train", "none.toml"}, 2, {"none.toml", "no such file"}},
      {"unknown flow", train({"--set", "posterior.flow=planer"}), 2, {"did you mean planar?"}},
      {"unknown data set", train({"--set", "data.name=mnits"}), 2, {"did you mean mnist?"}},
      {"bins of a flow that has none",
       {"train", "rule.toml"},
       2,
       {"rule.toml:3: posterior.flow.bins = 8", "flow \"planar\" has no such setting", "nsf-coupling"}},
      {"layers without a flow",
       train({"--set", "posterior.flow.layers=3"}),
       2,
       {"posterior.flow.layers=3", "there is no flow to use it; posterior.flow names one"}},
      {"a key from before",
       train({"--set", "posterior.layers=3"}),
       2,
       {"posterior.layers is posterior.flow.layers now"}},
      {"a flow that takes nothing from the encoder",
       train({"--set", "posterior.flow=lu-linear", "--set", "posterior.flow.amortized=true"}),
       2,
       {"cannot come from the encoder"}},
      {"components of a standard normal",
       train({"--set", "prior.components=3"}),
       2,
       {"prior.components=3", "distribution \"standard-normal\" has no such setting", "mixture-of-gaussians has"}},
      {"momentum of Adam",
       train({"--set", "optimizer.momentum=0.9"}),
       2,
       {"optimizer.momentum=0.9", "optimizer \"adam\" has no such setting; sgd has"}},
      {"a prior's layers without a flow",
       train({"--set", "prior.flow.layers=3"}),
       2,
       {"prior.flow.layers=3", "prior.flow"}},
      {"a prior without a density everywhere",
       train({"--set", "prior.name=uniform-box"}),
       2,
       {"prior.name=uniform-box", "one of standard-normal"}},
      {"a posterior's flow from a part of the reals", train({"--set", "posterior.flow=logit"}), 2, {"posterior.flow"}},
      {"a flow's key for a vae", train({"--set", "flow.name=maf"}), 2, {"--set flow.name=maf", "model = \"flow\""}},
      {"a vae's key for a flow", {"train", "foreign.toml"}, 2, {"foreign.toml:3: encoder.hidden", "model = \"vae\""}},
      {"a flow's default for a vae", {"explain", "default.toml"}, 2, {"default.toml:2", "flow.layers = 8"}},
      {"batch larger than the data", train({"--set", "train.batch_size=201"}), 2, {"batch_size=201", "200"}},
      {"nothing left to train on", train({"--set", "data.validation=200"}), 2, {"data.validation=200", "200"}},
      {"patience without validation", train({"--set", "train.patience=2"}), 2, {"train.patience", "data.validation"}},
      {"no binarized files", train({"--set", "data.binarization=file"}), 2, {"data.binarization=file", "idx:data"}},
      {"an image size of files that have their own", train({"--set", "data.height=3"}), 2, {"data.height=3", "npy"}},
      {"resume and force", train({"--resume", "--force"}), 2, {"--resume", "--force"}},
      {"resume without a run", {"train", "--resume"}, 2, {"--out"}},
      {"resume of nothing", {"train", "--resume", "--out", "none"}, 2, {"none", "no such run"}},
      {"unknown option", train({"--epoch", "3"}), 2, {"--epoch", "train.epochs"}},
      {"unknown command", {"trian"}, 2, {"did you mean train?"}},
  };
  for (const Refusal& refusal : refusals) expect_refused(place, refusal);
  EXPECT_FALSE(fs::exists(place.path() / "run"));
  EXPECT_FALSE(fs::exists(place.path() / "runs"));
}

TEST(BadRun, IsRefusedWithWhatIsWrong) {
  const Workplace place;
  write_images(place.path() / "data");
  place.output_of(Words{"train", "--out", "run"} + kTiny + setting("train.epochs=2"));
  write_file(place.path() / "file", "x");
  write_file(place.path() / "folder" / "other.txt", "x");
  write_file(place.path() / "small" / "train-images-idx3-ubyte",
             big_endian(0x803) + big_endian(1) + big_endian(4) + big_endian(4) + std::string(16, 'x'));
  const std::vector<Refusal> refusals{
      {"no such run", {"evaluate", "none"}, 2, {"none", "no such run"}},
      {"a file", {"sample", "file", "--out", "s.png"}, 2, {"file: is a file"}},
      {"another folder", {"encode", "folder", "--out", "z.npy"}, 2, {"folder", "config.toml"}},
      {"another model", {"evaluate", "run", "--set", "latent.dimension=3"}, 2, {"latent.dimension=3", "2"}},
      {"no such split", {"evaluate", "run", "--split", "validation"}, 3, {"validation"}},
      {"unknown split", {"evaluate", "run", "--split", "tset"}, 2, {"did you mean test?"}},
      {"data of another size",
       {"evaluate", "run", "--split", "train", "--set", "data.name=idx:small"},
       3,
       {"64", "16"}},
      {"unknown ending", {"sample", "run", "--out", "s.jpg"}, 2, {".png", ".npy"}},
      {"no file", {"sample", "run"}, 2, {"--out"}},
      {"codes as a picture", {"encode", "run", "--out", "z.png"}, 2, {".npy"}},
      {"a wall of images", {"sample", "run", "-n", "1000000", "--out", "s.png"}, 2, {"10000"}},
      {"a folder that is not there", {"sample", "run", "--out", "none/s.png"}, 5, {"none/s.png"}},
      {"an existing run", Words{"train", "--out", "run"} + kTiny, 2, {"--resume", "--force"}},
      {"a folder of other things", Words{"train", "--out", "folder", "--force"} + kTiny, 2, {"holds no run"}},
      {"a file as a folder", Words{"train", "--out", "file"} + kTiny, 2, {"file: is a file"}},
  };
  for (const Refusal& refusal : refusals) expect_refused(place, refusal);
  EXPECT_EQ(content_of(place.path() / "folder" / "other.txt"), "x");

  write_file(place.path() / "begun" / "config.toml", content_of(place.path() / "run" / "config.toml"));
  expect_refused(place, {"no data.json", {"evaluate", "begun"}, 6, {"begun", "data.json"}});
  const std::string record = content_of(place.path() / "run" / "data.json");
  write_file(place.path() / "begun" / "data.json", record);
  expect_refused(place, {"no checkpoint yet", {"evaluate", "begun"}, 3, {"begun", "no checkpoint yet", "--resume"}});
  const auto with = [&](const char* key, const nlohmann::json& value) {
    nlohmann::json content = nlohmann::json::parse(record);
    content[key] = value;
    return content.dump();
  };
  for (const std::string& content :
       {std::string(), std::string("{"), std::string("[]"), with("dim", -1), with("dim", 63), with("dim", 400'000'000),
        with("image", {{"height", 8}, {"width", 8}, {"channels", 3}}), with("scale", 0), with("unit", "one"),
        with("mean", {1, 2}), with("layout", {{"columns", 1}}), with("sources", 7), with("name", nullptr)}) {
    write_file(place.path() / "begun" / "data.json", content);
    expect_refused(place, {"damaged record: " + content.substr(0, 60), {"evaluate", "begun"}, 6, {"data.json"}});
  }
}

TEST(BadOutput, IsAnErrorOfInputAndOutput) {
  const Workplace place;
  write_images(place.path() / "data");
  expect_refused(place,
                 {"where no folder can be", Words{"train", "--out", "/proc/elbo/run"} + kTiny, 5, {"/proc/elbo"}});
  const std::string command = "cd " + place.path().string() + " && " + ELBO_PROGRAM + " list > /dev/full 2> stderr.txt";
  const int status = std::system(command.c_str());
  EXPECT_EQ(WEXITSTATUS(status), 5);
  EXPECT_THAT(content_of(place.path() / "stderr.txt"), HasSubstr("standard output"));
}

TEST(BadOutput, IsAFolderThatMayNotBeWritten) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write anywhere";
  const Workplace place;
  write_images(place.path() / "data");
  fs::create_directories(place.path() / "closed");
  fs::permissions(place.path() / "closed", fs::perms::owner_read | fs::perms::owner_exec);
  expect_refused(place, {"a folder that may not be written", Words{"train", "--out", "closed"} + kTiny, 5, {"closed"}});
}

}  // namespace
}  // namespace elbo::app

#include "elbo/io/safetensors.h"

#include <cmath>
#include <cstdlib>
#include <gmock/gmock.h>
#include <limits>
#include <nlohmann/json.hpp>

#include "elbo/io/checksum.h"
#include "elbo/io/safetensors_internal.h"
#include "elbo/settings/error.h"
#include "tests/io/fault_injection.h"
#include "tests/io/io_testing.h"
#include "tests/io/safetensors_testing.h"

namespace elbo::io {
namespace {

using testing::HasSubstr;

TEST(Safetensors, BringsBackEveryBit) {
  const TestFolder folder;
  const std::vector<NamedArray> tensors = sample_tensors();
  const Metadata metadata{{"config", "[model]\nname = \"é\"\n"}, {"empty", ""}};
  write_safetensors(folder / "a.safetensors", tensors, metadata);
  const TensorFile file = read_safetensors(folder / "a.safetensors");
  EXPECT_EQ(file.metadata, metadata);
  expect_same(file.tensors, tensors);
}

TEST(Safetensors, HoldsNoTensorsAtAll) {
  const TestFolder folder;
  write_safetensors(folder / "a", {}, {{"k", "v"}});
  const TensorFile file = read_safetensors(folder / "a");
  EXPECT_TRUE(file.tensors.empty());
  EXPECT_EQ(file.metadata.at("k"), "v");
}

TEST(Safetensors, LayoutIsTheFormatsOwn) {
  const TestFolder folder;
  write_safetensors(folder / "a", sample_tensors());
  const std::string bytes = content_of(folder / "a");
  uint64_t length = 0;
  std::memcpy(&length, bytes.data(), 8);
  EXPECT_EQ(length % 8, 0u);
  const auto header = nlohmann::json::parse(bytes.substr(8, length));
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") {
      for (const auto& value : entry) EXPECT_TRUE(value.is_string());
      continue;
    }
    EXPECT_EQ(entry.size(), 3u);
    const uint64_t begin = entry["data_offsets"][0], end = entry["data_offsets"][1];
    const size_t width = entry["dtype"] == "F64" ? 8 : entry["dtype"] == "U8" ? 1 : 4;
    EXPECT_EQ(begin % width, 0u) << name;  // readers that map the file need no copy
    if (name == "weight") {
      EXPECT_EQ(entry["shape"], nlohmann::json({2, 3}));
      EXPECT_EQ(end - begin, 24u);
      float third = 0;
      std::memcpy(&third, bytes.data() + 8 + length + begin + 8, 4);
      EXPECT_EQ(third, 3.0f);
    }
  }
  EXPECT_EQ(header["__metadata__"]["checksum.version"], "2");
}

TEST(Safetensors, ReadsFilesWithoutChecksums) {
  const TestFolder folder;
  write_file(folder / "a", file_of(R"({"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]},)"
                                   R"("a":{"shape":[],"data_offsets":[0,1],"dtype":"U8"},)"
                                   R"("none":{"dtype":"F64","shape":[0,7],"data_offsets":[1,1]}}   )",
                                   "xyz"));
  const TensorFile file = read_safetensors(folder / "a");
  ASSERT_EQ(file.tensors.size(), 3u);
  EXPECT_EQ(file.tensors[0].name, "b");
  EXPECT_EQ(file.tensors[0].array.values<uint8_t>()[1], 'z');
  EXPECT_EQ(file.tensors[1].array.shape(), Shape{});
  EXPECT_EQ(file.tensors[2].array.shape(), (Shape{0, 7}));
}

TEST(Safetensors, RefusesEveryTruncationAndAnyTail) {
  const TestFolder folder;
  write_safetensors(folder / "a", sample_tensors(), {{"k", "v"}});
  const std::string bytes = content_of(folder / "a");
  for (const bool verify : {true, false}) {
    for (size_t length = 0; length < bytes.size(); ++length) {
      write_file(folder / "cut", std::string_view(bytes).substr(0, length));
      const std::string message =
          message_of<CorruptFileError>([&] { read_safetensors(folder / "cut", {.verify = verify}); });
      EXPECT_THAT(message, testing::StartsWith((folder / "cut").string() + ": ")) << length;
    }
    write_file(folder / "cut", bytes + "x");
    EXPECT_THROW(read_safetensors(folder / "cut", {.verify = verify}), CorruptFileError);
  }
}

TEST(Safetensors, DetectsEveryFlippedBit) {
  const TestFolder folder;
  // Small, so that every bit has its turn; an empty tensor and user metadata are covered by no CRC.
  write_safetensors(folder / "a", {{"w", Array::of<float>({2}, {1, 2})}, {"e", Array(DType::kU8, {0, 3})}},
                    {{"seed", "17"}});
  const std::string bytes = content_of(folder / "a");
  for (size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    std::string flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    write_file(folder / "flipped", flipped);
    EXPECT_THROW(read_safetensors(folder / "flipped"), CorruptFileError) << "bit " << bit;
    try {  // without the checksums many pass; none may do anything else
      read_safetensors(folder / "flipped", {.verify = false});
    } catch (const CorruptFileError&) {
    }
  }
}

TEST(Safetensors, NamesTheDamagedTensor) {
  const TestFolder folder;
  write_safetensors(folder / "a", {{"first", Array::of<float>({2}, {1, 2})}, {"second", Array(DType::kF32, {3})}});
  std::string bytes = content_of(folder / "a");
  bytes.back() = 1;
  write_file(folder / "a", bytes);
  EXPECT_EQ(message_of<CorruptFileError>([&] { read_safetensors(folder / "a"); }),
            (folder / "a").string() + ": tensor \"second\" is damaged (its XXH128 differs)");
  EXPECT_EQ(read_safetensors(folder / "a", {.verify = false}).tensors.size(), 2u);
}

TEST(Safetensors, HoldsTheFileAgainstADigestFromElsewhere) {
  const TestFolder folder;
  write_safetensors(folder / "a", sample_tensors());
  const std::string digest = xxh128_hex(bytes_of(content_of(folder / "a")));
  EXPECT_EQ(read_safetensors(folder / "a", {.xxh128 = digest}).tensors.size(), sample_tensors().size());
  std::string other = digest;
  other[0] = other[0] == '0' ? '1' : '0';
  EXPECT_THROW(read_safetensors(folder / "a", {.xxh128 = other}), CorruptFileError);
}

TEST(Safetensors, RefusesLinksWhereAsked) {
  const TestFolder folder;
  write_safetensors(folder / "a", {});
  std::filesystem::create_symlink("a", folder / "link");
  EXPECT_NO_THROW(read_safetensors(folder / "link"));
  EXPECT_THROW(read_safetensors(folder / "link", {.follow_links = false}), IoError);
  EXPECT_THROW(read_safetensors(folder / "missing"), IoError);
  EXPECT_THROW(read_safetensors(folder.path()), IoError);
}

TEST(Safetensors, WriterRefusesWhatNoReaderWouldTake) {
  const TestFolder folder;
  const auto refused = [&](const std::string& name, const Metadata& metadata = {}) {
    return message_of<DataError>([&] { write_safetensors(folder / "a", {{name, Array()}}, metadata); });
  };
  EXPECT_EQ(refused(""), "write_safetensors: the tensor name \"\" is empty");
  EXPECT_EQ(refused("a\n"), "write_safetensors: the tensor name \"a\\n\" has a control character");
  EXPECT_THAT(refused(std::string("a\0b", 3)), HasSubstr("has a control character"));
  EXPECT_THAT(refused("\xff"), HasSubstr("is no valid UTF-8"));
  EXPECT_THAT(refused(std::string(513, 'a')), HasSubstr("is too long"));
  EXPECT_THAT(refused("__metadata__"), HasSubstr("is reserved by the format"));
  EXPECT_THAT(refused("a", {{"checksum.xxh128", ""}}), HasSubstr("is reserved for checksums"));
  EXPECT_THAT(refused("a", {{"k", "\xff"}}), HasSubstr("is no valid UTF-8"));
  EXPECT_THAT(message_of<DataError>([&] {
                write_safetensors(folder / "a", {{"x", Array()}, {"x", Array()}});
              }),
              HasSubstr("is given twice"));
  EXPECT_TRUE(names_under(folder.path()).empty());
}

TEST(Safetensors, LoadReportsAFailingDisk) {
  const TestFolder folder;
  write_safetensors(folder / "a", sample_tensors());
  for (int nth = 1;; ++nth) {
    const FaultyFileSystem faulty({.call = Call::kRead, .nth = nth, .error = EIO});
    try {
      read_safetensors(folder / "a");
    } catch (const IoError& error) {
      EXPECT_THAT(error.what(), HasSubstr("Input/output error"));
    }
    if (!faulty.fired()) break;
    EXPECT_LT(nth, 100);
  }
}

// What the reference library makes of our file, and we of its.  ELBO_PYTHON names another interpreter.
TEST(Safetensors, AgreesWithTheReferenceLibrary) {
  const char* chosen = std::getenv("ELBO_PYTHON");
  const std::string python = chosen != nullptr ? chosen : "python3";
  if (std::system((python + " -c 'import safetensors.numpy' >/dev/null 2>&1").c_str()) != 0) {
    GTEST_SKIP() << "the Python libraries safetensors and numpy are not installed";
  }
  const TestFolder folder;
  write_safetensors(folder / "ours", sample_tensors(), {{"config", "é\n"}});
  write_file(folder / "copy.py", R"(
import sys
from safetensors import safe_open
from safetensors.numpy import load_file, save_file
with safe_open(sys.argv[1], framework="np") as file:
    metadata = file.metadata()
save_file(load_file(sys.argv[1]), sys.argv[2], {"config": metadata["config"]})
)");
  const std::string command = python + " '" + (folder / "copy.py").string() + "' '" + (folder / "ours").string() +
                              "' '" + (folder / "theirs").string() + "'";
  ASSERT_EQ(std::system(command.c_str()), 0);
  TensorFile theirs = read_safetensors(folder / "theirs");
  std::vector<NamedArray> ours = sample_tensors();
  const auto by_name = [](const NamedArray& a, const NamedArray& b) { return a.name < b.name; };
  std::sort(theirs.tensors.begin(), theirs.tensors.end(), by_name);  // the library orders by dtype and name
  std::sort(ours.begin(), ours.end(), by_name);
  expect_same(theirs.tensors, ours);
  EXPECT_EQ(theirs.metadata, (Metadata{{"config", "é\n"}}));
}

}  // namespace
}  // namespace elbo::io

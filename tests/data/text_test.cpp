// The readers of text: lines and .amat.
#include <chrono>

#include "elbo/data/amat.h"
#include "elbo/data/lines.h"
#include "tests/data/files.h"

namespace elbo::data {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::IsEmpty;

std::vector<std::string> lines_of(const std::filesystem::path& path) {
  const auto bytes = open_bytes(path, {});
  LineReader reader(*bytes);
  std::vector<std::string> lines;
  for (std::string_view line; reader.next(line);) lines.emplace_back(line);
  return lines;
}

TEST(LineReader, SplitsWhateverEndsTheLines) {
  const TestFolder folder;
  EXPECT_THAT(lines_of(folder.write("x", "")), IsEmpty());
  EXPECT_THAT(lines_of(folder.write("x", "\n")), ElementsAre(""));
  EXPECT_THAT(lines_of(folder.write("x", "a\nb\n")), ElementsAre("a", "b"));
  EXPECT_THAT(lines_of(folder.write("x", "a\r\n\r\nb")), ElementsAre("a", "", "b"));
  EXPECT_THAT(lines_of(folder.write("x", "a\r\rb\r")), ElementsAre("a", "", "b"));
  EXPECT_THAT(lines_of(folder.write("x", "\r")), ElementsAre(""));
  EXPECT_THAT(lines_of(folder.write("x", "a\n\rb\r\nc")), ElementsAre("a", "", "b", "c"));
}

// Where a buffer ends between "\r" and "\n", there is still one line end.
TEST(LineReader, KeepsALineEndWhole) {
  const TestFolder folder;
  for (size_t size = 65530; size < 65540; ++size) {
    const std::string first(size, 'a');
    EXPECT_THAT(lines_of(folder.write("x", first + "\r\nb\r\n")), ElementsAre(first, "b")) << size;
    EXPECT_THAT(lines_of(folder.write("x", first + "\rb\r")), ElementsAre(first, "b")) << size;
  }
}

TEST(LineReader, IsQuickWhateverEndsManyLines) {
  const TestFolder folder;
  for (const std::string end : {"\n", "\r"}) {
    std::string text;
    for (int i = 0; i < 300000; ++i) text += "12345678" + end;
    const auto path = folder.write("x", text);
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(lines_of(path).size(), 300000u);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(1));
  }
}

TEST(LineReader, JoinsLinesAcrossItsBuffer) {
  const TestFolder folder;
  std::string text;
  std::vector<std::string> expected;
  for (size_t size = 1; size < 300000; size = size * 3 + 1) {
    expected.push_back(std::string(size, static_cast<char>('a' + expected.size())));
    text += expected.back() + "\n";
  }
  EXPECT_EQ(lines_of(folder.write("x", text)), expected);
  EXPECT_EQ(lines_of(folder.write("x", gzipped(text))), expected);
}

TEST(LineReader, RefusesAnEndlessLine) {
  const TestFolder folder;
  const auto path = folder.write("x", gzipped("a\n" + std::string(20 << 20, 'x')));
  EXPECT_THAT(message_of([&] { lines_of(path); }), EndsWith("line 2: is longer than 16777216 bytes"));
}

TEST(ReadAmat, ReadsZerosAndOnes) {
  const TestFolder folder;
  for (const std::string text : {"0 1 1\n1 0 0\n", "0 1 1 \r\n1\t0 0", " 0  1 1\n1 0 0"}) {
    for (const std::string& content : {text, gzipped(text)}) {
      const Array bits = read_amat(folder.write("x.amat", content));
      ASSERT_EQ(bits.shape(), (Shape{2, 3}));
      const auto values = bits.values<uint8_t>();
      EXPECT_THAT(std::vector<int>(values.begin(), values.end()), ElementsAre(0, 1, 1, 1, 0, 0));
    }
  }
}

TEST(ReadAmat, SaysWhatIsWrong) {
  const TestFolder folder;
  const auto complaint = [&](const std::string& content) {
    const auto path = folder.write("x.amat", content);
    return message_of([&] { read_amat(path); }).substr(path.string().size());
  };
  EXPECT_EQ(complaint(""), ": is empty");
  EXPECT_EQ(complaint("\n"), ": line 1: holds 0 values; at least 1 are required");
  EXPECT_EQ(complaint("0 1\n0 2\n"), ": line 2: value 2 is neither 0 nor 1");
  EXPECT_EQ(complaint("0 10\n"), ": line 1: value 2 is neither 0 nor 1");
  EXPECT_EQ(complaint("0 1\n0.5 1\n"), ": line 2: value 1 is neither 0 nor 1");
  EXPECT_EQ(complaint("0 1\n0\n"), ": line 2: holds 1 values; 2 are required");
  EXPECT_EQ(complaint("0 1\n\n0 1\n"), ": line 2: holds 0 values; 2 are required");
  EXPECT_EQ(complaint(gzipped("0 1\n0 1\n").substr(0, 20)), ": ends in the middle of its compressed data");
}

}  // namespace
}  // namespace elbo::data

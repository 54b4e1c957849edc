// The readers of text: lines, .amat and CSV.
#include <clocale>

#include "elbo/data/amat.h"
#include "elbo/data/csv.h"
#include "elbo/data/lines.h"
#include "tests/data/files.h"

namespace elbo::data {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
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

class ReadCsv : public testing::Test {
 protected:
  CsvTable read(const std::string& content, CsvOptions options = {}) {
    return read_csv(folder_.write("x.csv", content), options);
  }
  std::string complaint(const std::string& content, CsvOptions options = {}) {
    const auto path = folder_.write("x.csv", content);
    return message_of([&] { read_csv(path, options); }).substr(path.string().size());
  }
  TestFolder folder_;
};

std::vector<double> values_of(const CsvTable& table) {
  const auto values = table.values.values<double>();
  return {values.begin(), values.end()};
}

TEST_F(ReadCsv, FindsSeparatorAndHeader) {
  for (const char* text :
       {"a,b\n1,-2.5\n+3e2,.5\n", "\"a\";\"b\"\r\n1;-2.5\r\n3e2;0.5", "a b\n1   -2.5\n  300\t0.5  \n",
        "\xef\xbb\xbf"
        "a, b\n 1 , -2.5\n\"300\" ,0.5\n\n\n"}) {
    const CsvTable table = read(text);
    EXPECT_THAT(table.columns, ElementsAre("a", "b")) << text;
    EXPECT_EQ(table.values.shape(), (Shape{2, 2}));
    EXPECT_THAT(values_of(table), ElementsAre(1, -2.5, 300, 0.5)) << text;
  }
  EXPECT_THAT(read("1,2\n3,4\n").columns, IsEmpty());
  EXPECT_EQ(read("1,2\n3,4\n").values.shape(), (Shape{2, 2}));
  EXPECT_EQ(read("7\n8\n9").values.shape(), (Shape{3, 1}));
  EXPECT_EQ(read(gzipped("1,2\n3,4\n")).values.shape(), (Shape{2, 2}));
  // A separator inside quotes separates nothing.
  EXPECT_THAT(read("\"a, b\";c\n1;2\n").columns, ElementsAre("a, b", "c"));
}

TEST_F(ReadCsv, DoesWhatItsOptionsSay) {
  EXPECT_THAT(read("1,2\n3,4\n", {.header = CsvHeader::kYes}).columns, ElementsAre("1", "2"));
  EXPECT_EQ(complaint("a,b\n3,4\n", {.header = CsvHeader::kNo}),
            ": line 1: column 1 is \"a\"; a finite number of double precision is required");
  EXPECT_THAT(read("a;b,c\n1;2\n", {.separator = ';'}).columns, ElementsAre("a", "b,c"));
}

TEST_F(ReadCsv, KeepsEveryBitOfADouble) {
  EXPECT_THAT(values_of(read("0.1,1e300,-1e-300,4.9e-324\n")), ElementsAre(0.1, 1e300, -1e-300, 4.9e-324));
}

TEST_F(ReadCsv, SaysWhereAValueIsMissing) {
  const auto refused = [](const std::string& text) {
    return "\"" + text + "\"; a finite number of double precision is required";
  };
  EXPECT_EQ(complaint("a,b\n1,2\n3,nan\n"), ": line 3: column 2 (b) is " + refused("nan"));
  EXPECT_EQ(complaint("1,2\n-inf,4\n"), ": line 2: column 1 is " + refused("-inf"));
  EXPECT_EQ(complaint("1,2\n1e400,4\n"), ": line 2: column 1 is " + refused("1e400"));
  EXPECT_EQ(complaint("1,2\n3,4x\n"), ": line 2: column 2 is " + refused("4x"));
  EXPECT_EQ(complaint("1;2\n3;4,5\n"), ": line 2: column 2 is " + refused("4,5"));
  EXPECT_EQ(complaint("1,2\n3,+-4\n"), ": line 2: column 2 is " + refused("+-4"));
  EXPECT_EQ(complaint("1,2\n3," + std::string(100, '?') + "\n"),
            ": line 2: column 2 is " + refused(std::string(40, '?') + "..."));
  EXPECT_EQ(complaint("1,2\n3,\n"), ": line 2: column 2 is empty");
  EXPECT_EQ(complaint("1,2\n3\n"), ": line 2: has 1 columns; the first line has 2");
  EXPECT_EQ(complaint("1,2\n3,4,5\n"), ": line 2: has 3 columns; the first line has 2");
  EXPECT_EQ(complaint("1,2\n\n3,4\n"), ": line 2 is empty");
  EXPECT_EQ(complaint("a,b\n\"1,2\n"), ": line 2: has a quoted field that does not end");
  EXPECT_EQ(complaint(""), ": is empty");
  EXPECT_EQ(complaint("a,b\n"), ": has column names but no rows");
}

TEST_F(ReadCsv, RefusesATableOfAMillionColumns) {
  std::string line;
  for (int i = 0; i < 1000000; ++i) line += "1,";
  EXPECT_EQ(complaint(line), ": line 1: has more than 65536 columns");
}

TEST_F(ReadCsv, ReadsDecimalPointsInEveryLocale) {
  const char* before = std::setlocale(LC_ALL, nullptr);
  const std::string saved = before == nullptr ? "C" : before;
  for (const char* locale : {"de_DE.UTF-8", "tr_TR.UTF-8"}) std::setlocale(LC_ALL, locale);
  EXPECT_THAT(values_of(read("1.5;2.25\n")), ElementsAre(1.5, 2.25));
  std::setlocale(LC_ALL, saved.c_str());
}

}  // namespace
}  // namespace elbo::data

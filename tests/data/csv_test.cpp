#include "elbo/data/csv.h"

#include <clocale>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <random>

#include "tests/data/files.h"

namespace elbo::data {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::NanSensitiveDoubleEq;

constexpr double kMissingValue = std::numeric_limits<double>::quiet_NaN();

class ReadCsv : public testing::Test {
 protected:
  CsvTable read(const std::string& content, CsvOptions options = {}) {
    return read_csv(folder_.write("x.csv", content), options);
  }
  std::string complaint(const std::string& content, CsvOptions options = {}) {
    const auto path = folder_.write("x.csv", content);
    const std::string message = message_of([&] { read_csv(path, options); });
    return message.empty() ? message : message.substr(path.string().size() + 2);
  }
  // What is said where every column must hold numbers.
  std::string number_complaint(const std::string& content) {
    const CsvTable table = read(content);
    return message_of([&] {
      for (size_t i = 0; i < table.columns.size(); ++i) require_numbers(table, i, "t");
    });
  }
  TestFolder folder_;
};

std::vector<double> values_of(const CsvTable& table) {
  const auto values = table.values.values<double>();
  return {values.begin(), values.end()};
}

std::vector<std::string> names_of(const CsvTable& table) {
  std::vector<std::string> names;
  for (const CsvColumn& column : table.columns) names.push_back(column.name);
  return names;
}

TEST_F(ReadCsv, FindsSeparatorAndHeader) {
  for (const char* text :
       {"a,b\n1,-2.5\n+3e2,.5\n", "\"a\";\"b\"\r\n1;-2.5\r\n3e2;0.5", "a b\n1   -2.5\n  300\t0.5  \n",
        "a\tb\n1\t-2.5\n300 \t 0.5\n", "a,b\r1,-2.5\r300,0.5\r", "\n\na,b\n1,-2.5\n300,.5",
        "\xef\xbb\xbf"
        "a, b\n 1 , -2.5\n\"300\" ,\" 0.5 \"\n\n \n"}) {
    const CsvTable table = read(text);
    EXPECT_THAT(names_of(table), ElementsAre("a", "b")) << text;
    EXPECT_TRUE(table.has_header);
    EXPECT_EQ(table.values.shape(), (Shape{2, 2}));
    EXPECT_THAT(values_of(table), ElementsAre(1, -2.5, 300, 0.5)) << text;
  }
  EXPECT_THAT(names_of(read("1,2\n3,4\n")), ElementsAre("", ""));
  EXPECT_FALSE(read("1,2\n3,4\n").has_header);
  EXPECT_EQ(read("1,2\n3,4\n").values.shape(), (Shape{2, 2}));
  EXPECT_EQ(read("7\n8\n9").values.shape(), (Shape{3, 1}));
  EXPECT_EQ(read(gzipped("1,2\n3,4\n")).values.shape(), (Shape{2, 2}));
}

TEST_F(ReadCsv, ReadsNamesWithBlanksBetweenTabs) {
  EXPECT_THAT(names_of(read("first col\tsecond, col\n1.0\t2.0\n")), ElementsAre("first col", "second, col"));
  // Two tabs hold a missing value, where two blanks would not.
  EXPECT_THAT(values_of(read("a\tb\tc\n1\t\t3\n \t5\t\n")),
              ElementsAre(1, NanSensitiveDoubleEq(kMissingValue), 3, NanSensitiveDoubleEq(kMissingValue), 5,
                          NanSensitiveDoubleEq(kMissingValue)));
}

TEST_F(ReadCsv, ReadsWhatQuotesHold) {
  EXPECT_THAT(names_of(read("\"a \"\"x, y\"\"\",b\n1.0,2.0\n")), ElementsAre("a \"x, y\"", "b"));
  EXPECT_THAT(names_of(read("\"a, b\";c\n1;2\n")), ElementsAre("a, b", "c"));
  EXPECT_THAT(names_of(read("\"a b\"  \"c\" \n1  2\n")), ElementsAre("a b", "c"));
  const CsvTable lines = read("\"two\r\nlines\",\"\",b\n1,2,\"x\n\ny\"\n3,4,5\"\n", {.header = CsvHeader::kYes});
  EXPECT_THAT(names_of(lines), ElementsAre("two\nlines", "", "b"));
  EXPECT_THAT(lines.columns[2].words, ElementsAre("5\"", "x\n\ny"));
  EXPECT_EQ(complaint("a,b\n1,\"2\n3,4\n"), "line 2: the quotes of column 2 are not closed");
  EXPECT_EQ(complaint("a,b\n1,\"2\" 3\n"), "line 2: column 2 goes on after its closing quotes");
  // Lines are counted through quotes.
  EXPECT_EQ(complaint("a,b\n1,\"2\n\n\"\n3\n"), "line 5: has 1 field; 2 are expected, as in line 1");
}

TEST_F(ReadCsv, PassesOverComments) {
  const CsvTable table = read("# made by hand\n\n# a remark\na,b\n1,2\n # not 3,4\n3,4\n# end\n");
  EXPECT_THAT(names_of(table), ElementsAre("a", "b"));
  EXPECT_THAT(values_of(table), ElementsAre(1, 2, 3, 4));
  // What spreadsheets write for a missing value begins no comment.
  EXPECT_EQ(read("a,b\n#N/A,2\n").columns[0].missing, 1);
}

TEST_F(ReadCsv, TakesTheCommentOfSavetxtAsHeader) {
  EXPECT_THAT(names_of(read("# a b\n1.0 2.0\n1.5 2.5\n")), ElementsAre("a", "b"));
  EXPECT_THAT(names_of(read("# a remark\n#a,b\n1.0 2.0\n")), ElementsAre("a", "b"));
  EXPECT_THAT(names_of(read("# a b\n1 2\n", {.header = CsvHeader::kYes})), ElementsAre("a", "b"));
  EXPECT_EQ(read("# a b\n1 2\n3 4\n").values.shape(), (Shape{2, 2}));
  // None: of another length, with a number, not directly before the first row, or not wanted.
  for (const char* text : {"# a b c\n1 2\n", "# year 2024\n1 2\n", "# a b\n\n1 2\n"}) {
    EXPECT_FALSE(read(text).has_header) << text;
  }
  EXPECT_FALSE(read("# a b\n1 2\n", {.header = CsvHeader::kNo}).has_header);
}

TEST_F(ReadCsv, DoesWhatItsOptionsSay) {
  EXPECT_THAT(names_of(read("1,2\n3,4\n", {.header = CsvHeader::kYes})), ElementsAre("1", "2"));
  EXPECT_EQ(read("0,1\n3,4\n", {.header = CsvHeader::kNo}).values.shape(), (Shape{2, 2}));
  EXPECT_THAT(names_of(read("a;b,c\n1;2\n", {.separator = ';'})), ElementsAre("a", "b,c"));
  EXPECT_THAT(values_of(read("1,5;2\n-3;,5\n", {.decimal_comma = true})), ElementsAre(1.5, 2, -3, 0.5));
  EXPECT_THAT(values_of(read("1,5 2\n", {.decimal_comma = true})), ElementsAre(1.5, 2));
  // A point beside a decimal comma may mark thousands.
  EXPECT_TRUE(read("a;b\n1.234;2\n", {.decimal_comma = true}).columns[0].is_text());
  const CsvOptions without_id{.ignored = [](const std::vector<std::string>& names) {
    EXPECT_THAT(names, ElementsAre("id", "b"));
    return std::vector<size_t>{0};
  }};
  const CsvTable table = read("id,b\nx,2\n1,3\ninf,4\n", without_id);
  EXPECT_EQ(table.values.shape(), (Shape{3, 2}));
  EXPECT_TRUE(std::isnan(values_of(table)[0]));
  EXPECT_EQ(values_of(table)[5], 4);
}

TEST_F(ReadCsv, AsksWhatCouldBeHeaderOrRow) {
  const std::string which = "; say which it is: data.header = false (a row) or data.header = true (names)";
  EXPECT_EQ(complaint("5.1,3.5,setosa\n4.9,3,setosa\n"),
            "line 1: column 1 is \"5.1\", as in a row of values, and column 3 is \"setosa\", as in a header" + which);
  EXPECT_EQ(complaint("a,NA\nx,y\n"),
            "line 1: column 2 is \"NA\", as in a row of values, and column 1 is \"a\", as in a header" + which);
  const std::string counted =
      ", which may be the numbers of the columns or a row; say which: data.header = true (names) or "
      "data.header = false (a row)";
  EXPECT_EQ(complaint("0,1\n5.1,3.5\n"), "line 1: holds 0 to 1" + counted);
  EXPECT_EQ(complaint(",0,1\n0,5.1,3.5\n"), "line 1: holds 0 to 1" + counted);
  EXPECT_EQ(complaint("0\n5.1\n"), "line 1: holds 0" + counted);
  // A row: marks of missing values beside numbers, or other numbers.
  for (const char* text : {"1.5,NA\n0.1,0.2\n", "NA,\n0.1,0.2\n", "0,1.0\n1,2\n", "0,0\n1,2\n", "1\n2\n"}) {
    EXPECT_EQ(read(text).values.shape()[0], 2) << text;
  }
  // A header: words over words, and an index without a name.
  EXPECT_THAT(names_of(read("a,b\nx,y\n")), ElementsAre("a", "b"));
  EXPECT_THAT(names_of(read(",b\n0,1.5\n")), ElementsAre("", "b"));
  EXPECT_EQ(
      complaint("a,b,a\n1,2,3\n"),
      "line 1: columns 1 and 3 have the same name, \"a\"; rename one, or say data.header = false if this is a row");
}

TEST_F(ReadCsv, CountsWhatIsMissing) {
  const CsvTable table = read("a,b,c\n1,NA,\n2,5,x\nNaN,?,y\n");
  EXPECT_EQ(table.columns[0].missing, 1);
  EXPECT_EQ(table.columns[0].first_missing_row, 2);
  EXPECT_EQ(table.columns[0].first_missing_line, 4);
  EXPECT_EQ(table.columns[0].numbers, 2);
  EXPECT_EQ(table.columns[1].missing, 2);
  EXPECT_EQ(table.columns[1].first_missing_row, 0);
  EXPECT_EQ(table.columns[2].missing, 1);
  EXPECT_THAT(table.columns[2].words, ElementsAre("x", "y"));
  EXPECT_TRUE(std::isnan(values_of(table)[2]));
  for (const char* mark :
       {"",     "NA",   "N/A",  "n/a", "<NA>", "#N/A", "#NA", "NaN",    "nan",     "-NaN",    "-nan",    "NULL",
        "Null", "null", "None", "?",   "-",    "--",   ".",   "1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN"}) {
    const CsvTable one = read("a,b\n1," + std::string(mark) + "\n");
    EXPECT_EQ(one.columns[1].missing, 1) << mark;
    EXPECT_TRUE(std::isnan(values_of(one)[1])) << mark;
  }
  EXPECT_EQ(number_complaint("a,b\n1,2\n3,\n,NA\n"), "t: line 4: column 1 (a) is missing");
  EXPECT_EQ(number_complaint("1,2\n3,\n4,NA\n"), "t: line 2: column 2 is missing, the first of 2");
}

TEST_F(ReadCsv, NumbersTheWordsOfATextColumn) {
  const CsvTable table =
      read("a,b,species\n5.1,3.5,virginica\n4.9,3.0,setosa\n6.3,3.3,virginica\n5.8,2.7,\xc3\xa4hre\n");
  EXPECT_FALSE(table.columns[0].is_text());
  EXPECT_THAT(table.columns[2].words, ElementsAre("setosa", "virginica", "\xc3\xa4hre"));
  EXPECT_EQ(table.columns[2].first_word, "virginica");
  EXPECT_EQ(table.columns[2].first_word_row, 0);
  EXPECT_EQ(table.columns[2].first_word_line, 2);
  EXPECT_THAT(values_of(table), ElementsAre(5.1, 3.5, 1, 4.9, 3, 0, 6.3, 3.3, 1, 5.8, 2.7, 2));
  EXPECT_EQ(number_complaint("a,b\n1,x\n"), "t: line 2: column 2 (b) is \"x\", which is no number");
}

TEST_F(ReadCsv, KeepsNumbersOfATextColumnAsTheyAreWritten) {
  std::string text = "a,b\n";
  for (int i = 0; i < 57; ++i) text += "1,2.50\n";
  text += "1,abc\n1,\n1,2.5\n1,1e400\n";
  const CsvTable table = read(text);
  EXPECT_THAT(table.columns[1].words, ElementsAre("1e400", "2.5", "2.50", "abc"));
  EXPECT_EQ(table.columns[1].numbers, 58);
  EXPECT_EQ(table.columns[1].missing, 1);
  EXPECT_EQ(table.columns[1].first_word, "abc");
  EXPECT_EQ(table.columns[1].first_word_row, 57);
  EXPECT_EQ(table.columns[1].first_word_line, 59);
  EXPECT_EQ(values_of(table)[1], 2);
  EXPECT_EQ(number_complaint(text), "t: line 59: column 2 (b) is \"abc\", where 58 others are numbers");
}

TEST_F(ReadCsv, RefusesAColumnOfTooManyWords) {
  std::string words = "id,b\n", numbers = "id,b\n";
  for (int i = 0; i < 65537; ++i) {
    words += "n" + std::to_string(i) + ",1\n";
    numbers += std::to_string(i) + ",1\n";
  }
  EXPECT_EQ(complaint(words),
            "line 65538: column 1 (id) has more than 65536 different words (\"n0\" in line 2 is no number); leave the "
            "column out with data.ignore");
  EXPECT_EQ(read(numbers).columns[0].words.size(), 0u);
  EXPECT_THAT(complaint("id,b\nx,1\n" + numbers.substr(5)), HasSubstr("(\"x\" in line 2 is no number)"));
  const auto first = [](const std::vector<std::string>&) { return std::vector<size_t>{0}; };
  EXPECT_EQ(read(words, {.ignored = first}).values.shape(), (Shape{65537, 2}));
}

TEST_F(ReadCsv, KeepsEveryBitOfADouble) {
  EXPECT_THAT(values_of(read("0.1,1e300,-1e-300,4.9e-324,1e-400\n")), ElementsAre(0.1, 1e300, -1e-300, 4.9e-324, 0));
}

// Short numbers are read by a way of their own, which must round as the standard library does.
TEST_F(ReadCsv, RoundsShortNumbersCorrectly) {
  std::mt19937_64 random(1);
  std::string text;
  std::vector<double> expected;
  for (int i = 0; i < 100'000; ++i) {
    std::string number = std::to_string(random() >> (random() % 64));
    if (random() % 4 != 0) number.insert(random() % (number.size() + 1), ".");
    if (random() % 4 == 0) number.insert(0, "-");
    text += number + '\n';
    expected.push_back(std::strtod(number.c_str(), nullptr));
  }
  EXPECT_EQ(values_of(read(text, {.header = CsvHeader::kNo})), expected);
}

TEST_F(ReadCsv, RefusesInfiniteValues) {
  const std::string infinite = ", which is infinite; a finite number of double precision is required";
  EXPECT_EQ(complaint("1,2\n-inf,4\n"), "line 2: column 1 is \"-inf\"" + infinite);
  EXPECT_EQ(complaint("a,b\n1,2\n3,1e400\n"), "line 3: column 2 (b) is \"1e400\"" + infinite);
  EXPECT_EQ(complaint("a,b\n1,2\n3,Infinity\n"), "line 3: column 2 (b) is \"Infinity\"" + infinite);
}

TEST_F(ReadCsv, SuggestsTheDecimalComma) {
  const std::string advice =
      "; if its comma is the decimal mark, say data.decimal = \",\" (one of thousands is not read)";
  EXPECT_EQ(complaint("1;2\n3;4,5\n"), "line 2: column 2 is \"4,5\"" + advice);
  EXPECT_EQ(complaint("1,5;2,5\n3;4\n"), "line 1: column 1 is \"1,5\"" + advice);
  EXPECT_EQ(complaint("a\tb\n1\t2,5\n"), "line 2: column 2 (b) is \"2,5\"" + advice);
}

TEST_F(ReadCsv, SaysWhatIsWrong) {
  EXPECT_EQ(complaint(""), "is empty");
  EXPECT_EQ(complaint("\n\n"), "is empty");
  EXPECT_EQ(complaint("# only\n"), "is empty");
  EXPECT_EQ(complaint("a,b\n"), "has column names but no rows");
  EXPECT_EQ(complaint("1,2\n3\n"), "line 2: has 1 field; 2 are expected, as in line 1");
  EXPECT_EQ(complaint("1,2\n3,4,5\n"), "line 2: has 3 fields; 2 are expected, as in line 1");
  EXPECT_EQ(complaint("1,2\n\n3,4\n"), "line 2 is empty, and rows follow it");
  EXPECT_EQ(complaint("\xff\xfe"
                      "1\n"),
            "is UTF-16 text; save it as UTF-8");
  EXPECT_EQ(complaint("a,b\n1,\xe4\n"), "line 2: column 2 (b) is no UTF-8 text; save the file as UTF-8");
  EXPECT_EQ(complaint("a,\xe4\n1,2\n"), "line 1: name 2 of its header is no UTF-8 text; save the file as UTF-8");
  EXPECT_EQ(complaint(gzipped("1,2\n3,4\n").substr(0, 20)), "ends in the middle of its compressed data");
  EXPECT_EQ(complaint("1,2\n3," + std::string(17 << 20, '4')), "line 2: is longer than 16777216 bytes");
}

TEST_F(ReadCsv, RefusesATableOfAMillionColumns) {
  std::string line;
  for (int i = 0; i < 1000000; ++i) line += "1,";
  EXPECT_EQ(complaint(line), "line 1: has more than 65536 columns");
  EXPECT_EQ(complaint("\"\"," + line), "line 1: has more than 65536 columns");
}

// What a bomb unpacks to before it is refused is bounded, however large it is.
TEST_F(ReadCsv, RefusesABombEarly) {
  // As large as 200 times this may unpack to; a mebibyte of noise, which nobody reaches, stands behind.
  std::string text;
  for (int i = 0; i < 15 << 20; ++i) text += "1,2\n";
  std::mt19937_64 random(1);
  for (int i = 0; i < 150'000; ++i) text += std::to_string(random()) + ",2\n";
  const std::string packed = gzipped(text);
  ASSERT_LT(text.size(), 200 * packed.size());
  EXPECT_THAT(complaint(packed), HasSubstr("unpacks to more than 200 times its packed size"));
}

TEST_F(ReadCsv, StatesTheLimitThatAPackedTableMeets) {
  std::string text;
  for (int i = 0; i < 4 << 20; ++i) text += "1,2\n";
  EXPECT_EQ(
      complaint(gzipped(text)),
      "unpacks to more than 200 times its packed size, the limit for packed files (a decompression bomb?); unpacked "
      "first, it is read whatever its ratio");
  EXPECT_EQ(complaint(gzipped(text), {.limits = {.max_bytes = 1000}}),
            "unpacks to more than 1000 bytes, the most that are read of one file");
  EXPECT_EQ(read(text).values.shape(), (Shape{4 << 20, 2}));
}

// Rows are kept in several pieces, which must come out in order.
TEST_F(ReadCsv, KeepsTheOrderOfManyRows) {
  std::string text;
  constexpr int kRows = 500'000, kColumns = 10;
  for (int row = 0; row < kRows; ++row) {
    text += std::to_string(row);
    for (int column = 1; column < kColumns; ++column) text += ",7";
    text += '\n';
  }
  const CsvTable table = read(text, {.header = CsvHeader::kNo});
  ASSERT_EQ(table.values.shape(), (Shape{kRows, kColumns}));
  const auto values = table.values.values<double>();
  for (size_t row = 0; row < kRows; ++row) {
    ASSERT_EQ(values[row * kColumns], row);
    ASSERT_EQ(values[row * kColumns + kColumns - 1], 7);
  }
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

#include "elbo/settings/toml_reader.h"

#include <gmock/gmock.h>

#include "elbo/settings/config.h"
#include "elbo/settings/error.h"
#include "tests/settings/small_schema.h"
#include "tests/support/message.h"

namespace elbo {
namespace {

using testing_support::message_of;

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

std::string toml_refusal(std::string_view text) {
  return message_of<ConfigError>([&] { parse_toml(text, "config.toml"); });
}

std::string repeated(int count, std::string_view text) {
  std::string result;
  for (int i = 0; i < count; ++i) result += text;
  return result;
}

TEST(TomlReader, KeepsTheOrderAndTheLinesOfTheText) {
  const std::vector<TomlEntry> entries = parse_toml("z = 1\n[b]\n\ny.x = 'a'\n[a]\n", "config.toml");
  ASSERT_THAT(entries, SizeIs(3));
  EXPECT_EQ(entries[0].key, "z");
  EXPECT_EQ(entries[0].line, 1);
  EXPECT_EQ(entries[1].key, "b.y.x");
  EXPECT_EQ(entries[1].line, 4);
  EXPECT_EQ(to_text(entries[1].value), "\"a\"");
  EXPECT_EQ(entries[2].key, "a");
  EXPECT_TRUE(entries[2].empty_table);
}

TEST(TomlReader, SaysInOneSentenceWhyATextIsNotToml) {
  EXPECT_EQ(toml_refusal("a = 1\na = 2"), "config.toml:2:5: not valid TOML: cannot redefine existing integer 'a'");
  EXPECT_EQ(toml_refusal("[a]\nx = 1\n[a]\ny = 2\n"),
            "config.toml:3:1: not valid TOML: cannot redefine existing table 'a'");
  EXPECT_EQ(toml_refusal("name = mnist"),
            "config.toml:1:8: not valid TOML: could not determine value type (a text stands in quotes)");
  EXPECT_EQ(toml_refusal("a = 99999999999999999999"),
            "config.toml:1:25: not valid TOML: '99999999999999999999' is not representable in 64 bits");
  EXPECT_EQ(toml_refusal("a = \"\xff\xfe\""), "config.toml:1:5: not valid TOML: encountered invalid utf-8 sequence");
  EXPECT_THAT(toml_refusal("a = \"x\nb = 1"), StartsWith("config.toml:1:"));
  EXPECT_THAT(toml_refusal("a ="), StartsWith("config.toml:1:4: not valid TOML: "));
}

TEST(TomlReader, HostileTextsAreRefusedWithoutHarm) {
  const std::string nul("a = 1\0b = 2\n", 12);
  EXPECT_THAT(toml_refusal(nul), AllOf(StartsWith("config.toml:1:6: not valid TOML: "), HasSubstr("\\u0000")));
  EXPECT_THAT(toml_refusal(std::string(1, '\0')), StartsWith("config.toml:1:1: not valid TOML: "));
  EXPECT_EQ(toml_refusal(repeated(200'000, "a.") + "a = 1"),
            "config.toml: larger than the 65536 bytes that a configuration may have");
  // Within the size, but deeper than the stack of the parser.
  const std::string deep = "config.toml: 32000 dots in keys and numbers: a configuration may have at most 2000";
  const std::string dotted = repeated(32'000, "a.") + "a";
  EXPECT_EQ(toml_refusal(dotted + " = 1"), deep);
  EXPECT_EQ(toml_refusal("[" + dotted + "]"), deep);
  EXPECT_EQ(toml_refusal("a = {" + dotted + " = 1}"), deep);
  EXPECT_EQ(toml_refusal("s = \"it's\\\"\" # it's\n" + dotted + " = 1"), deep);
  EXPECT_EQ(toml_refusal("s = '''a''''' \n" + dotted + " = 1"), deep);
  EXPECT_EQ(toml_refusal("s = \"\"\"a\\\"\"\"\"\"\" \n" + dotted + " = 1"), deep);
  EXPECT_EQ(toml_refusal("\"\"." + dotted + " = 1").substr(0, 18), "config.toml: 32001");
  EXPECT_EQ(toml_refusal(repeated(2000, "a.") + "a = 1").substr(0, 20), "config.toml:1: key \"");
  EXPECT_THAT(toml_refusal("a = " + repeated(60'000, "[")), StartsWith("config.toml:1:"));
  EXPECT_THAT(toml_refusal(repeated(60'000, "[")), StartsWith("config.toml:1:"));
  EXPECT_THAT(toml_refusal("a = " + repeated(10'000, "{a=")), StartsWith("config.toml:1:"));
  // Letters that are no bare key, and brackets in the wrong order.
  EXPECT_THAT(toml_refusal("\xce\x9d = 1"), StartsWith("config.toml:1:1: not valid TOML: "));
  EXPECT_THAT(toml_refusal("a.\xce\x9d = 1"), StartsWith("config.toml:1:3: not valid TOML: "));
  for (const char* text : {"[{", "[[{", "a = [{", "a = {[", "a = [[{", "[a]]", "[[a]", "a = [}", "a = {]"}) {
    EXPECT_THAT(toml_refusal(text), StartsWith("config.toml:1:")) << text;
  }
  EXPECT_THAT(toml_refusal("a = [" + repeated(10'000, "{a=[")), StartsWith("config.toml:1:"));
}

// The library takes for granted that a name begins behind the bracket.
TEST(TomlReader, ATableWithoutANameIsRefusedBeforeItIsParsed) {
  const std::string complaint =
      "not valid TOML: the \"[\" of a table must be followed by its name, which is made of letters, digits, \"_\" and "
      "\"-\", or stands in quotes";
  for (const std::string table : {"[{", "[\xce\x9d]", "[\xce\x9d", "[[\xce\x9d]]", "[ {", "[[{", "[}", "[,", "[\n",
                                  "[[\n", "[[[", "[ \t=", "[#", "[.a]", "[\x01]", "[\xff"}) {
    EXPECT_EQ(toml_refusal(table), "config.toml:1: " + complaint) << table;
    EXPECT_EQ(toml_refusal("[a]\nb = [\n[1], ']', # ]\n]\n " + table), "config.toml:5: " + complaint) << table;
  }
  // What the library sees itself.
  for (const std::string table : {"[", "[]", "[[", "[[]]", "[ [a]]", "[a", "[[a]", "[\"", "[a.{"}) {
    EXPECT_THAT(toml_refusal(table), StartsWith("config.toml:1:")) << table;
    EXPECT_THAT(toml_refusal(table), Not(HasSubstr("must be followed"))) << table;
  }
  // Brackets of values, of texts and of comments.
  for (const std::string text : {"a = [ [{x = 1}],\n[{x = 1}],\n[\n{x = 1}]]", "a = \"[{\"", "a = '''\n[{'''", "# [{",
                                 "a = [] # [{\n[b]", "[ 'x' ]", "[ \"x\".y ]", "[[ a ]]", "[1]", "[-]", "[_]"}) {
    EXPECT_NO_THROW(parse_toml(text, "config.toml")) << text;
  }
}

TEST(TomlReader, DotsInTextsAndCommentsDoNotCount) {
  const std::string dots = repeated(3000, ".");
  for (const std::string& text : {"# " + dots + "\na = 1", "a = \"" + dots + "\"", "a = '" + dots + "'",
                                  "a = \"\"\"\n" + dots + "\n\"\"\"", "a = '''\n" + dots + "'''"}) {
    EXPECT_THAT(parse_toml(text, "config.toml"), SizeIs(1)) << text.substr(0, 10);
  }
}

TEST(TomlReader, AnUnknownKeyOfAnyLengthGivesAShortMessage) {
  Config config(small_schema());
  try {
    config.read_text(repeated(60'000, "k") + " = 1", "config.toml");
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_EQ(error.what(), "config.toml:1: unknown key \"" + repeated(80, "k") + "...\"");
  }
}

TEST(TomlReader, OneValueIsExactlyOne) {
  const auto text = [](std::string_view value) {
    const std::optional<Literal> literal = parse_toml_value(value);
    return literal ? to_text(*literal) : "none";
  };
  EXPECT_EQ(text("5"), "5");
  EXPECT_EQ(text("[1, [2]]"), "[1, [2]]");
  EXPECT_EQ(text("{a = 1}"), "{...}");
  EXPECT_EQ(text("'a#b'"), "\"a#b\"");
  EXPECT_EQ(text("07:32:00"), "07:32:00");
  for (const char* none :
       {"", "mnist", "5 # five", "'a#b' # c", "[1] #", "5\nb = 3", "5\r\nvalue.x = 3", "\"open", "1,"}) {
    EXPECT_EQ(text(none), "none") << none;
  }
  EXPECT_EQ(text("{" + repeated(30'000, "a.") + "a = 1}"), "none");
}

}  // namespace
}  // namespace elbo

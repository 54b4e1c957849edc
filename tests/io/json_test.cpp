#include "elbo/io/json.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <nlohmann/json.hpp>

#include "elbo/io/strict_json_internal.h"
#include "elbo/settings/error.h"
#include "tests/io/io_testing.h"

namespace elbo::io {
namespace {

TEST(JsonObject, KeepsOrderAndExactNumbers) {
  JsonObject line;
  line.set("step", 300).set("loss", 104.2).set("done", true).set("name", "a\"b\n").set("count", uint64_t{1} << 63);
  line.set("run", JsonObject().set("third", 1.0 / 3.0)).set_json("list", "[1,2]");
  EXPECT_EQ(line.text(), R"({"step":300,"loss":104.2,"done":true,"name":"a\"b\n","count":9223372036854775808,)"
                         R"("run":{"third":0.3333333333333333},"list":[1,2]})");
  const auto json = nlohmann::json::parse(line.text());
  EXPECT_EQ(json["run"]["third"].get<double>(), 1.0 / 3.0);
  EXPECT_EQ(JsonObject().text(), "{}");
  EXPECT_EQ(JsonObject().set("a", 1e5).set("b", -0.0).set("c", 1e-5).set("d", 1e300).set("e", -7.0).text(),
            R"({"a":100000,"b":-0.0,"c":1e-05,"d":1e+300,"e":-7})");
}

TEST(JsonObject, WritesNonfiniteNumbersAsNullAndSaysWhich) {
  JsonObject line;
  line.set("kl", std::nan("")).set("nll", std::numeric_limits<double>::infinity());
  line.set("rows", std::vector<double>{1.5, -std::numeric_limits<double>::infinity()});
  EXPECT_EQ(line.text(),
            R"({"kl":null,"nll":null,"rows":[1.5,null],"nonfinite":{"kl":"nan","nll":"inf","rows[1]":"-inf"}})");
}

TEST(JsonObject, ReplacesWhatIsNoUtf8) {
  EXPECT_EQ(quoted_json("a\xff"), "\"a\xef\xbf\xbd\"");
}

TEST(StrictJson, RefusesWhatOrdinaryParsersLetPass) {
  const auto refused = [](std::string_view text) {
    return message_of<CorruptFileError>([&] { parse_strict(text, "m.json", {.depth = 3, .values = 20}); });
  };
  EXPECT_EQ(refused(R"({"a":1,"b":{"a":1,"a":2}})"), "m.json: the key \"a\" stands twice in one object");
  EXPECT_EQ(refused("[[[[1]]]]"), "m.json: JSON nested deeper than 3 levels");
  EXPECT_EQ(refused("[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]"), "m.json: more than 20 JSON values");
  EXPECT_EQ(refused(std::string_view("{}\0{}", 5)), "m.json: a zero byte stands in JSON text");
  EXPECT_EQ(refused("{} {}"), "m.json: no valid JSON at byte 4");
  EXPECT_EQ(refused("[1e999]"), "m.json: a JSON number is too large");
  EXPECT_EQ(refused(""), "m.json: no valid JSON at byte 1");
  EXPECT_EQ(parse_strict(R"([{"a":1},{"a":2}])", "m.json").size(), 2u);
}

TEST(StrictJson, SurvivesTwoMillionBrackets) {
  EXPECT_THROW(parse_strict(std::string(2'000'000, '['), "m.json"), CorruptFileError);
}

}  // namespace
}  // namespace elbo::io

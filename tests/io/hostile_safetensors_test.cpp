// Files made to deceive: each must be refused with a sentence that names the fault, and no bytes at all may crash.
#include <gmock/gmock.h>
#include <random>

#include "elbo/io/safetensors.h"
#include "elbo/io/safetensors_internal.h"
#include "elbo/settings/error.h"
#include "tests/io/io_testing.h"
#include "tests/io/safetensors_testing.h"

namespace elbo::io {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

// The refusal of a file of these bytes, without the file's name in front.
std::string refusal(const std::string& bytes) {
  const TestFolder folder;
  write_file(folder / "f", bytes);
  const std::string message = message_of<CorruptFileError>([&] { read_safetensors(folder / "f"); });
  const std::string start = (folder / "f").string() + ": ";
  EXPECT_TRUE(message.starts_with(start)) << message;
  return message.substr(std::min(message.size(), start.size()));
}

TEST(HostileSafetensors, LengthField) {
  EXPECT_EQ(refusal(""), "no safetensors file: it has 0 bytes, its header length alone takes 8");
  EXPECT_EQ(refusal(length_bytes(0)), "the header does not begin with {");
  EXPECT_EQ(refusal(length_bytes(3) + "{}"), "the header length is 3, but only 2 bytes follow");
  EXPECT_EQ(refusal(length_bytes(~uint64_t{0}) + "{}"),
            "the header length is 18446744073709551615; at most 16777216 is allowed");
  EXPECT_THAT(refusal(length_bytes(uint64_t{1} << 63) + "{}"), EndsWith("at most 16777216 is allowed"));
  EXPECT_THAT(refusal(length_bytes((16 << 20) + 1) + std::string((16 << 20) + 1, ' ')), EndsWith("is allowed"));
}

struct Case {
  std::string header;
  std::string message;
  std::string data = "12345678";
};

TEST(HostileSafetensors, Header) {
  const std::string tensor = R"({"dtype":"U8","shape":[8],"data_offsets":[0,8]})";
  const std::string control = std::string("{\"a") + '\\' + "u0001\":" + tensor + "}";
  const std::vector<Case> cases = {
      {"", "the header does not begin with {"},
      {" {}", "the header does not begin with {"},
      {"[]", "the header does not begin with {"},
      {"{", "the header is no valid JSON at byte 2"},
      {"{} x", "the header is no valid JSON at byte 4"},
      {"{}{}", "the header is no valid JSON at byte 3"},
      {std::string("{}\0{", 4), "a zero byte stands in the header"},
      {"{/**/}", "the header is no valid JSON at byte 2"},
      {"{\"\xff\":1}", "the header is no valid JSON at byte 3"},
      {R"({"a":1})", R"(tensor "a" is 1; an object is required)"},
      {R"({"a":[]})", R"(tensor "a" is an array; an object is required)"},
      {R"({"a":{}})", R"(tensor "a": dtype is missing)"},
      {R"({"a":{"dtype":"U8","data_offsets":[0,8]}})", R"(tensor "a": shape is missing)"},
      {R"({"a":{"dtype":"U8","shape":[8]}})", R"(tensor "a": data_offsets is missing)"},
      {R"({"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8],"file":"/etc/passwd"}})",
       R"(tensor "a": unknown field "file")"},
      {R"({"a":{"dtype":"BF16","shape":[4],"data_offsets":[0,8]}})",
       R"(tensor "a": dtype is "BF16"; F32, F64, I32 or U8 is required)"},
      {R"({"a":{"dtype":8,"shape":[8],"data_offsets":[0,8]}})", R"(tensor "a": dtype is 8; a string is required)"},
      {R"({"a":{"dtype":"U8","shape":8,"data_offsets":[0,8]}})", R"(tensor "a": shape is 8; an array is required)"},
      {R"({"a":{"dtype":"U8","shape":[[8]],"data_offsets":[0,8]}})",
       R"(tensor "a": shape has an array; an exact non-negative integer is required)"},
      {R"({"a":{"dtype":"U8","shape":["8"],"data_offsets":[0,8]}})",
       R"(tensor "a": shape has "8"; an exact non-negative integer is required)"},
      {R"({"a":{"dtype":"U8","shape":[{}],"data_offsets":[0,8]}})",
       R"(tensor "a": shape has an object; an exact non-negative integer is required)"},
      {R"({"a":{"dtype":"U8","shape":[1,1,1,1,1,1,1,1,8],"data_offsets":[0,8]}})",
       R"(tensor "a": shape has more than 8 numbers)"},
      {R"({"a":{"dtype":"U8","shape":[8],"data_offsets":[0]}})",
       R"(tensor "a": data_offsets has 1 numbers; 2 are required)"},
      {R"({"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8,9]}})",
       R"(tensor "a": data_offsets has more than 2 numbers)"},
      {R"({"a":{"dtype":"U8","dtype":"U8","shape":[8],"data_offsets":[0,8]}})",
       R"(tensor "a": the field "dtype" stands twice)"},
      {R"({"a":)" + tensor + R"(,"a":)" + tensor + "}", R"(the tensor name "a" stands twice in the header)"},
      {R"({"a":)" + tensor + R"(,"\u0061":)" + tensor + "}", R"(the tensor name "a" stands twice in the header)"},
      {R"({"":)" + tensor + "}", R"(the tensor name "" is empty)"},
      {control, R"(the tensor name "a\u0001" has a control character)"},
      {"{\"" + std::string(513, 'n') + "\":" + tensor + "}",
       "the tensor name \"" + std::string(80, 'n') + "\" is too long"},
      {R"({"__metadata__":{},"__metadata__":{}})", R"(the key "__metadata__" stands twice in the header)"},
      {R"({"__metadata__":1})", R"(__metadata__ is 1; an object is required)"},
      {R"({"__metadata__":{"k":1}})", R"(__metadata__ "k" is 1; a string is required)"},
      {R"({"__metadata__":{"k":{}}})", R"(__metadata__ "k" is an object; a string is required)"},
      {R"({"__metadata__":{"k":null}})", R"(__metadata__ "k" is null; a string is required)"},
      {R"({"__metadata__":{"k":"v","k":"w"}})", R"(the metadata key "k" stands twice in the header)"},
      // A file that claims to be checked must carry every checksum.
      {R"({"__metadata__":{"checksum.version":"2"},"a":)" + tensor + "}", R"(the metadata lacks "checksum.xxh128")"},
      {R"({"__metadata__":{"checksum.version":"3"},"a":)" + tensor + "}",
       R"(checksum.version is "3"; this program knows "2")"},
      {R"({"__metadata__":{"checksum.version":"1"},"a":)" + tensor + "}",
       R"(checksum.version is "1"; this program knows "2" (the checksums were SHA-256 and CRC32C, those of today are )"
       "XXH128: it can be read unverified, or written anew)"},
      {R"({"__metadata__":{"checksum.version":"2","checksum.xxh128":"abc"},"a":)" + tensor + "}",
       "checksum.xxh128 is not 32 lower-case hexadecimal digits, written once"},
      // Layout.
      {R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})",
       "data_offsets end at 4, but the data section has 8 bytes"},
      {R"({"a":{"dtype":"U8","shape":[9],"data_offsets":[0,9]}})",
       "data_offsets end at 9, but the data section has 8 bytes"},
      {"{}", "data_offsets end at 0, but the data section has 8 bytes"},
      {R"({"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})",
       R"(tensor "b": data_offsets begin at 4, after a hole (3 is required))"},
      {R"({"a":{"dtype":"U8","shape":[5],"data_offsets":[0,5]},"b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})",
       R"(tensor "b": data_offsets begin at 4, inside another tensor (5 is required))"},
      {R"({"a":)" + tensor + R"(,"b":)" + tensor + "}",
       R"(data_offsets begin at 0, inside another tensor (8 is required))"},
      {R"({"a":)" + tensor + R"(,"e":{"dtype":"U8","shape":[0],"data_offsets":[4,4]}})",
       R"(tensor "e": data_offsets begin at 4, inside another tensor (8 is required))"},
      {R"({"a":)" + tensor + R"(,"e":{"dtype":"U8","shape":[0],"data_offsets":[9,9]}})",
       R"(tensor "e": data_offsets begin at 9, after a hole (8 is required))"},
      {R"({"a":{"dtype":"U8","shape":[0],"data_offsets":[0,8]}})",
       R"(tensor "a": data_offsets [0, 8] do not enclose the 0 bytes of its dtype and shape)"},
      {R"({"a":{"dtype":"U8","shape":[8],"data_offsets":[8,0]}})",
       R"(tensor "a": data_offsets [8, 0] do not enclose the 8 bytes of its dtype and shape)"},
      // Products that wrap: 2^62 * 4 = 2^64, which 64 bits take for 0; with 4 more it looks like 4 elements.
      {R"({"a":{"dtype":"U8","shape":[4611686018427387904,4],"data_offsets":[0,8]}})",
       R"(tensor "a": shape has more elements than 64 bits count)"},
      {R"({"a":{"dtype":"F64","shape":[2305843009213693953],"data_offsets":[0,8]}})",
       R"(tensor "a": shape has more bytes than 64 bits count)"},
      {R"({"a":{"dtype":"F32","shape":[4294967296,4294967296,2],"data_offsets":[0,8]}})",
       R"(tensor "a": shape has more elements than 64 bits count)"},
      {R"({"a":{"dtype":"U8","shape":[4611686018427387904,4611686018427387904,0],"data_offsets":[0,0]}})",
       R"(tensor "a": shape has more elements than 64 bits count)"},
  };
  for (const Case& c : cases) EXPECT_THAT(refusal(file_of(c.header, c.data)), EndsWith(c.message)) << c.header;
}

TEST(HostileSafetensors, EveryNumberReplaced) {
  const TestFolder folder;
  // $0 to $5 stand for the numbers of a valid header; replaced by its own value each loads.
  const std::string header = R"({"a":{"dtype":"F32","shape":[$0,$1],"data_offsets":[$2,$3]},)"
                             R"("b":{"dtype":"U8","shape":[$4],"data_offsets":[$5,$6]}})";
  const std::vector<std::string> valid = {"2", "3", "0", "24", "8", "24", "32"};
  const std::vector<std::string> values = {"0",
                                           "1",
                                           "-1",
                                           "-0",
                                           "2",
                                           "3",
                                           "4",
                                           "23",
                                           "25",
                                           "31",
                                           "33",
                                           "2147483647",
                                           "2147483648",
                                           "4294967295",
                                           "4294967296",
                                           "9223372036854775807",
                                           "9223372036854775808",
                                           "18446744073709551615",
                                           "18446744073709551616",
                                           "1e0",
                                           "24.0",
                                           "1e999",
                                           "null",
                                           "true",
                                           "\"24\"",
                                           "[]",
                                           "{}",
                                           "-9223372036854775808",
                                           "99999999999999999999999999999999999999"};
  int loaded = 0;
  for (size_t field = 0; field < valid.size(); ++field) {
    for (const std::string& value : values) {
      std::string text = header;
      for (size_t i = 0; i < valid.size(); ++i) {
        text.replace(text.find("$" + std::to_string(i)), 2, i == field ? value : valid[i]);
      }
      write_file(folder / "f", file_of(text, std::string(32, 'x')));
      try {
        const TensorFile file = read_safetensors(folder / "f");
        EXPECT_EQ(value, valid[field]) << text;
        ++loaded;
      } catch (const CorruptFileError& error) {
        EXPECT_NE(value, valid[field]) << text;
        // A number that is too large for the JSON library is a fault of the JSON; all others name their field.
        EXPECT_THAT(error.what(), testing::AnyOf(HasSubstr("tensor \""), HasSubstr("data_offsets end at"),
                                                 HasSubstr("no valid JSON")))
            << text;
      }
    }
  }
  EXPECT_EQ(loaded, 3);  // "2", "3" and "0" are also the fields' own values
}

TEST(HostileSafetensors, TooManyTensorsAndDeepNesting) {
  std::string header = "{";
  for (size_t i = 0; i <= kMaxTensors; ++i) {
    header += (i > 0 ? ",\"" : "\"") + std::to_string(i) + R"(":{"dtype":"U8","shape":[0],"data_offsets":[0,0]})";
  }
  EXPECT_EQ(refusal(file_of(header + "}")), "more than 100000 tensors");
  EXPECT_EQ(refusal(file_of(R"({"a":)" + std::string(2'000'000, '['))),
            R"(tensor "a" is an array; an object is required)");
}

TEST(HostileSafetensors, NoBytesCrash) {
  const TestFolder folder;
  write_safetensors(folder / "good", sample_tensors(), {{"k", "v"}});
  const std::string good = content_of(folder / "good");
  const std::vector<std::string> pieces = {"{",
                                           "}",
                                           "[",
                                           "]",
                                           ",",
                                           ":",
                                           "\"",
                                           "0",
                                           "-1",
                                           "1e9",
                                           "\\u0000",
                                           "a",
                                           "null",
                                           "\"dtype\"",
                                           "\"shape\"",
                                           "18446744073709551615",
                                           std::string(1, '\0')};
  std::mt19937 random(20240229);
  const auto below = [&](size_t bound) { return static_cast<size_t>(random() % bound); };
  for (int round = 0; round < 4000; ++round) {
    std::string bytes = good;
    for (size_t edits = 1 + below(4); edits > 0; --edits) {
      const size_t at = 8 + below(bytes.size() - 8);
      switch (below(4)) {
        case 0:
          bytes[at] = static_cast<char>(random());
          break;
        case 1:
          bytes.insert(at, pieces[below(pieces.size())]);
          break;
        case 2:
          bytes.erase(at, 1 + below(8));
          break;
        default:
          bytes.replace(at, 1 + below(4), bytes.substr(8 + below(bytes.size() - 8), 1 + below(40)));
          break;
      }
    }
    // Half of them with a length that fits the edited header, so that the parser is reached.
    const size_t closing = bytes.rfind('}');
    if (round % 2 == 0 && closing != std::string::npos && closing > 8) {
      bytes.replace(0, 8, length_bytes(closing - 7));
    }
    write_file(folder / "f", bytes);
    try {
      read_safetensors(folder / "f", {.verify = false});
    } catch (const CorruptFileError&) {
    }
  }
}

}  // namespace
}  // namespace elbo::io

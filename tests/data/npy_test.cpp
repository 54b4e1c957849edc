#include "elbo/data/npy.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>

#include "tests/data/files.h"

namespace elbo::data {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

std::string npy(const std::string& header, std::string_view values, char major = 1) {
  return std::string("\x93NUMPY") + major + '\0' + little_endian(header.size(), major == 1 ? 2 : 4) + header +
         std::string(values);
}
std::string header(const std::string& descr, const std::string& order, const std::string& shape) {
  return "{'descr': '" + descr + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }\n";
}

template <typename T>
std::string raw(std::initializer_list<T> values) {
  return {reinterpret_cast<const char*>(values.begin()), values.size() * sizeof(T)};
}

class ReadNpy : public testing::Test {
 protected:
  Array read(const std::string& content) { return read_npy(folder_.write("x.npy", content)); }
  std::string complaint(const std::string& content) {
    const auto path = folder_.write("x.npy", content);
    return message_of([&] { read_npy(path); }).substr(path.string().size() + 2);
  }
  // What is said of a header before values that would fit f4 (2,).
  std::string header_complaint(const std::string& text) { return complaint(npy(text, raw<float>({1, 2}))); }

  TestFolder folder_;
};

template <typename T>
void expect_values(const Array& array, const std::vector<T>& expected) {
  const auto values = array.values<T>();
  EXPECT_EQ(std::vector<T>(values.begin(), values.end()), expected);
}

TEST_F(ReadNpy, ReadsEveryTypeAndVersion) {
  expect_values<float>(read(npy(header("<f4", "False", "(2,)"), raw<float>({1.5f, -2}))), {1.5f, -2});
  expect_values<double>(read(npy(header("<f8", "False", "(2,)"), raw<double>({0.1, -2}), 2)), {0.1, -2});
  expect_values<uint8_t>(read(npy(header("|u1", "False", "(3,)"), "\x01\x02\xff", 3)), {1, 2, 255});
  expect_values<uint8_t>(read(npy(header("|b1", "False", "(2,)"), std::string("\x01\x00", 2))), {1, 0});
  expect_values<int32_t>(read(npy(header("<i4", "False", "(2,)"), raw<int32_t>({7, -8}))), {7, -8});
  expect_values<int32_t>(read(npy(header("<i8", "False", "(2,)"), raw<int64_t>({7, -0x80000000L}))), {7, INT32_MIN});
}

TEST_F(ReadNpy, ReadsScalarsEmptyArraysAndManyAxes) {
  EXPECT_EQ(read(npy(header("<f4", "False", "()"), raw<float>({3}))).shape(), Shape{});
  EXPECT_EQ(read(npy(header("<f4", "False", "(0, 5)"), "")).shape(), (Shape{0, 5}));
  EXPECT_EQ(read(npy(header("|u1", "False", "(1, 1, 1, 1, 1, 1, 1, 2)"), "ab")).shape().rank(), 8);
}

TEST_F(ReadNpy, TurnsFortranOrderIntoRowMajor) {
  // [[1, 2, 3], [4, 5, 6]] by columns.
  const Array matrix = read(npy(header("<i4", "True", "(2, 3)"), raw<int32_t>({1, 4, 2, 5, 3, 6})));
  expect_values<int32_t>(matrix, {1, 2, 3, 4, 5, 6});
  std::string values;  // value = 100 i + 10 j + k of [2, 3, 4], first index fastest
  for (char k = 0; k < 4; ++k) {
    for (char j = 0; j < 3; ++j) {
      for (char i = 0; i < 2; ++i) values += static_cast<char>(100 * i + 10 * j + k);
    }
  }
  const Array cube = read(npy(header("|u1", "True", "(2, 3, 4)"), values));
  for (size_t at = 0; at < 24; ++at)
    EXPECT_EQ(cube.values<uint8_t>()[at], 100 * (at / 12) + 10 * (at / 4 % 3) + at % 4);
}

TEST_F(ReadNpy, ReadsHeadersInAnyOrderAndSpacing) {
  const std::string values = raw<float>({1, 2});
  for (const char* text : {"{'descr':'<f4','fortran_order':False,'shape':(2,)}",
                           "{\"shape\": (2 , ), \"descr\": \"<f4\", \"fortran_order\": False}",
                           "  { 'fortran_order' : False , 'shape' : ( 2L, ) , 'descr' : '<f4' , }   \n\n"}) {
    EXPECT_EQ(read(npy(text, values)).shape(), (Shape{2})) << text;
  }
}

TEST_F(ReadNpy, RefusesWeirdHeaders) {
  EXPECT_EQ(header_complaint(""), "its NPY header does not begin with '{'");
  EXPECT_EQ(header_complaint("{}"), "its NPY header has no key 'descr'");
  EXPECT_EQ(header_complaint("{'descr': '<f4'}"), "its NPY header has no key 'fortran_order'");
  EXPECT_EQ(header_complaint("{'descr': '<f4', 'fortran_order': False}"), "its NPY header has no key 'shape'");
  EXPECT_EQ(header_complaint("{'descr': '<f4', 'descr': '<f4'}"), "its NPY header has the key 'descr' twice");
  EXPECT_EQ(header_complaint("{'dtype': '<f4'}"), "its NPY header has an unknown key");
  EXPECT_EQ(header_complaint("{descr: '<f4'}"), "its NPY header is no dictionary of quoted keys");
  EXPECT_EQ(header_complaint("{'descr': '<f4' 'shape': (2,)}"),
            "its NPY header has no ',' or '}' after the value of 'descr'");
  EXPECT_EQ(header_complaint(header("<f4", "False", "(2,)") + "__import__('os')"),
            "its NPY header goes on after its '}'");
  EXPECT_EQ(header_complaint(header("<f4", "1", "(2,)")),
            "its NPY header has a 'fortran_order' that is neither True nor False");
  EXPECT_EQ(header_complaint("{'descr': 4, 'fortran_order': False, 'shape': (2,)}"),
            "its NPY header has a 'descr' that is no string");
  for (const char* shape : {"2", "(2)", "[2]", "(2,", "(2 2)", "(-2,)", "(2.0,)", "(,)", "(2,,)", "(1*2,)", "((2,),)",
                            "(99999999999999999999,)", "(1,1,1,1,1,1,1,1,2)"}) {
    EXPECT_EQ(header_complaint(header("<f4", "False", shape)),
              "its NPY header has a 'shape' that is no tuple of at most 8 whole numbers from 0 on")
        << shape;
  }
}

TEST_F(ReadNpy, RefusesTypesThatItDoesNotRead) {
  EXPECT_EQ(header_complaint(header("|O", "False", "(2,)")),
            "holds Python objects, which are code and are never loaded; save it as plain numbers (astype(float))");
  for (const char* descr : {"<c8", "|S3", "<U8", "", "f4", "<M8[ns]", "<f16", "<f1", "<u3", "|f4", "=f4", "<i0"}) {
    EXPECT_EQ(header_complaint(header(descr, "False", "(2,)")),
              "holds values of type \"" + std::string(descr) +
                  "\"; bool, i1, i2, i4, i8, u1, u2, u4, u8, f2, f4 and f8 are read: save it as one of them "
                  "(astype('f8'))");
  }
  const std::string structured =
      "holds a structured array, whose columns have names and types of their own; save it as plain numbers "
      "(numpy.lib.recfunctions.structured_to_unstructured)";
  EXPECT_EQ(header_complaint("{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (2,)}"), structured);
  EXPECT_EQ(header_complaint(header("|V8", "False", "(2,)")), structured);
}

TEST_F(ReadNpy, KeepsSmallIntegersIn32Bits) {
  expect_values<int32_t>(read(npy(header("|i1", "False", "(3,)"), raw<int8_t>({-128, 0, 127}))), {-128, 0, 127});
  expect_values<int32_t>(read(npy(header("<i2", "False", "(2,)"), raw<int16_t>({-32768, 32767}))), {-32768, 32767});
  expect_values<int32_t>(read(npy(header("<u2", "False", "(2,)"), raw<uint16_t>({1, 65535}))), {1, 65535});
  expect_values<int32_t>(read(npy(header("<u4", "False", "(2,)"), raw<uint32_t>({1, INT32_MAX}))), {1, INT32_MAX});
  expect_values<int32_t>(read(npy(header("<u8", "False", "(2,)"), raw<uint64_t>({1, INT32_MAX}))), {1, INT32_MAX});
  expect_values<int32_t>(read(npy(header("<i8", "False", "(2,)"), raw<int64_t>({INT32_MIN, 5}))), {INT32_MIN, 5});
}

TEST_F(ReadNpy, KeepsLargeIntegersInDoublesWhereTheyAreExact) {
  constexpr int64_t kMost = int64_t{1} << 53;
  expect_values<double>(read(npy(header("<u4", "False", "(2,)"), raw<uint32_t>({1, 0xffffffffu}))), {1, 4294967295.0});
  expect_values<double>(read(npy(header("<i8", "False", "(3,)"), raw<int64_t>({-kMost, 3, kMost}))),
                        {-9007199254740992.0, 3, 9007199254740992.0});
  expect_values<double>(read(npy(header("<u8", "False", "(1,)"), raw<uint64_t>({0x80000000u}))), {2147483648.0});
  const std::string beyond =
      ", beyond 2^53, which no double holds exactly; subtract an offset or save it as floating point";
  EXPECT_EQ(complaint(npy(header("<i8", "False", "(2,)"), raw<int64_t>({1, kMost + 1}))),
            "holds the integer 9007199254740993" + beyond);
  EXPECT_EQ(complaint(npy(header("<i8", "False", "(2,)"), raw<int64_t>({INT64_MIN, 1}))),
            "holds the integer -9223372036854775808" + beyond);
  EXPECT_EQ(complaint(npy(header("<u8", "False", "(1,)"), raw<uint64_t>({UINT64_MAX}))),
            "holds the integer 18446744073709551615" + beyond);
  // The first that does not fit stands far behind many that do.
  std::vector<int64_t> values(100'000);
  std::iota(values.begin(), values.end(), -50'000);
  values[70'000] = kMost;
  const Array array = read(npy(header("<i8", "False", "(100000,)"),
                               {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(int64_t)}));
  expect_values<double>(array, {values.begin(), values.end()});
}

TEST_F(ReadNpy, ReadsHalfPrecision) {
  const auto half = [](uint16_t a, uint16_t b, uint16_t c) { return raw<uint16_t>({a, b, c}); };
  expect_values<float>(read(npy(header("<f2", "False", "(3,)"), half(0x3c00, 0xc100, 0x7bff))), {1, -2.5f, 65504});
  // The least, the greatest below the normal ones, and the least normal one.
  expect_values<float>(read(npy(header("<f2", "False", "(3,)"), half(0x8001, 0x03ff, 0x0400))),
                       {-0x1p-24f, 0x1.ff8p-15f, 0x1p-14f});
  const Array special = read(npy(header(">f2", "False", "(3,)"), half(0x007c, 0x00fc, 0x007e)));
  EXPECT_EQ(special.values<float>()[0], std::numeric_limits<float>::infinity());
  EXPECT_EQ(special.values<float>()[1], -std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::isnan(special.values<float>()[2]));
}

TEST_F(ReadNpy, ReadsEitherByteOrder) {
  const auto reversed = [](std::string bytes) {
    std::reverse(bytes.begin(), bytes.end());
    return bytes;
  };
  expect_values<float>(read(npy(header(">f4", "False", "(2,)"), reversed(raw<float>({1.5f, -2})))), {-2, 1.5f});
  expect_values<double>(read(npy(header(">f8", "False", "(2,)"), reversed(raw<double>({0.1, -2})))), {-2, 0.1});
  expect_values<int32_t>(read(npy(header(">i2", "False", "(2,)"), reversed(raw<int16_t>({1, -2})))), {-2, 1});
  expect_values<int32_t>(read(npy(header(">u2", "False", "(2,)"), reversed(raw<uint16_t>({1, 65534})))), {65534, 1});
  expect_values<int32_t>(read(npy(header(">i4", "False", "(2,)"), reversed(raw<int32_t>({1, -2})))), {-2, 1});
  expect_values<int32_t>(read(npy(header(">u4", "False", "(2,)"), reversed(raw<uint32_t>({1, 2})))), {2, 1});
  expect_values<int32_t>(read(npy(header(">i8", "False", "(2,)"), reversed(raw<int64_t>({1, -2})))), {-2, 1});
  expect_values<double>(read(npy(header(">u8", "False", "(1,)"), reversed(raw<uint64_t>({1u << 31})))), {2147483648.0});
}

// Against the definition, over shapes around the tiles.
TEST_F(ReadNpy, TurnsFortranOrderOfEveryRank) {
  for (const std::vector<int64_t>& extents :
       {std::vector<int64_t>{130, 67}, {1, 200}, {200, 1}, {65, 3, 70}, {5, 4, 3, 2}, {2, 1, 3, 1, 2}, {3, 0, 2}}) {
    const Shape shape(extents);
    std::vector<int32_t> expected(static_cast<size_t>(shape.elements()));
    std::iota(expected.begin(), expected.end(), 0);
    std::vector<int32_t> stored(expected.size());
    for (size_t i = 0; i < expected.size(); ++i) {
      size_t rest = i, place = 0, stride = expected.size();
      for (size_t axis = extents.size(); axis-- > 0;) {
        const auto extent = static_cast<size_t>(extents[axis]);
        stride /= extent;
        place += rest % extent * stride;
        rest /= extent;
      }
      stored[place] = expected[i];
    }
    std::string text = "(";
    for (const int64_t extent : extents) text += std::to_string(extent) + ", ";
    const std::string_view bytes(reinterpret_cast<const char*>(stored.data()), stored.size() * sizeof(int32_t));
    const Array array = read(npy(header("<i4", "True", text + ")"), bytes));
    EXPECT_EQ(array.shape(), shape);
    expect_values<int32_t>(array, expected);
  }
}

TEST_F(ReadNpy, RefusesAWrongStart) {
  EXPECT_EQ(complaint("hello, world"), "is no NPY file: it does not begin with \\x93NUMPY");
  EXPECT_EQ(complaint(npy(header("<f4", "False", "(2,)"), "", 4)), "has NPY version 4.0; 1.0, 2.0 and 3.0 are read");
  EXPECT_EQ(complaint(std::string("\x93NUMPY\x02\x00", 8) + little_endian(0xffffffff, 4)),
            "its NPY header claims 4294967295 bytes; at most 65536 are read");
  EXPECT_EQ(complaint(npy(std::string(70000, ' '), "", 2)),
            "its NPY header claims 70000 bytes; at most 65536 are read");
}

TEST_F(ReadNpy, RefusesSizesThatDoNotFit) {
  EXPECT_EQ(header_complaint(header("<f4", "False", "(3,)")),
            "its header asks for 12 bytes of values, but 8 follow (is it truncated?)");
  EXPECT_EQ(header_complaint(header("<f4", "False", "(1,)")),
            "its header asks for 4 bytes of values, but 8 follow (is something appended?)");
  EXPECT_EQ(header_complaint(header("<f4", "False", "(4611686018427387906,)")),
            "its header asks for more bytes than 63 bits count");
  // 2^32 * 2^32 + ... wraps around to a small number when the product is not checked.
  EXPECT_EQ(header_complaint(header("<f4", "False", "(4294967296, 4294967296, 2)")),
            "its header asks for more bytes than 63 bits count");
  EXPECT_THAT(header_complaint(header("<f4", "False", "(0, 9223372036854775807, 9223372036854775807)")),
              EndsWith("63 bits count"));
}

TEST_F(ReadNpy, RefusesATruncationAtEveryByte) {
  const std::string whole = npy_bytes(Array::of<float>({2, 3}, {1, 2, 3, 4, 5, 6}));
  for (size_t size = 0; size < whole.size(); ++size) EXPECT_NE(complaint(whole.substr(0, size)), "") << size;
  EXPECT_NE(complaint(whole + '\0'), "");
}

TEST_F(ReadNpy, SurvivesEveryChangedByte) {
  const std::string whole = npy_bytes(Array::of<float>({2, 3}, {1, 2, 3, 4, 5, 6}));
  for (size_t i = 0; i < whole.size(); ++i) {
    for (const int bits : {0x01, 0x80}) {
      std::string damaged = whole;
      damaged[i] = static_cast<char>(damaged[i] ^ bits);
      try {
        EXPECT_LE(read(damaged).bytes(), 24u);
      } catch (const DataError&) {
      }
    }
  }
}

TEST_F(ReadNpy, ReadsBackWhatIsWritten) {
  const auto path = folder_.path() / "out.npy";
  const auto round_trip = [&](const Array& array) {
    write_npy(path, array);
    const Array back = read_npy(path);
    EXPECT_EQ(back.dtype(), array.dtype());
    ASSERT_EQ(back.shape(), array.shape());
    EXPECT_EQ(std::memcmp(back.data(), array.data(), array.bytes()), 0);
  };
  round_trip(Array::of<float>({2, 2}, {1, std::numeric_limits<float>::infinity(), std::nanf(""), -0.0f}));
  round_trip(Array::of<double>({}, {0.1}));
  round_trip(Array::of<int32_t>({3}, {1, -2, INT32_MAX}));
  round_trip(Array::of<uint8_t>({1, 2, 1, 2}, {0, 1, 254, 255}));
  round_trip(Array(DType::kF32, {0, 7}));
}

TEST_F(ReadNpy, WritesWhatNumpyWrites) {
  const std::string bytes = npy_bytes(Array::of<float>({1, 2}, {1, 2}));
  ASSERT_EQ(bytes.size(), 128u + 8u);
  const std::string start("\x93NUMPY\x01\x00\x76\x00", 10);
  EXPECT_EQ(bytes.substr(0, 10), start);
  EXPECT_EQ(bytes[127], '\n');
  EXPECT_THAT(bytes, HasSubstr("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }"));
  EXPECT_THAT(npy_bytes(Array(DType::kU8, {3})), HasSubstr("'descr': '|u1', 'fortran_order': False, 'shape': (3,), }"));
  EXPECT_THAT(npy_bytes(Array(DType::kF64, {})), HasSubstr("'shape': (), }"));
}

TEST_F(ReadNpy, SaysWhereItCannotWrite) {
  EXPECT_THROW(write_npy(folder_.path() / "missing" / "x.npy", Array(DType::kF32, {1})), IoError);
  EXPECT_THROW(write_npy(folder_.path(), Array(DType::kF32, {1})), IoError);
}

}  // namespace
}  // namespace elbo::data

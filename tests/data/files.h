// Files for the tests of readers: packed, and checked for how they are refused.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <zlib.h>

#include "elbo/settings/error.h"
#include "tests/support/bytes.h"
#include "tests/support/folder.h"
#include "tests/support/message.h"

namespace elbo::data {

using testing_support::big_endian;
using testing_support::little_endian;
using testing_support::TestFolder;

// window_bits: 31 for gzip, -15 for raw deflate.
inline std::string deflated(std::string_view content, int window_bits) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, window_bits, 9, Z_DEFAULT_STRATEGY), Z_OK);
  std::string packed(deflateBound(&stream, content.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}
inline std::string gzipped(std::string_view content) {
  return deflated(content, 31);
}

template <typename E = DataError, typename Call>
std::string message_of(const Call& call) {
  return testing_support::message_of<E>(call);
}

}  // namespace elbo::data

// What a call is refused with, as E says it; a failure of the test when it throws anything else or nothing.
//
//   EXPECT_EQ(message_of<ShapeError>([&] { matmul(a, b); }), "matmul: ...");
#pragma once

#include <exception>
#include <gtest/gtest.h>
#include <string>

#include "elbo/settings/error.h"

namespace elbo::testing_support {

template <typename E = Error, typename Call>
std::string message_of(const Call& call) {
  try {
    call();
  } catch (const E& error) {
    return error.what();
  } catch (const std::exception& error) {
    ADD_FAILURE() << "another exception: " << error.what();
    return "";
  }
  ADD_FAILURE() << "no exception";
  return "";
}

}  // namespace elbo::testing_support

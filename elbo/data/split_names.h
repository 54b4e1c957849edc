// Splits as files name and number them: split.npy of a run, data.split_file.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace elbo::data {

inline constexpr std::array<std::string_view, 4> kSplitNames{"train", "validation", "test", "none"};
inline constexpr uint8_t kNoSplit = 3;

}  // namespace elbo::data

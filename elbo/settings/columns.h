// Columns: the named arrays that rows of data consist of ("x", "label", "context"), as models and data sets speak of
// them to each other.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace elbo {

// What the numbers of a column, or of a distribution's outcomes, can be.
enum class Values : uint8_t {
  kBits,      // 0 or 1
  kUnit,      // from 0 to 1; a grey value as the mean of a bit is one
  kLevels,    // whole numbers from 0 to a known highest
  kCounts,    // whole numbers from 0 on
  kPositive,  // above 0
  kReals,     // any
};
std::string_view name_of(Values values);  // "bits", "unit", "levels", "counts", "positive", "reals"

// Whether every number of one kind is also one of another: bits are unit, levels are counts, all are reals.
bool is_within(Values values, Values kind);

// Levels and counts: numbers that are read as they are, since another scale would make others of them.
bool is_whole(Values values);

// Whether columns are to be centred and scaled before a model reads them.
enum class Standardize : uint8_t {
  kNo,
  kReals,  // where they are neither bits nor grey values, nor lie between 0 and 1 by themselves
  kAll,
};

// What a model asks of the values of x, known before any data are.
struct ValueNeeds {
  Values values = Values::kReals;
  Standardize standardize = Standardize::kNo;
  bool context = false;  // columns that x is given are read, too
  bool varying = false;  // a column that is the same in every training row is refused: it has no density
};

struct ColumnFacts {
  std::string name;
  int64_t dim = 1;
  Values values = Values::kReals;
  int64_t levels = 0;  // bits and levels: how many there are, 0 .. levels - 1; 0: not known

  friend bool operator==(const ColumnFacts&, const ColumnFacts&) = default;
};

}  // namespace elbo

// Tries a fuzz target's seeds and mutated ones, the same each time.
//
//   csv_fuzz                     # 20,000 inputs
//   csv_fuzz --inputs 1000000
//   csv_fuzz --seconds 60        # as many as that takes
//   csv_fuzz --seeds FOLDER      # writes the seeds, for libFuzzer
//   csv_fuzz FILE...             # tries these
//
// With ELBO_FUZZ_KEEP=FILE each input is kept there until the next, so that one that ends the program is left.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <limits>
#include <random>

#include "tests/fuzz/fuzz_target.h"

namespace elbo::fuzz {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

class Mutator {
 public:
  explicit Mutator(std::vector<std::string> seeds) : seeds_(std::move(seeds)) {}

  std::string next() {
    std::string text = any_seed();
    for (size_t changes = 1 + below(6); changes > 0; --changes) change(text);
    return text;
  }

 private:
  size_t below(size_t limit) { return limit == 0 ? 0 : random_() % limit; }
  const std::string& any_seed() { return seeds_[below(seeds_.size())]; }

  void change(std::string& text) {
    const size_t at = below(text.size() + 1);
    switch (below(8)) {
      case 0:  // one bit
        if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << below(8)));
        break;
      case 1:  // one byte
        if (at < text.size()) text[at] = static_cast<char>(below(256));
        break;
      case 2:  // a number where sizes go wrong, in one of the widths and byte orders
        write_number(text, at);
        break;
      case 3:
        text.erase(at, 1 + below(16));
        break;
      case 4:  // part of this or another seed
        insert_part(text, at);
        break;
      case 5:
        text.resize(at);
        break;
      case 6:  // one byte many times
        text.insert(at, below(4) == 0 ? 5000 : 1 + below(20), at < text.size() ? text[at] : '0');
        break;
      default:
        text.insert(at, 1, "\"',;\t\n\r#[]{}=.\xff\0"[below(16)]);
        break;
    }
  }

  void write_number(std::string& text, size_t at) {
    static constexpr uint64_t kNumbers[] = {0,
                                            1,
                                            0x7f,
                                            0xff,
                                            0x7fff,
                                            0xffff,
                                            0x7fffffff,
                                            0x80000000,
                                            0xffffffff,
                                            uint64_t{1} << 32,
                                            ~uint64_t{0},
                                            ~uint64_t{0} >> 1,
                                            uint64_t{1} << 63};
    const uint64_t number = kNumbers[below(std::size(kNumbers))];
    const size_t width = size_t{1} << below(4);
    const bool big_endian = below(2) == 1;
    for (size_t i = 0; i < width && at + i < text.size(); ++i) {
      text[at + i] = static_cast<char>(number >> (8 * (big_endian ? width - 1 - i : i)));
    }
  }

  void insert_part(std::string& text, size_t at) {
    const std::string other = below(2) == 0 ? text : any_seed();
    const size_t from = below(other.size() + 1);
    text.insert(at, other, from, 1 + below(64));
  }

  std::vector<std::string> seeds_;
  std::mt19937_64 random_{1};
};

void try_input(std::string_view input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size());
}

void write_seeds(const fs::path& folder) {
  const std::vector<std::string> all = seeds();
  for (size_t i = 0; i < all.size(); ++i) {
    testing_support::write_file(folder / ("seed-" + std::to_string(i)), all[i]);
  }
}

int run(const std::vector<std::string>& arguments) {
  if (arguments.size() == 2 && arguments[0] == "--seeds") {
    write_seeds(arguments[1]);
    return 0;
  }
  long inputs = 20'000;
  auto until = Clock::time_point::max();
  if (arguments.size() == 2 && arguments[0] == "--inputs") {
    inputs = std::atol(arguments[1].c_str());
  } else if (arguments.size() == 2 && arguments[0] == "--seconds") {
    inputs = std::numeric_limits<long>::max();
    until = Clock::now() + std::chrono::seconds(std::atol(arguments[1].c_str()));
  } else if (!arguments.empty()) {
    for (const std::string& path : arguments) try_input(testing_support::content_of(path));
    return 0;
  }
  const std::vector<std::string> all = seeds();
  for (const std::string& seed : all) try_input(seed);
  Mutator mutator(all);
  long tried = 0;
  for (; tried < inputs && Clock::now() < until; ++tried) {
    const std::string input = mutator.next();
    if (const char* const kept = std::getenv("ELBO_FUZZ_KEEP")) testing_support::write_file(kept, input);
    try_input(input);
  }
  std::printf("%zu seeds and %ld mutated inputs\n", all.size(), tried);
  return 0;
}

}  // namespace
}  // namespace elbo::fuzz

int main(int count, char** arguments) {
  return elbo::fuzz::run({arguments + 1, arguments + count});
}

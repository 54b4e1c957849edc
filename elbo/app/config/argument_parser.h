// The words of a command line, told apart: options with their values, positionals, and what is neither.  The only
// place that knows the library for it; what the words mean is up to Arguments.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace elbo::app {

struct WordRule {
  std::string name;  // "seed" for --seed; any name for a positional
  char letter = 0;   // 'n' for -n; 0 for none
  bool takes_value = true;
  bool positional = false;
  bool repeated = false;  // a positional that takes all that follow
};

struct Occurrence {
  size_t rule;  // index
  std::string value;
};

struct SplitWords {
  std::vector<Occurrence> given;  // in the order of the words
  std::vector<std::string> unknown;
};

// Throws ConfigError where an option lacks its value or has one that it does not take.
SplitWords split_words(const std::vector<WordRule>& rules, const std::vector<std::string>& words);

}  // namespace elbo::app

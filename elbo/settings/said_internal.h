// Said: the assignments of a configuration by key, which of them something has taken, and what is wrong with others.
//
// Assignments are numbered in the order in which the later overrides the earlier.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "elbo/settings/config.h"

namespace elbo {

class Said {
 public:
  explicit Said(const std::vector<Assignment>& assignments);

  size_t count() const { return assignments_.size(); }
  const Assignment& operator[](size_t i) const { return assignments_[i]; }
  // Its key: as it was said, but for what was moved.
  const std::string& key(size_t i) const { return keys_[i]; }

  // What was said of a key, and of all keys that begin so, the earliest first.
  const std::vector<size_t>& at(const std::string& key) const;
  std::vector<size_t> below(std::string_view prefix) const;
  // From now on it stands at another key.
  void move(size_t i, std::string key);
  // From now on what stands below one prefix stands below another: "flow.0." is "flow.", where one stands alone.
  void move_below(const std::string& from, const std::string& to);

  bool used(size_t i) const { return used_[i]; }
  void use(size_t i) { used_[i] = true; }
  void use_below(std::string_view prefix);
  // As if it had not been said.
  void drop(size_t i);

  // Whether `later` was said after `earlier` and elsewhere: in another file, or on the command line.
  bool overrides(size_t later, size_t earlier) const;

  void fault(size_t i, std::string sentence);
  void refuse(size_t i, std::string_view requirement);  // the assignment, and what is required of it
  void throw_first_fault() const;                       // as ConfigError, if there is one

 private:
  const std::vector<Assignment>& assignments_;
  std::vector<std::string> keys_;
  std::vector<bool> used_;
  std::map<std::string, std::vector<size_t>, std::less<>> by_key_;
  std::map<size_t, std::string> faults_;
};

// "config.toml:14: posterior.flow = "planer"" or "--set posterior.flow=planer": what a message about it begins with.
std::string place_of(const Assignment& assignment);

}  // namespace elbo

// Settings: the values of a part's options, with those of the parts in it, as a configuration or its defaults give
// them.
//
//   const Settings& flow = settings.part("flow");        // [posterior.flow] name = "nsf-coupling"
//   flow.name() == "nsf-coupling";  flow.integer("bins") == 16;  flow.integers("network.hidden")
//   for (const Settings& one : settings.parts("flow")) ... one.row<FlowFamily>().make(site, one);
//   settings.refuse("validation", "must be below the 60000 rows that there are");
//     throws ConfigError: config.toml:14: data.validation = 70000: must be below the 60000 rows that there are
//
// A key may reach into groups and parts by dots, into lists by numbers from 0 on.  Asking for a key that is not
// declared, or as another type, is a mistake of the caller: std::logic_error.
#pragma once

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "elbo/settings/option.h"

namespace elbo {

struct Origin {
  enum class Kind : uint8_t { kDefault, kFile, kCommandLine };
  Kind kind = Kind::kDefault;
  std::string text;  // "config.toml:14", "--set train.epochs=5"; empty for a default
};

class Settings {
 public:
  // One option and what it holds.
  struct Entry {
    const Option* option = nullptr;
    Value value;     // of a part: the name, or those of a list with commas between
    Value standard;  // its default in this place
    Origin origin;
    std::vector<Settings> inside;  // of a group: one; of a part: none, one, or those of a chain

    // Whether a file says it as `key = value`: groups, and parts whose row can be told something, are tables.
    bool is_line() const;
  };

  Settings() = default;

  bool flag(std::string_view key) const { return held<bool>(key); }
  int64_t integer(std::string_view key) const { return held<int64_t>(key); }
  double number(std::string_view key) const { return held<double>(key); }
  const std::string& text(std::string_view key) const { return held<std::string>(key); }
  const std::vector<int64_t>& integers(std::string_view key) const { return held<std::vector<int64_t>>(key); }
  const std::vector<double>& numbers(std::string_view key) const { return held<std::vector<double>>(key); }
  const std::vector<std::string>& texts(std::string_view key) const { return held<std::vector<std::string>>(key); }

  // Whether there is such a key here: rows may leave out what others have.
  bool has(std::string_view key) const { return find(key) != nullptr; }
  const Value& value(std::string_view key) const { return entry(key).value; }
  const Origin& origin(std::string_view key) const { return entry(key).origin; }

  // What stands in a place.  `part` needs exactly one there: std::logic_error.
  const Settings& part(std::string_view key) const;
  std::span<const Settings> parts(std::string_view key) const;
  const Settings& group(std::string_view key) const;

  // Of what stands in a part: the row chosen.  Empty for a group.
  std::string_view name() const { return row_.name; }
  template <typename Row>
  const Row& row() const {
    if (row_.type == nullptr || *row_.type != typeid(Row))
      throw std::logic_error("settings " + path_ + ": another row");
    return *static_cast<const Row*>(row_.row);
  }
  const RowView& row_view() const { return row_; }
  // "posterior.flow"; empty at the top.
  const std::string& path() const { return path_; }

  // For rules that a declaration cannot express.  `requirement` goes on after the value: "must be ...".
  [[noreturn]] void refuse(std::string_view key, std::string_view requirement) const;
  // Of the part itself, by its name: "posterior.flow = "maf": ...".
  [[noreturn]] void refuse(std::string_view requirement) const;

  const std::vector<Entry>& entries() const { return entries_; }
  // Every value with its whole key, names of parts as "posterior.flow.name", in the order of declaration.
  std::vector<std::pair<std::string, Value>> flattened() const;

  // Defaults and "key=value" over them, for those who have no file: settings_of(kMaf.settings, {"layers=3"}).  Throws
  // ConfigError.  `options` must outlive the result.
  static Settings of(const std::vector<Option>& options, const std::vector<std::string>& assignments = {});
  // The same for a row, so that name() and row() are there.
  static Settings of(const RowView& row, const std::vector<std::string>& assignments = {});

 private:
  friend class Resolver;
  const Entry* find(std::string_view key) const;
  const Entry& entry(std::string_view key) const;
  template <typename T>
  const T& held(std::string_view key) const {
    const T* value = std::get_if<T>(&entry(key).value);
    if (!value) throw std::logic_error("settings: \"" + whole(key) + "\" is asked for as another type");
    return *value;
  }
  std::string whole(std::string_view key) const;

  std::string path_;
  RowView row_;
  Value name_value_;
  Origin name_origin_;
  std::vector<Entry> entries_;
};

}  // namespace elbo

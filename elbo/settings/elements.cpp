#include <algorithm>
#include <fmt/core.h>
#include <string_view>
#include <utility>

#include "elbo/settings/elements_internal.h"
#include "elbo/settings/keys_internal.h"
#include "elbo/settings/unknown_internal.h"

namespace elbo {
namespace {

constexpr size_t kLongestChain = 64;

// A name as it was written, or nothing where no text was.
std::optional<std::string> name_in(const Assignment& said) {
  if (const auto* literal = std::get_if<Literal>(&said.value)) {
    const auto* text = std::get_if<std::string>(&literal->value);
    return text ? std::optional(*text) : std::nullopt;
  }
  const std::string& text = std::get<std::string>(said.value);
  if (!text.starts_with('"') && !text.starts_with('\'') && !text.starts_with('[')) return text;
  const std::optional<Literal> literal = parse_toml_value(text);
  const auto* quoted_text = literal ? std::get_if<std::string>(&literal->value) : nullptr;
  return quoted_text ? std::optional(*quoted_text) : std::nullopt;
}

// "[actnorm, maf]" as a shell leaves it.
std::optional<std::vector<std::string>> bare_names_in(std::string_view text) {
  if (text.size() < 2 || text.front() != '[' || text.back() != ']') return std::nullopt;
  text = text.substr(1, text.size() - 2);
  if (text.find_first_of("[]\"'") != text.npos) return std::nullopt;
  std::vector<std::string> names;
  while (true) {
    const std::string_view piece = text.substr(0, text.find(','));
    const size_t begin = piece.find_first_not_of(' ');
    names.emplace_back(begin == piece.npos ? piece.substr(0, 0)
                                           : piece.substr(begin, piece.find_last_not_of(' ') - begin + 1));
    if (piece.size() == text.size()) return names;
    text.remove_prefix(piece.size() + 1);
  }
}

// A list of names, or nothing.
std::optional<std::vector<std::string>> names_in(const Assignment& said) {
  std::optional<Literal> parsed;
  const auto* literal = std::get_if<Literal>(&said.value);
  if (literal == nullptr) {
    const std::string& text = std::get<std::string>(said.value);
    parsed = parse_toml_value(text);
    if (!parsed) return bare_names_in(text);
    literal = &*parsed;
  }
  const auto* elements = std::get_if<std::vector<Literal>>(&literal->value);
  if (elements == nullptr) return std::nullopt;
  std::vector<std::string> names;
  for (const Literal& element : *elements) {
    const auto* text = std::get_if<std::string>(&element.value);
    if (text == nullptr) return std::nullopt;
    names.push_back(*text);
  }
  return names;
}

class Reader {
 public:
  Reader(const Part& part, const std::string& key, Said& said) : part_(part), key_(key), said_(said) {}

  Elements read(const std::string& standard) {
    if (standard != kNone) out_.list.push_back({.name = standard, .said = {}, .begun = {}});
    std::vector<size_t> all = said_.at(key_);
    if (!part_.beside) {
      const std::vector<size_t> below = said_.below(key_ + ".");
      all.insert(all.end(), below.begin(), below.end());
      std::sort(all.begin(), all.end());
    }
    for (const size_t i : all) take(i);
    if (part_.optional && out_.list.size() == 1 && out_.list.front().name == kNone) out_.list.clear();
    return std::move(out_);
  }

 private:
  void take(size_t i) {
    if (said_.key(i) == key_) return take_whole(i);
    const std::string_view rest = std::string_view(said_.key(i)).substr(key_.size() + 1);
    if (const auto index = index_of(first_word(rest))) return take_element(i, *index, after_first_word(rest));
    if (rest != kName) return;
    if (const auto name = name_in(said_[i]); !name) {
      needs_text(i);
    } else if (out_.list.size() > 1) {
      refuse(i, fmt::format("{} is a list of {}: say which, as {}.0.name", key_, out_.list.size(), key_));
    } else {
      one(i, *name);
    }
  }

  void take_whole(size_t i) {
    said_.use(i);
    if (said_[i].empty_table) return;
    if (const auto name = name_in(said_[i])) return one(i, *name);
    const auto names = part_.chain ? names_in(said_[i]) : std::nullopt;
    if (!names) return needs_text(i);
    if (names->empty() && !part_.optional) return refuse(i, "must hold at least one name");
    if (names->size() > kLongestChain) return too_long(i);
    replace(i, *names);
  }

  void take_element(size_t i, size_t index, std::string_view inner) {
    if (!part_.chain) return refuse(i, fmt::format("one {} stands there, not a list", part_.rows.kind));
    const bool whole = inner.empty();
    const bool in_file = said_[i].origin.kind == Origin::Kind::kFile;
    if (whole && in_file && index == 0) replace(i, {});  // the first table of a list, or its first name
    const size_t size = out_.list.size();
    if (index >= kLongestChain) return too_long(i);
    if (index > size) return refuse(i, fmt::format("{} is a list of {}: its next is {}.{}", key_, size, key_, size));
    if (index == size) {
      if (size == 1) become_a_list(i);
      out_.list.push_back({.name = "", .said = {}, .begun = i});
    }
    if (!whole && inner != kName) return;
    said_.use(i);
    if (said_[i].empty_table) return;
    const auto name = name_in(said_[i]);
    if (!name) return needs_text(i);
    rename(out_.list[index], *name, i);
  }

  // One name for the whole.
  void one(size_t i, const std::string& name) {
    said_.use(i);
    if (name == kNone && part_.optional) return replace(i, {});
    if (out_.list.size() != 1) return replace(i, {name});
    out_.said = i;
    rename(out_.list.front(), name, i);
  }

  // From one to two: what was said before of the one is said of the first of the list.
  void become_a_list(size_t i) {
    for (const size_t earlier : said_.below(key_ + ".")) {
      const std::string_view rest = std::string_view(said_.key(earlier)).substr(key_.size() + 1);
      if (earlier < i && !index_of(first_word(rest))) said_.move(earlier, fmt::format("{}.0.{}", key_, rest));
    }
  }

  static void rename(Element& element, const std::string& name, size_t i) {
    if (element.name != name && !element.name.empty()) element.before.push_back(element.name);
    element.name = name;
    element.said = i;
  }

  // A new list in place of the old.  What was said of that elsewhere is of use to nobody, if it was of any.
  void replace(size_t i, const std::vector<std::string>& names) {
    for (const size_t earlier : out_.list.empty() ? std::vector<size_t>{} : said_.below(key_ + ".")) {
      std::string_view rest = std::string_view(said_.key(earlier)).substr(key_.size() + 1);
      if (index_of(first_word(rest))) rest = after_first_word(rest);
      if (said_.overrides(i, earlier) && (rest.empty() || !rows_that_know(part_, rest).empty())) said_.drop(earlier);
    }
    out_.list.clear();
    for (const std::string& name : names) out_.list.push_back({.name = name, .said = i, .begun = i});
    out_.said = i;
  }

  void refuse(size_t i, const std::string& requirement) {
    said_.refuse(i, requirement);
    out_.broken = true;
  }
  void needs_text(size_t i) {
    refuse(i, part_.chain ? "must be a text in quotes, or a list of them" : "must be a text in quotes");
  }
  void too_long(size_t i) { refuse(i, fmt::format("a list of at most {} stands there", kLongestChain)); }

  const Part& part_;
  const std::string& key_;
  Said& said_;
  Elements out_;
};

}  // namespace

Elements elements_of(const Part& part, const std::string& key, const std::string& standard, Said& said) {
  return Reader(part, key, said).read(standard);
}

}  // namespace elbo

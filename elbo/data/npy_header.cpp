#include <charconv>
#include <optional>

#include "elbo/data/npy_header_internal.h"
#include "elbo/engine/shape.h"

namespace elbo::data {

namespace {

class Parser {
 public:
  Parser(std::string_view text, NpyHeader& header) : text_(text), header_(header) {}

  // Nothing, or what is wrong.
  std::optional<std::string> parse() {
    if (!take('{')) return "does not begin with '{'";
    bool has_descr = false, has_order = false, has_shape = false;
    while (!take('}')) {
      std::string key;
      if (!string(key) || !take(':')) return "is no dictionary of quoted keys";
      bool* seen = key == "descr"           ? &has_descr
                   : key == "fortran_order" ? &has_order
                   : key == "shape"         ? &has_shape
                                            : nullptr;
      if (seen == nullptr) return "has an unknown key";
      if (*seen) return "has the key '" + key + "' twice";
      *seen = true;
      if (auto complaint = value(key)) return complaint;
      if (header_.is_structured) return std::nullopt;
      if (!take(',')) {
        if (!take('}')) return "has no ',' or '}' after the value of '" + key + "'";
        break;
      }
    }
    skip_space();
    if (!text_.empty()) return "goes on after its '}'";
    if (!has_descr) return "has no key 'descr'";
    if (!has_order) return "has no key 'fortran_order'";
    if (!has_shape) return "has no key 'shape'";
    return std::nullopt;
  }

 private:
  std::optional<std::string> value(std::string_view key) {
    if (key == "descr") {
      if (peek() == '[') {
        header_.is_structured = true;
        return std::nullopt;
      }
      if (!string(header_.descr)) return "has a 'descr' that is no string";
    } else if (key == "fortran_order") {
      if (word("True")) {
        header_.fortran_order = true;
      } else if (word("False")) {
        header_.fortran_order = false;
      } else {
        return "has a 'fortran_order' that is neither True nor False";
      }
    } else if (!tuple()) {
      return "has a 'shape' that is no tuple of at most 8 whole numbers from 0 on";
    }
    return std::nullopt;
  }

  // (), (3,), (3, 4), (3, 4, ); but (3) is a number in Python, not a tuple.
  bool tuple() {
    if (!take('(')) return false;
    bool comma = true;
    while (!take(')')) {
      int64_t extent = 0;
      skip_space();
      const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), extent);
      if (!comma || error != std::errc() || extent < 0 || header_.shape.size() == Shape::kMaxRank) return false;
      text_.remove_prefix(static_cast<size_t>(end - text_.data()));
      if (!text_.empty() && text_.front() == 'L') text_.remove_prefix(1);  // Python 2 wrote long integers so
      header_.shape.push_back(extent);
      comma = take(',');
    }
    return comma || header_.shape.size() > 1;
  }

  // A quoted string; escapes do not occur in what NumPy writes and are not read.
  bool string(std::string& out) {
    const char quote = peek();
    if (quote != '\'' && quote != '"') return false;
    const size_t end = text_.find(quote, 1);
    if (end == std::string_view::npos) return false;
    out = text_.substr(1, end - 1);
    text_.remove_prefix(end + 1);
    return out.find('\\') == std::string::npos;
  }

  bool word(std::string_view expected) {
    skip_space();
    if (!text_.starts_with(expected)) return false;
    text_.remove_prefix(expected.size());
    return true;
  }
  bool take(char expected) { return word({&expected, 1}); }
  char peek() {
    skip_space();
    return text_.empty() ? '\0' : text_.front();
  }
  void skip_space() {
    const size_t first = text_.find_first_not_of(" \t\r\n");
    text_.remove_prefix(first == std::string_view::npos ? text_.size() : first);
  }

  std::string_view text_;
  NpyHeader& header_;
};

}  // namespace

bool parse_npy_header(std::string_view text, NpyHeader& header, std::string& complaint) {
  const auto wrong = Parser(text, header).parse();
  if (wrong) complaint = *wrong;
  return !wrong;
}

}  // namespace elbo::data

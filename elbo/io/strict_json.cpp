#include <set>
#include <vector>

#include "elbo/io/strict_json_internal.h"
#include "elbo/settings/error.h"

namespace elbo::io {

nlohmann::json parse_strict(std::string_view text, const std::string& file, const JsonLimits& limits) {
  using Event = nlohmann::json::parse_event_t;
  const auto fail = [&](const std::string& what) { throw CorruptFileError(file + ": " + what); };
  // The parser takes a zero byte for the end of its input and would let anything follow it.
  if (text.find('\0') != std::string_view::npos) fail("a zero byte stands in JSON text");
  std::vector<std::set<std::string>> keys;  // of the objects that are open
  size_t values = 0;
  const auto watch = [&](int depth, Event event, nlohmann::json& parsed) {
    const bool opens = event == Event::object_start || event == Event::array_start;
    if (opens && depth >= limits.depth) fail("JSON nested deeper than " + std::to_string(limits.depth) + " levels");
    if ((opens || event == Event::value) && ++values > limits.values) {
      fail("more than " + std::to_string(limits.values) + " JSON values");
    }
    if (event == Event::object_start) keys.emplace_back();
    if (event == Event::object_end) keys.pop_back();
    if (event == Event::key && !keys.back().insert(parsed.get<std::string>()).second) {
      fail("the key " + parsed.dump() + " stands twice in one object");
    }
    return true;
  };
  try {
    return nlohmann::json::parse(text, watch);
  } catch (const nlohmann::json::parse_error& error) {
    throw CorruptFileError(file + ": no valid JSON at byte " + std::to_string(error.byte));
  } catch (const nlohmann::json::exception&) {
    throw CorruptFileError(file + ": a JSON number is too large");
  }
}

}  // namespace elbo::io

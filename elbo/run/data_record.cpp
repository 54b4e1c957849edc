#include "elbo/run/data_record.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "elbo/data/npy.h"
#include "elbo/data/split_names.h"
#include "elbo/io/file.h"
#include "elbo/settings/error.h"

namespace elbo::run {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::json;

constexpr int64_t kMaxDim = int64_t{1} << 24;  // values of a row; more would ask for more memory than there is
constexpr uint64_t kMaxBytes = uint64_t{1} << 30;

Json json_of(const data::TableLayout& layout) {
  Json result{{"columns", layout.count},
              {"names", layout.names},
              {"x", layout.x},
              {"context", layout.context},
              {"classes", layout.classes}};
  if (layout.label) result["label"] = *layout.label;
  return result;
}

// Reads the parts of data.json, each complaint with its key.
class Reader {
 public:
  Reader(const fs::path& file, Json content) : file_(file), content_(std::move(content)) {
    if (!content_.is_object()) refuse("is no JSON object");
  }

  [[noreturn]] void refuse(const std::string& complaint) const {
    throw CorruptFileError(fmt::format("{}: {}", file_.string(), complaint));
  }

  const Json& at(const Json& object, const char* key) const {
    const auto found = object.find(key);
    if (found == object.end()) refuse(fmt::format("lacks \"{}\"", key));
    return *found;
  }

  template <typename T>
  T get(const Json& object, const char* key) const {
    try {
      return at(object, key).get<T>();
    } catch (const Json::exception&) {
      refuse(fmt::format("\"{}\" is of another type", key));
    }
  }

  double positive(const char* key) const {
    const auto value = get<double>(content_, key);
    if (!(value > 0) || !std::isfinite(value)) refuse(fmt::format("\"{}\" = {} is not above 0", key, value));
    return value;
  }

  int64_t whole(const Json& object, const char* key) const {
    if (!at(object, key).is_number_integer()) refuse(fmt::format("\"{}\" is no whole number", key));
    const auto value = get<int64_t>(object, key);
    if (value < 0 || value > kMaxDim) refuse(fmt::format("\"{}\" = {} is out of range", key, value));
    return value;
  }

  data::ImageGeometry image(int64_t dim) const {
    const Json& object = at(content_, "image");
    const data::ImageGeometry image{
        .height = whole(object, "height"), .width = whole(object, "width"), .channels = whole(object, "channels")};
    const auto& [height, width, channels] = image;
    const bool is_image = height > 0 && width > 0 && channels > 0;
    const bool fits = is_image ? dim % height == 0 && dim / height % width == 0 && dim / height / width == channels
                               : height == 0 && width == 0 && channels == 0;
    if (!fits) {
      refuse(fmt::format("rows of {} values cannot be images of {} x {} x {}", dim, height, width, channels));
    }
    return image;
  }

  data::Encoding encoding() const {
    data::Encoding encoding{.dim = whole(content_, "dim"),
                            .scale = positive("scale"),
                            .unit = positive("unit"),
                            .dequantized = get<bool>(content_, "dequantized"),
                            .whole = content_.contains("whole") && get<bool>(content_, "whole")};
    if (encoding.dim < 1) refuse("\"dim\" = 0 is out of range");
    if (content_.contains("mean")) encoding.standardization = standardization(content_, encoding.dim);
    return encoding;
  }

  std::optional<data::Encoding> context() const {
    if (!content_.contains("context")) return std::nullopt;
    const Json& object = at(content_, "context");
    if (!object.is_object()) refuse("\"context\" is no object");
    data::Encoding encoding{.dim = whole(object, "dim")};
    if (encoding.dim < 1) refuse("\"context\" has no columns");
    encoding.standardization = standardization(object, encoding.dim);
    return encoding;
  }

  data::Standardization standardization(const Json& object, int64_t dim) const {
    data::Standardization result{.mean = get<std::vector<double>>(object, "mean"),
                                 .scale = get<std::vector<double>>(object, "deviation")};
    const auto is_wrong = [](double value) { return !(value > 0) || !std::isfinite(value); };
    const auto size = static_cast<size_t>(dim);
    if (result.mean.size() != size || result.scale.size() != size ||
        std::any_of(result.scale.begin(), result.scale.end(), is_wrong)) {
      refuse(fmt::format("\"mean\" and \"deviation\" are not {} numbers each, the second above 0", dim));
    }
    return result;
  }

  data::TableLayout layout() const {
    const Json& object = at(content_, "layout");
    data::TableLayout layout{.count = whole(object, "columns"),
                             .names = get<std::vector<std::string>>(object, "names"),
                             .x = get<std::vector<int64_t>>(object, "x"),
                             .context = get<std::vector<int64_t>>(object, "context"),
                             .classes = get<std::vector<std::string>>(object, "classes")};
    if (object.contains("label")) layout.label = whole(object, "label");
    const auto is_outside = [&](int64_t place) { return place < 0 || place >= layout.count; };
    const bool names_fit = layout.names.empty() || static_cast<int64_t>(layout.names.size()) == layout.count;
    if (!names_fit || std::any_of(layout.x.begin(), layout.x.end(), is_outside) ||
        std::any_of(layout.context.begin(), layout.context.end(), is_outside) ||
        (layout.label && is_outside(*layout.label))) {
      refuse("\"layout\" names columns that are not there");
    }
    return layout;
  }

  std::vector<data::Source> sources() const {
    std::vector<data::Source> sources;
    const Json& list = at(content_, "sources");
    if (!list.is_array()) refuse("\"sources\" is no list");
    for (const Json& one : list) {
      if (!one.is_object()) refuse("\"sources\" holds something else than objects");
      sources.push_back({.path = get<std::string>(one, "path"),
                         .size = get<int64_t>(one, "size"),
                         .hash = get<std::string>(one, "hash")});
    }
    return sources;
  }

  DataRecord record() const {
    DataRecord record{.name = get<std::string>(content_, "name")};
    record.encoding = encoding();
    record.context = context();
    record.image = image(record.dim());
    record.layout = layout();
    if (record.layout.count > 0 && static_cast<int64_t>(record.layout.x.size()) != record.dim()) {
      refuse("\"layout\" and \"dim\" do not agree");
    }
    if (!record.layout.context.empty() &&
        (!record.context || static_cast<int64_t>(record.layout.context.size()) != record.context->dim)) {
      refuse("\"layout\" and \"context\" do not agree");
    }
    record.sources = sources();
    return record;
  }

 private:
  const fs::path& file_;
  Json content_;
};

void write_split(const fs::path& run, const data::Dataset& dataset) {
  int64_t rows = 0;
  const std::array parts{&dataset.train, &dataset.validation, &dataset.test};
  for (const data::SplitData* part : parts) {
    for (const int64_t row : part->rows()) rows = std::max(rows, row + 1);
  }
  Array codes(DType::kU8, {std::max(rows, dataset.rows_in_file)});
  const auto values = codes.values<uint8_t>();
  std::fill(values.begin(), values.end(), data::kNoSplit);
  for (uint8_t split = 0; split < parts.size(); ++split) {
    for (const int64_t row : parts[split]->rows()) values[static_cast<size_t>(row)] = split;
  }
  data::write_npy(split_file(run), codes);
}

}  // namespace

fs::path data_file(const fs::path& run) {
  return run / "data.json";
}

fs::path split_file(const fs::path& run) {
  return run / "split.npy";
}

void write_data_record(const fs::path& run, const data::Dataset& dataset) {
  const data::Encoding& encoding = dataset.encoding;
  Json content{
      {"name", dataset.name},
      {"dim", dataset.dim()},
      {"image",
       {{"height", dataset.image.height}, {"width", dataset.image.width}, {"channels", dataset.image.channels}}},
      {"values", name_of(dataset.column("x").values)},
      {"binarization", name_of(dataset.binarization)},
      {"scale", encoding.scale},
      {"unit", encoding.unit},
      {"dequantized", encoding.dequantized},
      {"whole", encoding.whole},
      {"layout", json_of(dataset.layout)},
      {"rows",
       {{"train", dataset.train.count()}, {"validation", dataset.validation.count()}, {"test", dataset.test.count()}}},
      {"sources", Json::array()}};
  if (encoding.standardization) {
    content["mean"] = encoding.standardization->mean;
    content["deviation"] = encoding.standardization->scale;
  }
  if (dataset.context_encoding) {
    content["context"] = {{"dim", dataset.context_encoding->dim},
                          {"mean", dataset.context_encoding->standardization->mean},
                          {"deviation", dataset.context_encoding->standardization->scale}};
  }
  for (const data::Source& source : dataset.sources) {
    content["sources"].push_back({{"path", source.path.string()}, {"size", source.size}, {"hash", source.hash}});
  }
  io::write_atomic(data_file(run), content.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
  if (dataset.is_cut) write_split(run, dataset);
}

DataRecord read_data_record(const fs::path& run) {
  const fs::path file = data_file(run);
  std::error_code error;
  if (!fs::exists(file, error) && !error) {
    throw CorruptFileError(
        fmt::format("{}: holds no data.json, which says how its data are read; a run of this version "
                    "has one from its first moment on",
                    run.string()));
  }
  const std::string text = io::read_text(file, {.max_bytes = kMaxBytes, .error = ExitCode::kCorruptFile});
  return Reader(file, Json::parse(text, nullptr, false)).record();
}

std::string difference(const std::vector<data::Source>& then, const std::vector<data::Source>& now) {
  for (size_t i = 0; i < std::max(then.size(), now.size()); ++i) {
    if (i >= then.size() || i >= now.size()) {
      return fmt::format("the data came from {} file{} when the run began, and from {} now", then.size(),
                         then.size() == 1 ? "" : "s", now.size());
    }
    if (then[i].hash == now[i].hash && then[i].size == now[i].size) continue;
    return fmt::format("{} is not the file the run was trained on ({} bytes, there were {}{})", now[i].path.string(),
                       now[i].size, then[i].size, now[i].size == then[i].size ? ", of another content" : "");
  }
  return {};
}

}  // namespace elbo::run

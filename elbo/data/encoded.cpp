// From what the files hold to what a model reads: the encoding is decided, and applied.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "elbo/data/array_visit_internal.h"
#include "elbo/data/columns_internal.h"
#include "elbo/data/raw.h"
#include "elbo/settings/error.h"
#include "elbo/settings/settings.h"

namespace elbo::data {

namespace {

using Splits = std::array<std::pair<const RawSplit*, SplitData Dataset::*>, 3>;

Splits splits_of(const RawDataset& raw) {
  return {{{&raw.train, &Dataset::train}, {&raw.validation, &Dataset::validation}, {&raw.test, &Dataset::test}}};
}

bool all_bytes(const RawDataset& raw) {
  const RawColumns* seen = nullptr;
  for (const auto& [split, member] : splits_of(raw)) {
    if (split->count() == 0 || split->source.get() == seen) continue;
    seen = split->source.get();
    if (!holds_bytes(seen->x)) return false;
  }
  return true;
}

// What is there to know of all values before anything is decided.
struct Facts {
  bool are_bytes = false;
  double lowest = std::numeric_limits<double>::infinity();
  double highest = -std::numeric_limits<double>::infinity();
};

Facts facts_of(const RawDataset& raw) {
  Facts facts{.are_bytes = all_bytes(raw)};
  const RawColumns* seen = nullptr;
  for (const auto& [split, member] : splits_of(raw)) {
    if (split->count() == 0 || split->source.get() == seen) continue;
    seen = split->source.get();
    const auto [lowest, highest] = range_of(seen->x);
    facts.lowest = std::min(facts.lowest, lowest);
    facts.highest = std::max(facts.highest, highest);
  }
  return facts;
}

double scale_of(const RawDataset& raw, const Settings& data, const ValueNeeds& needs, const Facts& facts) {
  if (const double asked = data.number("scale"); asked > 0) return asked;
  if (!facts.are_bytes || facts.highest <= 1) return 1;
  if (raw.is_grey || raw.image.is_image()) return 255;
  // Of a table, small whole numbers are no grey values, and a model that cannot take them says so.
  const bool asks_for_grey = is_within(needs.values, Values::kUnit) || data.text("binarization") != "none";
  return asks_for_grey && facts.highest > 127 ? 255 : 1;
}

bool standardizes(const ValueNeeds& needs, const Facts& facts, double scale) {
  switch (needs.standardize) {
    case Standardize::kNo:
      return false;
    case Standardize::kReals:
      return facts.lowest < 0 || facts.highest > scale;
    case Standardize::kAll:
      return true;
  }
  return false;
}

void require_whole(const RawDataset& raw, const Settings& data) {
  for (const auto& [one, member] : splits_of(raw)) {
    const RawSplit* const split = one;  // a lambda cannot take a part of a binding with every compiler
    if (split->count() == 0) continue;
    const auto width = static_cast<size_t>(raw.dim());
    visit_values(split->source->x, [&](const auto values) {
      for (size_t i = 0; i < values.size(); ++i) {
        const auto value = static_cast<double>(values[i]);
        if (std::isnan(value) || value == std::floor(value)) continue;
        data.refuse("dequantize", "must be none: " + split->place + ", row " + std::to_string(i / width + 1) +
                                      ", column " + std::to_string(i % width + 1) + " is " + std::to_string(value) +
                                      ", no whole number");
      }
    });
  }
}

// Bits are levels and counts, too.
bool reads_whole(const RawDataset& raw, const Settings& data, const ValueNeeds& needs) {
  return is_whole(needs.values) && !raw.is_binarized && data.text("binarization") == "none";
}

Encoding decided(const RawDataset& raw, const Settings& data, const ValueNeeds& needs) {
  const Facts facts = facts_of(raw);
  Encoding encoding{.dim = raw.dim(),
                    .scale = scale_of(raw, data, needs, facts),
                    .unit = raw.is_grey && facts.highest > 1 ? 255.0 : 1.0,
                    .dequantized = data.text("dequantize") == "uniform",
                    .whole = reads_whole(raw, data, needs)};
  if (encoding.dequantized) {
    if (!is_within(Values::kReals, needs.values)) data.refuse("dequantize", "must be none: the model reads no reals");
    require_whole(raw, data);
  }
  if (standardizes(needs, facts, encoding.scale)) {
    encoding.standardization = Standardization::of(raw.train.source->x, raw.train.rows);
  } else if (encoding.dequantized && encoding.scale == 255) {
    encoding.scale = 256;  // so that a value and its interval lie within [0, 1]
  }
  return encoding;
}

// Always standardized: nothing is a density of it, and networks read it.
std::optional<Encoding> decided_of_context(const RawDataset& raw, const Settings& data, const ValueNeeds& needs) {
  const std::optional<Array>& context = raw.train.source->context;
  if (!needs.context) {
    if (data.has("context") && !data.texts("context").empty()) {
      data.refuse("context", "must be left out: this model is given nothing; model = \"conditional\" is");
    }
    return std::nullopt;
  }
  if (!context) {
    throw DataError(raw.name +
                    ": holds nothing that the model could be given; data.context names such columns, or an "
                    ".npz archive has them as its member \"context\"");
  }
  return Encoding{.dim = context->shape()[1], .standardization = Standardization::of(*context, raw.train.rows)};
}

template <typename T>
Array gathered(const Array& values, const std::vector<int64_t>& rows) {
  Array result(values.dtype(), {static_cast<int64_t>(rows.size())});
  const auto src = values.values<T>();
  const auto dst = result.values<T>();
  for (size_t i = 0; i < rows.size(); ++i) dst[i] = src[static_cast<size_t>(rows[i])];
  return result;
}

Array thresholded(const Array& rows, double half) {
  Array result(DType::kU8, rows.shape());
  const auto dst = result.values<uint8_t>();
  visit_values(rows, [&](const auto values) {
    for (size_t i = 0; i < values.size(); ++i) dst[i] = static_cast<double>(values[i]) >= half ? 1 : 0;
  });
  return result;
}

void binarize(Dataset& dataset, const Settings& data) {
  const Binarization asked = binarization_named(data.text("binarization"));
  if (asked == Binarization::kNone) return;
  if (asked == Binarization::kFile) {
    data.refuse("binarization",
                "there are no binarized files for data set " + dataset.name + "; mnist and mnist-static have them");
  }
  if (dataset.encoding.standardization) data.refuse("binarization", "must be none: the model reads real numbers");
  require_values(dataset, "x", Values::kUnit, "binarization");
  dataset.binarization = asked;
  if (dataset.binarization != Binarization::kThreshold) return;
  const double half = static_cast<double>(dataset.value_scale) / 2;
  for (SplitData Dataset::*split : {&Dataset::train, &Dataset::validation, &Dataset::test}) {
    if ((dataset.*split).count() > 0) (dataset.*split).set("x", thresholded((dataset.*split).array("x"), half));
  }
  dataset.value_scale = 1;
}

}  // namespace

Dataset encoded(const RawDataset& raw, const Settings& data, const Encoding& encoding,
                const std::optional<Encoding>& context) {
  Dataset dataset{.name = raw.name,
                  .image = raw.image,
                  .binarization = raw.is_binarized ? Binarization::kFile : Binarization::kNone,
                  .entropy = raw.entropy,
                  .encoding = encoding,
                  .context_encoding = context,
                  .layout = raw.layout,
                  .is_cut = raw.is_cut,
                  .rows_in_file = (raw.train.source ? raw.train : raw.test).source->x.shape()[0],
                  .sources = raw.sources,
                  .remarks = raw.remarks};
  const bool as_bytes = !encoding.standardization && all_bytes(raw);
  if (as_bytes) dataset.value_scale = static_cast<float>(encoding.divisor());
  for (const auto& [split, member] : splits_of(raw)) {
    if (split->count() == 0) continue;
    SplitData& made = dataset.*member;
    try {
      made.set("x", encoding.encode(split->source->x, split->rows, as_bytes));
      if (context && split->source->context) {
        made.set("context", context->encode(*split->source->context, split->rows, false));
      }
    } catch (const DataError& error) {
      throw DataError(split->place + ": " + error.what());
    }
    if (split->source->label) made.set("label", gathered<int32_t>(*split->source->label, split->rows));
    made.set_rows(split->rows);
  }
  if (!raw.is_binarized) binarize(dataset, data);
  return dataset;
}

Dataset like(const Dataset& dataset, const Array& points) {
  Encoding encoding = dataset.encoding;
  if (encoding.dim == 0) encoding.dim = points.shape()[1];  // a data set made by hand
  Array rows = points.cast(DType::kF64);
  for (double& value : rows.values<double>()) value *= encoding.unit;
  std::vector<int64_t> all(static_cast<size_t>(points.shape()[0]));
  std::iota(all.begin(), all.end(), int64_t{0});
  return {.name = dataset.name,
          .test = {{"x", encoding.encode(rows, all, false)}},
          .image = dataset.image,
          .encoding = encoding};
}

Dataset encoded(const RawDataset& raw, const Settings& data, const ValueNeeds& needs) {
  Dataset dataset = encoded(raw, data, decided(raw, data, needs), decided_of_context(raw, data, needs));
  if (needs.varying || needs.standardize != Standardize::kNo) check_columns(dataset, needs.varying);
  return dataset;
}

}  // namespace elbo::data

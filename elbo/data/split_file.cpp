#include <algorithm>
#include <array>
#include <cmath>

#include "elbo/data/array_visit_internal.h"
#include "elbo/data/lines.h"
#include "elbo/data/npz.h"
#include "elbo/data/rows_internal.h"
#include "elbo/data/split_file_internal.h"
#include "elbo/data/split_names.h"
#include "elbo/data/table.h"
#include "elbo/settings/error.h"
#include "elbo/settings/value.h"

namespace elbo::data {

namespace {

namespace fs = std::filesystem;

using Codes = std::vector<uint8_t>;  // of each row of the table

// One name a line; empty lines at the end and a first line "split" are passed over.
Codes codes_of_text(const fs::path& path) {
  const auto bytes = open_bytes(path, {});
  LineReader lines(*bytes);
  Codes codes;
  std::string_view line;
  while (lines.next(line)) {
    if (line.empty() || (lines.number() == 1 && line == "split")) continue;
    const auto named = std::find(kSplitNames.begin(), kSplitNames.end(), line);
    if (named == kSplitNames.end()) {
      lines.fail("is " + in_quotes(shown(std::string(line.substr(0, 40)))) +
                 "; train, validation, test or none is required");
    }
    codes.push_back(static_cast<uint8_t>(named - kSplitNames.begin()));
  }
  return codes;
}

Codes codes_of_array(const Array& array, const std::string& place) {
  Codes codes;
  visit_values(array, [&](const auto values) {
    for (const auto one : values) {
      const auto value = static_cast<double>(one);
      if (!(value >= 0 && value < static_cast<double>(kSplitNames.size())) || value != std::floor(value)) {
        throw DataError(place + ": row " + std::to_string(codes.size() + 1) + " is " + std::to_string(value) +
                        "; 0 (train), 1 (validation), 2 (test) or 3 (none) is required");
      }
      codes.push_back(static_cast<uint8_t>(value));
    }
  });
  return codes;
}

// Row numbers from 0 on under the names of the splits; a row that none names is in none.
Codes codes_of_archive(const fs::path& path, int64_t count) {
  const Npz npz(path);
  Codes codes(static_cast<size_t>(count), kNoSplit);
  bool any = false;
  for (uint8_t split = 0; split < kNoSplit; ++split) {
    const std::string name(kSplitNames[split]);
    if (!npz.has(name)) continue;
    any = true;
    visit_values(npz.read(name), [&](const auto values) {
      for (const auto one : values) {
        const auto row = static_cast<double>(one);
        if (!(row >= 0 && row < static_cast<double>(count)) || row != std::floor(row)) {
          throw DataError(shown(path) + ", member " + name + ": holds the row number " + std::to_string(row) +
                          "; whole numbers from 0 to " + std::to_string(count - 1) + " are required");
        }
        uint8_t& code = codes[static_cast<size_t>(row)];
        if (code != kNoSplit) {
          throw DataError(shown(path) + ": row number " + std::to_string(static_cast<int64_t>(row)) +
                          " is named twice");
        }
        code = split;
      }
    });
  }
  if (!any) throw DataError(shown(path) + ": has no member train, validation or test");
  return codes;
}

Codes read_codes(const fs::path& path, int64_t count) {
  switch (format_of(path)) {
    case FileFormat::kArchive:
      return codes_of_archive(path, count);
    case FileFormat::kText:
      return codes_of_text(path);
    default:
      return codes_of_array(read_table(path, {}).values, shown(path));
  }
}

}  // namespace

void cut_by_file(RawDataset& dataset, const std::vector<int64_t>& kept, int64_t count, const Settings& settings) {
  const fs::path path(settings.text("split_file"));
  const Codes codes = read_codes(path, count);
  if (static_cast<int64_t>(codes.size()) != count) {
    throw DataError(shown(path) + ": names the splits of " + std::to_string(codes.size()) + " rows; " + dataset.name +
                    " has " + std::to_string(count));
  }
  const std::array<RawSplit*, kNoSplit> splits{&dataset.train, &dataset.validation, &dataset.test};
  for (const int64_t row : kept) {
    const uint8_t code = codes[static_cast<size_t>(row)];
    if (code != kNoSplit) splits[code]->rows.push_back(row);
  }
  dataset.sources.push_back(source_of(path));
}

}  // namespace elbo::data

// data.json of a run: what its data are, and how their numbers became what the model reads.
//
//   {"name":"csv:wine.csv","dim":11,"scale":1,"unit":1,"mean":[...],"deviation":[...],"layout":{...},
//    "rows":{"train":1280,"validation":159,"test":159},"sources":[{"path":"/data/wine.csv","size":84199,"hash":"..."}]}
//
// Decided once, when training begins: every later command reads any file by it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "elbo/data/dataset.h"

namespace elbo::run {

struct DataRecord {
  std::string name;
  data::ImageGeometry image;
  data::Encoding encoding;
  std::optional<data::Encoding> context;  // the encoding of what x is given
  data::TableLayout layout;
  std::vector<data::Source> sources;

  int64_t dim() const { return encoding.dim; }
};

std::filesystem::path data_file(const std::filesystem::path& run);
// "split.npy" beside it, where the splits were cut from one table: u8 [rows of the file], 0 to 3 for train, validation,
// test and none.
std::filesystem::path split_file(const std::filesystem::path& run);

void write_data_record(const std::filesystem::path& run, const data::Dataset& dataset);
// CorruptFileError when the file is missing or anything in it is wrong.
DataRecord read_data_record(const std::filesystem::path& run);

// What differs between the files then and now, as a sentence: "d.csv has changed since the run began (3200 bytes, were
// 2995)"; empty when nothing does.  Other paths with the same content are the same.
std::string difference(const std::vector<data::Source>& then, const std::vector<data::Source>& now);

}  // namespace elbo::run

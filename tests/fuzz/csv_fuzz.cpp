#include <cmath>

#include "elbo/data/csv.h"
#include "tests/data/files.h"
#include "tests/fuzz/fuzz_target.h"

namespace elbo::fuzz {

std::vector<std::string> seeds() {
  return {"a,b\n1,2.5\n-3e2,.5\n",
          "\"a \"\"x, y\"\"\",\"two\nlines\"\n1.0,2.0\n\"3\",NA\n",
          "# a b\n1.0 2.0\n  1.5\t2.5 \n",
          "\xef\xbb\xbf"
          "first col\tsecond\r\n1\t\r\n",
          "a;b\r1,5;x\r2;1.234\r\r",
          "x,y,species\n5.1,3.5,setosa\n4.9,inf,virginica\n1e400,1e-400,\n",
          "b\n1\n2\nabc\n3\n",
          "0,1,2\n3,4,5",
          data::gzipped("1,2\n3,4\n")};
}

}  // namespace elbo::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using elbo::data::CsvHeader;
  using elbo::data::CsvOptions;
  const auto& path = elbo::fuzz::file_of(elbo::fuzz::text_of(data, size));
  for (const CsvOptions& options : {CsvOptions{}, CsvOptions{.decimal_comma = true, .header = CsvHeader::kNo},
                                    CsvOptions{.separator = ',', .header = CsvHeader::kYes}}) {
    elbo::fuzz::refuses_or_reads([&] {
      const elbo::data::CsvTable table = elbo::data::read_csv(path, options);
      const auto columns = static_cast<int64_t>(table.columns.size());
      elbo::fuzz::require(table.values.shape().rank() == 2 && table.values.shape()[1] == columns);
      const auto values = table.values.values<double>();
      std::vector<int64_t> missing(table.columns.size());
      for (size_t i = 0; i < values.size(); ++i) {
        const auto& column = table.columns[i % table.columns.size()];
        elbo::fuzz::require(!std::isinf(values[i]));
        missing[i % table.columns.size()] += std::isnan(values[i]) ? 1 : 0;
        if (column.is_text() && !std::isnan(values[i])) {
          elbo::fuzz::require(values[i] < static_cast<double>(column.words.size()));
        }
      }
      for (size_t i = 0; i < missing.size(); ++i) elbo::fuzz::require(missing[i] == table.columns[i].missing);
    });
  }
  return 0;
}

// A workload that reads a file of generated numbers, which lies in a temporary folder as long as the workload does.
#pragma once

#include <filesystem>
#include <string>

#include "elbo/app/bench/workload.h"
#include "elbo/engine/array.h"

namespace elbo::app::bench {

class ReadingWorkload : public Workload {
 public:
  ReadingWorkload(const ReadingWorkload&) = delete;
  ReadingWorkload& operator=(const ReadingWorkload&) = delete;
  ~ReadingWorkload() override;

  void step() final { last_ = read(); }
  // What is read must be what was written, bit for bit.
  void check() final;
  int64_t bytes_per_step() const final { return bytes_; }
  const CompileReport& report() const final { return no_graph_; }

 protected:
  // `values`: what the file will hold, as the reader gives it back.
  ReadingWorkload(std::string name, Array values);
  void write(const std::string& content);
  virtual Array read() const = 0;

  const std::filesystem::path& path() const { return path_; }
  const Array& values() const { return values_; }

 private:
  std::string name_;
  Array values_;
  Array last_;
  std::filesystem::path folder_, path_;
  int64_t bytes_ = 0;
  CompileReport no_graph_;
};

// Normal numbers of seven digits, the same each time.
Array numbers_to_read(DType dtype, const Shape& shape);

}  // namespace elbo::app::bench

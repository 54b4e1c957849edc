// The exceptions elbo throws and the exit code of the program that each one becomes.
//
// A message is one sentence: who, what was given, what is required.  Example:
//   matmul at encoder.1: src [128, 500] and weights [400, 500]: inner sizes differ (500 and 400)
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace elbo {

// Documented exit codes of the program (docs/reference/exit-codes.md).
enum class ExitCode : int {
  kDone = 0,
  kBadVerdict = 1,  // of elbo diagnose; also a fault of the program, which says so
  kUsage = 2,
  kData = 3,
  kNumerical = 4,
  kInputOutput = 5,
  kCorruptFile = 6,
  kRunInUse = 7,
  kInterrupted = 130,
  kTerminated = 143,
};

class Error : public std::runtime_error {
 public:
  Error(ExitCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ExitCode code() const { return code_; }

 private:
  ExitCode code_;
};

// Shapes that do not fit an operation; thrown while a graph is built.
class ShapeError : public Error {
 public:
  explicit ShapeError(const std::string& message) : Error(ExitCode::kUsage, message) {}
};

// A wrong option, key or value in a configuration or on the command line.
class ConfigError : public Error {
 public:
  // `key`: the option that is wrong, with its tables ("data.validation"), where it is one.
  explicit ConfigError(const std::string& message, std::string key = {})
      : Error(ExitCode::kUsage, message), key_(std::move(key)) {}
  const std::string& key() const { return key_; }

 private:
  std::string key_;
};

// Missing or damaged data, or data that does not fit the model.
class DataError : public Error {
 public:
  explicit DataError(const std::string& message) : Error(ExitCode::kData, message) {}
};

// A NaN or an infinity where a finite number is required; names tensor, operation and step.
class NumericalError : public Error {
 public:
  explicit NumericalError(const std::string& message) : Error(ExitCode::kNumerical, message) {}
};

// The system refused: disk full, permission, missing folder.
class IoError : public Error {
 public:
  explicit IoError(const std::string& message) : Error(ExitCode::kInputOutput, message) {}
};

// A file of ours that is damaged, or of a version this program does not know.
class CorruptFileError : public Error {
 public:
  explicit CorruptFileError(const std::string& message) : Error(ExitCode::kCorruptFile, message) {}
};

// Another process holds the run.
class RunInUseError : public Error {
 public:
  explicit RunInUseError(const std::string& message) : Error(ExitCode::kRunInUse, message) {}
};

}  // namespace elbo

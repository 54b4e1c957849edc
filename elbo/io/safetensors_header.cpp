// The header of a safetensors file, parsed as a stream of events: nothing is kept that has not been checked, and what
// is kept is bounded by the limits, whatever the JSON says.
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>

#include "elbo/io/json.h"
#include "elbo/io/safetensors_internal.h"

namespace elbo::io {

namespace {

std::string shown(std::string_view text) {
  return quoted_json(text.substr(0, 80));
}

// The events of nlohmann's parser.  Every fault is thrown from where it is seen.
class HeaderReader final : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit HeaderReader(const std::string& file) : file_(file) {}

  TensorHeader header;

  bool start_object(size_t) override {
    switch (place_) {
      case Place::kOutside:
        place_ = Place::kTop;
        return true;
      case Place::kMetadataValue:
        place_ = Place::kMetadata;
        return true;
      case Place::kTensorValue:
        place_ = Place::kTensor;
        return true;
      default:
        fail("an object");
    }
  }

  bool key(std::string& key) override {
    switch (place_) {
      case Place::kTop:
        top_key(key);
        break;
      case Place::kMetadata:
        metadata_key(key);
        break;
      default:
        tensor_key(key);
        break;
    }
    return true;
  }

  bool end_object() override {
    if (place_ == Place::kTensor) {
      end_tensor();
      place_ = Place::kTop;
    } else if (place_ == Place::kMetadata) {
      place_ = Place::kTop;
    } else {
      place_ = Place::kEnd;
    }
    return true;
  }

  bool start_array(size_t) override {
    if (place_ == Place::kShape || place_ == Place::kOffsets) {
      if (in_array_) fail("an array");
      in_array_ = true;
      return true;
    }
    fail("an array");
  }

  bool end_array() override {
    in_array_ = false;
    if (place_ == Place::kOffsets && numbers_.size() != 2) {
      refuse(where() + " has " + std::to_string(numbers_.size()) + " numbers; 2 are required");
    }
    (place_ == Place::kShape ? dims_ : offsets_) = numbers_;
    place_ = Place::kTensor;
    return true;
  }

  bool string(std::string& value) override {
    if (place_ == Place::kMetadataText) {
      header.metadata[metadata_key_] = value;
      place_ = Place::kMetadata;
      return true;
    }
    if (place_ != Place::kDType) fail(shown(value));
    for (const DType dtype : {DType::kF32, DType::kF64, DType::kI32, DType::kU8}) {
      if (value == safetensors_name_of(dtype)) {
        entry_.dtype = dtype;
        place_ = Place::kTensor;
        return true;
      }
    }
    refuse(where() + " is " + shown(value) + "; F32, F64, I32 or U8 is required");
  }

  bool number_unsigned(uint64_t value) override {
    if (!in_array_) fail(std::to_string(value));
    if (place_ == Place::kShape && numbers_.size() == Shape::kMaxRank) {
      refuse(where() + " has more than " + std::to_string(Shape::kMaxRank) + " numbers");
    }
    if (place_ == Place::kOffsets && numbers_.size() == 2) refuse(where() + " has more than 2 numbers");
    if (value > static_cast<uint64_t>(INT64_MAX)) {
      refuse(where() + " has the number " + std::to_string(value) + "; at most 9223372036854775807 is allowed");
    }
    numbers_.push_back(static_cast<int64_t>(value));
    return true;
  }
  bool number_integer(int64_t value) override { fail(std::to_string(value)); }
  bool number_float(double, const std::string& digits) override { fail(digits.substr(0, 80)); }
  bool null() override { fail("null"); }
  bool boolean(bool value) override { fail(value ? "true" : "false"); }
  bool binary(nlohmann::json::binary_t&) override { fail("binary data"); }
  bool parse_error(size_t position, const std::string&, const nlohmann::json::exception&) override {
    refuse("the header is no valid JSON at byte " + std::to_string(position));
  }

 private:
  enum class Place {
    kOutside,
    kTop,
    kMetadataValue,
    kMetadata,
    kMetadataText,
    kTensorValue,
    kTensor,
    kDType,
    kShape,
    kOffsets,
    kEnd
  };

  [[noreturn]] void refuse(const std::string& what) const { throw CorruptFileError(file_ + ": " + what); }

  // The value found is not of the kind that belongs here.
  [[noreturn]] void fail(const std::string& found) const {
    std::string_view required = "an object";
    if (place_ == Place::kMetadataText || place_ == Place::kDType) required = "a string";
    if (place_ == Place::kShape || place_ == Place::kOffsets) {
      required = in_array_ ? "an exact non-negative integer" : "an array";
    }
    refuse(where() + (in_array_ ? " has " : " is ") + found + "; " + std::string(required) + " is required");
  }

  std::string where() const {
    switch (place_) {
      case Place::kOutside:
        return "the header";
      case Place::kMetadataValue:
        return "__metadata__";
      case Place::kMetadataText:
        return "__metadata__ " + shown(metadata_key_);
      case Place::kDType:
        return "tensor " + shown(entry_.name) + ": dtype";
      case Place::kShape:
        return "tensor " + shown(entry_.name) + ": shape";
      case Place::kOffsets:
        return "tensor " + shown(entry_.name) + ": data_offsets";
      default:
        return "tensor " + shown(entry_.name);
    }
  }

  void top_key(const std::string& key) {
    if (key == kMetadataKey) {
      if (has_metadata_) refuse("the key \"__metadata__\" stands twice in the header");
      has_metadata_ = true;
      place_ = Place::kMetadataValue;
      return;
    }
    const std::string_view fault = fault_of_name(key, kMaxNameBytes);
    if (!fault.empty()) refuse("the tensor name " + shown(key) + " " + std::string(fault));
    if (header.tensors.size() == kMaxTensors) refuse("more than " + std::to_string(kMaxTensors) + " tensors");
    if (!names_.insert(key).second) refuse("the tensor name " + shown(key) + " stands twice in the header");
    entry_ = {.name = key};
    has_dtype_ = has_shape_ = has_offsets_ = false;
    place_ = Place::kTensorValue;
  }

  void metadata_key(const std::string& key) {
    const std::string_view fault = fault_of_name(key, kMaxKeyBytes);
    if (!fault.empty()) refuse("the metadata key " + shown(key) + " " + std::string(fault));
    if (header.metadata.size() == kMaxMetadata) refuse("more than " + std::to_string(kMaxMetadata) + " metadata keys");
    if (header.metadata.contains(key)) refuse("the metadata key " + shown(key) + " stands twice in the header");
    metadata_key_ = key;
    place_ = Place::kMetadataText;
  }

  void tensor_key(const std::string& key) {
    bool* seen = nullptr;
    if (key == "dtype") {
      place_ = Place::kDType;
      seen = &has_dtype_;
    } else if (key == "shape") {
      place_ = Place::kShape;
      seen = &has_shape_;
    } else if (key == "data_offsets") {
      place_ = Place::kOffsets;
      seen = &has_offsets_;
    } else {
      refuse("tensor " + shown(entry_.name) + ": unknown field " + shown(key));
    }
    if (*seen) refuse("tensor " + shown(entry_.name) + ": the field " + shown(key) + " stands twice");
    *seen = true;
    numbers_.clear();
  }

  void end_tensor() {
    const std::string tensor = "tensor " + shown(entry_.name);
    if (!has_dtype_) refuse(tensor + ": dtype is missing");
    if (!has_shape_) refuse(tensor + ": shape is missing");
    if (!has_offsets_) refuse(tensor + ": data_offsets is missing");
    // Zeros are left out of the product, so that they cannot hide an overflow of the others.
    int64_t product = 1;
    bool empty = false;
    for (const int64_t extent : dims_) {
      if (extent == 0) empty = true;
      if (extent != 0 && __builtin_mul_overflow(product, extent, &product)) {
        refuse(tensor + ": shape has more elements than 64 bits count");
      }
    }
    int64_t bytes = 0;
    if (__builtin_mul_overflow(product, static_cast<int64_t>(size_of(entry_.dtype)), &bytes)) {
      refuse(tensor + ": shape has more bytes than 64 bits count");
    }
    if (empty) bytes = 0;
    if (offsets_[0] > offsets_[1] || offsets_[1] - offsets_[0] != bytes) {
      refuse(tensor + ": data_offsets [" + std::to_string(offsets_[0]) + ", " + std::to_string(offsets_[1]) +
             "] do not enclose the " + std::to_string(bytes) + " bytes of its dtype and shape");
    }
    entry_.shape = Shape(dims_);
    entry_.begin = static_cast<uint64_t>(offsets_[0]);
    entry_.end = static_cast<uint64_t>(offsets_[1]);
    header.tensors.push_back(entry_);
  }

  std::string file_;
  Place place_ = Place::kOutside;
  bool in_array_ = false;
  bool has_metadata_ = false, has_dtype_ = false, has_shape_ = false, has_offsets_ = false;
  TensorEntry entry_;
  std::vector<int64_t> numbers_, dims_, offsets_;
  std::string metadata_key_;
  std::set<std::string> names_;
};

// Ordered by offset, each tensor must begin where the one before ends.  An empty tensor may stand between two others
// (the reference writer puts them there), never inside one.
void check_layout(const TensorHeader& header, uint64_t data_bytes, const std::string& file) {
  const auto fail = [&](const std::string& what) { throw CorruptFileError(file + ": " + what); };
  std::vector<const TensorEntry*> order;
  for (const TensorEntry& entry : header.tensors) order.push_back(&entry);
  std::sort(order.begin(), order.end(), [](const TensorEntry* a, const TensorEntry* b) {
    return std::pair(a->begin, a->end) < std::pair(b->begin, b->end);
  });
  uint64_t end = 0;
  for (const TensorEntry* entry : order) {
    if (entry->begin != end) {
      fail("tensor " + shown(entry->name) + ": data_offsets begin at " + std::to_string(entry->begin) +
           (entry->begin < end ? ", inside another tensor (" : ", after a hole (") + std::to_string(end) +
           " is required)");
    }
    end = entry->end;
  }
  if (end != data_bytes) {
    fail("data_offsets end at " + std::to_string(end) + ", but the data section has " + std::to_string(data_bytes) +
         " bytes");
  }
}

}  // namespace

TensorHeader parse_tensor_header(std::string_view json, uint64_t data_bytes, const std::string& file) {
  if (!json.starts_with('{')) throw CorruptFileError(file + ": the header does not begin with {");
  // The parser takes a zero byte for the end of its input and would let anything follow it.
  if (json.find('\0') != std::string_view::npos) throw CorruptFileError(file + ": a zero byte stands in the header");
  HeaderReader reader(file);
  nlohmann::json::sax_parse(json, &reader);
  check_layout(reader.header, data_bytes, file);
  return std::move(reader.header);
}

}  // namespace elbo::io

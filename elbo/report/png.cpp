#include "elbo/report/png.h"

#include <algorithm>
#include <csetjmp>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <png.h>

#include "elbo/io/file.h"
#include "elbo/settings/error.h"

namespace elbo::report {
namespace {

// Everything that libpng's longjmp may pass over is plain C data: no destructor is skipped, no exception crosses C.
struct Sink {
  unsigned char* data;
  size_t size;
  size_t capacity;
  char message[160];
};

void on_error(png_structp png, png_const_charp message) {
  Sink* sink = static_cast<Sink*>(png_get_error_ptr(png));
  std::strncpy(sink->message, message, sizeof sink->message - 1);
  png_longjmp(png, 1);
}

void on_warning(png_structp, png_const_charp) {}

void on_write(png_structp png, png_bytep data, size_t size) {
  Sink* sink = static_cast<Sink*>(png_get_io_ptr(png));
  if (size > sink->capacity - sink->size) {
    const size_t capacity = std::max(sink->size + size, 2 * sink->capacity);
    void* grown = std::realloc(sink->data, capacity);
    if (grown == nullptr) png_error(png, "out of memory");
    sink->data = static_cast<unsigned char*>(grown);
    sink->capacity = capacity;
  }
  std::memcpy(sink->data + sink->size, data, size);
  sink->size += size;
}

void on_flush(png_structp) {}

// True when the whole picture stands in the sink.
bool write_to_sink(Sink* sink, const unsigned char* pixels, png_uint_32 width, png_uint_32 height, bool rgb) {
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, sink, on_error, on_warning);
  if (png == nullptr) return false;
  png_infop info = png_create_info_struct(png);
  if (info == nullptr || setjmp(png_jmpbuf(png)) != 0) {
    png_destroy_write_struct(&png, &info);
    return false;
  }
  png_set_write_fn(png, sink, on_write, on_flush);
  png_set_IHDR(png, info, width, height, 8, rgb ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, info);
  const size_t stride = static_cast<size_t>(width) * (rgb ? 3 : 1);
  for (png_uint_32 row = 0; row < height; ++row) png_write_row(png, pixels + row * stride);
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  return true;
}

}  // namespace

std::vector<std::byte> encode_png(const Image& image) {
  if (image.pixels().empty()) throw ShapeError("encode_png: the image has no pixels");
  Sink sink{};
  const bool done = write_to_sink(&sink, image.pixels().data(), static_cast<png_uint_32>(image.width()),
                                  static_cast<png_uint_32>(image.height()), image.channels() == 3);
  const std::unique_ptr<unsigned char, decltype(&std::free)> owner(sink.data, &std::free);
  if (!done) throw IoError(std::string("encode_png: libpng: ") + (sink.message[0] ? sink.message : "out of memory"));
  const auto* bytes = reinterpret_cast<const std::byte*>(sink.data);
  return {bytes, bytes + sink.size};
}

void write_png(const std::filesystem::path& path, const Image& image) {
  io::write_atomic(path, encode_png(image));
}

}  // namespace elbo::report

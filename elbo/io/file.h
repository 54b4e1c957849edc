// Whole files in and out of memory.  A file that is written appears whole or not at all.
//
//   const std::vector<std::byte> raw = read_file("train-images.gz", {.max_bytes = 1 << 30, .error = ExitCode::kData});
//   write_atomic(run / "summary.json", text);              // temporary name, fsync, rename, fsync of the folder
//   append_line(run / "metrics.jsonl", R"({"step": 1})");  // one write, so that readers never see half a line
//
// Failures of the system are IoError: "cannot write runs/a/x.npy (31360 bytes): No space left on device".
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "elbo/settings/error.h"

namespace elbo::io {

using Bytes = std::span<const std::byte>;

inline Bytes bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

struct ReadOptions {
  uint64_t max_bytes = uint64_t{1} << 30;   // a larger file is refused before anything is allocated
  ExitCode error = ExitCode::kInputOutput;  // what a failure is: kData throws DataError, kCorruptFile and so on
  bool follow_links = true;
};

// The content of a regular file.  Folders, pipes and devices are refused.
std::vector<std::byte> read_file(const std::filesystem::path& path, const ReadOptions& options = {});
std::string read_text(const std::filesystem::path& path, const ReadOptions& options = {});

// Puts the parts, one after the other, under this name.  On failure what was there before is still there, and no
// temporary file is left.  A link, folder or device of that name is refused.
void write_atomic(const std::filesystem::path& path, std::span<const Bytes> parts);
void write_atomic(const std::filesystem::path& path, Bytes bytes);
void write_atomic(const std::filesystem::path& path, std::string_view text);

// As above for a name that must not exist yet; fsynced and closed, but the folder is left to the caller to sync.
void write_new(const std::filesystem::path& path, std::span<const Bytes> parts);

// Adds the line and a newline in one write; a torn last line of a killed writer is closed off first.  Not
// fsynced: sync_file does that.
void append_line(const std::filesystem::path& path, std::string_view line);

// Makes what was appended to a file survive a power loss.
void sync_file(const std::filesystem::path& path);

// Creates the folder and those above it that are missing, durably.  An existing folder is fine.
void make_folders(const std::filesystem::path& folder);

// Makes the names in a folder (files created, renamed, removed) survive a power loss.
void sync_folder(const std::filesystem::path& folder);

// The names in a folder, in no order.  Throws IoError.
std::vector<std::string> names_in(const std::filesystem::path& folder);

// Deletes temporary files that writers of this host left in the folder when they were killed.
void remove_leftovers(const std::filesystem::path& folder);

}  // namespace elbo::io

// Checkpoints of a run: folders runs/x/checkpoints/step-000000123/ that appear whole or not at all.
//
//   save_checkpoint(run, {.step = 123, .epoch = 4, .tensors = tensors, .meta = {{"seed", "7"}}});
//   prune_checkpoints(run, 3);
//   std::vector<std::string> warnings;                                  // of damaged ones that were passed over
//   if (const auto latest = latest_checkpoint(run, &warnings)) resume(load_checkpoint(*latest));
//
// A folder holds state.safetensors and manifest.json (format, version, step, epoch, meta, size and XXH128 of the
// state, and a seal over itself).  It is written under a temporary name, every file fsynced, and renamed; kill -9 and
// power loss leave the checkpoint before.  A run folder is saved to by one thread at a time: hold its RunLock.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "elbo/io/safetensors.h"

namespace elbo::io {

struct Checkpoint {
  int64_t step = 0;
  int64_t epoch = 0;
  std::vector<NamedArray> tensors;
  std::map<std::string, std::string> meta;
};

// The same, of tensors that stay where they are while they are written.
struct CheckpointView {
  int64_t step = 0;
  int64_t epoch = 0;
  std::vector<TensorView> tensors;
  std::map<std::string, std::string> meta;
};

// Returns the folder of the new checkpoint.  One of the same step is replaced.  Deletes what killed writers left.
std::filesystem::path save_checkpoint(const std::filesystem::path& run_folder, const CheckpointView& checkpoint);
std::filesystem::path save_checkpoint(const std::filesystem::path& run_folder, const Checkpoint& checkpoint);

// The complete checkpoint of the highest step, every byte of it verified; nothing if there is none.  Each newer one
// that is damaged adds a sentence to `warnings`.
std::optional<std::filesystem::path> latest_checkpoint(const std::filesystem::path& run_folder,
                                                       std::vector<std::string>* warnings = nullptr);

// Where that of a step has its place, whether it is there or not.
std::filesystem::path checkpoint_folder(const std::filesystem::path& run_folder, int64_t step);

// CorruptFileError when a file is missing or anything in it is wrong; IoError when there is no such folder.
void verify_checkpoint(const std::filesystem::path& folder);
Checkpoint load_checkpoint(const std::filesystem::path& folder);
// Without the tensors.
Checkpoint load_checkpoint_head(const std::filesystem::path& folder);

// Deletes all but the `keep` checkpoints of the highest steps, and never the one that latest_checkpoint() gives.
void prune_checkpoints(const std::filesystem::path& run_folder, int keep);
// Deletes those of all steps but these.
void keep_checkpoints(const std::filesystem::path& run_folder, const std::set<int64_t>& steps);

}  // namespace elbo::io

#include "elbo/io/checkpoint.h"

#include <algorithm>
#include <charconv>
#include <unistd.h>

#include "elbo/io/checksum.h"
#include "elbo/io/file.h"
#include "elbo/io/file_internal.h"
#include "elbo/io/file_system.h"
#include "elbo/io/manifest_internal.h"
#include "elbo/io/safetensors_internal.h"

namespace elbo::io {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kTemporaryCheckpoint = ".tmp-";
// Where names cannot be exchanged, the checkpoint that another of its step replaces is first put aside under this.
constexpr std::string_view kReplacedSuffix = ".replaced";

fs::path checkpoints_of(const fs::path& run_folder) {
  return run_folder / "checkpoints";
}

std::string name_of_step(int64_t step) {
  const std::string digits = std::to_string(step);
  return "step-" + std::string(digits.size() < 9 ? 9 - digits.size() : 0, '0') + digits;
}

std::optional<int64_t> step_of_name(std::string_view name) {
  int64_t step = -1;
  if (name.starts_with("step-")) std::from_chars(name.data() + 5, name.data() + name.size(), step);
  return step >= 0 && name == name_of_step(step) ? std::optional(step) : std::nullopt;
}

struct Candidate {
  int64_t step;
  bool replaced;
  fs::path folder;
};

// Everything named like a checkpoint, whole or not; newest first, and of one step what replaces before what was
// replaced.  Ordered by step, never by time: clocks jump.
std::vector<Candidate> candidates_in(const fs::path& run_folder) {
  std::vector<Candidate> candidates;
  const fs::path folder = checkpoints_of(run_folder);
  std::error_code error;
  if (!fs::exists(folder, error) && !error) return candidates;
  for (const std::string& name : names_in(folder)) {
    std::string_view plain = name;
    const bool replaced = plain.ends_with(kReplacedSuffix);
    if (replaced) plain.remove_suffix(kReplacedSuffix.size());
    if (const auto step = step_of_name(plain)) candidates.push_back({*step, replaced, folder / name});
  }
  std::sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    return a.step != b.step ? a.step > b.step : a.replaced < b.replaced;
  });
  return candidates;
}

fs::path state_of(const fs::path& folder) {
  return folder / "state.safetensors";
}

// Names the state file when it is not the one the manifest speaks of.
Manifest manifest_of(const fs::path& folder) {
  Manifest manifest = read_manifest(folder / "manifest.json");
  const InputFile state(state_of(folder), ExitCode::kCorruptFile, false);
  if (state.size() != manifest.state_bytes) {
    throw CorruptFileError(state_of(folder).string() + ": it has " + std::to_string(state.size()) +
                           " bytes; the manifest says " + std::to_string(manifest.state_bytes));
  }
  return manifest;
}

void verify(const fs::path& folder, int64_t step) {
  const Manifest manifest = manifest_of(folder);
  if (manifest.step != step) {
    throw CorruptFileError((folder / "manifest.json").string() + ": step is " + std::to_string(manifest.step) +
                           ", but the folder is named for " + std::to_string(step));
  }
  InputFile state(state_of(folder), ExitCode::kCorruptFile, false);
  std::vector<std::byte> chunk(size_t{1} << 20);
  Xxh128 hash;
  for (uint64_t left = state.size(); left > 0;) {
    const auto part = std::span(chunk).first(std::min<uint64_t>(left, chunk.size()));
    state.read(part);
    hash.update(part);
    left -= part.size();
  }
  if (hash.hex() != manifest.state_xxh128) {
    throw CorruptFileError(state_of(folder).string() + ": the file is damaged (its XXH128 differs)");
  }
}

// Folders in the making of writers that no longer live; one with our own process id is of an earlier life, since a
// run folder has one writer.
void remove_dead_temporaries(const fs::path& checkpoints) {
  for (const std::string& name : names_in(checkpoints)) {
    const pid_t pid = pid_after(kTemporaryCheckpoint, name);
    std::error_code ignored;
    if (pid > 0 && (pid == ::getpid() || !process_is_alive(pid))) fs::remove_all(checkpoints / name, ignored);
  }
}

fs::path temporary_name(const fs::path& checkpoints, int64_t step) {
  return checkpoints / (std::string(kTemporaryCheckpoint) + std::to_string(::getpid()) + "-" + std::to_string(step));
}

void rename_or_throw(const fs::path& from, const fs::path& to) {
  if (file_system().rename(from.c_str(), to.c_str()) != 0) {
    throw_io("rename " + from.string() + " to " + to.string(), errno);
  }
}

// Gives the finished folder its name.  What bore the name before ends up under the temporary one.
void put_in_place(const fs::path& temporary, const fs::path& target) {
  std::error_code error;
  if (!fs::exists(fs::symlink_status(target, error))) return rename_or_throw(temporary, target);
  if (file_system().exchange(temporary.c_str(), target.c_str()) == 0) return;
  if (errno != EINVAL && errno != ENOSYS) throw_io("replace " + target.string(), errno);
  const fs::path aside = target.string() + std::string(kReplacedSuffix);
  fs::remove_all(aside, error);
  rename_or_throw(target, aside);
  try {
    rename_or_throw(temporary, target);
  } catch (const IoError&) {
    file_system().rename(aside.c_str(), target.c_str());
    throw;
  }
  fs::remove_all(aside, error);
}

// Takes the name away first: a checkpoint also disappears whole or not at all.
void remove_checkpoint(const fs::path& checkpoints, const Candidate& candidate) {
  const fs::path temporary = temporary_name(checkpoints, candidate.step);
  std::error_code ignored;
  fs::remove_all(temporary, ignored);
  rename_or_throw(candidate.folder, temporary);
  fs::remove_all(temporary, ignored);  // what stays is cleaned away by the next save
}

void require_folder(const fs::path& folder) {
  std::error_code error;
  if (fs::is_directory(folder, error)) return;
  throw IoError("cannot load the checkpoint " + folder.string() + ": there is no such folder");
}

}  // namespace

fs::path save_checkpoint(const fs::path& run_folder, const Checkpoint& checkpoint) {
  return save_checkpoint(run_folder, CheckpointView{.step = checkpoint.step,
                                                    .epoch = checkpoint.epoch,
                                                    .tensors = views_of(checkpoint.tensors),
                                                    .meta = checkpoint.meta});
}

fs::path save_checkpoint(const fs::path& run_folder, const CheckpointView& checkpoint) {
  if (checkpoint.step < 0 || checkpoint.epoch < 0) {
    throw DataError("checkpoint: step " + std::to_string(checkpoint.step) + " and epoch " +
                    std::to_string(checkpoint.epoch) + " must not be negative");
  }
  const EncodedTensors state = encode_safetensors(checkpoint.tensors, {});
  Manifest manifest{.step = checkpoint.step, .epoch = checkpoint.epoch, .meta = checkpoint.meta};
  Xxh128 hash;
  for (const Bytes part : state.all()) {
    hash.update(part);
    manifest.state_bytes += part.size();
  }
  manifest.state_xxh128 = hash.hex();
  const std::string text = manifest_text(manifest);

  const fs::path checkpoints = checkpoints_of(run_folder);
  make_folders(checkpoints);
  remove_dead_temporaries(checkpoints);
  const fs::path temporary = temporary_name(checkpoints, checkpoint.step);
  const fs::path target = checkpoint_folder(run_folder, checkpoint.step);
  if (file_system().make_folder(temporary.c_str(), 0777) != 0) {
    throw_io("create the folder " + temporary.string(), errno);
  }
  std::error_code ignored;
  try {
    const Bytes manifest_bytes = bytes_of(text);
    write_new(state_of(temporary), state.all());
    write_new(temporary / "manifest.json", std::span(&manifest_bytes, 1));
    sync_folder(temporary);
    put_in_place(temporary, target);
  } catch (...) {
    fs::remove_all(temporary, ignored);
    throw;
  }
  sync_folder(checkpoints);
  fs::remove_all(temporary, ignored);  // the replaced one, if there was one, and only now that the new one is durable
  return target;
}

std::optional<fs::path> latest_checkpoint(const fs::path& run_folder, std::vector<std::string>* warnings) {
  for (const Candidate& candidate : candidates_in(run_folder)) {
    try {
      verify(candidate.folder, candidate.step);
      return candidate.folder;
    } catch (const CorruptFileError& error) {
      if (warnings != nullptr) warnings->push_back(std::string("checkpoint passed over: ") + error.what());
    }
  }
  return std::nullopt;
}

fs::path checkpoint_folder(const fs::path& run_folder, int64_t step) {
  return checkpoints_of(run_folder) / name_of_step(step);
}

void verify_checkpoint(const fs::path& folder) {
  require_folder(folder);
  const auto step = step_of_name(folder.filename().string());
  if (!step) throw CorruptFileError(folder.string() + ": has not the name of a checkpoint");
  verify(folder, *step);
}

Checkpoint load_checkpoint(const fs::path& folder) {
  require_folder(folder);
  Manifest manifest = manifest_of(folder);
  TensorFile state = read_safetensors(state_of(folder), {.follow_links = false, .xxh128 = manifest.state_xxh128});
  return {.step = manifest.step,
          .epoch = manifest.epoch,
          .tensors = std::move(state.tensors),
          .meta = std::move(manifest.meta)};
}

Checkpoint load_checkpoint_head(const fs::path& folder) {
  require_folder(folder);
  Manifest manifest = manifest_of(folder);
  return {.step = manifest.step, .epoch = manifest.epoch, .tensors = {}, .meta = std::move(manifest.meta)};
}

void prune_checkpoints(const fs::path& run_folder, int keep) {
  const std::optional<fs::path> latest = latest_checkpoint(run_folder);
  if (!latest) return;  // nothing to fall back on: leave every piece where it is
  const fs::path checkpoints = checkpoints_of(run_folder);
  int kept = 0;
  for (const Candidate& candidate : candidates_in(run_folder)) {
    if (!candidate.replaced && kept < keep) {
      ++kept;
    } else if (candidate.folder != *latest) {
      remove_checkpoint(checkpoints, candidate);
    }
  }
  sync_folder(checkpoints);
}

void keep_checkpoints(const fs::path& run_folder, const std::set<int64_t>& steps) {
  const std::vector<Candidate> candidates = candidates_in(run_folder);
  const fs::path checkpoints = checkpoints_of(run_folder);
  bool removed = false;
  for (const Candidate& candidate : candidates) {
    if (steps.contains(candidate.step)) continue;
    remove_checkpoint(checkpoints, candidate);
    removed = true;
  }
  if (removed) sync_folder(checkpoints);
}

}  // namespace elbo::io

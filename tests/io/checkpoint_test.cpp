#include "elbo/io/checkpoint.h"

#include <cerrno>
#include <gmock/gmock.h>
#include <sys/wait.h>

#include "elbo/io/checksum.h"
#include "elbo/io/file.h"
#include "elbo/settings/error.h"
#include "tests/io/fault_injection.h"
#include "tests/io/io_testing.h"
#include "tests/io/safetensors_testing.h"

namespace elbo::io {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

Checkpoint checkpoint_of(int64_t step) {
  return {.step = step,
          .epoch = step / 10,
          .tensors = {{"weight", Array::of<double>({2}, {static_cast<double>(step), 0.5})},
                      {"bytes", Array(DType::kU8, {100})}},
          .meta = {{"seed", "7"}, {"note", "é \"quoted\"\n"}}};
}

void expect_is(const Checkpoint& loaded, int64_t step) {
  const Checkpoint expected = checkpoint_of(step);
  EXPECT_EQ(loaded.step, step);
  EXPECT_EQ(loaded.epoch, expected.epoch);
  EXPECT_EQ(loaded.meta, expected.meta);
  expect_same(loaded.tensors, expected.tensors);
}

std::vector<std::string> checkpoint_names(const TestFolder& run) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(run / "checkpoints")) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

constexpr size_t kInData = 8 * 400;  // a bit of the state file, behind its header

void flip_bit(const fs::path& path, size_t bit) {
  std::string bytes = content_of(path);
  bytes.at(bit / 8) = static_cast<char>(bytes.at(bit / 8) ^ (1 << (bit % 8)));
  write_file(path, bytes);
}

TEST(Checkpoint, ComesBackWhole) {
  const TestFolder run;
  EXPECT_EQ(latest_checkpoint(run.path()), std::nullopt);
  EXPECT_EQ(latest_checkpoint(run / "missing"), std::nullopt);
  const fs::path saved = save_checkpoint(run.path(), checkpoint_of(123));
  EXPECT_EQ(saved, run / "checkpoints/step-000000123");
  EXPECT_EQ(latest_checkpoint(run.path()), saved);
  expect_is(load_checkpoint(saved), 123);
  EXPECT_THAT(checkpoint_names(run), ElementsAre("step-000000123"));
  EXPECT_THAT(content_of(saved / "manifest.json"),
              HasSubstr(xxh128_hex(bytes_of(content_of(saved / "state.safetensors")))));
}

TEST(Checkpoint, LatestIsByStepNotByTime) {
  const TestFolder run;
  for (const int64_t step : {int64_t{9}, int64_t{12'345'678'901}, int64_t{10}, int64_t{0}}) {
    save_checkpoint(run.path(), checkpoint_of(step));
  }
  EXPECT_EQ(latest_checkpoint(run.path()), run / "checkpoints/step-12345678901");
}

TEST(Checkpoint, RefusesNegativeStepsAndTextThatIsNoUtf8) {
  const TestFolder run;
  EXPECT_THROW(save_checkpoint(run.path(), Checkpoint{.step = -1}), DataError);
  EXPECT_THROW(save_checkpoint(run.path(), Checkpoint{.step = 1, .epoch = -1}), DataError);
  EXPECT_THROW(save_checkpoint(run.path(), Checkpoint{.step = 1, .meta = {{"k", "\xff"}}}), DataError);
  EXPECT_THROW(save_checkpoint(run.path(), Checkpoint{.step = 1, .meta = {{"k", std::string(5 << 20, 'x')}}}),
               DataError);
  EXPECT_THROW(load_checkpoint(run / "checkpoints/step-000000001"), IoError);
}

TEST(Checkpoint, ReplacesOneOfTheSameStep) {
  const TestFolder run;
  save_checkpoint(run.path(), Checkpoint{.step = 5, .meta = {{"k", "old"}}});
  const fs::path saved = save_checkpoint(run.path(), Checkpoint{.step = 5, .meta = {{"k", "new"}}});
  EXPECT_EQ(load_checkpoint(saved).meta.at("k"), "new");
  EXPECT_THAT(checkpoint_names(run), ElementsAre("step-000000005"));
}

TEST(Checkpoint, ReplacesWhereNamesCannotBeExchanged) {
  const TestFolder run;
  save_checkpoint(run.path(), Checkpoint{.step = 5, .meta = {{"k", "old"}}});
  for (const int nth : {1, 2, 3}) {  // the first and the second rename fail, then none
    const FaultyFileSystem faulty({.call = Call::kRename, .nth = nth, .error = EIO});
    FileSystem table = file_system();
    table.exchange = [](const char*, const char*) { return errno = EINVAL, -1; };
    const ReplaceFileSystem without_exchange(table);
    if (nth < 3) {
      EXPECT_THROW(save_checkpoint(run.path(), Checkpoint{.step = 5, .meta = {{"k", "new"}}}), IoError);
    } else {
      save_checkpoint(run.path(), Checkpoint{.step = 5, .meta = {{"k", "new"}}});
    }
    EXPECT_THAT(checkpoint_names(run), ElementsAre("step-000000005"));
    EXPECT_EQ(load_checkpoint(*latest_checkpoint(run.path())).meta.at("k"), nth < 3 ? "old" : "new");
  }
  // A kill between the two renames leaves the old one under its second name: it is found, and goes when replaced.
  fs::rename(run / "checkpoints/step-000000005", run / "checkpoints/step-000000005.replaced");
  EXPECT_EQ(latest_checkpoint(run.path()), run / "checkpoints/step-000000005.replaced");
  prune_checkpoints(run.path(), 1);
  EXPECT_THAT(checkpoint_names(run), ElementsAre("step-000000005.replaced"));
  save_checkpoint(run.path(), checkpoint_of(5));
  prune_checkpoints(run.path(), 1);
  EXPECT_THAT(checkpoint_names(run), ElementsAre("step-000000005"));
}

TEST(Checkpoint, DamagedNewestIsPassedOverWithAWarning) {
  const TestFolder run;
  const auto damage = [&](int64_t step, const auto& how) {
    save_checkpoint(run.path(), checkpoint_of(1));
    const fs::path newest = save_checkpoint(run.path(), checkpoint_of(step));
    how(newest);
    std::vector<std::string> warnings;
    EXPECT_EQ(latest_checkpoint(run.path(), &warnings), run / "checkpoints/step-000000001");
    EXPECT_EQ(warnings.size(), 1u);
    if (!fs::is_directory(newest) || fs::exists(newest / "renamed")) return std::string();
    EXPECT_THROW(load_checkpoint(newest), CorruptFileError);
    const std::string warning = warnings.empty() ? "" : warnings[0];
    EXPECT_THAT(warning, HasSubstr(newest.string()));
    fs::remove_all(newest);
    return warning;
  };
  EXPECT_THAT(damage(2, [](const fs::path& f) { fs::remove(f / "manifest.json"); }), HasSubstr("No such file"));
  EXPECT_THAT(damage(2, [](const fs::path& f) { fs::remove(f / "state.safetensors"); }), HasSubstr("No such file"));
  EXPECT_THAT(damage(2, [](const fs::path& f) { write_file(f / "manifest.json", ""); }), HasSubstr("no valid JSON"));
  EXPECT_THAT(
      damage(2,
             [](const fs::path& f) { write_file(f / "state.safetensors", content_of(f / "state.safetensors") + "x"); }),
      HasSubstr("the manifest says"));
  EXPECT_THAT(damage(2, [](const fs::path& f) { flip_bit(f / "state.safetensors", kInData); }), HasSubstr("XXH128"));
  // Files that lead elsewhere are not followed.
  EXPECT_THAT(damage(2,
                     [](const fs::path& f) {
                       fs::rename(f / "state.safetensors", f.parent_path().parent_path() / "state");
                       fs::create_symlink("../../state", f / "state.safetensors");
                     }),
              HasSubstr("symbolic links"));
}

TEST(Checkpoint, AFolderUnderAnotherStepsNameIsNotTrusted) {
  const TestFolder run;
  fs::rename(save_checkpoint(run.path(), checkpoint_of(2)), run / "checkpoints/step-000000003");
  std::vector<std::string> warnings;
  EXPECT_EQ(latest_checkpoint(run.path(), &warnings), std::nullopt);
  EXPECT_THAT(warnings, ElementsAre(HasSubstr("step is 2, but the folder is named for 3")));
}

TEST(Checkpoint, DetectsEveryFlippedBitOfTheManifest) {
  const TestFolder run;
  const fs::path saved = save_checkpoint(run.path(), checkpoint_of(1));
  const size_t bits = 8 * content_of(saved / "manifest.json").size();
  for (size_t bit = 0; bit < bits; ++bit) {
    flip_bit(saved / "manifest.json", bit);
    EXPECT_THROW(load_checkpoint(saved), CorruptFileError) << bit;
    flip_bit(saved / "manifest.json", bit);
  }
  EXPECT_NO_THROW(load_checkpoint(saved));
}

TEST(Checkpoint, DetectsEveryTruncation) {
  const TestFolder run;
  const fs::path saved = save_checkpoint(run.path(), checkpoint_of(1));
  for (const char* name : {"manifest.json", "state.safetensors"}) {
    const std::string whole = content_of(saved / name);
    for (size_t length = 0; length + 1 < whole.size(); ++length) {
      write_file(saved / name, std::string_view(whole).substr(0, length));
      EXPECT_THROW(load_checkpoint(saved), CorruptFileError) << name << " " << length;
    }
    write_file(saved / name, whole);
  }
}

TEST(Checkpoint, RefusesAManifestOfAnotherVersion) {
  const TestFolder run;
  const auto refused = [&](const std::string& version) {
    const fs::path saved = save_checkpoint(run.path(), checkpoint_of(1));
    std::string text = content_of(saved / "manifest.json");
    text.replace(text.find("\"version\":2"), 11, "\"version\":" + version);
    write_file(saved / "manifest.json", text);
    return message_of<CorruptFileError>([&] { load_checkpoint(saved); });
  };
  EXPECT_THAT(refused("3"), testing::EndsWith("manifest.json: version is 3; this program knows 2"));
  EXPECT_THAT(refused("1"), testing::EndsWith("manifest.json: version is 1; this program knows 2 (its checksums were "
                                              "SHA-256, those of today are XXH128: train the run anew)"));
}

TEST(Checkpoint, PruneKeepsTheNewestAndTheNewestComplete) {
  const TestFolder run;
  for (const int64_t step : {1, 2, 3, 4}) save_checkpoint(run.path(), checkpoint_of(step));
  fs::create_directory(run / "checkpoints/notes");
  prune_checkpoints(run.path(), 3);
  EXPECT_THAT(checkpoint_names(run), ElementsAre("notes", "step-000000002", "step-000000003", "step-000000004"));
  flip_bit(run / "checkpoints/step-000000004/state.safetensors", kInData);
  fs::remove(run / "checkpoints/step-000000003/manifest.json");
  prune_checkpoints(run.path(), 1);
  EXPECT_THAT(checkpoint_names(run), ElementsAre("notes", "step-000000002", "step-000000004"));
  prune_checkpoints(run.path(), 0);
  EXPECT_THAT(checkpoint_names(run), ElementsAre("notes", "step-000000002"));
  expect_is(load_checkpoint(*latest_checkpoint(run.path())), 2);
  flip_bit(run / "checkpoints/step-000000002/state.safetensors", kInData);
  prune_checkpoints(run.path(), 0);  // none is complete: nothing is taken away
  EXPECT_THAT(checkpoint_names(run), ElementsAre("notes", "step-000000002"));
  prune_checkpoints(run / "missing", 1);
}

TEST(Checkpoint, KeepsThoseOfTheStepsAskedFor) {
  const TestFolder run;
  for (const int64_t step : {1, 2, 3, 4}) save_checkpoint(run.path(), checkpoint_of(step));
  fs::create_directory(run / "checkpoints/notes");
  keep_checkpoints(run.path(), {2, 4, 9});
  EXPECT_THAT(checkpoint_names(run), ElementsAre("notes", "step-000000002", "step-000000004"));
  keep_checkpoints(run.path(), {});
  EXPECT_THAT(checkpoint_names(run), ElementsAre("notes"));
  keep_checkpoints(run / "missing", {});
}

TEST(Checkpoint, IsVerifiedUnderItsName) {
  const TestFolder run;
  const fs::path saved = save_checkpoint(run.path(), checkpoint_of(3));
  EXPECT_EQ(saved, checkpoint_folder(run.path(), 3));
  verify_checkpoint(saved);
  EXPECT_EQ(load_checkpoint_head(saved).meta, checkpoint_of(3).meta);
  EXPECT_THROW(verify_checkpoint(checkpoint_folder(run.path(), 4)), IoError);
  flip_bit(saved / "state.safetensors", kInData);
  EXPECT_THROW(verify_checkpoint(saved), CorruptFileError);
  fs::rename(saved, run / "checkpoints/other");
  EXPECT_THROW(verify_checkpoint(run / "checkpoints/other"), CorruptFileError);
}

TEST(Checkpoint, SaveCleansUpAfterDeadWritersOnly) {
  const TestFolder run;
  const pid_t dead = ::fork();
  if (dead == 0) ::_exit(0);
  ::waitpid(dead, nullptr, 0);
  const std::string living = ".tmp-" + std::to_string(::getppid()) + "-1";
  for (const std::string& name : {".tmp-" + std::to_string(dead) + "-1", ".tmp-" + std::to_string(::getpid()) + "-5",
                                  ".tmp-" + std::to_string(::getpid()) + "-4", living}) {
    fs::create_directories(run / "checkpoints" / name);
    write_file(run / "checkpoints" / name / "state.safetensors", "half");
  }
  EXPECT_EQ(latest_checkpoint(run.path()), std::nullopt);
  save_checkpoint(run.path(), checkpoint_of(5));
  EXPECT_THAT(checkpoint_names(run), ElementsAre(living, "step-000000005"));
}

TEST(Checkpoint, SurvivesEveryFault) {
  const TestFolder run;
  save_checkpoint(run.path(), checkpoint_of(1));
  const fs::path next = run / "checkpoints/step-000000002";
  for_every_fault({Call::kOpen, Call::kWrite, Call::kFsync, Call::kClose, Call::kRename, Call::kMakeFolder},
                  [&](const Fault& fault) {
                    bool threw = false, fired = false;
                    {
                      const FaultyFileSystem faulty(fault);
                      try {
                        save_checkpoint(run.path(), checkpoint_of(2));
                      } catch (const IoError& error) {
                        threw = true;
                        EXPECT_THAT(error.what(), HasSubstr(run.path().string()));
                      }
                      fired = faulty.fired();
                    }
                    EXPECT_TRUE(fired || !threw);
                    const bool recoverable = fault.error == 0 || fault.error == EINTR;
                    if (fired && !recoverable && fault.call != Call::kClose) {
                      EXPECT_TRUE(threw);
                    }
                    expect_is(load_checkpoint(run / "checkpoints/step-000000001"), 1);
                    if (!threw) {
                      EXPECT_TRUE(fs::exists(next));
                    }
                    if (fs::exists(next)) expect_is(load_checkpoint(next), 2);
                    fs::remove_all(next);
                    EXPECT_THAT(names_under(run.path()),
                                UnorderedElementsAre("checkpoints", "checkpoints/step-000000001",
                                                     "checkpoints/step-000000001/manifest.json",
                                                     "checkpoints/step-000000001/state.safetensors"));
                    return fired;
                  });
}

TEST(Checkpoint, SurvivesADiskThatStaysFull) {
  const TestFolder run;
  save_checkpoint(run.path(), checkpoint_of(1));
  const FaultyFileSystem faulty({.call = Call::kWrite, .error = ENOSPC, .again = true});
  for (int64_t step = 2; step < 5; ++step) {
    EXPECT_THAT(message_of<IoError>([&] { save_checkpoint(run.path(), checkpoint_of(step)); }),
                HasSubstr("bytes): No space left on device"));
  }
  EXPECT_THAT(checkpoint_names(run), ElementsAre("step-000000001"));
  expect_is(load_checkpoint(*latest_checkpoint(run.path())), 1);
}

// What kill -9 cannot show: before the rename every file written has been synced after its last write, and so has the
// folder that holds them; after the rename the folder above has been.
TEST(Checkpoint, IsOnDiskBeforeItHasItsName) {
  const TestFolder run;
  save_checkpoint(run.path(), checkpoint_of(1));
  const FaultyFileSystem recording({});
  save_checkpoint(run.path(), checkpoint_of(2));
  std::vector<std::string> unsynced, names;
  std::string path;
  bool renamed = false, folder_synced = false;
  for (const std::string& line : recording.log()) {
    if (line.starts_with("open")) path = line.substr(line.find('/'));
    if (line.starts_with("write")) unsynced = {path};
    if (line.starts_with("fsync")) {
      unsynced.clear();
      if (!renamed) names.push_back(fs::path(path).filename().string());
      if (renamed && path == (run / "checkpoints").string()) folder_synced = true;
    }
    if (line.starts_with("close")) {
      EXPECT_TRUE(unsynced.empty()) << path << " closed without a sync";
    }
    if (line.starts_with("rename")) renamed = true;
  }
  EXPECT_TRUE(renamed);
  EXPECT_TRUE(folder_synced);
  EXPECT_THAT(names, ElementsAre("state.safetensors", "manifest.json", testing::StartsWith(".tmp-")));
}

}  // namespace
}  // namespace elbo::io

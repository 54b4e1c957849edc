#include "elbo/io/file.h"

#include <algorithm>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <system_error>

#include "tests/io/fault_injection.h"
#include "tests/io/io_testing.h"

namespace elbo::io {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

TEST(ReadFile, GivesAllBytes) {
  const TestFolder folder;
  write_file(folder / "a", std::string_view("x\0y\n", 4));
  EXPECT_EQ(read_text(folder / "a"), std::string_view("x\0y\n", 4));
  EXPECT_EQ(read_file(folder / "a").size(), 4u);
  write_file(folder / "empty", "");
  EXPECT_THAT(read_file(folder / "empty"), IsEmpty());
}

TEST(ReadFile, RefusesWhatIsNoRegularFileOrTooLarge) {
  const TestFolder folder;
  const std::string f = folder.path().string();
  EXPECT_EQ(message_of<DataError>([&] { read_file(folder / "no", {.error = ExitCode::kData}); }),
            "cannot open " + f + "/no: No such file or directory");
  EXPECT_EQ(message_of<IoError>([&] { read_file(folder.path()); }), "cannot read " + f + ": it is a folder");
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(message_of<CorruptFileError>([&] { read_file(folder / "pipe", {.error = ExitCode::kCorruptFile}); }),
            "cannot read " + f + "/pipe: it is no regular file");
  write_file(folder / "five", "12345");
  EXPECT_EQ(message_of<DataError>([&] { read_file(folder / "five", {.max_bytes = 4, .error = ExitCode::kData}); }),
            "cannot read " + f + "/five: it has 5 bytes; at most 4 are read");
  EXPECT_EQ(read_text(folder / "five", {.max_bytes = 5}), "12345");
  std::filesystem::create_symlink("five", folder / "link");
  EXPECT_EQ(read_text(folder / "link"), "12345");
  EXPECT_THROW(read_file(folder / "link", {.follow_links = false}), IoError);
}

TEST(ReadFile, ReportsFailuresAndGoesOnAfterASignal) {
  const TestFolder folder;
  write_file(folder / "a", "12345");
  for (const Call call : {Call::kOpen, Call::kRead}) {
    {
      const FaultyFileSystem faulty({.call = call, .error = EIO});
      EXPECT_THAT(message_of<IoError>([&] { read_file(folder / "a"); }), HasSubstr("Input/output error"));
    }
    const FaultyFileSystem faulty({.call = call, .error = EINTR});
    EXPECT_EQ(read_text(folder / "a"), "12345");
    EXPECT_TRUE(faulty.fired());
  }
}

TEST(WriteAtomic, ReplacesAndLeavesNothingElse) {
  const TestFolder folder;
  write_atomic(folder / "a", "one");
  write_atomic(folder / "a", "two");
  EXPECT_EQ(content_of(folder / "a"), "two");
  const std::vector<Bytes> parts{bytes_of("x"), bytes_of(""), bytes_of("yz")};
  write_atomic(folder / "b", parts);
  EXPECT_EQ(content_of(folder / "b"), "xyz");
  const std::string long_name(255, 'n');
  write_atomic(folder / long_name, "long");
  EXPECT_EQ(content_of(folder / long_name), "long");
  EXPECT_EQ(names_under(folder.path()).size(), 3u);
}

TEST(WriteAtomic, GivesTheModeOfTheMask) {
  const TestFolder folder;
  const mode_t before = ::umask(027);
  write_atomic(folder / "a", "one");
  ::umask(before);
  struct stat status {};
  ASSERT_EQ(::stat((folder / "a").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777u, 0640u);
}

TEST(WriteAtomic, RefusesOddTargetsAndAltersNothing) {
  const TestFolder folder;
  write_file(folder / "real", "kept");
  std::filesystem::create_symlink("real", folder / "link");
  std::filesystem::create_symlink("nowhere", folder / "dangling");
  std::filesystem::create_directory(folder / "sub");
  for (const char* name : {"link", "dangling", "sub", "sub/", "real/x", "missing/x"}) {
    EXPECT_THAT(message_of<IoError>([&] { write_atomic(folder / name, "new"); }), HasSubstr(name)) << name;
  }
  EXPECT_EQ(message_of<IoError>([&] { write_atomic(std::filesystem::path("/dev/full"), "new"); }),
            "cannot write /dev/full: the name belongs to a folder, link or device");
  EXPECT_EQ(content_of(folder / "real"), "kept");
  EXPECT_THAT(names_under(folder.path()), testing::UnorderedElementsAre("real", "link", "dangling", "sub"));
}

TEST(WriteAtomic, SurvivesEveryFault) {
  const TestFolder folder;
  for_every_fault({Call::kOpen, Call::kWrite, Call::kFsync, Call::kClose, Call::kRename}, [&](const Fault& fault) {
    write_file(folder / "a", "old");
    const std::vector<Bytes> parts{bytes_of("new"), bytes_of(" text")};
    std::string error;
    const FaultyFileSystem faulty(fault);
    try {
      write_atomic(folder / "a", parts);
    } catch (const IoError& caught) {
      error = caught.what();
    }
    const bool recoverable = fault.error == 0 || (fault.error == EINTR && fault.call != Call::kRename);
    // The last open, fsync and close are the folder's: the new content is in place and only its durability unsure.
    const std::string content = content_of(folder / "a");
    if (!faulty.fired()) {
      EXPECT_EQ(error, "");
    } else if (recoverable) {
      EXPECT_EQ(error, "") << static_cast<int>(fault.call);
    } else if (fault.call != Call::kClose || fault.nth == 1) {
      EXPECT_THAT(error, StartsWith("cannot ")) << static_cast<int>(fault.call) << " " << fault.nth;
      EXPECT_THAT(error, HasSubstr(folder.path().string()));
      EXPECT_THAT(error, HasSubstr(std::generic_category().message(fault.error)));
    }
    EXPECT_TRUE(content == "new text" || content == "old") << content;
    if (error.empty()) {
      EXPECT_EQ(content, "new text");
    }
    EXPECT_THAT(names_under(folder.path()), ElementsAre("a"));
    return faulty.fired();
  });
}

TEST(WriteAtomic, MessageHasPathBytesAndReason) {
  const TestFolder folder;
  const FaultyFileSystem faulty({.call = Call::kWrite, .error = ENOSPC});
  EXPECT_EQ(message_of<IoError>([&] { write_atomic(folder / "x.npy", "12345"); }),
            "cannot write " + (folder / "x.npy").string() + " (5 bytes): No space left on device");
}

// kill -9 cannot show a missing fsync, so the order of the calls is looked at.
TEST(WriteAtomic, SyncsBeforeAndAfterTheRename) {
  const TestFolder folder;
  const FaultyFileSystem recording({});
  write_atomic(folder / "a", "one");
  std::vector<std::string> words;
  for (const std::string& line : recording.log()) words.push_back(line.substr(0, line.find(' ')));
  EXPECT_THAT(words, ElementsAre("open", "write", "fsync", "close", "rename", "open", "fsync", "close"));
  EXPECT_THAT(recording.log()[5], testing::EndsWith(folder.path().string()));
}

TEST(WriteNew, RefusesATakenName) {
  const TestFolder folder;
  write_file(folder / "a", "old");
  const Bytes part = bytes_of("new");
  EXPECT_THROW(write_new(folder / "a", std::span(&part, 1)), IoError);
  EXPECT_EQ(content_of(folder / "a"), "old");
}

TEST(AppendLine, AddsOneLineWithOneWrite) {
  const TestFolder folder;
  const FaultyFileSystem recording({});
  append_line(folder / "m", "one");
  append_line(folder / "m", "two");
  EXPECT_EQ(content_of(folder / "m"), "one\ntwo\n");
  const auto writes = std::count_if(recording.log().begin(), recording.log().end(),
                                    [](const std::string& line) { return line.starts_with("write"); });
  EXPECT_EQ(writes, 2);
}

TEST(AppendLine, ClosesOffATornLine) {
  const TestFolder folder;
  write_file(folder / "m", "one\ntor");
  append_line(folder / "m", "two");
  EXPECT_EQ(content_of(folder / "m"), "one\ntor\ntwo\n");
}

TEST(AppendLine, TakesBackWhatDidNotFit) {
  const TestFolder folder;
  append_line(folder / "m", "one");
  for (const int error : {ENOSPC, EIO, 0}) {
    const FaultyFileSystem faulty({.call = Call::kWrite, .error = error});
    EXPECT_THAT(message_of<IoError>([&] { append_line(folder / "m", "second"); }), HasSubstr("(7 bytes)"));
    EXPECT_EQ(content_of(folder / "m"), "one\n");
  }
  const FaultyFileSystem faulty({.call = Call::kWrite, .error = EINTR});
  append_line(folder / "m", "second");
  EXPECT_EQ(content_of(folder / "m"), "one\nsecond\n");
  EXPECT_THROW(append_line(folder.path(), "x"), IoError);
  EXPECT_THROW(append_line(folder / "no/m", "x"), IoError);
}

TEST(SyncFile, SyncsTheFileOrSaysThatItCannot) {
  const TestFolder folder;
  append_line(folder / "m", "one");
  {
    const FaultyFileSystem recording({});
    sync_file(folder / "m");
    EXPECT_EQ(std::count_if(recording.log().begin(), recording.log().end(),
                            [](const std::string& line) { return line.starts_with("fsync"); }),
              1);
  }
  const FaultyFileSystem faulty({.call = Call::kFsync, .error = EIO});
  EXPECT_THAT(message_of<IoError>([&] { sync_file(folder / "m"); }), HasSubstr("m: Input/output error"));
  EXPECT_THROW(sync_file(folder / "missing"), IoError);
}

TEST(NamesIn, HasAllButTheFolderItself) {
  const TestFolder folder;
  for (const char* name : {"a", ".hidden", "...", "b c"}) write_file(folder / name, "");
  EXPECT_THAT(names_in(folder.path()), testing::UnorderedElementsAre("a", ".hidden", "...", "b c"));
  EXPECT_THAT(message_of<IoError>([&] { names_in(folder / "no"); }), HasSubstr("no: No such file"));
  EXPECT_THROW(names_in(folder / "a"), IoError);
}

TEST(MakeFolders, CreatesWhatIsMissing) {
  const TestFolder folder;
  make_folders(folder / "a/b/c");
  make_folders(folder / "a/b/c/");
  EXPECT_TRUE(std::filesystem::is_directory(folder / "a/b/c"));
  write_file(folder / "file", "");
  EXPECT_EQ(message_of<IoError>([&] { make_folders(folder / "file/x"); }),
            "cannot create the folder " + (folder / "file").string() + ": Not a directory");
  const FaultyFileSystem faulty({.call = Call::kMakeFolder, .nth = 2, .error = ENOSPC});
  EXPECT_THAT(message_of<IoError>([&] { make_folders(folder / "p/q/r"); }), HasSubstr("p/q: No space left"));
}

TEST(RemoveLeftovers, TakesThoseOfDeadWritersOnly) {
  const TestFolder folder;
  const pid_t dead = ::fork();
  if (dead == 0) ::_exit(0);
  ::waitpid(dead, nullptr, 0);
  const std::string of_dead = ".elbo-tmp-" + std::to_string(dead) + "-0";
  const std::string of_living = ".elbo-tmp-" + std::to_string(::getppid()) + "-0";
  for (const std::string& name : {of_dead, of_living, std::string(".elbo-tmp-x"), std::string("a")}) {
    write_file(folder / name, "x");
  }
  remove_leftovers(folder.path());
  EXPECT_THAT(names_under(folder.path()), testing::UnorderedElementsAre(of_living, ".elbo-tmp-x", "a"));
}

}  // namespace
}  // namespace elbo::io

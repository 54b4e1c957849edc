// RecordedDisk: what a program does to the files below a folder, and every state that a power loss may leave of it.
//
//   RecordedDisk disk(folder);          // until the end of the scope, calls are done and written down
//   save_checkpoint(folder, checkpoint);
//   const RecordedDisk::Record record = disk.record();
//   for (const size_t call : record.pending(17)) lost[call] = true;
//   record.restore(17, lost, torn, elsewhere);       // as after 17 calls, when nothing came that was not synced
//
// What is promised of a disk is little: the bytes of a file are there once it was synced, a name (made, changed or
// taken away) once its folder was; of what was not, anything may be there or not, in any combination.
#pragma once

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "elbo/io/file_system.h"

namespace elbo::io {

class RecordedDisk final {
 public:
  explicit RecordedDisk(const std::filesystem::path& folder) : replaced_((reset(folder), table())) {}

  struct Call {
    enum class Kind { kName, kMove, kExchange, kRemove, kWrite, kSync, kMark } kind;
    int folder = 0;        // whose names change
    std::string name, to;  // in it; of a move and an exchange, both in one folder
    int inode = 0;         // that gets the name, is written or synced
    std::string bytes;     // of a write
    int64_t mark = 0;      // of a mark
  };

  // Notes that something is promised from here on: "the save of step 12 is done".
  static void mark(int64_t value) { log().calls.push_back({.kind = Call::Kind::kMark, .mark = value}); }

  // A copy of what was recorded, for after the scope.
  struct Record {
    std::vector<Call> calls;
    std::vector<bool> is_folder;  // by inode; 0 is the folder itself

    // The calls among the first `count` that a power loss then may undo.
    std::vector<size_t> pending(size_t count) const {
      std::vector<size_t> result;
      for (size_t i = 0; i < count; ++i) {
        const Call& call = calls[i];
        if (call.kind == Call::Kind::kSync || call.kind == Call::Kind::kMark) continue;
        const int asks = call.kind == Call::Kind::kWrite ? call.inode : call.folder;
        bool synced = false;
        for (size_t j = i + 1; j < count && !synced; ++j) {
          synced = calls[j].kind == Call::Kind::kSync && calls[j].inode == asks;
        }
        if (!synced) result.push_back(i);
      }
      return result;
    }

    // Writes to `target` what the first `count` calls leave, but for those in `lost`; the bytes of a write in `torn`
    // came in half.
    void restore(size_t count, const std::vector<bool>& lost, const std::vector<bool>& torn,
                 const std::filesystem::path& target) const {
      std::vector<std::map<std::string, int>> names(is_folder.size());
      std::vector<std::string> content(is_folder.size());
      for (size_t i = 0; i < count; ++i) {
        if (lost[i]) continue;
        const Call& call = calls[i];
        auto& here = names[static_cast<size_t>(call.folder)];
        switch (call.kind) {
          case Call::Kind::kName:
            here[call.name] = call.inode;
            break;
          case Call::Kind::kMove:
            if (here.contains(call.name)) here[call.to] = here[call.name];
            here.erase(call.name);
            break;
          case Call::Kind::kExchange:
            if (here.contains(call.name) && here.contains(call.to)) std::swap(here[call.name], here[call.to]);
            break;
          case Call::Kind::kRemove:
            here.erase(call.name);
            break;
          case Call::Kind::kWrite:
            content[static_cast<size_t>(call.inode)] +=
                torn[i] ? call.bytes.substr(0, call.bytes.size() / 2) : call.bytes;
            break;
          case Call::Kind::kSync:
          case Call::Kind::kMark:
            break;
        }
      }
      write(names, content, 0, target);
    }

   private:
    void write(const std::vector<std::map<std::string, int>>& names, const std::vector<std::string>& content,
               int folder, const std::filesystem::path& target) const {
      std::filesystem::create_directories(target);
      for (const auto& [name, inode] : names[static_cast<size_t>(folder)]) {
        if (is_folder[static_cast<size_t>(inode)]) {
          write(names, content, inode, target / name);
        } else {
          std::ofstream(target / name, std::ios::binary) << content[static_cast<size_t>(inode)];
        }
      }
    }
  };
  Record record() const { return {log().calls, log().is_folder}; }

 private:
  struct Log {
    std::filesystem::path root;
    std::vector<Call> calls;
    std::vector<bool> is_folder;
    std::map<std::string, int> inodes;  // by path below the root, as they are now
    std::map<int, int> open;            // descriptor to inode
  };
  static Log& log() {
    static Log log;
    return log;
  }
  static void reset(const std::filesystem::path& folder) {
    log() = {.root = folder, .calls = {}, .is_folder = {true}, .inodes = {{"", 0}}, .open = {}};
  }
  static const FileSystem& real() {
    static const FileSystem system = file_system();  // taken before the first replacement
    return system;
  }

  // "checkpoints/step-1"; nothing for what lies elsewhere.
  static bool below_root(const std::string& path, std::string& below) {
    const std::string root = log().root.string();
    if (path == root) return below.clear(), true;
    if (!path.starts_with(root + "/")) return false;
    below = path.substr(root.size() + 1);
    return true;
  }
  static int folder_of(const std::string& below) {
    const size_t slash = below.rfind('/');
    return log().inodes.at(slash == std::string::npos ? "" : below.substr(0, slash));
  }
  static std::string name_of(const std::string& below) { return below.substr(below.rfind('/') + 1); }

  static int make(const std::string& below, bool folder) {
    const int inode = static_cast<int>(log().is_folder.size());
    log().is_folder.push_back(folder);
    forget(below);  // one that was deleted behind our back
    log().inodes[below] = inode;
    log().calls.push_back(
        {.kind = Call::Kind::kName, .folder = folder_of(below), .name = name_of(below), .inode = inode});
    return inode;
  }
  // Takes the paths at and under one out, and returns them by what follows it.
  static std::map<std::string, int> forget(const std::string& below) {
    std::map<std::string, int> taken;
    std::erase_if(log().inodes, [&](const auto& entry) {
      const bool under = entry.first == below || entry.first.starts_with(below + "/");
      if (under) taken[entry.first.substr(below.size())] = entry.second;
      return under;
    });
    return taken;
  }
  static void put(const std::string& below, const std::map<std::string, int>& taken) {
    for (const auto& [rest, inode] : taken) log().inodes[below + rest] = inode;
  }

  static FileSystem table() {
    FileSystem recorded = real();
    recorded.open = [](const char* path, int flags, mode_t mode) {
      const int descriptor = real().open(path, flags, mode);
      std::string below;
      if (descriptor < 0 || !below_root(path, below)) return descriptor;
      const bool known = log().inodes.contains(below);
      if (known) log().open[descriptor] = log().inodes[below];
      if (!known && (flags & O_CREAT) != 0) log().open[descriptor] = make(below, false);
      return descriptor;
    };
    recorded.write = [](int descriptor, const void* src, size_t count) {
      const ssize_t put = real().write(descriptor, src, count);
      if (put > 0 && log().open.contains(descriptor)) {
        log().calls.push_back({.kind = Call::Kind::kWrite,
                               .inode = log().open[descriptor],
                               .bytes = {static_cast<const char*>(src), static_cast<size_t>(put)}});
      }
      return put;
    };
    recorded.fsync = [](int descriptor) {  // the disk below is not to be waited for
      if (log().open.contains(descriptor)) {
        log().calls.push_back({.kind = Call::Kind::kSync, .inode = log().open[descriptor]});
      }
      return 0;
    };
    recorded.close = [](int descriptor) {
      log().open.erase(descriptor);
      return real().close(descriptor);
    };
    recorded.rename = [](const char* from, const char* to) {
      const int result = real().rename(from, to);
      std::string a, b;
      if (result == 0 && below_root(from, a) && below_root(to, b)) {
        log().calls.push_back(
            {.kind = Call::Kind::kMove, .folder = folder_of(a), .name = name_of(a), .to = name_of(b)});
        forget(b);
        put(b, forget(a));
      }
      return result;
    };
    recorded.exchange = [](const char* from, const char* to) {
      const int result = real().exchange(from, to);
      std::string a, b;
      if (result == 0 && below_root(from, a) && below_root(to, b)) {
        log().calls.push_back(
            {.kind = Call::Kind::kExchange, .folder = folder_of(a), .name = name_of(a), .to = name_of(b)});
        const auto was_a = forget(a), was_b = forget(b);
        put(a, was_b);
        put(b, was_a);
      }
      return result;
    };
    recorded.make_folder = [](const char* path, mode_t mode) {
      const int result = real().make_folder(path, mode);
      std::string below;
      if (result == 0 && below_root(path, below)) make(below, true);
      return result;
    };
    recorded.unlink = [](const char* path) {
      const int result = real().unlink(path);
      std::string below;
      if (result == 0 && below_root(path, below)) {
        log().calls.push_back({.kind = Call::Kind::kRemove, .folder = folder_of(below), .name = name_of(below)});
        forget(below);
      }
      return result;
    };
    return recorded;
  }

  ReplaceFileSystem replaced_;
};

}  // namespace elbo::io

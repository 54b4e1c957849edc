#include "elbo/data/npz.h"

#include <algorithm>
#include <set>
#include <zlib.h>

#include "elbo/data/npy.h"
#include "elbo/settings/error.h"

namespace elbo::data {

namespace {

// The records of APPNOTE.TXT 6.3 that are read, with their sizes up to the first variable part.
constexpr uint32_t kLocalSignature = 0x04034b50, kEntrySignature = 0x02014b50, kEndSignature = 0x06054b50;
constexpr int64_t kLocalSize = 30, kEntrySize = 46, kEndSize = 22;
constexpr int64_t kMaxComment = 0xffff;
constexpr int64_t kMaxMembers = 1024, kMaxName = 512;
constexpr int64_t kMaxDirectory = kMaxMembers * (kEntrySize + kMaxName + 1024);
constexpr int kStored = 0, kDeflated = 8;
// ZIP64: a field of all ones says that the number stands in a wider field elsewhere.
constexpr uint32_t kFull32 = 0xffffffff, kFull16 = 0xffff;
constexpr uint32_t kEnd64Signature = 0x06064b50, kLocator64Signature = 0x07064b50;
constexpr int64_t kEnd64Size = 56, kLocator64Size = 20;
constexpr uint32_t kExtra64 = 1;

class Record {
 public:
  Record(std::span<const std::byte> bytes, int64_t offset) : at_(bytes.data() + offset) {}
  uint32_t u16(int64_t offset) const { return byte(offset) | byte(offset + 1) << 8; }
  uint32_t u32(int64_t offset) const { return u16(offset) | u16(offset + 2) << 16; }
  // -1 beyond 63 bits, which no file reaches.
  int64_t i64(int64_t offset) const {
    const uint64_t value = u32(offset) | uint64_t{u32(offset + 4)} << 32;
    return value >> 63 != 0 ? -1 : static_cast<int64_t>(value);
  }

 private:
  uint32_t byte(int64_t offset) const { return std::to_integer<uint32_t>(at_[offset]); }
  const std::byte* at_;
};

std::vector<std::byte> part_of(const File& file, int64_t offset, int64_t size) {
  std::vector<std::byte> part(static_cast<size_t>(size));
  if (file.read_at(offset, part) != part.size()) throw DataError(file.name() + ": became shorter while it was read");
  return part;
}

std::string_view without_extension(std::string_view name) {
  return name.ends_with(".npy") ? name.substr(0, name.size() - 4) : name;
}

// What a member unpacks to, held to the size and the checksum that the archive states.
class MemberBytes final : public ByteSource {
 public:
  MemberBytes(std::unique_ptr<ByteSource> inner, int64_t size, uint32_t crc)
      : ByteSource(inner->name()), inner_(std::move(inner)), left_(size), crc_(crc) {}

  size_t read(std::span<std::byte> dst) override {
    const auto wanted = dst.first(std::min(dst.size(), static_cast<size_t>(left_)));
    const size_t got = inner_->read(wanted);
    if (got < wanted.size()) fail("unpacks to fewer bytes than its archive states");
    seen_crc_ = crc32_z(seen_crc_, reinterpret_cast<const Bytef*>(wanted.data()), got);
    left_ -= static_cast<int64_t>(got);
    if (left_ == 0 && !checked_) check();
    return got;
  }
  int64_t left() const override { return left_; }
  bool left_is_exact() const override { return true; }

 private:
  void check() {
    checked_ = true;
    std::byte extra{};
    if (inner_->read({&extra, 1}) != 0) fail("unpacks to more bytes than its archive states");
    if (seen_crc_ != crc_) fail("is damaged: its CRC-32 differs from the archive's");
  }

  std::unique_ptr<ByteSource> inner_;
  int64_t left_;
  uint32_t crc_;
  uLong seen_crc_ = 0;
  bool checked_ = false;
};

}  // namespace

Npz::Npz(const std::filesystem::path& path, const ReadLimits& limits)
    : file_(std::make_shared<const File>(path)), limits_(limits) {
  read_directory();
  for (Member& member : members_) locate_data(member);
  // Members must not share bytes: a small archive could otherwise unpack one part many times.
  std::vector<const Member*> by_place;
  for (const Member& member : members_) by_place.push_back(&member);
  std::sort(by_place.begin(), by_place.end(),
            [](const Member* a, const Member* b) { return a->header_offset < b->header_offset; });
  for (size_t i = 1; i < by_place.size(); ++i) {
    const Member& before = *by_place[i - 1];
    if (before.data_offset + before.packed_size > by_place[i]->header_offset) {
      fail("its members " + before.name + " and " + by_place[i]->name + " overlap");
    }
  }
}

void Npz::read_directory() {
  const int64_t tail_size = std::min(file_->size(), kEndSize + kMaxComment);
  const int64_t tail_offset = file_->size() - tail_size;
  const std::vector<std::byte> tail = part_of(*file_, tail_offset, tail_size);
  // The end record is the last one whose comment reaches exactly to the end of the file.
  int64_t at = tail_size - kEndSize;
  while (at >= 0 &&
         (Record(tail, at).u32(0) != kEndSignature || at + kEndSize + Record(tail, at).u16(20) != tail_size)) {
    --at;
  }
  if (at < 0) fail("is no whole NPZ file: the end of its ZIP directory is not there");
  const Record end(tail, at);
  if (end.u16(4) != 0 || end.u16(6) != 0 || end.u16(8) != end.u16(10)) {
    fail("is one part of a ZIP archive of several");
  }
  Directory told{.count = end.u16(10), .size = end.u32(12), .offset = end.u32(16), .end = tail_offset + at};
  if (told.count == kFull16 || told.size == kFull32 || told.offset == kFull32) told = find_directory64(told.end);
  const auto [count, size, offset, end_offset] = told;
  // Each is held to the file before they are added.
  const bool is_there = size >= 0 && offset >= 0 && size <= end_offset && offset == end_offset - size;
  if (!is_there) fail("its ZIP directory is not where its last record says");
  if (count < 0 || count > kMaxMembers || size > kMaxDirectory) {
    fail("claims " + std::to_string(count) + " members in a directory of " + std::to_string(size) + " bytes; at most " +
         std::to_string(kMaxMembers) + " members are read");
  }
  const std::vector<std::byte> directory = part_of(*file_, offset, size);
  std::set<std::string> seen;
  int64_t place = 0;
  for (int64_t i = 0; i < count; ++i) {
    const std::string which = "entry " + std::to_string(i + 1) + " of its ZIP directory";
    if (size - place < kEntrySize || Record(directory, place).u32(0) != kEntrySignature) fail(which + " is damaged");
    const Record entry(directory, place);
    const int64_t name_size = entry.u16(28), whole = kEntrySize + name_size + entry.u16(30) + entry.u16(32);
    if (size - place < whole) fail(which + " reaches beyond its end");
    if (name_size == 0 || name_size > kMaxName) fail(which + " has a name of " + std::to_string(name_size) + " bytes");
    const std::string name(reinterpret_cast<const char*>(directory.data()) + place + kEntrySize,
                           static_cast<size_t>(name_size));
    Member member{.name = shown(std::string(without_extension(name))),
                  .method = static_cast<int>(entry.u16(10)),
                  .crc = entry.u32(16),
                  .packed_size = entry.u32(20),
                  .size = entry.u32(24),
                  .header_offset = entry.u32(42)};
    constexpr uint32_t kEncrypted = 1;
    if (entry.u16(8) & kEncrypted) fail("its member " + member.name + " is encrypted");
    widen(member, std::span(directory).subspan(static_cast<size_t>(place + kEntrySize + name_size), entry.u16(30)));
    if (member.method != kStored && member.method != kDeflated) {
      fail("its member " + member.name + " is packed by method " + std::to_string(member.method) +
           "; stored (0) and deflated (8) are read");
    }
    if (!seen.insert(member.name).second) fail("has two members called " + member.name);
    members_.push_back(std::move(member));
    place += whole;
  }
  if (place != size) fail("its ZIP directory goes on after its last entry");
  data_end_ = offset;
}

// ZIP64's record of the directory, which its locator directly before the end record names.
Npz::Directory Npz::find_directory64(int64_t end_offset) const {
  const std::string where = "its ZIP64 directory is not where its last record says";
  if (end_offset < kLocator64Size + kEnd64Size) fail(where);
  const int64_t locator_offset = end_offset - kLocator64Size, record_offset = locator_offset - kEnd64Size;
  const std::vector<std::byte> part = part_of(*file_, record_offset, kEnd64Size + kLocator64Size);
  const Record record(part, 0), locator(part, kEnd64Size);
  if (locator.u32(0) != kLocator64Signature || locator.i64(8) != record_offset || record.u32(0) != kEnd64Signature) {
    fail(where);
  }
  if (locator.u32(4) != 0 || locator.u32(16) != 1 || record.u32(16) != 0 || record.u32(20) != 0 ||
      record.i64(24) != record.i64(32)) {
    fail("is one part of a ZIP archive of several");
  }
  return {.count = record.i64(32), .size = record.i64(40), .offset = record.i64(48), .end = record_offset};
}

// Puts the sizes and the place of a large member in, which stand in an extra field of its entry.
void Npz::widen(Member& member, std::span<const std::byte> extra) const {
  std::vector<int64_t*> wide;
  for (int64_t* field : {&member.size, &member.packed_size, &member.header_offset}) {
    if (*field == kFull32) wide.push_back(field);
  }
  if (wide.empty()) return;
  const std::string complaint = "its member " + member.name + " has a damaged ZIP64 field";
  while (extra.size() >= 4) {
    const Record field(extra, 0);
    const size_t size = field.u16(2);
    if (extra.size() - 4 < size) break;
    if (field.u16(0) == kExtra64) {
      if (size < 8 * wide.size()) break;
      for (size_t i = 0; i < wide.size(); ++i) {
        *wide[i] = field.i64(4 + 8 * static_cast<int64_t>(i));
        if (*wide[i] < 0) fail(complaint);
      }
      return;
    }
    extra = extra.subspan(4 + size);
  }
  fail(complaint);
}

void Npz::locate_data(Member& member) const {
  const std::string which = "its member " + member.name;
  if (data_end_ - member.header_offset < kLocalSize) fail(which + " begins beyond the members' part");
  const std::vector<std::byte> bytes = part_of(*file_, member.header_offset, kLocalSize);
  const Record local(bytes, 0);
  if (local.u32(0) != kLocalSignature) fail(which + " is not where the ZIP directory says");
  if (static_cast<int>(local.u16(8)) != member.method) fail(which + " has two headers that differ");
  // Sizes are the directory's: NumPy leaves the local ones to a ZIP64 field even for the smallest member.
  member.data_offset = member.header_offset + kLocalSize + local.u16(26) + local.u16(28);
  if (data_end_ - member.data_offset < member.packed_size) fail(which + " reaches beyond the members' part");
  if (member.method == kStored && member.size != member.packed_size) fail(which + " has sizes that differ");
}

std::vector<std::string> Npz::names() const {
  std::vector<std::string> names;
  for (const Member& member : members_) names.push_back(member.name);
  return names;
}

const Npz::Member* Npz::find(std::string_view name) const {
  for (const Member& member : members_) {
    if (member.name == without_extension(name)) return &member;
  }
  return nullptr;
}

bool Npz::has(std::string_view name) const {
  return find(name) != nullptr;
}

Array Npz::read(std::string_view name) const {
  const Member* member = find(name);
  if (member == nullptr) {
    std::string known;
    for (const Member& other : members_) known += (known.empty() ? "" : ", ") + other.name;
    fail("has no member " + std::string(name) + "; it has: " + (known.empty() ? "none" : known));
  }
  if (member->size > limits_.max_bytes) {
    fail("its member " + member->name + " claims " + std::to_string(member->size) + " bytes, more than the allowed " +
         std::to_string(limits_.max_bytes));
  }
  auto bytes = plain_bytes(file_, member->data_offset, member->packed_size, file_->name() + ", member " + member->name);
  if (member->method == kDeflated) {
    bytes = inflated_bytes(std::move(bytes), Packing::kRawDeflate, limits_);
    if (member->size > bytes->left()) {
      fail("its member " + member->name + " claims " + std::to_string(member->size) + " bytes, more than its " +
           std::to_string(member->packed_size) + " packed bytes may unpack to (a decompression bomb?)");
    }
  }
  MemberBytes checked(std::move(bytes), member->size, member->crc);
  return read_npy(checked);
}

void Npz::fail(const std::string& complaint) const {
  throw DataError(file_->name() + ": " + complaint);
}

}  // namespace elbo::data

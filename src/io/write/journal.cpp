// SPDX-License-Identifier: Apache-2.0
// Locking by flock, which ends with its process however that ends. What is removed is what the journal's owner made: by name, inode, size
// and time.
#include "io/write/journal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "evenkeel/base/error.hpp"
#include "io/write/journal_text.hpp"
#include "io/write/place.hpp"

namespace evenkeel {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view suffix = ".evenkeel", temporary_suffix = ".tmp";
constexpr std::size_t longest_name = 200;  // a file system's limit is 255 bytes
constexpr std::size_t journal_limit = std::size_t{1} << 26U;
constexpr int most_attempts = 20;
constexpr unsigned microseconds_between_attempts = 5000;

fs::path journal_of(const fs::path& target) {
  std::string name = target.filename().string();
  if (name.size() > longest_name) name = fmt::format("{}-{:016x}", name.substr(0, longest_name), std::hash<std::string>{}(name));
  return folder_of(target) / fmt::format(".{}{}", name, suffix);
}

fs::path temporary_of(const fs::path& journal, std::size_t number) {
  return fs::path(journal).concat(fmt::format("-{}{}", number, temporary_suffix));
}

class Descriptor {
 public:
  Descriptor(const fs::path& path, int flags) : number_(::open(path.c_str(), flags | O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666)) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int number() const noexcept { return number_; }
  int release() noexcept { return std::exchange(number_, -1); }

 private:
  int number_;
};

enum class Lock { taken, held_by_another, gone, none_here };

/// `gone`: another holder removed the file between open and lock.
Lock try_lock(int file, const fs::path& path) {
  if (::flock(file, LOCK_EX | LOCK_NB) != 0) return errno == EWOULDBLOCK ? Lock::held_by_another : Lock::none_here;
  struct stat state {};
  if (::fstat(file, &state) != 0) return Lock::gone;
  const auto there = identity_of(path);
  return there && there->inode == static_cast<std::uint64_t>(state.st_ino) ? Lock::taken : Lock::gone;
}

/// A regular file of this user: in a folder that is open to all, others could plant a journal that names our files.
bool is_ours(int file) {
  struct stat state {};
  return ::fstat(file, &state) == 0 && S_ISREG(state.st_mode) && state.st_uid == ::geteuid();
}

std::string read_all(int file) {
  std::string text;
  char buffer[1 << 14];
  while (text.size() < journal_limit) {
    const ssize_t size = ::pread(file, buffer, sizeof buffer, static_cast<off_t>(text.size()));
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    text.append(buffer, static_cast<std::size_t>(size));
  }
  return text;
}

void remove_files(const fs::path& folder, const PendingCommit& commit, const fs::path& journal) {
  const bool committed = identity_of(folder / commit.commit.name) == commit.commit.identity;
  // Not committed for certain: what was to become the model is still waiting. Where neither holds, somebody else has been at work, and
  // only they know what is theirs.
  const bool waiting = !committed && identity_of(temporary_of(journal, 0)) == commit.commit.identity;
  if (committed) {
    for (const std::string& name : commit.obsolete) ::unlink((folder / name).c_str());
  }
  if (waiting) {
    for (const PendingCommit::File& file : commit.data) {
      if (identity_of(folder / file.name) == file.identity) ::unlink((folder / file.name).c_str());
    }
  }
  // The one that tells goes last.
  for (std::size_t i = commit.data.size() + 1; i-- > 0;) ::unlink(temporary_of(journal, i).c_str());
}

/// The lock is held. Afterwards only the journal itself is left.
void mend(const fs::path& journal, int file) {
  if (const auto commit = parse_journal(read_all(file))) return remove_files(folder_of(journal), *commit, journal);
  // Nothing was renamed. Whatever bears a name made from the journal's is a temporary file of it.
  const std::string prefix = journal.filename().string() + "-";
  std::error_code error;
  for (fs::directory_iterator entry(folder_of(journal), error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.starts_with(prefix) && name.ends_with(temporary_suffix)) ::unlink(entry->path().c_str());
  }
}

}  // namespace

Journal::Journal(const fs::path& target) : path_(journal_of(target)) {
  if (lock(target) == Found::new_file) return;
  mend(path_, file_);
  if (::ftruncate(file_, 0) != 0) fail_output(path_, "cannot be written", errno);
}

Journal::Found Journal::lock(const fs::path& target) {
  for (int attempts = 0;;) {
    const bool was_there = identity_of(path_).has_value();
    Descriptor file(path_, O_CREAT);
    if (file.number() < 0) fail_output(target, fmt::format("its journal {} cannot be created", path_.filename().string()), errno);
    const Lock lock = try_lock(file.number(), path_);
    if (lock == Lock::gone) continue;
    if (lock == Lock::held_by_another && ++attempts < most_attempts) {
      ::usleep(microseconds_between_attempts);  // one that only mends is done at once
      continue;
    }
    if (lock == Lock::held_by_another) {
      fail(ErrorCode::output,
           fmt::format("{}: another process is writing it now; wait for that to end, or choose another name", target.string()));
    }
    if (!is_ours(file.number()) || (lock == Lock::none_here && was_there)) {
      fail(ErrorCode::output, fmt::format("{}: {} stands beside it, the journal of another user's or another process's writing; where none "
                                          "is writing now, remove that file",
                                          target.string(), path_.string()));
    }
    file_ = file.release();
    return was_there ? Found::left_over : Found::new_file;
  }
}

Journal::~Journal() {
  ::unlink(path_.c_str());
  ::close(file_);
}

fs::path Journal::temporary(std::size_t number) const { return temporary_of(path_, number); }

void Journal::record(const PendingCommit& commit) {
  std::string_view text;
  const std::string printed = print_journal(commit);
  std::uint64_t at = 0;
  for (text = printed; !text.empty();) {
    const ssize_t written = ::pwrite(file_, text.data(), text.size(), static_cast<off_t>(at));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) fail_output(path_, "cannot be written", written < 0 ? errno : ENOSPC);
    text.remove_prefix(static_cast<std::size_t>(written));
    at += static_cast<std::uint64_t>(written);
  }
  if (::fsync(file_) != 0) fail_output(path_, "cannot be brought to the disk", errno);
  sync_folder(folder_of(path_));
}

void mend_folder(const fs::path& folder) {
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (!name.starts_with('.') || !name.ends_with(suffix)) continue;
    const Descriptor file(entry->path(), 0);
    if (file.number() < 0 || !is_ours(file.number()) || try_lock(file.number(), entry->path()) != Lock::taken) continue;
    mend(entry->path(), file.number());
    ::unlink(entry->path().c_str());
  }
}

}  // namespace evenkeel

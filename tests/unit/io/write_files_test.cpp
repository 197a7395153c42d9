// SPDX-License-Identifier: Apache-2.0
// Sets of files: the same bytes for any number of threads, one commit, and nothing left by those that were killed before it.
#include "io/write/file_set.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstring>
#include <random>
#include <set>

#include "evenkeel/base/error.hpp"
#include "io/mapped_file.hpp"
#include "io/write/journal.hpp"
#include "io/write/journal_text.hpp"
#include "models/temporary_folder.hpp"

namespace evenkeel::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::byte byte_at(std::uint64_t place) { return static_cast<std::byte>((place * 2654435761U) >> 13U); }

Producer counting(std::uint64_t unit) {
  return {[](std::uint64_t begin, std::span<std::byte> out) {
            for (std::size_t i = 0; i < out.size(); ++i) out[i] = byte_at(begin + i);
          },
          unit};
}

class FilesTest : public testing::Test {
 protected:
  std::set<std::string> names() const {
    std::set<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) found.insert(entry.path().filename().string());
    return found;
  }
  OutputPlan text(const std::string& name, const std::string& content) const { return {folder_ / name, {}, nullptr, {{{}, content, {}}}}; }
  FileSet model(const std::string& version, const std::vector<std::string>& data) const {
    FileSet set;
    set.commit = text("model", "model " + version);
    for (const std::string& name : data) set.data.push_back(text(name, "data " + version));
    return set;
  }
  std::string bytes(const std::string& name) const { return bytes_of_file(folder_ / name); }

  /// Runs `action` in a child that never returns from it: it is killed where it says so.
  template <class Action>
  void killed(Action action) {
    const pid_t child = ::fork();
    if (child == 0) {
      action();
      ::_exit(0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child was to be killed";
  }

  TemporaryFolder folder_;
};

TEST_F(FilesTest, AnyNumberOfThreadsGivesTheSameBytes) {
  const std::string source(3'000'000, 's');
  const std::vector<Producer> producers = {counting(1), counting(4096), counting(0), counting(10'000'000)};
  std::mt19937 random(3);
  std::vector<Piece> pieces;
  for (int i = 0; i < 400; ++i) {
    const std::uint64_t size = i % 97 == 0 ? 5'000'000 + random() % 1000 : random() % 5000;
    const std::uint64_t begin = random() % 1'000'000;
    if (i % 3 == 0) pieces.push_back({{}, std::string(1 + size % 300, static_cast<char>('a' + i % 26)), {}});
    if (i % 3 == 1) pieces.push_back({{begin, begin + std::min<std::uint64_t>(size, 1'900'000)}, {}, {}});
    if (i % 3 == 2) pieces.push_back({{}, {}, Payload{&producers[static_cast<std::size_t>(i / 3 % 4)], size}});
  }
  std::string expected;
  for (const Piece& piece : pieces) {
    if (piece.payload) {
      for (std::uint64_t i = 0; i < piece.size(); ++i) expected.push_back(static_cast<char>(byte_at(i)));
    } else {
      expected += piece.literal.empty() ? source.substr(piece.copy.begin, piece.copy.size()) : piece.literal;
    }
  }
  for (const int threads : {1, 2, 3, 16, 200}) {
    WriteOptions options{.overwrite = true};
    options.threads = threads;
    write_files({{}, {folder_ / "out", source, nullptr, pieces}, {}}, options);
    EXPECT_TRUE(bytes("out") == expected) << threads << " threads";
  }
  EXPECT_THAT(names(), ElementsAre("out"));
}

TEST_F(FilesTest, ManyFilesNeedFewDescriptors) {
  rlimit old{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &old), 0);
  const rlimit few{64, old.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
  FileSet set = model("1", {});
  for (int i = 0; i < 200; ++i) set.data.push_back(text("data." + std::to_string(i), std::string(5000, 'd')));
  write_files(set, {});
  setrlimit(RLIMIT_NOFILE, &old);
  EXPECT_EQ(names().size(), 201U);
}

TEST_F(FilesTest, OldDataFilesGoAfterTheCommit) {
  write_files(model("1", {"model.data"}), {});
  FileSet next = model("2", {"model.data.1"});
  next.obsolete = {folder_ / "model.data", folder_ / "model.data.1", folder_ / "never"};
  write_files(next, {.overwrite = true});
  EXPECT_THAT(names(), ElementsAre("model", "model.data.1"));
  EXPECT_EQ(bytes("model"), "model 2");
}

TEST_F(FilesTest, AFailingProducerStopsTheOthersAndLeavesNothing) {
  std::atomic<int> calls{0};
  const Producer failing{[&](std::uint64_t begin, std::span<std::byte>) {
                           ++calls;
                           if (begin > 2'000'000) throw std::runtime_error("no values");
                         },
                         1};
  FileSet set = model("1", {"model.data"});
  set.data[0].pieces = {{{}, {}, Payload{&failing, std::uint64_t{1} << 30U}}};
  EXPECT_THROW(write_files(set, {}), std::runtime_error);
  EXPECT_THAT(names(), IsEmpty());
  EXPECT_LT(calls, 50) << "of more than a hundred pieces";
}

TEST_F(FilesTest, AProgressCallbackMayThrow) {
  WriteOptions options;
  options.progress = [](std::int64_t, std::int64_t) { throw std::runtime_error("enough"); };
  EXPECT_THROW(write_files(model("1", {"model.data"}), options), std::runtime_error);
  EXPECT_THAT(names(), IsEmpty());
}

TEST_F(FilesTest, SpaceIsReservedBeforeAnythingIsMade) {
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit old{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old), 0);
  const rlimit small{1 << 20, old.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  bool called = false;
  const Producer producer{[&](std::uint64_t, std::span<std::byte>) { called = true; }, 1};
  FileSet set = model("1", {"model.data"});
  set.data[0].pieces = {{{}, {}, Payload{&producer, 2 << 20}}};
  const auto error = caught([&] { write_files(set, {}); });
  setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, old_handler);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, ErrorCode::output);
  EXPECT_THAT(error->message, HasSubstr("free some space"));
  EXPECT_FALSE(called);
  EXPECT_THAT(names(), IsEmpty());
}

TEST_F(FilesTest, AKilledWriterIsMendedByTheNext) {
  write_files(model("1", {"model.data"}), {});
  const Producer killer{[](std::uint64_t, std::span<std::byte>) { ::raise(SIGKILL); }, 1};
  killed([&] {
    FileSet set = model("2", {"model.data.1"});
    set.data.push_back({folder_ / "model.data.2", {}, nullptr, {{{}, {}, Payload{&killer, 100}}}});
    write_files(set, {.overwrite = true});
  });
  EXPECT_GT(names().size(), 2U) << "the killed one left something";
  EXPECT_EQ(bytes("model"), "model 1");
  mend_folder(folder_.path());
  EXPECT_THAT(names(), ElementsAre("model", "model.data"));
}

TEST_F(FilesTest, DataFilesWithoutTheirModelAreRemoved) {
  write_files(model("1", {"model.data"}), {});
  killed([&] {
    Journal journal(folder_ / "model");
    (void)folder_.write(journal.temporary(0).filename().string(), "model 2");
    (void)folder_.write("model.data.1", "data 2");
    const auto entry = [&](const std::string& name, const std::filesystem::path& at) {
      return PendingCommit::File{name, identity_of(at).value()};
    };
    journal.record(
        {entry("model", journal.temporary(0)), {entry("model.data.1", folder_ / "model.data.1"), {"theirs", {1, 2, 3}}}, {"model.data"}});
    ::raise(SIGKILL);
  });
  (void)folder_.write("theirs", "a file of that name which we did not make");
  mend_folder(folder_.path());
  EXPECT_THAT(names(), ElementsAre("model", "model.data", "theirs"));
}

TEST_F(FilesTest, ACommittedModelKeepsItsDataAndLosesTheOld) {
  write_files(model("1", {"model.data"}), {});
  const auto crash_after_commit = [&] {
    Journal journal(folder_ / "model");
    (void)folder_.write(journal.temporary(0).filename().string(), "model 2");
    (void)folder_.write("model.data.1", "data 2");
    const auto commit = identity_of(journal.temporary(0)).value();
    const auto data = identity_of(folder_ / "model.data.1").value();
    journal.record({{"model", commit}, {{"model.data.1", data}}, {"model.data"}});
    std::filesystem::rename(journal.temporary(0), folder_ / "model");
    ::raise(SIGKILL);
  };
  killed(crash_after_commit);
  mend_folder(folder_.path());
  EXPECT_THAT(names(), ElementsAre("model", "model.data.1"));

  // Somebody put another model there before anybody mended: nobody can tell what it reads.
  (void)folder_.write("model.data", "data 1");
  std::filesystem::remove(folder_ / "model.data.1");
  killed(crash_after_commit);
  (void)folder_.write("restored", "model 1");
  std::filesystem::rename(folder_ / "restored", folder_ / "model");
  mend_folder(folder_.path());
  EXPECT_THAT(names(), ElementsAre("model", "model.data", "model.data.1"));
}

TEST_F(FilesTest, OneWriterAtATime) {
  const Journal other(folder_ / "model");
  const auto error = caught([&] { write_files(model("2", {"model.data"}), {}); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, ErrorCode::output);
  EXPECT_THAT(error->message, HasSubstr("another process"));
  mend_folder(folder_.path());
  EXPECT_THAT(names(), ElementsAre(".model.evenkeel")) << "the journal of a writer that lives stays";
  write_files({{}, text("another", "x"), {}}, {});
  EXPECT_EQ(bytes("another"), "x");
}

TEST_F(FilesTest, AModelThatChangedSinceItWasReadIsNotReplaced) {
  (void)folder_.write("model", "model 1");
  const MappedFile map(folder_ / "model");
  (void)folder_.write("newer", "model 2");
  std::filesystem::rename(folder_ / "newer", folder_ / "model");
  FileSet set = model("3", {});
  set.commit.map = &map;
  const auto error = caught([&] { write_files(set, {.overwrite = true}); });
  ASSERT_TRUE(error);
  EXPECT_THAT(error->message, HasSubstr("run the command again"));
  EXPECT_EQ(bytes("model"), "model 2");
  EXPECT_THAT(names(), ElementsAre("model"));
}

TEST_F(FilesTest, LentPagesAreGivenBackAndStayReadable) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer keeps memory of its own for every page";
#endif
  if (!std::filesystem::exists("/proc/self/statm")) GTEST_SKIP() << "this system does not say how much memory is resident";
  (void)folder_.write("big", std::string(std::size_t{1} << 24U, 'b'));
  const MappedFile map(folder_ / "big");
  const auto resident = [] {
    long size = 0, pages = 0;
    std::ifstream("/proc/self/statm") >> size >> pages;
    return pages * ::sysconf(_SC_PAGESIZE);
  };
  const auto sum = [](std::span<const std::byte> bytes) {
    std::uint64_t total = 0;
    for (const std::byte byte : bytes) total += static_cast<std::uint64_t>(byte);
    return total;
  };
  const auto before = resident();
  TensorBytes lent = map.lend(1, map.bytes().size() - 2);
  const auto total = sum(lent.bytes);
  EXPECT_GT(resident(), before + (12 << 20));
  lent.owner.reset();
  EXPECT_LT(resident(), before + (4 << 20));
  EXPECT_EQ(sum(lent.bytes), total);
}

TEST(JournalText, RoundTripsAndRefusesEveryPrefix) {
  PendingCommit commit;
  commit.commit = {"model\nwith a line", {1, 2, -3}};
  commit.data = {{"a", {4, 5, 6}}, {"b", {7, 8, 9}}};
  commit.obsolete = {"old", "older"};
  const std::string text = print_journal(commit);
  const auto parsed = parse_journal(text);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->commit.name, commit.commit.name);
  EXPECT_EQ(parsed->commit.identity, commit.commit.identity);
  ASSERT_EQ(parsed->data.size(), 2U);
  EXPECT_EQ(parsed->data[1].identity, commit.data[1].identity);
  EXPECT_EQ(parsed->obsolete, commit.obsolete);
  for (std::size_t size = 0; size < text.size(); ++size) EXPECT_FALSE(parse_journal(std::string_view(text).substr(0, size))) << size;
  for (const std::string bad : {"../old", "/etc/passwd", "..", ""}) {
    PendingCommit elsewhere = commit;
    elsewhere.obsolete = {bad};
    EXPECT_FALSE(parse_journal(print_journal(elsewhere))) << bad;
  }
}

}  // namespace
}  // namespace evenkeel::test

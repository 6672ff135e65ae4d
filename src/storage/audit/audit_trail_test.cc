#include "storage/audit/audit_trail.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <memory>

#include "base/redact/samples_test.h"
#include "storage/audit/audit_reader.h"
#include "storage/temporary_folder.h"

namespace headgate::storage {
namespace {

using base::Errc;
using base::Result;
using testing::ElementsAre;
using testing::HasSubstr;

class AuditTrailTest : public testing::Test {
 protected:
  AuditTrailTest() { open(); }
  void open() {
    trail_.reset();
    trail_ =
        std::make_unique<AuditTrail>(folder_.path(), *redactor_, clock_,
                                     [this](std::string_view what) { told_.emplace_back(what); });
  }
  void close() { trail_.reset(); }

  Result<AuditEntry> record(std::string action, std::string detail = {}) {
    std::promise<Result<AuditEntry>> done;
    AuditAction what;
    what.actor.key_id = "ops";
    what.action = std::move(action);
    what.detail = std::move(detail);
    trail_->record(std::move(what), [&](auto entry) { done.set_value(std::move(entry)); });
    return done.get_future().get();
  }
  AuditReport report(std::string_view anchor = {}) {
    actions_.clear();
    auto read = read_audit(
        path(), anchor, [this](const AuditEntry& entry) { actions_.push_back(entry.what.action); });
    EXPECT_TRUE(read) << read.error().detail;
    return *read;
  }
  std::string path() const { return audit_path(folder_.path()); }
  std::string text() const {
    std::ifstream in(path());
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void append_raw(std::string_view bytes) const {
    std::ofstream(path(), std::ios::app | std::ios::binary) << bytes;
  }

  TemporaryFolder folder_;
  base::ManualClock clock_;
  Result<base::Redactor> redactor_ = base::Redactor::create();
  std::vector<std::string> told_;  // read when the trail is closed, or an entry was answered
  std::vector<std::string> actions_;
  std::unique_ptr<AuditTrail> trail_;
};

TEST_F(AuditTrailTest, GoesOnWhereItEnded) {
  ASSERT_TRUE(record("a"));
  ASSERT_TRUE(record("b"));
  open();
  const auto third = record("c");
  ASSERT_TRUE(third);
  EXPECT_EQ(third->seq, 3);
  EXPECT_EQ(third->time, "2027-01-15T08:00:00.000000Z");
  const AuditReport whole = report(third->prev);
  EXPECT_FALSE(whole.broken);
  EXPECT_EQ(whole.head, third->hash);
  EXPECT_EQ(whole.since_anchor, 1);
  EXPECT_THAT(actions_, ElementsAre("a", "b", "c"));
  EXPECT_EQ(trail_->stats().entries, 1U);
}

TEST_F(AuditTrailTest, IsReadableByItsOwnerOnly) {
  ASSERT_TRUE(record("a"));
  EXPECT_EQ(std::filesystem::status(path()).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(AuditTrailTest, TellsInOrderWhatItHasWritten) {
  std::vector<std::int64_t> order;  // of the trail's thread
  for (int i = 0; i < 200; ++i) {
    trail_->record({}, [&](auto entry) { order.push_back(entry->seq); });
  }
  close();
  ASSERT_EQ(order.size(), 200U);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
  EXPECT_EQ(report().entries, 200);
}

TEST_F(AuditTrailTest, HasNoSecrets) {
  const std::string secret = base::redact::noise(48);
  ASSERT_TRUE(record("a", R"({"api_key":"hunter2hunter2","note":"sk-proj-)" + secret + R"("})"));
  EXPECT_EQ(text().find("hunter2"), std::string::npos);
  EXPECT_EQ(text().find(secret), std::string::npos);
  EXPECT_THAT(text(), HasSubstr("[redacted:"));
  EXPECT_FALSE(report().broken);
}

TEST_F(AuditTrailTest, SaysThatACrashHasTornItsLastLine) {
  ASSERT_TRUE(record("a"));
  close();
  append_raw("{\"seq\":2,\"time\":\"20");
  EXPECT_EQ(report().torn_bytes, 19U);
  open();
  ASSERT_TRUE(record("b"));
  const AuditReport whole = report();
  EXPECT_FALSE(whole.broken);
  EXPECT_EQ(whole.torn_bytes, 0U);
  EXPECT_THAT(actions_, ElementsAre("a", "audit.recovered", "b"));
  EXPECT_THAT(text(), HasSubstr("\"bytes\":19"));
}

TEST_F(AuditTrailTest, RecoversAFileThatHasNothingButATornLine) {
  close();
  std::filesystem::remove(path());
  append_raw("{\"se");
  open();
  ASSERT_TRUE(record("a"));
  EXPECT_FALSE(report().broken);
  EXPECT_THAT(actions_, ElementsAre("audit.recovered", "a"));
}

TEST_F(AuditTrailTest, RefusesToFollowALineThatIsNoEntry) {
  ASSERT_TRUE(record("a"));
  close();
  const std::string good = text();
  append_raw("not an entry\n");
  open();
  const auto refused = record("b");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::conflict);
  EXPECT_THAT(refused.error().detail, HasSubstr("audit verify"));
  EXPECT_EQ(text(), good + "not an entry\n");
  std::filesystem::remove(path());  // somebody has looked at it
  EXPECT_TRUE(record("c"));
  EXPECT_THAT(told_, testing::Contains(HasSubstr("not an entry")));
}

TEST_F(AuditTrailTest, NoticesThatItsFileIsGone) {
  ASSERT_TRUE(record("a"));
  std::filesystem::rename(path(), path() + ".old");
  const auto first = record("b");
  ASSERT_TRUE(first);
  EXPECT_EQ(first->seq, 1);
  EXPECT_THAT(told_, ElementsAre(HasSubstr("moved or deleted")));
}

// The disk is full in the middle of a line: the entry is refused, and not found there later.
TEST_F(AuditTrailTest, TakesBackWhatCouldNotBeWritten) {
  ASSERT_TRUE(record("a"));
  const std::string before = text();
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit limit{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &limit), 0);
  rlimit small = limit;
  small.rlim_cur = before.size() + 20;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto refused = record("b");
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
  std::signal(SIGXFSZ, old_handler);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::storage_failed);
  EXPECT_EQ(text(), before);
  const auto next = record("c");
  ASSERT_TRUE(next);
  EXPECT_EQ(next->seq, 2);
  EXPECT_FALSE(report().broken);
  EXPECT_EQ(trail_->stats().refused, 1U);
}

TEST_F(AuditTrailTest, RefusesAnEntryThatIsTooLong) {
  const auto refused = record("a", "{\"x\":\"" + std::string(kAuditLineBytesMax, 'x') + "\"}");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::invalid_request);
  EXPECT_TRUE(record("b"));
  EXPECT_EQ(report().entries, 1);
}

TEST_F(AuditTrailTest, ShowsAMissingEndToWhoKeptAHash) {
  ASSERT_TRUE(record("a"));
  const std::string kept = record("b")->hash;
  close();
  const std::string whole = text();
  EXPECT_EQ(report(kept).since_anchor, 0);
  std::filesystem::resize_file(path(), whole.find('\n') + 1);
  EXPECT_FALSE(report().broken);  // nothing in it tells
  const auto broken = report(kept).broken;
  ASSERT_TRUE(broken);
  EXPECT_EQ(broken->damage, AuditDamage::truncated);
  EXPECT_EQ(broken->line, 2);
}

TEST(ReadAudit, SaysThatThereIsNoFile) {
  const TemporaryFolder folder;
  const auto read = read_audit(audit_path(folder.path()), {}, [](const AuditEntry&) {});
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Errc::not_found);
}

}  // namespace
}  // namespace headgate::storage

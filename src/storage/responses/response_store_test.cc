#include "storage/responses/response_store.h"

#include <gtest/gtest.h>

#include <fstream>
#include <future>
#include <iterator>

#include "storage/temporary_folder.h"

namespace headgate::storage {
namespace {

using base::Errc;
using base::Result;

// Waits for the answer of a job.
template <class T, class Submit>
Result<T> wait(Submit submit) {
  std::promise<Result<T>> promise;
  submit([&](Result<T> result) { promise.set_value(std::move(result)); });
  return promise.get_future().get();
}

class ResponseStoreTest : public testing::Test {
 protected:
  ResponseStoreTest() { reopen(); }
  void reopen(std::int64_t age_max_us = 0) {
    store_.reset();
    auto opened = ResponseStore::open(folder_.path(), age_max_us, clock_);
    EXPECT_TRUE(opened) << opened.error().detail;
    store_ = std::move(*opened);
  }
  Result<void> insert(const StoredResponse& response) {
    return wait<void>([&](auto then) { store_->insert(response, then); });
  }
  Result<StoredResponse> find(const std::string& tenant, const std::string& id) {
    return wait<StoredResponse>([&](auto then) { store_->find(tenant, id, then); });
  }
  Result<std::vector<StoredResponse>> chain(const std::string& id) {
    return wait<std::vector<StoredResponse>>([&](auto then) { store_->chain("t", id, then); });
  }

  TemporaryFolder folder_;
  base::ManualClock clock_;
  std::unique_ptr<ResponseStore> store_;
};

TEST_F(ResponseStoreTest, keeps_what_was_put_over_a_restart) {
  const StoredResponse response{"r1", "t", "", "{\"a\":1}", 7};
  ASSERT_TRUE(insert(response));
  EXPECT_EQ(insert(response).error().code, Errc::conflict);
  reopen();
  EXPECT_EQ(find("t", "r1").value(), response);
  EXPECT_EQ(find("other", "r1").error().code, Errc::not_found);
}

TEST_F(ResponseStoreTest, gives_a_conversation_oldest_first) {
  ASSERT_TRUE(insert({"r1", "t", "", "1", 1}));
  ASSERT_TRUE(insert({"r2", "t", "r1", "2", 2}));
  ASSERT_TRUE(insert({"r3", "t", "r2", "3", 3}));
  const auto whole = chain("r3");
  ASSERT_TRUE(whole);
  ASSERT_EQ(whole->size(), 3U);
  EXPECT_EQ(whole->front().id, "r1");
  EXPECT_EQ(whole->back().id, "r3");
  EXPECT_TRUE(wait<bool>([&](auto then) { store_->erase("t", "r1", then); }).value());
  EXPECT_FALSE(wait<bool>([&](auto then) { store_->erase("t", "r1", then); }).value());
  const auto gone = chain("r3");
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, Errc::not_found);
  EXPECT_EQ(gone.error().detail, "Previous response with id 'r1' not found.");
  EXPECT_EQ(gone.error().param, "previous_response_id");
  EXPECT_TRUE(chain("r1").value().empty()) << "no such response is no error";
}

TEST(ResponseTable, a_conversation_has_limits) {
  const TemporaryFolder folder;
  auto table = ResponseTable::open(folder.path());
  ASSERT_TRUE(table);
  ASSERT_TRUE(table->insert({"r1", "t", "", "12345", 1}));
  ASSERT_TRUE(table->insert({"r2", "t", "r1", "12345", 2}));
  ASSERT_TRUE(table->insert({"r3", "t", "r2", "12345", 3}));
  EXPECT_EQ(table->chain("t", "r3", {.responses_max = 3})->size(), 3U);
  EXPECT_EQ(table->chain("t", "r3", {.responses_max = 2}).error().code, Errc::invalid_request);
  EXPECT_EQ(table->chain("t", "r3", {.bytes_max = 10})->size(), 3U);
  EXPECT_EQ(table->chain("t", "r3", {.bytes_max = 9}).error().code, Errc::invalid_request);
}

TEST(ResponseTable, deleted_text_is_nowhere_in_the_database) {
  const TemporaryFolder folder;
  const std::string secret = "a very particular sentence";
  {
    auto table = ResponseTable::open(folder.path());
    ASSERT_TRUE(table);
    ASSERT_TRUE(table->insert({"r1", "t", "", secret, 1}));
    ASSERT_TRUE(table->erase("t", "r1").value());
  }  // the last connection writes the log back into the database
  std::ifstream file(folder.path() + "/headgate.db", std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  EXPECT_GT(bytes.size(), 1000U);
  EXPECT_EQ(bytes.find(secret), std::string::npos);
}

TEST_F(ResponseStoreTest, a_conversation_that_bites_its_tail_ends) {
  ASSERT_TRUE(insert({"r1", "t", "r2", "1", 1}));
  ASSERT_TRUE(insert({"r2", "t", "r1", "2", 2}));
  EXPECT_EQ(chain("r1").error().code, Errc::invalid_request);
}

TEST_F(ResponseStoreTest, forgets_what_is_old) {
  constexpr std::int64_t kDayUs = 86'400'000'000;
  const std::int64_t now = clock_.unix_us();
  for (int i = 0; i < 600; ++i) {  // more than goes at a time
    ASSERT_TRUE(insert({"old" + std::to_string(i), "t", "", "1", now - 2 * kDayUs + i}));
  }
  ASSERT_TRUE(insert({"new", "t", "", "1", now}));
  ASSERT_TRUE(find("t", "old0"));
  reopen(kDayUs);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(find("t", "new"));  // it is done behind a job
  EXPECT_EQ(find("t", "old0").error().code, Errc::not_found);
  EXPECT_EQ(find("t", "old599").error().code, Errc::not_found);
  EXPECT_TRUE(find("t", "new"));
}

}  // namespace
}  // namespace headgate::storage

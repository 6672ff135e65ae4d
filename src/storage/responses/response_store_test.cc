#include "storage/responses/response_store.h"

#include <gtest/gtest.h>

#include <future>

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
    auto opened = ResponseStore::open(folder_.path(), age_max_us);
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
  EXPECT_EQ(chain("r3").error().code, Errc::not_found);
}

TEST_F(ResponseStoreTest, a_conversation_that_bites_its_tail_ends) {
  ASSERT_TRUE(insert({"r1", "t", "r2", "1", 1}));
  ASSERT_TRUE(insert({"r2", "t", "r1", "2", 2}));
  EXPECT_EQ(chain("r1").error().code, Errc::invalid_request);
}

TEST_F(ResponseStoreTest, forgets_what_is_old) {
  ASSERT_TRUE(insert({"old", "t", "", "1", 1'000}));
  reopen(500);
  ASSERT_TRUE(insert({"new", "t", "", "1", 2'000}));
  EXPECT_EQ(find("t", "old").error().code, Errc::not_found);
  EXPECT_TRUE(find("t", "new"));
}

}  // namespace
}  // namespace headgate::storage

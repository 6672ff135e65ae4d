#include "lab/responses/store.h"

#include <gtest/gtest.h>

namespace headgate::lab::responses {
namespace {

Item item(const std::string& id, const std::string& text) {
  Item out;
  out.id = id;
  out.text = text;
  return out;
}

StoredResponse response(const std::string& id, const std::string& previous = {}) {
  StoredResponse out;
  out.id = id;
  out.previous = previous;
  out.input = {item("in_" + id, "asked " + id)};
  out.output = {item("out_" + id, "said " + id)};
  return out;
}

std::string texts(const std::optional<std::vector<const Item*>>& items) {
  std::string out;
  if (!items) return "nothing";
  for (const auto* each : *items) out += (out.empty() ? "" : ", ") + each->text;
  return out;
}

TEST(ResponseStore, GivesTheWholeContext) {
  ResponseStore store;
  store.put(response("a"));
  store.put(response("b", "a"));
  EXPECT_EQ(texts(store.context("b", true)), "asked a, said a, asked b, said b");
  EXPECT_EQ(texts(store.context("b", false)), "asked a, said a, asked b");
  EXPECT_EQ(texts(store.context("x", true)), "nothing");
  EXPECT_EQ(store.item("out_a")->text, "said a");
  EXPECT_EQ(store.item("out_x"), nullptr);
}

TEST(ResponseStore, KeepsWhatWasRemovedForThoseThatContinueIt) {
  ResponseStore store;
  store.put(response("a"));
  store.put(response("b", "a"));
  EXPECT_TRUE(store.remove("a"));
  EXPECT_FALSE(store.remove("a"));
  EXPECT_EQ(store.find("a"), nullptr);
  EXPECT_EQ(texts(store.context("b", false)), "asked a, said a, asked b");
  store.clear();
  EXPECT_EQ(store.find("b"), nullptr);
  EXPECT_EQ(store.item("out_b"), nullptr);
}

TEST(ResponseStore, ForgetsTheOldest) {
  ResponseStore store;
  store.put(response("first"));
  store.put(response("second", "first"));
  for (std::size_t i = 0; i + 1 < ResponseStore::kResponsesMax; ++i) {
    store.put(response(std::to_string(i)));
  }
  EXPECT_EQ(store.find("first"), nullptr);
  EXPECT_EQ(store.item("in_first"), nullptr);
  ASSERT_NE(store.find("second"), nullptr);
  EXPECT_EQ(texts(store.context("second", true)), "nothing");
}

TEST(ResponseStore, IsBoundedInBytes) {
  ResponseStore store;
  for (int i = 0; i < 6; ++i) {
    auto large = response(std::to_string(i));
    large.body.resize(ResponseStore::kBytesMax / 4);
    store.put(std::move(large));
  }
  EXPECT_EQ(store.find("2"), nullptr);
  EXPECT_NE(store.find("3"), nullptr);
  EXPECT_NE(store.find("5"), nullptr);
}

TEST(ResponseStore, KeepsTheOriginalOfAnItemThatComesBack) {
  ResponseStore store;
  auto first = response("a");
  first.output[0].needs = "rs_1";
  store.put(std::move(first));
  auto second = response("b");
  second.input = {item("out_a", "said a")};
  store.put(std::move(second));
  EXPECT_EQ(store.item("out_a")->needs, "rs_1");
}

}  // namespace
}  // namespace headgate::lab::responses

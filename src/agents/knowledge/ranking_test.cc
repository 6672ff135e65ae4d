#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <sqlite3.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <set>

#include "agents/knowledge/fusion.h"
#include "agents/knowledge/query_words.h"
#include "agents/knowledge/vectors.h"

namespace headgate::agents::knowledge {
namespace {

using Ids = std::vector<std::int64_t>;

std::vector<ScoredChunk> ranking(const Ids& ids) {
  std::vector<ScoredChunk> out;
  double score = 100;
  for (const auto id : ids) out.push_back({id, score -= 1});
  return out;
}

TEST(Fusion, AddsReciprocalRanks) {
  const auto fused = fuse(ranking({7, 8}), ranking({8, 9}), 10);
  ASSERT_EQ(fused.size(), 3U);
  EXPECT_EQ(fused[0].chunk, 8);
  EXPECT_DOUBLE_EQ(fused[0].score, 1.0 / 62 + 1.0 / 61);
  EXPECT_EQ(fused[0].words->rank, 2);
  EXPECT_EQ(fused[0].vector->rank, 1);
  EXPECT_EQ(fused[1].chunk, 7);
  EXPECT_FALSE(fused[1].vector);
  EXPECT_EQ(fused[2].chunk, 9);
}

TEST(Fusion, OneRankingAloneKeepsItsOrder) {
  EXPECT_TRUE(rc::check([] {
    const auto ids = *rc::gen::unique<Ids>(rc::gen::inRange<std::int64_t>(0, 500));
    const auto count = *rc::gen::inRange<std::size_t>(0, 30);
    const auto fused = fuse(ranking(ids), {}, count);
    RC_ASSERT(fused.size() == std::min(count, ids.size()));
    for (std::size_t i = 0; i < fused.size(); ++i) RC_ASSERT(fused[i].chunk == ids[i]);
  }));
}

// Whoever stands higher in both rankings stands higher in the sum.
TEST(Fusion, IsMonotone) {
  EXPECT_TRUE(rc::check([] {
    const auto words = *rc::gen::unique<Ids>(rc::gen::inRange<std::int64_t>(0, 40));
    const auto vectors = *rc::gen::unique<Ids>(rc::gen::inRange<std::int64_t>(0, 40));
    const auto fused = fuse(ranking(words), ranking(vectors), 1000);
    const std::set<std::int64_t> all = [&] {
      std::set<std::int64_t> out(words.begin(), words.end());
      out.insert(vectors.begin(), vectors.end());
      return out;
    }();
    RC_ASSERT(fused.size() == all.size());
    for (std::size_t i = 0; i < fused.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        const auto& above = fused[j];
        const auto& below = fused[i];
        const bool both = below.words && below.vector && above.words && above.vector;
        if (!both) continue;
        RC_ASSERT(
            !(below.words->rank < above.words->rank && below.vector->rank < above.vector->rank));
      }
    }
  }));
}

TEST(Vectors, DotIsTheSum) {
  EXPECT_TRUE(rc::check([] {
    const auto size = *rc::gen::inRange<std::size_t>(0, 100);
    const auto number = rc::gen::map(rc::gen::inRange(-1000, 1000), [](int n) { return n / 8.0F; });
    const auto a = *rc::gen::container<std::vector<float>>(size, number);
    const auto b = *rc::gen::container<std::vector<float>>(size, number);
    double sum = 0;
    for (std::size_t i = 0; i < size; ++i) sum += static_cast<double>(a[i]) * b[i];
    RC_ASSERT(std::abs(dot(a.data(), b.data(), size) - sum) <= 1e-4 * (1 + std::abs(sum)) + 2.0);
  }));
}

TEST(Vectors, DotIsExactWhereNumbersAre) {
  for (std::size_t size = 0; size < 70; ++size) {
    std::vector<float> a(size), b(size);
    float sum = 0;
    for (std::size_t i = 0; i < size; ++i) {
      a[i] = static_cast<float>(i % 7);
      b[i] = static_cast<float>(i % 5);
      sum += a[i] * b[i];
    }
    EXPECT_EQ(dot(a.data(), b.data(), size), sum) << size;
  }
}

TEST(Vectors, NearestIsWhatSortingFinds) {
  EXPECT_TRUE(rc::check([] {
    const auto rows = *rc::gen::container<std::vector<int>>(rc::gen::inRange(-5, 6));
    VectorMatrix matrix(2);
    std::vector<ScoredChunk> all;
    std::vector<std::int64_t> documents;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const std::vector<float> vector{static_cast<float>(rows[i]), 1};
      const auto document = static_cast<std::int64_t>(i / 2);
      matrix.add(document, static_cast<std::int64_t>(i), vector);
      if (document % 3 == 0) {
        if (documents.empty() || documents.back() != document) documents.push_back(document);
        all.push_back({static_cast<std::int64_t>(i), static_cast<double>(rows[i])});
      }
    }
    documents.push_back(1'000'000);  // one that has no vectors
    std::stable_sort(all.begin(), all.end(),
                     [](const auto& a, const auto& b) { return a.score > b.score; });
    const auto count = *rc::gen::inRange<std::size_t>(0, 10);
    if (all.size() > count) all.resize(count);
    const std::vector<float> query{1, 0};
    const auto found = matrix.nearest(query, documents, count);
    RC_ASSERT(found.size() == all.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
      RC_ASSERT(found[i].chunk == all[i].chunk);
      RC_ASSERT(found[i].score == all[i].score);
    }
  }));
}

TEST(QueryWords, AreQuotedAndJoined) {
  EXPECT_EQ(match_expression("Refund, refund & AND the \"deadline\"!"),
            "\"Refund\" OR \"AND\" OR \"the\" OR \"deadline\"");
  EXPECT_EQ(match_expression("l'été — straße"), "\"l\" OR \"été\" OR \"straße\"");
  EXPECT_EQ(match_expression(" ?! \xFF\xC3 "), "");
}

// Whatever somebody asks, SQLite takes it for words.
TEST(QueryWords, AreNeverASyntaxError) {
  sqlite3* raw = nullptr;
  ASSERT_EQ(sqlite3_open(":memory:", &raw), SQLITE_OK);
  const std::unique_ptr<sqlite3, int (*)(sqlite3*)> closes(raw, &sqlite3_close);
  ASSERT_EQ(sqlite3_exec(raw, "CREATE VIRTUAL TABLE t USING fts5(a, tokenize='porter unicode61')",
                         nullptr, nullptr, nullptr),
            SQLITE_OK);
  EXPECT_TRUE(rc::check([raw] {
    const auto units = *rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(
        std::vector<std::string>{"a", "\"", "'", "*", "(",    ")", "OR", "NOT",    " ", "^",   ":",
                                 "-", "+",  "{", "é", "\xFF", "—", "漢", "\u0301", "1", "NEAR"}));
    std::string query;
    for (const auto& unit : units) query += unit;
    const std::string match = match_expression(query);
    if (match.empty()) return;
    sqlite3_stmt* statement = nullptr;
    sqlite3_prepare_v2(raw, "SELECT count(*) FROM t WHERE t MATCH ?1", -1, &statement, nullptr);
    sqlite3_bind_text(statement, 1, match.data(), static_cast<int>(match.size()), SQLITE_STATIC);
    const int code = sqlite3_step(statement);
    sqlite3_finalize(statement);
    RC_ASSERT(code == SQLITE_ROW);
  }));
}

}  // namespace
}  // namespace headgate::agents::knowledge

// From files to answers: builds on real folders, searches compared to a model that looks at every
// document.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include "agents/knowledge/build.h"
#include "agents/knowledge/index_writer.h"
#include "agents/knowledge/search.h"
#include "storage/temporary_folder.h"

namespace headgate::agents::knowledge {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

// A direction for each of a few words: enough to be near or far.
std::vector<float> vector_of(const std::string& text) {
  std::vector<float> out{0.01F, 0, 0, 0};
  const std::vector<std::string> words{"refund", "ship", "warranty"};
  for (std::size_t i = 0; i < words.size(); ++i) {
    for (auto at = text.find(words[i]); at != std::string::npos; at = text.find(words[i], at + 1)) {
      out[i + 1] += 1;
    }
  }
  return out;
}

class IndexTest : public testing::Test {
 protected:
  IndexTest() {
    config_.path = std::filesystem::path(folder_.path()) / "kb";
    std::filesystem::create_directories(config_.path);
    options_.name = "support";
    options_.storage_folder = folder_.path() + "/store";
    options_.embed = [this](const std::vector<std::string>& texts) {
      std::vector<std::vector<float>> out;
      for (const auto& text : texts) {
        embedded_.push_back(text);
        out.push_back(vector_of(text));
      }
      return base::Result<std::vector<std::vector<float>>>(std::move(out));
    };
  }

  void write(const std::string& name, const std::string& text) {
    const auto path = config_.path / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
  }
  void erase(const std::string& name) { std::filesystem::remove(config_.path / name); }
  BuildReport build() {
    clock_.advance(base::seconds(1));
    auto report = knowledge::build(config_, options_, clock_);
    EXPECT_TRUE(report) << (report ? "" : report.error().detail);
    return report ? *report : BuildReport{};
  }
  std::string build_error() {
    const auto report = knowledge::build(config_, options_, clock_);
    return report ? "" : report.error().detail;
  }
  base::Result<SearchResult> try_search(const SearchAsk& ask) {
    auto database = open_index_for_reading(index_folder(options_.storage_folder, "support"));
    if (!database) return database.error();
    VectorCache cache;
    QueryVector vector;
    if (!config_.embeddings.model.empty() && ask.mode != SearchMode::words) {
      vector.model = vector_space(config_.embeddings);
      vector.values = vector_of(ask.query);
      normalise(vector.values);
    }
    return search(*database, cache, ask, vector);
  }
  SearchResult find(SearchAsk ask) {
    auto found = try_search(ask);
    EXPECT_TRUE(found) << (found ? "" : found.error().detail);
    return found ? *found : SearchResult{};
  }
  std::vector<std::string> documents(SearchAsk ask) {
    std::vector<std::string> out;
    for (const auto& chunk : find(std::move(ask)).chunks) out.push_back(chunk.document);
    return out;
  }
  static SearchAsk ask(std::string query, std::size_t count = 10) {
    SearchAsk out;
    out.query = std::move(query);
    out.count = count;
    return out;
  }

  storage::TemporaryFolder folder_;
  base::ManualClock clock_;
  KnowledgeConfig config_;
  BuildOptions options_;
  std::vector<std::string> embedded_;
};

TEST_F(IndexTest, FindsByWordsWithStems) {
  write("a.md", "# Refunds\nYou get refunded within days.\n");
  write("b.md", "# Shipping\nWe ship daily.\n");
  build();
  EXPECT_THAT(documents(ask("a refund?")), ElementsAre("a.md"));
  EXPECT_THAT(documents(ask("SHIPS")), ElementsAre("b.md"));
  EXPECT_THAT(documents(ask("nothing such")), ElementsAre());
  config_.stemming = Stemming::none;
  EXPECT_TRUE(build().is_new);
  EXPECT_THAT(documents(ask("refunding")), ElementsAre());
  EXPECT_THAT(documents(ask("refunded")), ElementsAre("a.md"));
}

TEST_F(IndexTest, ChunkIdsStayWhereTheTextStays) {
  write("a.md", "# A\none\n# B\ntwo\n");
  build();
  const auto before = find(ask("one two"));
  write("a.md", "# A\none\n# B\nother\n");
  build();
  const auto after = find(ask("one other"));
  std::set<std::string> ids;
  for (const auto& chunk : before.chunks) ids.insert(chunk.id);
  EXPECT_EQ(std::count_if(after.chunks.begin(), after.chunks.end(),
                          [&](const auto& chunk) { return ids.contains(chunk.id); }),
            1);
}

TEST_F(IndexTest, ABuildReadsWhatChangedAndReusesVectors) {
  config_.embeddings.model = "m";
  write("a.md", "# A\nrefund one\n# B\nship two\n");
  write("b.md", "# C\nwarranty\n");
  write("c.md", "# D\ngone soon\n");
  const auto first = build();
  EXPECT_EQ(first.vectors_made, 4U);
  EXPECT_EQ(first.version.dimensions, 4);
  const auto same = build();
  EXPECT_FALSE(same.is_new);
  EXPECT_EQ(same.version.text(), first.version.text());
  EXPECT_EQ(same.files_same, 3U);
  embedded_.clear();
  write("a.md", "# A\nrefund one\n# B\nship three\n");
  erase("c.md");
  const auto second = build();
  EXPECT_EQ(second.version.number, 2);
  EXPECT_EQ(std::tuple(second.files_changed, second.files_gone, second.files_same),
            std::tuple(1U, 1U, 1U));
  EXPECT_THAT(embedded_, ElementsAre("A\nB\n\nship three"));
  EXPECT_EQ(second.vectors_kept, 1U);
}

TEST_F(IndexTest, TheSameFilesMakeTheSameDigest) {
  write("a.md", "# A\none\n");
  const auto first = build();
  write("a.md", "# A\ntwo\n");
  const auto second = build();
  write("a.md", "# A\none\n");
  const auto third = build();
  EXPECT_NE(first.version.digest, second.version.digest);
  EXPECT_EQ(first.version.digest, third.version.digest);
  EXPECT_EQ(third.version.number, 3);
}

TEST_F(IndexTest, OlderVersionsAreSearchedAsTheyWereUntilTheyAreForgotten) {
  config_.versions_kept = 2;
  write("a.md", "# A\nrefund one\n");
  build();
  write("a.md", "# A\nrefund two\n");
  write("b.md", "# B\nrefund three\n");
  build();
  auto old = ask("refund");
  old.version = 1;
  EXPECT_EQ(find(old).chunks.size(), 1U);
  EXPECT_EQ(find(old).chunks[0].text, "refund one");
  EXPECT_EQ(find(ask("refund")).chunks.size(), 2U);
  write("b.md", "# B\nrefund four\n");
  build();
  const auto gone = try_search(old);
  ASSERT_FALSE(gone);
  EXPECT_THAT(gone.error().detail, HasSubstr("there are: 2, 3"));
  auto writer = IndexWriter::open(index_folder(options_.storage_folder, "support"), "support");
  ASSERT_TRUE(writer);
}

TEST_F(IndexTest, BadFilesFailTheBuildOrAreLeftOutAndCounted) {
  write("good.md", "# A\nrefund\n");
  write("bad.txt", "\xFF");
  write("worse.jsonl", "{");
  const std::string error = build_error();
  EXPECT_THAT(error, HasSubstr("bad.txt:1:1: "));
  EXPECT_THAT(error, HasSubstr("worse.jsonl:1:"));
  options_.skip_bad = true;
  const auto report = build();
  EXPECT_EQ(report.version.skipped, 2);
  EXPECT_EQ(report.problems.size(), 2U);
  EXPECT_THAT(documents(ask("refund")), ElementsAre("good.md"));
}

TEST_F(IndexTest, WhatFailsLeavesTheVersionBefore) {
  config_.embeddings.model = "m";
  write("a.md", "# A\nrefund one\n");
  build();
  write("a.md", "# A\nrefund two\n");
  options_.embed = [](const auto&) {
    return base::Result<std::vector<std::vector<float>>>(
        base::fail(base::Errc::upstream_connect, "nobody is there"));
  };
  EXPECT_THAT(build_error(), HasSubstr("nobody is there"));
  EXPECT_EQ(find(ask("refund")).chunks[0].text, "refund one");
  EXPECT_EQ(find(ask("refund")).version.number, 1);
}

TEST_F(IndexTest, VectorsThatAreNoneAreRefused) {
  config_.embeddings.model = "m";
  write("a.md", "# A\nrefund one\n");
  const auto gives = [this](std::vector<std::vector<float>> vectors) {
    options_.embed = [vectors](const auto&) {
      return base::Result<std::vector<std::vector<float>>>(vectors);
    };
    return build_error();
  };
  EXPECT_THAT(gives({}), HasSubstr("0 vectors for 1"));
  EXPECT_THAT(gives({{0, 0}}), HasSubstr("without a direction"));
  EXPECT_THAT(gives({{NAN, 1}}), HasSubstr("without a direction"));
  EXPECT_THAT(gives({{}}), HasSubstr("without a direction"));
}

TEST_F(IndexTest, AnotherModelMakesAllVectorsAnew) {
  config_.embeddings.model = "m";
  write("a.md", "# A\nrefund\n");
  build();
  config_.embeddings.model = "n";
  const auto found = find(ask("refund"));
  EXPECT_THAT(found.notice, HasSubstr("vectors of m, not of n"));
  EXPECT_EQ(found.chunks.size(), 1U);
  EXPECT_EQ(build().vectors_made, 1U);
  EXPECT_EQ(find(ask("refund")).notice, "");
}

// Its versions are numbered from 1 again, and its rows too.
TEST_F(IndexTest, VectorsOfAnIndexThatWasDeletedAreForgotten) {
  config_.embeddings.model = "m";
  const std::string folder = index_folder(options_.storage_folder, "support");
  VectorCache cache;
  const auto score_of_refund = [&] {
    auto database = open_index_for_reading(folder);
    auto refund = ask("refund");
    refund.mode = SearchMode::vectors;
    QueryVector vector{vector_of("refund"), "m", ""};
    normalise(vector.values);
    return search(*database, cache, refund, vector)->chunks.at(0).vector->score;
  };
  write("a.md", "# A\nship\n");
  build();
  EXPECT_LT(score_of_refund(), 0.1);
  std::filesystem::remove_all(folder);
  write("a.md", "# A\nrefund\n");
  EXPECT_EQ(build().version.number, 1);
  EXPECT_GT(score_of_refund(), 0.9);
}

TEST_F(IndexTest, FolderRulesFenceTenants) {
  config_.folders.push_back({"t/acme", "acme", {}});
  config_.folders.back().labels.add("kind") = "contract";
  write("t/acme/x.md", "# X\nrefund\n");
  write("t/acmes/y.md", "# Y\nrefund\n");  // another folder
  build();
  EXPECT_THAT(documents(ask("refund")), ElementsAre("t/acmes/y.md"));
  auto as_acme = ask("refund");
  as_acme.filter = {"acme", {{"kind", "contract"}}};
  EXPECT_THAT(documents(as_acme), ElementsAre("t/acme/x.md"));
  write("t/acme/z.md", "---\ntenant: globex\n---\nrefund\n");
  EXPECT_THAT(build_error(), HasSubstr("t/acme/z.md: is of tenant \"globex\""));
  erase("t/acme/z.md");
  config_.tenant_required = true;
  EXPECT_THAT(build_error(), HasSubstr("t/acmes/y.md: has no tenant"));
}

TEST_F(IndexTest, WhichFilesCount) {
  config_.files = {"*.md"};
  write("a.md", "# A\nrefund\n");
  write("sub/b.md", "# A\nrefund\n");
  write("c.txt", "refund");
  write(".hidden.md", "refund");
  write(".git/d.md", "refund");
  const auto report = build();
  EXPECT_EQ(report.not_wanted, 1);
  EXPECT_THAT(documents(ask("refund")), UnorderedElementsAre("a.md", "sub/b.md"));
  config_.files.clear();
  config_.file_bytes_max = 4;
  EXPECT_THAT(build_error(), HasSubstr("a.md: larger than 4 bytes"));
}

TEST_F(IndexTest, TwoBuildsAtOnceAreRefused) {
  write("a.md", "# A\nrefund\n");
  build();
  const auto first = IndexWriter::open(index_folder(options_.storage_folder, "support"), "support");
  ASSERT_TRUE(first);
  EXPECT_THAT(build_error(), HasSubstr("another process builds it"));
}

TEST_F(IndexTest, AReaderSeesOneVersionWhole) {
  write("a.md", "# A\nrefund one\n");
  build();
  auto database = open_index_for_reading(index_folder(options_.storage_folder, "support"));
  ASSERT_TRUE(database);
  ASSERT_TRUE(database->execute("BEGIN"));
  ASSERT_TRUE(database->integer("SELECT count(*) FROM versions"));
  write("a.md", "# A\nrefund two\n");
  build();
  EXPECT_EQ(*database->integer("SELECT max(number) FROM versions"), 1);
  ASSERT_TRUE(database->execute("ROLLBACK"));
  EXPECT_EQ(*database->integer("SELECT max(number) FROM versions"), 2);
}

TEST_F(IndexTest, WithoutAnIndexItSaysWhatToDo) {
  const auto found = try_search(ask("x"));
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, base::Errc::not_found);
  EXPECT_THAT(found.error().detail, HasSubstr("headgate kb build"));
}

// ---- properties

struct Made {
  std::string tenant;
  Labels labels;
};

rc::Gen<Made> made() {
  const auto tenants = rc::gen::elementOf(std::vector<std::string>{"", "acme", "globex", "ACME"});
  const auto labels = rc::gen::container<Labels>(
      rc::gen::pair(rc::gen::elementOf(std::vector<std::string>{"k", "l"}),
                    rc::gen::elementOf(std::vector<std::string>{"1", "2"})));
  return rc::gen::build<Made>(rc::gen::set(&Made::tenant, tenants),
                              rc::gen::set(&Made::labels, labels));
}

bool may_be_found(const Made& one, const Filter& filter) {
  if (!one.tenant.empty() && one.tenant != filter.tenant) return false;
  return std::all_of(filter.labels.begin(), filter.labels.end(), [&](const auto& label) {
    return std::find(one.labels.begin(), one.labels.end(), label) != one.labels.end();
  });
}

// Whoever asks, by whichever way: what it may see is found, all of it that there is room for, and
// nothing else. Over two versions of the index.
TEST(IndexProperty, AFilterHidesAllThatItShouldAndNothingElse) {
  EXPECT_TRUE(rc::check([] {
    storage::TemporaryFolder folder;
    auto writer = IndexWriter::open(folder.path() + "/knowledge/kb", "kb");
    RC_ASSERT(writer.has_value());
    const auto first = *rc::gen::container<std::vector<Made>>(made());
    const auto second = *rc::gen::container<std::vector<Made>>(made());
    const auto publish = [&](const std::vector<Made>& all) {
      Changes changes;
      changes.model = "m";
      changes.dimensions = 2;
      changes.versions_kept = 2;
      changes.chunks_max = 1000;
      ChangedFile file{"f", "d", {}};
      std::vector<std::string> digests;
      for (std::size_t i = 0; i < all.size(); ++i) {
        NewDocument document;
        document.about.name = "f#" + std::to_string(i);
        document.about.title = "title";
        document.about.tenant = all[i].tenant;
        document.about.labels = all[i].labels;
        tidy(document.about.labels);
        document.chunks.push_back({"", "the word", "digest" + std::to_string(i)});
        digests.push_back(document.chunks.back().digest);
        file.documents.push_back(std::move(document));
      }
      changes.files.push_back(std::move(file));
      const std::vector<std::vector<float>> vectors(digests.size(), {1, 0});
      RC_ASSERT(writer->put_vectors(digests, "m", vectors).has_value());
      RC_ASSERT(writer->publish(changes, 1).has_value());
    };
    publish(first);
    publish(second);
    auto database = open_index_for_reading(folder.path() + "/knowledge/kb");
    RC_ASSERT(database.has_value());
    VectorCache cache;
    for (int i = 0; i < 4; ++i) {
      SearchAsk ask;
      ask.query = "word";
      ask.count = *rc::gen::inRange<std::size_t>(1, 20);
      ask.mode = *rc::gen::elementOf(
          std::vector<SearchMode>{SearchMode::words, SearchMode::vectors, SearchMode::hybrid});
      ask.version = *rc::gen::elementOf(std::vector<std::int64_t>{1, 2});
      const Made who = *made();
      ask.filter = {who.tenant, who.labels};
      const auto& all = *ask.version == 1 ? first : second;
      std::set<std::string> wanted;
      for (std::size_t d = 0; d < all.size(); ++d) {
        if (may_be_found(all[d], ask.filter)) wanted.insert("f#" + std::to_string(d));
      }
      const auto found = search(*database, cache, ask, {{1, 0}, "m", ""});
      RC_ASSERT(found.has_value());
      std::set<std::string> got;
      for (const auto& chunk : found->chunks) got.insert(chunk.document);
      RC_ASSERT(got.size() == found->chunks.size());
      RC_ASSERT(got.size() == std::min(wanted.size(), ask.count));
      RC_ASSERT(std::includes(wanted.begin(), wanted.end(), got.begin(), got.end()));
    }
  }));
}

}  // namespace
}  // namespace headgate::agents::knowledge

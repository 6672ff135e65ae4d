#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>

#include "agents/knowledge/build.h"
#include "agents/retrieval/index_pool.h"
#include "agents/retrieval/query_embedder.h"
#include "agents/retrieval/result_json.h"
#include "agents/retrieval/retrieval_span.h"
#include "base/async/loop.h"
#include "base/config/load.h"
#include "storage/temporary_folder.h"

namespace headgate::agents::knowledge {
namespace {

using telemetry::ContentCapture;
using testing::HasSubstr;
using testing::Not;

FoundChunk chunk() {
  FoundChunk out;
  out.id = "kb/a.md#0-1234abcd";
  out.document = "a.md";
  out.title = "A";
  out.heading = "A > B";
  out.text = "call 4111 1111 1111 1111";
  out.score = 0.03125;
  out.words = Rank{1, 2.5};
  return out;
}

class RetrievalSpanTest : public testing::Test {
 protected:
  RetrievalSpanTest() {
    ctx_.principal = &principal_;
    ctx_.trace.span.bytes[0] = 1;
    ctx_.trace.parent.bytes[0] = 2;
    ask_.query = "card 4111 1111 1111 1111?";
    ask_.filter.labels = {{"kind", "faq"}};
    SearchResult result;
    result.chunks.push_back(chunk());
    result.version.number = 7;
    result.version.digest = "0123456789abcdef";
    found_ = result;
  }
  std::string output(ContentCapture capture) {
    RetrievalSpan span(ctx_, "kb", ask_);
    auto redactor = base::Redactor::create({});
    const auto made = span.span(ctx_, capture, found_, *redactor);
    input_ = made.input;
    attributes_.clear();
    for (const auto& each : made.attributes) {
      attributes_.append(each.key).append("=").append(each.value).append(";");
    }
    EXPECT_EQ(made.kind, telemetry::SpanKind::retrieval);
    EXPECT_EQ(made.name, "kb");
    EXPECT_EQ(made.parent, ctx_.trace.parent);
    return std::string(made.output);
  }

  base::ManualClock clock_;
  base::Loop loop_{clock_};
  base::Cancellation cancellation_;
  base::Principal principal_;
  base::Context ctx_{loop_, cancellation_};
  SearchAsk ask_;
  base::Result<SearchResult> found_ = SearchResult();
  std::string input_;
  std::string attributes_;
};

TEST_F(RetrievalSpanTest, KeepsIdsAndScoresWhateverTheContentPolicy) {
  for (const auto capture : {ContentCapture::full, ContentCapture::redacted, ContentCapture::hashed,
                             ContentCapture::off}) {
    const std::string json = output(capture);
    EXPECT_THAT(json, HasSubstr(R"("id":"kb/a.md#0-1234abcd")"));
    EXPECT_THAT(json, HasSubstr(R"("score":0.03125,"words":{"rank":1,"score":2.5},"vector":null)"));
    EXPECT_THAT(attributes_, HasSubstr("index_version=7-0123456789ab;"));
    EXPECT_THAT(attributes_, HasSubstr(R"(labels=["kind=faq"];)"));
  }
}

TEST_F(RetrievalSpanTest, KeepsContentAsThePolicySays) {
  EXPECT_THAT(output(ContentCapture::full), HasSubstr("4111 1111"));
  EXPECT_THAT(input_, HasSubstr("4111 1111"));
  EXPECT_THAT(output(ContentCapture::redacted), Not(HasSubstr("4111 1111")));
  EXPECT_THAT(input_, HasSubstr("card "));
  EXPECT_THAT(input_, Not(HasSubstr("4111")));
  EXPECT_THAT(output(ContentCapture::hashed), HasSubstr("sha256:"));
  EXPECT_THAT(output(ContentCapture::off), Not(HasSubstr("content")));
  EXPECT_EQ(input_, "");
}

TEST_F(RetrievalSpanTest, SaysWhatWentWrong) {
  found_ = base::fail(base::Errc::not_found, "no index");
  RetrievalSpan span(ctx_, "kb", ask_);
  auto redactor = base::Redactor::create({});
  const auto made = span.span(ctx_, ContentCapture::redacted, found_, *redactor);
  EXPECT_EQ(made.error, base::Errc::not_found);
  EXPECT_EQ(made.error_message, "no index");
  EXPECT_EQ(made.output, "");
}

// An index that changes, is deleted and built again while several threads search it.
TEST(IndexPool, SearchesFromItsThreads) {
  storage::TemporaryFolder folder;
  KnowledgeConfig config;
  config.path = folder.path() + "/kb";
  std::filesystem::create_directories(config.path);
  BuildOptions options;
  options.name = "kb";
  options.storage_folder = folder.path() + "/store";
  const auto publish = [&](int number) {
    std::ofstream(config.path / "a.md") << "# A\nword " << number << "\n";
    ASSERT_TRUE(build(config, options, base::RealClock()));
  };
  const std::string index = index_folder(options.storage_folder, "kb");
  IndexPool pool(index);
  std::mutex mutex;
  std::condition_variable all;
  int waiting = 0;
  std::vector<std::string> got;
  const auto search = [&](int times) {
    std::unique_lock lock(mutex);
    got.clear();
    waiting = times;
    lock.unlock();
    for (int i = 0; i < times; ++i) {
      SearchAsk ask;
      ask.query = "word";
      pool.search(ask, {}, [&](base::Result<SearchResult> found) {
        const std::lock_guard hold(mutex);
        got.push_back(found ? found->chunks.at(0).text : std::string(row(found.error().code).name));
        if (--waiting == 0) all.notify_one();
      });
    }
    lock.lock();
    all.wait(lock, [&] { return waiting == 0; });
  };
  search(4);
  EXPECT_THAT(got, testing::Each("not_found"));
  publish(1);
  search(16);
  EXPECT_THAT(got, testing::Each("word 1"));
  publish(2);
  search(16);
  EXPECT_THAT(got, testing::Each("word 2"));
  std::filesystem::remove_all(index);
  publish(3);
  search(16);
  EXPECT_THAT(got, testing::Each("word 3"));
}

TEST(EmbeddingBody, IsACallOfOpenAIs) {
  EmbeddingsConfig config;
  config.model = "m";
  config.dimensions = 64;
  EXPECT_EQ(embedding_body(config, {"a\"", "b"}),
            R"({"model":"m","input":["a\"","b"],"dimensions":64})");
  const auto vectors =
      read_embeddings(R"({"data":[{"index":1,"embedding":[3]},{"index":0,"embedding":[1,2]}]})");
  ASSERT_TRUE(vectors);
  EXPECT_EQ(*vectors, (std::vector<std::vector<float>>{{1, 2}, {3}}));
  EXPECT_FALSE(read_embeddings("nonsense"));
}

TEST(Modes, AreNamed) {
  for (const auto mode : {SearchMode::hybrid, SearchMode::words, SearchMode::vectors}) {
    EXPECT_EQ(mode_named(name(mode)), mode);
  }
  EXPECT_FALSE(mode_named("x"));
}

struct Section {
  KnowledgeConfigs knowledge;
  template <class V>
  static void fields(V& v) {
    v.field("knowledge", &Section::knowledge, {.doc = "x"});
  }
};

std::string problems_of(std::string_view yaml) {
  auto loaded = base::config::load_text<Section>(yaml, "/", base::config::Check::file_only);
  const base::config::Cursor root(loaded.root);
  if (loaded.ok()) check(loaded.value.knowledge, {"m"}, root["knowledge"], loaded.problems);
  std::string out;
  for (const auto& problem : loaded.problems) out += problem.text("f") + "\n";
  return out;
}

TEST(KnowledgeConfig, IsChecked) {
  EXPECT_EQ(problems_of("knowledge: {a-1: {path: kb, embeddings: {model: m}}}"), "");
  EXPECT_THAT(problems_of("knowledge: {a.b: {path: kb}}"), HasSubstr("letters, digits"));
  EXPECT_THAT(problems_of("knowledge: {a: {}}"), HasSubstr("path"));
  EXPECT_THAT(problems_of("knowledge: {a: {path: kb, embeddings: {model: n}}}"),
              HasSubstr("no such model"));
  EXPECT_THAT(problems_of("knowledge: {a: {path: kb, overlap_percent: 50}}"), HasSubstr("0 to 40"));
  EXPECT_THAT(problems_of("knowledge: {a: {path: kb, folders: [{under: ../x}]}}"),
              HasSubstr("without .."));
}

}  // namespace
}  // namespace headgate::agents::knowledge

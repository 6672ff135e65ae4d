// The `knowledge` section: bases of documents that agents search, by name. Plain values, read by
// base/config. A reload changes how a base is searched at once, and what is in it when it is built
// the next time.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/config/fields.h"
#include "base/config/problem.h"
#include "base/config/types.h"
#include "telemetry/config.h"

namespace headgate::agents::knowledge {

using LabelMap = base::config::OrderedMap<std::string>;

struct FolderRule {
  std::string under;
  std::string tenant;
  LabelMap labels;

  template <class V>
  static void fields(V& v) {
    v.field("under", &FolderRule::under,
            {.doc = "Files in this folder, and in those below it, as a path in the base.",
             .example = "tenants/acme",
             .min = 1,
             .max = 1000,
             .required = true});
    v.field("tenant", &FolderRule::tenant,
            {.doc = "Whose they are. A file there that names another tenant is an error.",
             .default_note = "everybody's, unless the file says otherwise",
             .max = 256});
    v.field("labels", &FolderRule::labels,
            {.doc = "Labels of all of them, beside their own.", .max = 64});
  }
};

struct EmbeddingsConfig {
  std::string model;
  std::int64_t dimensions = 0;
  std::int64_t batch = 64;
  std::int64_t query_timeout_ms = 3'000;
  std::string query_prefix;
  std::string document_prefix;

  template <class V>
  static void fields(V& v) {
    using C = EmbeddingsConfig;
    v.field("model", &C::model,
            {.doc = "Public name of the model, of `models`, that makes the vectors.",
             .default_note = "none: words alone",
             .max = 200});
    v.field("dimensions", &C::dimensions,
            {.doc = "Of its vectors, where it can make shorter ones. 0: as the model likes.",
             .min = 0,
             .max = 16'384});
    v.field("batch", &C::batch,
            {.doc = "Chunks in one call while a base is built.", .min = 1, .max = 2048});
    v.field("query_timeout_ms", &C::query_timeout_ms,
            {.doc = "A search waits so long for the vector of its query, then goes by words alone, "
                    "and says so.",
             .min = 1,
             .max = 600'000});
    v.field("query_prefix", &C::query_prefix,
            {.doc = "Put before a query that is embedded, as some models want.",
             .example = "\"query: \"",
             .max = 200});
    v.field(
        "document_prefix", &C::document_prefix,
        {.doc = "Put before a chunk that is embedded.", .example = "\"passage: \"", .max = 200});
  }
};

enum class Stemming : std::uint8_t { none, english };

struct KnowledgeConfig {
  std::filesystem::path path;
  std::vector<std::string> files;
  std::vector<FolderRule> folders;
  LabelMap labels;
  bool tenant_required = false;
  std::int64_t chunk_tokens = 300;
  std::int64_t overlap_percent = 13;
  Stemming stemming = Stemming::english;
  EmbeddingsConfig embeddings;
  std::int64_t versions_kept = 3;
  std::string scope = "knowledge";
  telemetry::ContentCapture content = telemetry::ContentCapture::redacted;
  std::int64_t file_bytes_max = 8 * 1024 * 1024;
  std::int64_t files_max = 10'000;
  std::int64_t chunks_max = 200'000;

  template <class V>
  static void source_fields(V& v);
  template <class V>
  static void bound_fields(V& v);
  template <class V>
  static void fields(V& v);
};

using KnowledgeConfigs = base::config::OrderedMap<KnowledgeConfig>;

/// What fields() cannot say. `models`: the names that embeddings may use.
void check(const KnowledgeConfigs& knowledge, const std::vector<std::string_view>& models,
           const base::config::Cursor& at, base::config::Problems& problems);

template <class V>
void KnowledgeConfig::source_fields(V& v) {
  using C = KnowledgeConfig;
  v.field("path", &C::path,
          {.doc = "A folder with Markdown, text, HTML and JSON Lines files, or one such file. "
                  "Hidden files and folders are passed over.",
           .example = "kb",
           .required = true});
  v.field("files", &C::files,
          {.doc = "Patterns of the files that count, by their path in the folder; * stands for any "
                  "characters, slashes too.",
           .example = "[\"*.md\", \"faq/*\"]",
           .default_note = "all of these kinds",
           .max = 100});
  v.field("folders", &C::folders, {.doc = "What all files in a folder have.", .max = 1000});
  v.field("labels", &C::labels, {.doc = "Labels of every document, beside its own.", .max = 64});
  v.field("tenant_required", &C::tenant_required,
          {.doc = "A document that is no tenant's is an error rather than everybody's."});
}

template <class V>
void KnowledgeConfig::bound_fields(V& v) {
  using C = KnowledgeConfig;
  v.field("file_bytes_max", &C::file_bytes_max,
          {.doc = "A larger file is an error.", .min = 1024, .max = 64 * 1024 * 1024});
  v.field("files_max", &C::files_max, {.doc = "Of a base.", .min = 1, .max = 1'000'000});
  v.field("chunks_max", &C::chunks_max,
          {.doc = "Of a base. With vectors, each takes four bytes for every dimension in memory.",
           .min = 1,
           .max = 2'000'000});
}

template <class V>
void KnowledgeConfig::fields(V& v) {
  using C = KnowledgeConfig;
  source_fields(v);
  v.field("chunk_tokens", &C::chunk_tokens,
          {.doc = "A chunk has at most so many tokens, four bytes counting as one. Chunks end with "
                  "their section.",
           .min = 16,
           .max = 4'000});
  v.field("overlap_percent", &C::overlap_percent,
          {.doc = "A chunk begins with the end of the one before it, as much as this of a chunk.",
           .min = 0,
           .max = 40});
  v.field("stemming", &C::stemming,
          {.doc = "english: \"refunds\" finds \"refund\". none: words are found as they are. "
                  "Accents and capitals never count."});
  v.field("embeddings", &C::embeddings, {.doc = "Search by meaning, beside words."});
  v.field("versions_kept", &C::versions_kept,
          {.doc = "Versions of the index that can still be searched, the newest included.",
           .min = 1,
           .max = 100});
  v.field("scope", &C::scope,
          {.doc = "A key must have this scope to search over HTTP; \"\": any key.", .max = 200});
  v.field("content", &C::content,
          {.doc = "What traces keep of queries and of the text of chunks: all, all but secrets, a "
                  "hash, nothing. Ids and scores are always kept."});
  bound_fields(v);
}

}  // namespace headgate::agents::knowledge

template <>
struct headgate::base::config::EnumNames<headgate::agents::knowledge::Stemming> {
  static constexpr std::array<std::string_view, 2> names{"none", "english"};
};

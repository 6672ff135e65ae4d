#include "storage/text/text_index.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "storage/partitions/schema.h"
#include "storage/text/plain_text.h"

namespace headgate::storage::text {
namespace {

// Words are folded and joined by blanks already: the tokenizer splits them there and nowhere else.
// No places within a row, no sizes: who asks looks into the content.
constexpr const char* kSchema = R"sql(
BEGIN IMMEDIATE;
CREATE VIRTUAL TABLE IF NOT EXISTS words USING
  fts5 (of_chunk, content='', detail=none, columnsize=0, tokenize='ascii');
CREATE TABLE IF NOT EXISTS progress (id INTEGER PRIMARY KEY, chunks INTEGER NOT NULL);
INSERT OR IGNORE INTO progress VALUES (1, 0);
INSERT INTO words (words, rank) VALUES ('hashsize', 4194304);
INSERT INTO words (words, rank) VALUES ('pgsz', 8000);
COMMIT;
)sql";

// Of a chunk with too many words to say which. No word has this character.
constexpr std::string_view kAnyWord = "\xEE\x80\x80";

constexpr std::string_view kEnd = "SELECT chunks FROM progress WHERE id = 1";

// FTS5's own language. Words are letters and digits alone.
std::string match_of(const Phrase& phrase) {
  std::string out = "(";
  for (const std::string& word : phrase.words) {
    if (out.size() > 1) out += " AND ";
    out += '"' + word + '"';
  }
  if (phrase.prefix) out += " *";
  return out.append(") OR \"").append(kAnyWord) + '"';
}

}  // namespace

TextIndexWriter::TextIndexWriter(std::string folder, Day day, Database partition, Database index)
    : day_(day),
      partition_(std::move(partition)),
      index_(std::move(index)),
      reader_(std::move(folder)) {}

base::Result<std::unique_ptr<TextIndexWriter>> TextIndexWriter::open(const std::string& folder,
                                                                     Day day) {
  auto partition = open_partition_to_read(folder, day);
  if (!partition) return partition.error();
  auto index = Database::open(text_index_path(folder, day), Database::Access::read_write);
  if (!index) return index.error();
  const auto set = index->execute(
      "PRAGMA page_size=8192; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
      "PRAGMA cache_size=-4096; PRAGMA temp_store=MEMORY");
  if (!set) return set.error();
  const auto made = index->execute(kSchema);
  if (!made) return made.error();
  std::unique_ptr<TextIndexWriter> writer(
      new TextIndexWriter(folder, day, std::move(*partition), std::move(*index)));
  const auto prepared = writer->prepare();
  if (!prepared) return prepared.error();
  return writer;
}

base::Result<void> TextIndexWriter::prepare() {
  auto select = partition_.prepare(
      "SELECT log_segment, log_offset, log_bytes FROM spans NOT INDEXED"
      " WHERE id BETWEEN ? AND ? AND span_count IS NOT NULL");
  if (!select) return select.error();
  select_.emplace(std::move(*select));
  auto insert = index_.prepare("INSERT INTO words (rowid, of_chunk) VALUES (?, ?)");
  if (!insert) return insert.error();
  insert_.emplace(std::move(*insert));
  const auto end = index_.integer(kEnd);
  if (!end) return end.error();
  end_ = *end;
  return {};
}

base::Result<std::int64_t> TextIndexWriter::pending(bool closed, std::int64_t settled_to) {
  const auto last = last_row(partition_);
  if (!last) return last.error();
  if (*last == 0) return std::int64_t{0};
  const std::int64_t settled = settled_to >= *last ? INT64_MAX : (settled_to + 1) >> kChunkBits;
  const std::int64_t whole = std::min((*last + 1) >> kChunkBits, settled);
  const std::int64_t all = std::min((*last >> kChunkBits) + 1, settled);
  if (end_ == 0) {
    const auto first = partition_.integer("SELECT min(id) FROM spans");
    if (!first) return first.error();
    end_ = *first >> kChunkBits;
  }
  return std::max<std::int64_t>((closed ? all : whole) - end_, 0);
}

base::Result<void> TextIndexWriter::add(std::int64_t chunks) {
  auto transaction = Transaction::begin(index_);
  if (!transaction) return transaction.error();
  for (std::int64_t chunk = end_; chunk < end_ + chunks; ++chunk) {
    const auto added = add_chunk(chunk);
    if (!added) return added;
  }
  auto save = index_.prepare("UPDATE progress SET chunks = ? WHERE id = 1");
  if (!save) return save.error();
  save->bind(1, end_ + chunks);
  const auto saved = save->run();
  if (!saved) return saved;
  const auto committed = transaction->commit();
  if (committed) end_ += chunks;
  return committed;
}

base::Result<void> TextIndexWriter::add_chunk(std::int64_t chunk) {
  words_.clear();
  select_->bind(1, chunk << kChunkBits);
  select_->bind(2, ((chunk + 1) << kChunkBits) - 1);
  for (;;) {
    const auto row = select_->step();
    if (!row) return row.error();
    if (!*row) break;
    read_content({select_->integer(0), select_->integer(1), select_->integer(2)});
  }
  select_->reset();
  return add_words(chunk);
}

void TextIndexWriter::read_content(const LogPlace& place) {
  const auto record = reader_.read(place);
  if (!record) return;
  for (const telemetry::Span& span : record->spans) {
    for (const std::string_view content : {span.input, span.output}) {
      WordReader words(plain_text(content, scratch_));
      for (auto word = words.next(); !word.empty(); word = words.next()) words_.add(word);
    }
  }
}

base::Result<void> TextIndexWriter::add_words(std::int64_t chunk) {
  const std::string_view words = words_.overflown() ? kAnyWord : words_.joined();
  if (words.empty()) return {};
  insert_->bind(1, chunk);
  insert_->bind(2, words);
  return insert_->run();
}

TextIndexReader::TextIndexReader(const std::string& folder, Day day) {
  const std::string path = text_index_path(folder, day);
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return;
  auto index = Database::open(path, Database::Access::read_only);
  if (!index || !index->execute("BEGIN")) return;
  const auto end = index->integer(kEnd);
  if (!end) return;
  index_.emplace(std::move(*index));
  end_ = *end;
}

std::optional<std::vector<bool>> TextIndexReader::chunks_of(const Phrase& phrase) {
  if (!index_) return std::nullopt;
  auto rows = index_->prepare("SELECT rowid FROM words WHERE words MATCH ?");
  if (!rows) return std::nullopt;
  const std::string match = match_of(phrase);
  rows->bind(1, match);
  std::vector<bool> chunks(static_cast<std::size_t>(std::max<std::int64_t>(end_, 0)));
  for (;;) {
    const auto row = rows->step();
    if (!row) return std::nullopt;
    if (!*row) return chunks;
    const auto chunk = static_cast<std::size_t>(rows->integer(0));
    if (chunk < chunks.size()) chunks[chunk] = true;
  }
}

}  // namespace headgate::storage::text

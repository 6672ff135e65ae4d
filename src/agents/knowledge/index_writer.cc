#include "agents/knowledge/index_writer.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/text/sha256.h"

namespace headgate::agents::knowledge {

using base::Errc;
using base::fail;
using base::Result;
using storage::Transaction;

namespace {

constexpr std::int64_t kStill = std::numeric_limits<std::int64_t>::max();  // no version ends it
constexpr std::size_t kShownDigest = 8;

std::span<const std::uint8_t> bytes_of(const std::vector<float>& vector) {
  return {reinterpret_cast<const std::uint8_t*>(vector.data()), vector.size() * sizeof(float)};
}

void add_part(std::string& out, std::string_view part) {
  out += std::to_string(part.size());
  out.append(":").append(part);
}

// Everything that an answer or a filter may depend on.
std::string digest_of_document(const NewDocument& document) {
  std::string all;
  add_part(all, document.about.name);
  add_part(all, document.about.title);
  add_part(all, document.about.tenant);
  for (const auto& [name, value] : document.about.labels) {
    add_part(all, name);
    add_part(all, value);
  }
  for (const NewChunk& chunk : document.chunks) add_part(all, chunk.digest);
  return base::sha256_hex(all);
}

}  // namespace

Result<IndexWriter> IndexWriter::open(const std::string& folder, std::string base) {
  const std::string above = folder.substr(0, folder.rfind('/'));
  const std::string storage = above.substr(0, above.rfind('/'));
  for (const std::string& each : {storage, above, folder}) {
    const auto made = storage::create_folder(each);
    if (!made) return made.error();
  }
  auto lock = storage::FolderLock::acquire(folder);
  if (!lock) {
    if (lock.error().code != Errc::conflict) return lock.error();
    return fail(Errc::conflict, "knowledge base " + base +
                                    ": another process builds it; wait until that has ended");
  }
  auto database = open_index_for_writing(folder);
  if (!database) return database.error();
  return IndexWriter(std::move(*lock), std::move(*database), std::move(base));
}

Result<std::map<std::string, KnownFile>> IndexWriter::files() {
  auto rows = database_.prepare("SELECT path, digest, settings FROM files");
  if (!rows) return rows.error();
  std::map<std::string, KnownFile> out;
  for (;;) {
    const auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return out;
    out[std::string(rows->text(0))] = {std::string(rows->text(1)), std::string(rows->text(2))};
  }
}

Result<bool> IndexWriter::has_vector(const std::string& digest, const std::string& model) {
  auto row = database_.prepare("SELECT 1 FROM vectors WHERE digest = ?1 AND model = ?2");
  if (!row) return row.error();
  row->bind(1, std::string_view(digest));
  row->bind(2, std::string_view(model));
  return row->step();
}

Result<void> IndexWriter::put_vectors(std::span<const std::string> digests,
                                      const std::string& model,
                                      std::span<const std::vector<float>> vectors) {
  auto transaction = Transaction::begin(database_);
  if (!transaction) return transaction.error();
  auto put = database_.prepare(
      "INSERT OR IGNORE INTO vectors (digest, model, vector) "
      "VALUES (?1, ?2, ?3)");
  if (!put) return put.error();
  for (std::size_t i = 0; i < digests.size(); ++i) {
    put->bind(1, std::string_view(digests[i]));
    put->bind(2, std::string_view(model));
    put->bind_blob(3, bytes_of(vectors[i]));
    const auto done = put->run();
    if (!done) return done.error();
  }
  return transaction->commit();
}

Result<std::int64_t> IndexWriter::dimensions_of(const std::string& model) {
  auto row = database_.prepare("SELECT length(vector) FROM vectors WHERE model = ?1 LIMIT 1");
  if (!row) return row.error();
  row->bind(1, std::string_view(model));
  const auto found = row->step();
  if (!found) return found.error();
  return *found ? row->integer(0) / static_cast<std::int64_t>(sizeof(float)) : 0;
}

Result<void> IndexWriter::run(std::string_view sql, std::int64_t number) {
  auto statement = database_.prepare(sql);
  if (!statement) return statement.error();
  statement->bind(1, number);
  return statement->run();
}

Result<void> IndexWriter::retire(const std::string& file, std::int64_t version) {
  auto ended =
      database_.prepare("UPDATE documents SET to_version = ?1 WHERE file = ?2 AND to_version = ?3");
  if (!ended) return ended.error();
  ended->bind(1, version);
  ended->bind(2, std::string_view(file));
  ended->bind(3, kStill);
  const auto done = ended->run();
  if (!done) return done.error();
  auto forgotten = database_.prepare("DELETE FROM files WHERE path = ?1");
  if (!forgotten) return forgotten.error();
  forgotten->bind(1, std::string_view(file));
  return forgotten->run();
}

Result<void> IndexWriter::insert(const NewDocument& document, std::int64_t id,
                                 const Changes& changes) {
  auto put = database_.prepare(
      "INSERT INTO chunks (document, name, title, heading, text, vector) VALUES (?1, ?2, ?3, ?4, "
      "?5, (SELECT id FROM vectors WHERE digest = ?6 AND model = ?7))");
  if (!put) return put.error();
  auto index = database_.prepare(
      "INSERT INTO words (rowid, title, heading, text) VALUES (last_insert_rowid(), ?1, ?2, ?3)");
  if (!index) return index.error();
  const std::string& title = document.about.title;
  for (std::size_t i = 0; i < document.chunks.size(); ++i) {
    const NewChunk& chunk = document.chunks[i];
    const std::string name = base_ + "/" + document.about.name + "#" + std::to_string(i) + "-" +
                             chunk.digest.substr(0, kShownDigest);
    put->bind(1, id);
    put->bind(2, std::string_view(name));
    put->bind(3, std::string_view(title));
    put->bind(4, std::string_view(chunk.heading));
    put->bind(5, std::string_view(chunk.text));
    put->bind(6, std::string_view(chunk.digest));
    put->bind(7, std::string_view(changes.model));
    const auto stored = put->run();
    if (!stored) return stored.error();
    index->bind(1, std::string_view(title));
    index->bind(2, std::string_view(chunk.heading));
    index->bind(3, std::string_view(chunk.text));
    const auto indexed = index->run();
    if (!indexed) return indexed.error();
  }
  return {};
}

Result<void> IndexWriter::insert(const std::string& file, const NewDocument& document,
                                 const Changes& changes, std::int64_t version) {
  auto put = database_.prepare(
      "INSERT INTO documents (file, name, title, tenant, digest, from_version, to_version) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
  if (!put) return put.error();
  const std::string digest = digest_of_document(document);
  put->bind(1, std::string_view(file));
  put->bind(2, std::string_view(document.about.name));
  put->bind(3, std::string_view(document.about.title));
  put->bind(4, std::string_view(document.about.tenant));
  put->bind(5, std::string_view(digest));
  put->bind(6, version);
  put->bind(7, kStill);
  const auto stored = put->run();
  if (!stored) return stored.error();
  const auto id = database_.integer("SELECT last_insert_rowid()");
  if (!id) return id.error();
  auto label = database_.prepare("INSERT INTO labels VALUES (?1, ?2, ?3)");
  if (!label) return label.error();
  for (const auto& [name, value] : document.about.labels) {
    label->bind(1, *id);
    label->bind(2, std::string_view(name));
    label->bind(3, std::string_view(value));
    const auto labelled = label->run();
    if (!labelled) return labelled.error();
  }
  return insert(document, *id, changes);
}

Result<void> IndexWriter::insert(const ChangedFile& file, const Changes& changes,
                                 std::int64_t version) {
  for (const NewDocument& document : file.documents) {
    const auto done = insert(file.path, document, changes, version);
    if (!done) return done.error();
  }
  auto known = database_.prepare("INSERT INTO files VALUES (?1, ?2, ?3)");
  if (!known) return known.error();
  known->bind(1, std::string_view(file.path));
  known->bind(2, std::string_view(file.digest));
  known->bind(3, std::string_view(changes.settings));
  return known->run();
}

// What no version from that one on refers to.
Result<void> IndexWriter::forget_before(std::int64_t version) {
  constexpr std::string_view kForget[] = {
      "INSERT INTO words (words, rowid, title, heading, text) SELECT 'delete', c.id, c.title, "
      "c.heading, c.text FROM chunks c JOIN documents d ON d.id = c.document "
      "WHERE d.to_version <= ?1",
      "DELETE FROM chunks WHERE document IN (SELECT id FROM documents WHERE to_version <= ?1)",
      "DELETE FROM labels WHERE document IN (SELECT id FROM documents WHERE to_version <= ?1)",
      "DELETE FROM documents WHERE to_version <= ?1", "DELETE FROM versions WHERE number < ?1"};
  for (const std::string_view sql : kForget) {
    const auto done = run(sql, version);
    if (!done) return done.error();
  }
  return database_.execute(
      "DELETE FROM vectors WHERE id NOT IN (SELECT vector FROM chunks WHERE vector IS NOT NULL)");
}

Result<std::string> IndexWriter::digest_of(const Changes& changes) {
  auto rows =
      database_.prepare("SELECT digest FROM documents WHERE to_version = ?1 ORDER BY name, digest");
  if (!rows) return rows.error();
  rows->bind(1, kStill);
  std::string all;
  add_part(all, changes.model);
  add_part(all, std::to_string(changes.dimensions));
  add_part(all, changes.stemming == Stemming::english ? "english" : "none");
  for (;;) {
    const auto row = rows->step();
    if (!row) return row.error();
    if (!*row) return base::sha256_hex(all);
    all += rows->text(0);
  }
}

Result<IndexVersion> IndexWriter::publish(const Changes& changes, std::int64_t unix_us) {
  auto transaction = Transaction::begin(database_);
  if (!transaction) return transaction.error();
  const auto before = newest();
  if (!before) return before.error();
  IndexVersion out;
  out.number = *before ? (*before)->number + 1 : 1;
  const auto stemmed = set_stemming(database_, changes.stemming);
  if (!stemmed) return stemmed.error();
  for (const std::string& path : changes.gone) {
    const auto retired = retire(path, out.number);
    if (!retired) return retired.error();
  }
  for (const ChangedFile& file : changes.files) {
    const auto retired = retire(file.path, out.number);
    if (!retired) return retired.error();
    const auto inserted = insert(file, changes, out.number);
    if (!inserted) return inserted.error();
  }
  const auto forgotten = forget_before(out.number - changes.versions_kept + 1);
  if (!forgotten) return forgotten.error();
  auto digest = digest_of(changes);
  if (!digest) return digest.error();
  out.digest = std::move(*digest);
  out.built_unix_us = unix_us;
  out.model = changes.model;
  out.dimensions = changes.dimensions;
  out.skipped = changes.skipped;
  const std::string still = " WHERE to_version = " + std::to_string(kStill);
  for (const auto& [to, sql] :
       {std::pair{&out.files, std::string("SELECT count(*) FROM files")},
        {&out.documents, "SELECT count(*) FROM documents" + still},
        {&out.chunks, "SELECT count(*) FROM chunks WHERE document IN (SELECT id FROM documents" +
                          still + ")"}}) {
    const auto count = database_.integer(sql);
    if (!count) return count.error();
    *to = *count;
  }
  if (out.chunks > changes.chunks_max) {
    return fail(Errc::invalid_request, "knowledge base " + base_ + " would have " +
                                           std::to_string(out.chunks) +
                                           " chunks; raise chunks_max or take files out");
  }
  auto row = database_.prepare("INSERT INTO versions VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");
  if (!row) return row.error();
  row->bind(1, out.number);
  row->bind(2, std::string_view(out.digest));
  int at = 3;
  for (const std::int64_t value :
       {out.built_unix_us, out.files, out.documents, out.chunks, out.skipped}) {
    row->bind(at++, value);
  }
  row->bind(8, std::string_view(out.model));
  row->bind(9, out.dimensions);
  const auto stored = row->run();
  if (!stored) return stored.error();
  const auto committed = transaction->commit();
  if (!committed) return committed.error();
  // Readers that still look at the version before keep it from shrinking; the next build tries
  // again.
  (void)database_.execute("PRAGMA wal_checkpoint(TRUNCATE)");
  return out;
}

}  // namespace headgate::agents::knowledge

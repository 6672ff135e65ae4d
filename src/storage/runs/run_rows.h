// Runs of agents as rows: what stands of each in the journal. A run is a list of entries, numbered
// from 1 without a gap, whose words are the agents' own; beside it stands what runs are found by.
// Plain values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace headgate::storage {

struct RunEntry {
  std::int64_t seq = 0;
  std::int64_t at_unix_us = 0;
  std::string kind;
  std::string body;  // a JSON object

  friend bool operator==(const RunEntry&, const RunEntry&) = default;
};

struct RunRow {
  std::string id;
  std::string owner;  // to whom it belongs: a tenant, or a key without one
  std::string user;   // for whom, of the owner's users; may be empty
  std::string agent;  // that it began with
  std::string status;
  std::string definition;       // digest of what it was begun with
  std::string idempotency_key;  // of the request that made it; empty: none
  std::string fingerprint;      // of that request
  std::string session;          // that it is part of, as the caller names it; empty: none
  std::int64_t created_unix_us = 0;
  std::int64_t updated_unix_us = 0;
  std::int64_t entries = 0;  // how many

  friend bool operator==(const RunRow&, const RunRow&) = default;
};

struct StoredRun {
  RunRow row;
  std::string definition;  // its text
  std::vector<RunEntry> entries;
};

struct NewRun {
  RunRow row;
  std::string definition;  // its text
  std::vector<RunEntry> entries;
};

struct CreatedRun {
  bool is_new = false;  // else the row of the run that the same key has made before
  RunRow row;
};

struct RunAppend {
  std::string id;
  std::vector<RunEntry> entries;
  std::string status;  // that the run has now
};

/// Runs that follow one another for the same user. Sessions of two users are two, whatever they are
/// called.
struct SessionKey {
  std::string owner;
  std::string user;
  std::string session;  // empty: all of them
};

struct SessionRow {
  std::string user;
  std::string session;
  std::int64_t runs = 0;
  std::int64_t begun_unix_us = 0;
  std::int64_t updated_unix_us = 0;
};

/// Which runs to list, newest first.
struct RunFilter {
  std::string owner;  // empty: everybody's
  std::string user;   // empty: all users'
  std::string agent;  // empty: any
  std::string status;
  std::string before;  // the id of a run that they are older than
  std::int64_t rows_max = 100;
  std::string session;
};

}  // namespace headgate::storage

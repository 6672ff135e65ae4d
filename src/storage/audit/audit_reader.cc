#include "storage/audit/audit_reader.h"

#include <cerrno>
#include <cstring>
#include <fstream>

namespace headgate::storage {

using base::Errc;
using base::fail;
using base::Result;

namespace {

// Up to the next line end, which is not part of it; more than an entry may have is cut, which is
// then none. False: the file ended first.
bool next_line(std::istream& in, std::string& line) {
  line.clear();
  for (int c = in.rdbuf()->sbumpc(); c != std::char_traits<char>::eof(); c = in.rdbuf()->sbumpc()) {
    if (c == '\n') return true;
    if (line.size() <= kAuditLineBytesMax) line += static_cast<char>(c);
  }
  return false;
}

}  // namespace

std::string audit_path(const std::string& folder) { return folder + "/audit.log"; }

Result<AuditReport> read_audit(const std::string& path, std::string_view anchor,
                               const std::function<void(const AuditEntry&)>& visit) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    const Errc code = errno == ENOENT ? Errc::not_found : Errc::storage_failed;
    return fail(code, path + ": " + std::strerror(errno));
  }
  AuditReport out;
  AuditChain chain;
  std::string line;
  if (anchor == kAuditBegin) out.since_anchor = 0;
  while (next_line(in, line)) {
    const auto entry = chain.take(line);
    if (out.since_anchor) ++*out.since_anchor;
    if (!entry) continue;
    ++out.entries;
    if (entry->hash == anchor) out.since_anchor = 0;
    visit(*entry);
  }
  if (in.bad()) return fail(Errc::storage_failed, path + ": cannot be read");
  out.torn_bytes = line.size();
  out.head = chain.head();
  out.broken = chain.broken();
  if (!out.broken && !anchor.empty() && !out.since_anchor) {
    out.broken = {AuditDamage::truncated, chain.lines() + 1,
                  "no entry has the hash that was given: the end is missing, or was written anew"};
  }
  return out;
}

}  // namespace headgate::storage

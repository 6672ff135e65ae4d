#include "cli/audit.h"

#include <fmt/format.h>

#include <deque>
#include <string_view>

#include "base/clock.h"
#include "base/json/writer.h"
#include "base/text/utc.h"
#include "cli/table.h"
#include "storage/audit/audit_reader.h"

namespace headgate::cli {
namespace {

using storage::AuditEntry;
using storage::AuditReport;

void note(std::string_view text) { fmt::print(stderr, "headgate audit: {}\n", text); }

int failed(const base::Error& error) {
  note(error.code == base::Errc::not_found ? error.detail + "; nothing was audited yet"
                                           : error.detail);
  return 1;
}

std::string where(const std::string& path, const storage::AuditBreak& broken) {
  return fmt::format("{}:{}: {}: {}", path, broken.line, name(broken.damage), broken.why);
}

void note_torn(const AuditReport& report) {
  if (report.torn_bytes == 0) return;
  note(
      fmt::format("{} bytes of an entry that is not whole: it is being written, or was when a "
                  "server died; nobody was told of it",
                  report.torn_bytes));
}

std::string report_json(const AuditReport& report, const std::string& path) {
  std::string out;
  base::json::Writer writer(out);
  writer.begin_object();
  writer.member("file", path);
  writer.member("entries", report.entries);
  writer.member("head", report.head);
  if (report.since_anchor) writer.member("entries_since_head_given", *report.since_anchor);
  writer.member("torn_bytes", report.torn_bytes);
  if (report.broken) {
    writer.object("broken");
    writer.member("line", report.broken->line);
    writer.member("damage", name(report.broken->damage));
    writer.member("why", report.broken->why);
    writer.end_object();
  } else {
    writer.member_null("broken");
  }
  writer.end_object();
  return out + "\n";
}

bool is_wanted(const AuditEntry& entry, const AuditLsOptions& options, const std::string& since) {
  const auto& [actor, action, subject, detail] = entry.what;
  if (!options.actor.empty() && actor.key_id != options.actor && actor.user != options.actor &&
      actor.tenant != options.actor) {
    return false;
  }
  if (!options.action.empty() && action != options.action &&
      !action.starts_with(options.action + ".")) {
    return false;
  }
  return entry.time >= since;
}

std::string actor_text(const storage::AuditActor& actor) {
  std::string out = actor.key_id.empty() ? "-" : actor.key_id;
  if (!actor.user.empty()) out += " (" + actor.user + ")";
  return out;
}

void print_table(const std::deque<AuditEntry>& entries) {
  std::vector<Row> rows;
  for (const AuditEntry& entry : entries) {
    const auto& what = entry.what;
    rows.push_back({std::to_string(entry.seq), entry.time.substr(0, 19) + "Z",
                    actor_text(what.actor), what.actor.tenant.empty() ? "-" : what.actor.tenant,
                    what.action, what.subject, what.detail});
  }
  fmt::print("{}", table({"SEQ", "TIME", "ACTOR", "TENANT", "ACTION", "SUBJECT", "DETAIL"}, rows));
}

// One line an entry, as they stand in the file.
void print_lines(std::deque<AuditEntry>& entries) {
  for (AuditEntry& entry : entries) fmt::print("{}\n", storage::audit_line(entry));
}

}  // namespace

int run_audit_verify(const AuditVerifyOptions& options) {
  const std::string path = storage::audit_path(options.folder);
  const auto report = storage::read_audit(path, options.head, [](const AuditEntry&) {});
  if (!report) return failed(report.error());
  if (options.json) {
    fmt::print("{}", report_json(*report, path));
  } else if (report->broken) {
    note(where(path, *report->broken));
  } else {
    fmt::print("{} is whole: {} entries\nhead {}\n", path, report->entries, report->head);
    if (report->since_anchor) {
      fmt::print("{} entries since the one that was given\n", *report->since_anchor);
    }
  }
  note_torn(*report);
  return report->broken ? 1 : 0;
}

int run_audit_ls(const AuditLsOptions& options) {
  std::string since;
  if (options.since_minutes > 0) {
    since = base::utc_text(base::RealClock().unix_us() -
                           static_cast<std::int64_t>(options.since_minutes * 60e6));
  }
  std::deque<AuditEntry> found;
  const std::string path = storage::audit_path(options.folder);
  const auto report = storage::read_audit(path, {}, [&](const AuditEntry& entry) {
    if (!is_wanted(entry, options, since)) return;
    found.push_back(entry);
    if (found.size() > options.limit) found.pop_front();
  });
  if (!report) return failed(report.error());
  if (options.json) {
    print_lines(found);
  } else {
    print_table(found);
  }
  if (report->broken) note("the trail is broken: " + where(path, *report->broken));
  return 0;
}

}  // namespace headgate::cli

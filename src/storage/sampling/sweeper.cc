#include "storage/sampling/sweeper.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "storage/partitions/schema.h"

namespace headgate::storage {
namespace {

constexpr std::size_t kScanRows = 4096;   // of spans, at once
constexpr std::size_t kRoundRows = 2048;  // records decided on at once
constexpr std::size_t kFreePlaces = 512;  // at once: some file systems wait for the disk each time
constexpr std::size_t kFlaggedMax = 100'000;

bool exists(const std::string& folder, Day day) {
  std::error_code error;
  return std::filesystem::exists(partition_path(folder, day), error);
}

}  // namespace

TraceSweeper::TraceSweeper(Options options, const base::Clock& clock)
    : options_(std::move(options)),
      clock_(clock),
      reader_(options_.folder),
      wanted_(or_none(options_.policy)),
      policies_(wanted_) {}

TraceSweeper::~TraceSweeper() = default;

void TraceSweeper::set_policy(std::shared_ptr<const SamplingPolicy> policy) {
  const std::lock_guard lock(mutex_);
  wanted_ = or_none(std::move(policy));
}

void TraceSweeper::flag(const base::TraceId& trace) {
  const std::lock_guard lock(mutex_);
  if (flags_.size() < kFlaggedMax) flags_.push_back(trace);
}

void TraceSweeper::take_policy() {
  const std::lock_guard lock(mutex_);
  counts_.routes = wanted_->sampled_routes();
  policies_.follow(wanted_, clock_.now());
}

base::Result<bool> TraceSweeper::step(Day writing) {
  take_policy();
  if (writing < 0) return false;
  if (!begun_) {
    const auto begun = begin(writing);
    if (!begun) return begun.error();
  }
  if (days_.empty() && !policies_.current().samples()) return false;
  const auto followed = follow_writing(writing);
  if (!followed) return followed.error();
  const auto finished = finish_round();
  if (!finished || !*finished) return finished;
  const auto freed = free_content();
  if (!freed) return freed.error();
  const auto flagged = take_flags();
  if (!flagged) return flagged.error();
  const auto more = scan();
  if (!more) return more.error();
  const bool due = take_due(!*more);
  make_round();
  const auto done = finish_round();
  if (!done) return done.error();
  auto ended = retire_days(writing);
  if (ended) ended = stop_if_idle();
  if (!ended) return ended.error();
  counts_.undecided = pending_.rows();
  return *done && (*freed || *more || due);
}

// What an earlier process has left: days that were not swept to their end, and content to be freed.
base::Result<void> TraceSweeper::begin(Day writing) {
  days_.clear();
  for (const Day day : partition_days(options_.folder)) {
    const auto before = look_at_day(options_.folder, day);
    if (!before) return before.error();
    was_sampled_ = was_sampled_ || before->swept || before->over;
    const bool wanted = (before->swept && day <= writing) || before->has_leavings;
    if (!wanted) continue;
    const auto followed = follow(day, SweptDay::Begin::at_end);
    if (!followed) return followed;
  }
  const auto read = read_decisions();
  if (!read) return read;
  begun_ = true;
  return follow_writing(writing);
}

base::Result<void> TraceSweeper::follow(Day day, SweptDay::Begin begin) {
  auto opened = SweptDay::open(options_.folder, day, begin);
  if (!opened) return opened.error();
  const auto flagged = (*opened)->flagged();
  if (!flagged) return flagged.error();
  if (flagged_.size() < kFlaggedMax) flagged_.insert(flagged->begin(), flagged->end());
  days_[day] = std::move(*opened);
  return {};
}

// A day that begins while others are sampled is sampled from its start; else what was there before
// was there for good.
base::Result<void> TraceSweeper::follow_writing(Day writing) {
  if (!policies_.current().samples() || days_.contains(writing)) return {};
  const auto there = open_partition_to_read(options_.folder, writing);
  if (!there && there.error().code == base::Errc::not_found) return {};
  if (!there) return there.error();
  const auto begin = was_sampled_ ? SweptDay::Begin::at_start : SweptDay::Begin::at_end;
  was_sampled_ = true;
  return follow(writing, begin);
}

base::Result<void> TraceSweeper::read_decisions() {
  std::vector<Decided> newest;
  for (auto day = days_.rbegin(); day != days_.rend(); ++day) {
    const std::size_t room = DecidedTraces::kMax - std::min(DecidedTraces::kMax, newest.size());
    const auto some = day->second->decided(room);
    if (!some) return some.error();
    newest.insert(newest.end(), some->begin(), some->end());
  }
  for (auto one = newest.rbegin(); one != newest.rend(); ++one) decided_.add(*one, true);
  return {};
}

base::Result<void> TraceSweeper::take_flags() {
  std::vector<base::TraceId> flags;
  {
    const std::lock_guard lock(mutex_);
    flags.swap(flags_);
  }
  if (flags.empty() || days_.empty()) return {};
  options_.before_write();
  for (const base::TraceId& trace : flags) {
    const auto noted = days_.rbegin()->second->add_flagged(trace);
    if (!noted) return noted;
    if (TraceFacts* const facts = pending_.find(trace)) {
      facts->add(KeptFor::low_score);
      make_ready(*pending_.take(trace));
    } else if (const auto fate = decided_.find(trace)) {
      counts_.flags_late += fate->kept ? 0 : 1;
    } else if (flagged_.size() < kFlaggedMax) {
      flagged_.insert(trace);
    }
  }
  return {};
}

// Oldest day first. True: there is more.
base::Result<bool> TraceSweeper::scan() {
  for (auto& [day, swept] : days_) {
    const auto more =
        swept->scan(kScanRows, [this, of = day](const SweptRecord& record) { take(of, record); });
    if (!more || *more) return more;
  }
  return false;
}

// In doubt twice: the exporters' thread may have judged it by a policy of before.
bool TraceSweeper::is_deferred(const RecordFacts& facts) const {
  return policies_.any_defers(facts.route, facts.is_call, clock_.now());
}

void TraceSweeper::take(Day day, const SweptRecord& record) {
  const RecordRow row{day, record.id, is_deferred(record.facts)};
  if (record.is_settled) {
    ready_.push_back({record.trace, {}, {row}, Kind::known});
    ++ready_rows_;
    return;
  }
  if (const auto fate = decided_.find(record.trace)) {
    TraceFacts facts;
    facts.add(record.facts, policies_.current());
    const TraceFate late = facts.decide_late(record.trace, *fate);
    const bool notes = facts.is_sampled() && decided_.note(record.trace);
    ready_.push_back({record.trace, late, {row}, Kind::late, notes});
    ++ready_rows_;
    return;
  }
  TraceFacts& facts = pending_.add(record.trace, row, clock_.now());
  facts.add(record.facts, policies_.current());
  if (flagged_.erase(record.trace) > 0) facts.add(KeptFor::low_score);
  if (facts.stays()) make_ready(*pending_.take(record.trace));
}

// Later processes would decide the same of what is of unsampled routes alone: that is not noted,
// until something comes that they might not keep.
void TraceSweeper::make_ready(PendingTrace trace) {
  const TraceFate fate = trace.facts.decide(trace.trace);
  const bool notes = fate.reason != KeptFor::route || trace.facts.is_sampled();
  decided_.add({trace.trace, fate}, notes);
  ready_rows_ += trace.rows.size();
  ready_.push_back({trace.trace, fate, std::move(trace.rows), Kind::first, notes});
}

// `is_read`: everything that was stored, so what seems to be quiet is. True: more is due.
bool TraceSweeper::take_due(bool is_read) {
  while (pending_.rows() > options_.rows_max) {
    make_ready(*pending_.take_next());
    ++counts_.early;
  }
  while (is_read) {
    if (ready_rows_ >= kRoundRows) return true;
    auto due = pending_.take_due(clock_.now());
    if (!due) return false;
    make_ready(std::move(*due));
  }
  return false;
}

void TraceSweeper::make_round() {
  if (ready_.empty()) return;
  round_ = Round{};
  Round& round = *round_;
  round.ready = std::exchange(ready_, {});
  ready_rows_ = 0;
  for (const Ready& ready : round.ready) {
    const TraceFate& fate = ready.fate;
    for (const RecordRow& row : ready.rows) {
      DayWork& work = round.work[row.day];
      work.settled.push_back(row.id);
      if (ready.kind == Kind::known) continue;
      if (!fate.kept) work.dropped.push_back(row.id);
      if (fate.kept && fate.reason != KeptFor::route) {
        work.kept.push_back({row.id, fate.ppm, fate.reason});
      }
    }
  }
}

// False: it has to wait.
base::Result<bool> TraceSweeper::finish_round() {
  if (!round_) return true;
  const auto exported = export_round();
  if (!exported || !*exported) return exported;
  const auto deleted = delete_round();
  if (!deleted) return deleted.error();
  for (const Ready& ready : round_->ready) count(ready);
  round_.reset();
  return true;
}

base::Result<bool> TraceSweeper::export_round() {
  if (!options_.exports) return true;
  for (; round_->exported < round_->ready.size(); ++round_->exported) {
    const Ready& ready = round_->ready[round_->exported];
    if (!ready.fate.kept || ready.kind == Kind::known) continue;
    const auto exported = export_rows(ready);
    if (!exported || !*exported) return exported;
  }
  options_.reached(SweepPoint::exported);
  return true;
}

base::Result<bool> TraceSweeper::export_rows(const Ready& ready) {
  for (const RecordRow& row : ready.rows) {
    const auto day = days_.find(row.day);
    if (!row.exports || day == days_.end()) continue;
    const auto place = day->second->place_of(row.id);
    if (!place) return place.error();
    auto record = reader_.read(*place);
    if (!record) {
      ++counts_.export_lost;
      continue;
    }
    record->sampled = {ready.fate.ppm, name(ready.fate.reason)};
    if (!options_.exports(*record)) return false;
  }
  return true;
}

// The newest day first, in one transaction with what is known of the others.
base::Result<void> TraceSweeper::delete_round() {
  if (days_.empty()) return {};
  SweptDay& newest = *days_.rbegin()->second;
  options_.before_write();
  if (!round_->is_deleted) {
    std::vector<Decided> decided;
    for (const Ready& ready : round_->ready) {
      if (!ready.notes) continue;
      decided.push_back({ready.trace, decided_.find(ready.trace).value_or(ready.fate)});
    }
    std::vector<std::pair<Day, std::int64_t>> elsewhere;
    for (const auto& [day, work] : round_->work) {
      if (day == newest.day()) continue;
      for (const std::int64_t id : work.dropped) elsewhere.emplace_back(day, id);
    }
    round_->is_divided = !elsewhere.empty();
    const auto applied = newest.apply(round_->work[newest.day()], decided, elsewhere);
    if (!applied) return applied;
    round_->work.erase(newest.day());
    round_->is_deleted = true;
    options_.reached(SweepPoint::deleted);
  }
  return delete_elsewhere(newest);
}

base::Result<void> TraceSweeper::delete_elsewhere(SweptDay& newest) {
  while (!round_->work.empty()) {
    const auto& [day, work] = *round_->work.begin();
    const auto swept = days_.find(day);
    if (swept != days_.end()) {
      const auto applied = swept->second->apply(work, {}, {});
      if (!applied) return applied;
      options_.reached(SweepPoint::deleted_elsewhere);
    }
    round_->work.erase(round_->work.begin());
  }
  if (!round_->is_divided) return {};
  const auto cleared = newest.clear_unfinished();
  if (cleared) options_.reached(SweepPoint::cleared);
  return cleared;
}

void TraceSweeper::count(const Ready& ready) {
  if (ready.kind == Kind::known) return;
  if (!ready.fate.kept) counts_.calls_dropped += ready.rows.size();
  has_dead_ = has_dead_ || !ready.fate.kept;
  if (ready.kind == Kind::late) {
    ++counts_.late;
  } else if (ready.fate.kept) {
    ++counts_.kept[static_cast<std::size_t>(ready.fate.reason)];
  } else {
    ++counts_.dropped;
  }
}

base::Result<bool> TraceSweeper::free_content() {
  if (!has_dead_) return false;
  for (auto& [day, swept] : days_) {
    std::uint64_t bytes = 0;
    const auto more = swept->free_content(kFreePlaces, bytes);
    counts_.bytes_freed += bytes;
    if (!more) return more;
    if (bytes > 0) options_.reached(SweepPoint::freed);
    if (*more) return true;
  }
  has_dead_ = false;
  return false;
}

// Days that nothing is added to any more, when all of them is decided and freed.
base::Result<void> TraceSweeper::retire_days(Day writing) {
  for (auto day = days_.begin(); day != days_.end();) {
    if (day->first >= writing || day->second->has_undecided()) {
      ++day;
      continue;
    }
    std::uint64_t bytes = 0;
    const auto more = day->second->free_content(kFreePlaces, bytes);
    counts_.bytes_freed += bytes;
    if (!more) return more.error();
    if (*more) return {};
    if (policies_.current().samples()) {
      const auto finished = day->second->finish();
      if (!finished) return finished;
    }
    day = days_.erase(day);
  }
  return {};
}

base::Result<void> TraceSweeper::stop_if_idle() {
  if (policies_.current().samples() || pending_.rows() > 0 || round_ || has_dead_) return {};
  for (auto& [day, swept] : days_) {
    const auto forgotten = swept->forget();
    if (!forgotten) return forgotten;
  }
  days_.clear();
  flagged_.clear();
  was_sampled_ = false;
  return {};
}

std::int64_t TraceSweeper::settled_to(Day day) const {
  const auto swept = days_.find(day);
  if (swept != days_.end()) return swept->second->settled_to();
  const bool unknown =
      policies_.current().samples() && (!begun_ || days_.empty() || day > days_.rbegin()->first);
  return unknown ? 0 : INT64_MAX;
}

void TraceSweeper::let_go(Day day) { days_.erase(day); }

base::Result<void> finish_removals(const std::string& folder) {
  for (const Day day : partition_days(folder)) {
    const auto before = look_at_day(folder, day);
    if (!before) return before.error();
    if (!before->has_leavings) continue;
    auto swept = SweptDay::open(folder, day, SweptDay::Begin::at_end);
    if (!swept) return swept.error();
    const auto rows = (*swept)->unfinished();
    if (!rows) return rows.error();
    std::map<Day, DayWork> work;
    for (const auto& [of, row] : *rows) work[of].dropped.push_back(row);
    for (const auto& [of, rest] : work) {
      if (!exists(folder, of)) continue;
      auto other = SweptDay::open(folder, of, SweptDay::Begin::at_end);
      if (!other) return other.error();
      const auto applied = (*other)->apply(rest, {}, {});
      if (!applied) return applied;
    }
    const auto cleared = (*swept)->clear_unfinished();
    if (!cleared) return cleared;
  }
  return {};
}

}  // namespace headgate::storage

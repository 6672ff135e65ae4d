#include "storage/tiers/caretaker.h"

#include <algorithm>
#include <utility>

#include "storage/tiers/aggregates.h"
#include "storage/tiers/day_files.h"

namespace headgate::storage {
namespace {

constexpr base::milliseconds kTick{500};
constexpr base::seconds kTiersEvery{60};

}  // namespace

Caretaker::Caretaker(Options options, const base::Clock& clock)
    : options_(std::move(options)),
      clock_(clock),
      tiers_next_(clock.now()),
      sweeper_(
          {options_.folder, options_.sampling, [this] { priority_.beside(); }, options_.exports},
          clock),
      indexer_(options_.folder, clock),
      thread_([this] { run(); }) {}

Caretaker::~Caretaker() { stop(); }

void Caretaker::stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    condition_.notify_one();
  }
  priority_.beside();
  thread_.join();
}

// Its thread leaves the sweeper alone until then.
void Caretaker::begin(Day day) {
  const auto begun = sweeper_.begin(day);
  if (!begun) failed("sampling waits: ", begun.error());
  begun_ = true;
}

void Caretaker::writing(Day day) {
  const std::lock_guard lock(folder_mutex_);
  writing_ = day;
}

void Caretaker::retire(std::unique_ptr<Partition> partition) {
  const std::lock_guard lock(mutex_);
  retired_.push_back(std::move(partition));
  condition_.notify_one();
}

void Caretaker::run() {
  priority_.begin();
  bool more = false;
  while (wait(more ? base::milliseconds(0) : kTick)) {
    close_retired();
    more = false;
    if (!begun_) continue;
    if (clock_.now() >= tiers_next_) keep_tiers();
    if (!step_behind()) break;
    const bool sweeps_on = sweep_some();
    if (!step_behind()) break;
    more = (options_.text_index && index_some()) || sweeps_on;
  }
  indexer_.close();
  close_retired();
}

// Under the lock: stop() must not find this thread on its way behind, where it might not get to run
// for long. False: stopping.
bool Caretaker::step_behind() {
  const std::lock_guard lock(mutex_);
  if (!stopping_) priority_.behind();
  return !stopping_;
}

bool Caretaker::wait(base::milliseconds at_most) {
  std::unique_lock lock(mutex_);
  condition_.wait_for(lock, at_most, [&] { return stopping_ || !retired_.empty(); });
  return !stopping_;
}

Day Caretaker::writing_now() {
  const std::lock_guard lock(folder_mutex_);
  return writing_;
}

// True: there may be more to do at once.
bool Caretaker::sweep_some() {
  const auto swept = sweeper_.step(writing_now());
  if (!swept && !sweep_failing_) failed("sampling waits: ", swept.error());
  sweep_failing_ = !swept;
  return swept && *swept;
}

bool Caretaker::index_some() {
  const auto indexed =
      indexer_.step(writing_now(), [this](Day day) { return sweeper_.settled_to(day); });
  if (!indexed && !index_failing_) failed("the text index waits: ", indexed.error());
  index_failing_ = !indexed;
  return indexed && *indexed;
}

// Their last checkpoint waits for the disk.
void Caretaker::close_retired() {
  std::vector<std::unique_ptr<Partition>> closing;
  const std::lock_guard lock(mutex_);
  closing.swap(retired_);
}

void Caretaker::keep_tiers() {
  priority_.beside();
  const auto days = day_sizes(options_.folder);
  const std::int64_t others = other_bytes(options_.folder, days);
  const std::int64_t now_us = clock_.unix_us();
  const Day writing = writing_now();
  std::int64_t bytes = others;
  for (const DaySize& day : days) bytes += day.span_bytes + day.content_bytes;
  counts_.bytes = static_cast<std::uint64_t>(std::max<std::int64_t>(bytes, 0));
  for (const TierStep& step : plan_tiers(options_.policy, days, others, writing, now_us)) {
    apply(step);
  }
  const auto freed = free_dropped(options_.folder);
  if (!freed) failed("files of dropped days could not be deleted: ", freed.error());
  if (options_.policy.aggregates_days > 0) {
    const Day oldest = day_of(now_us) - options_.policy.aggregates_days;
    const auto deleted = delete_aggregates_before(options_.folder, oldest);
    if (!deleted) failed("old totals could not be deleted: ", deleted.error());
  }
  tiers_next_ = clock_.now() + kTiersEvery;
}

void Caretaker::apply(const TierStep& step) {
  indexer_.close();
  const std::lock_guard lock(folder_mutex_);
  if (step.what == TierStep::What::trim_content) return trim(step);
  if (step.day == writing_) return;
  sweeper_.let_go(step.day);
  const bool whole = step.what == TierStep::What::drop_day;
  const auto dropped =
      whole ? drop_day(options_.folder, step.day) : drop_content(options_.folder, step.day);
  if (!dropped) return failed("old traces could not be dropped: ", dropped.error());
  ++(whole ? counts_.days_dropped : counts_.contents_dropped);
  if (!step.for_room) return;
  ++counts_.dropped_for_room;
  options_.report((whole ? "traces of " : "content of traces of ") + day_name(step.day) +
                  " dropped: the folder is larger than storage.bytes_max");
}

void Caretaker::trim(const TierStep& step) {
  const auto files = trim_content(options_.folder, step.day, step.bytes);
  if (!files) return failed("content of today could not be dropped: ", files.error());
  if (*files == 0) return;
  ++counts_.dropped_for_room;
  options_.report("the oldest content of today was dropped (" + std::to_string(*files) +
                  " files): the folder is larger than storage.bytes_max");
}

void Caretaker::failed(std::string_view what, const base::Error& error) {
  ++counts_.failures;
  options_.report(std::string(what) + error.detail);
}

}  // namespace headgate::storage

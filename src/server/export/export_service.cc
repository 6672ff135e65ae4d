#include "server/export/export_service.h"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "server/export/kept_record.h"
#include "server/export/otlp_sender.h"
#include "storage/sampling/decision.h"
#include "telemetry/span_codec.h"

namespace headgate::server {

using storage::Journal;
using telemetry::ExportLoss;
using telemetry::QueueSource;

namespace {

constexpr base::Duration kDrainInterval = base::milliseconds(50);
constexpr base::Duration kFinishMax = base::seconds(3);
constexpr std::size_t kDrainBytes = std::size_t{4} << 20;  // of a journal, before it is flushed
constexpr std::size_t kRoomShare = 8;

constexpr std::string_view kKeptTap = "/tap-kept.ring";

std::string journal_path(const std::string& folder, std::size_t loop) {
  return folder + "/tap-" + std::to_string(loop) + ".ring";
}

}  // namespace

struct ExportService::Running {
  Running(base::Loop& loop, telemetry::DiskQueue queue,
          std::shared_ptr<telemetry::ExportStats> stats, telemetry::Exporter::Report report)
      : exporter(loop, std::move(queue), std::move(stats), std::move(report)) {}

  void follow(base::Loop& loop, const ExportPlan& plan) {
    auto sender = std::make_shared<OtlpSender>(loop, plan.target);
    exporter.change(plan.rules, [sender](std::string_view body) { return sender->send(body); });
  }

  std::string name;
  telemetry::Exporter exporter;
  bool has_begun = false;
  bool has_ended = false;
};

ExportService::ExportService(ExportOptions options, const base::Clock& clock, base::Log& log,
                             telemetry::Metrics& metrics)
    : options_(std::move(options)),
      log_(log),
      metrics_(metrics),
      sampling_(storage::or_none(options_.sampling)),
      taps_(options_.loops + 1),
      loop_(clock),
      tasks_(loop_,
             [&log](std::string_view what) {
               log.error("otlp_export_exception", {{"error", what}});
             }),
      policies_(sampling_.load()) {
  options_.folder += "/otlp";
}

ExportService::~ExportService() { stop(); }

base::Result<void> ExportService::start(ExportPlans plans) {
  if (plans.empty()) return {};
  if (auto ok = open_journals(); !ok) return ok.error();
  for (const auto& [name, plan] : plans) {
    if (auto ok = add(name, plan); !ok) return ok.error();
  }
  drain();  // what an earlier process left
  if (auto ok = make_journals(); !ok) return ok.error();
  open_taps(true);
  metrics_.on_scrape("headgate_otlp_dropped_spans", "Spans that no collector will get, by reason.",
                     {{"exporter", "all"}, {"reason", "journal_full"}}, [this] {
                       double sum = 0;
                       for (const auto& each : journals_) {
                         sum += static_cast<double>(each->dropped());
                       }
                       return sum;
                     });
  thread_ = std::thread([this] { run(); });
  return {};
}

// Those of an earlier process, to be read; make_journals() sees what becomes of them.
base::Result<void> ExportService::open_journals() {
  std::error_code error;
  std::filesystem::create_directories(options_.folder, error);
  if (error) {
    return base::fail(base::Errc::io_failed,
                      options_.folder + ": cannot create: " + error.message());
  }
  for (const auto& entry : std::filesystem::directory_iterator(options_.folder, error)) {
    if (entry.path().extension() != ".ring") continue;
    auto journal = Journal::open(entry.path().string());
    if (journal) {
      left_.push_back(std::make_unique<Journal>(std::move(*journal)));
    } else {
      log_.warn("otlp_journal_damaged", {{"error", journal.error().detail}});
      std::filesystem::remove(entry.path(), error);
    }
  }
  return {};
}

// Journals of the right size are used on; the others are empty by now, and go.
base::Result<void> ExportService::make_journals() {
  for (std::size_t loop = 0; loop < taps_.size(); ++loop) {
    const std::string path = loop < options_.loops ? journal_path(options_.folder, loop)
                                                   : options_.folder + std::string(kKeptTap);
    const auto same = std::find_if(left_.begin(), left_.end(), [&](const auto& each) {
      return each->path() == path && each->capacity() == options_.journal_bytes;
    });
    if (same != left_.end()) {
      journals_.push_back(std::move(*same));
      left_.erase(same);
      continue;
    }
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
    auto journal = Journal::create(path, options_.journal_bytes);
    if (!journal) return journal.error();
    journals_.push_back(std::make_unique<Journal>(std::move(*journal)));
  }
  for (const auto& journal : left_) {
    const bool is_replaced = std::any_of(journals_.begin(), journals_.end(), [&](const auto& each) {
      return each->path() == journal->path();
    });
    std::error_code ignored;
    if (!is_replaced) std::filesystem::remove(journal->path(), ignored);
  }
  left_.clear();
  return {};
}

base::Result<void> ExportService::add(const std::string& name, const ExportPlan& plan) {
  auto queue = telemetry::DiskQueue::open(options_.folder + "/" + name);
  if (!queue) return queue.error();
  add_metrics(name);
  const auto report = [this, name](std::string_view event, std::string_view message) {
    log_.warn(event, {{"exporter", name}, {"message", message}});
  };
  auto running =
      std::make_shared<Running>(loop_, std::move(*queue), stats_.find(name)->second, report);
  running->name = name;
  running->follow(loop_, plan);
  running_.emplace(name, std::move(running));
  return {};
}

void ExportService::add_metrics(const std::string& name) {
  auto& stats = stats_[name];
  if (stats) return;
  stats = std::make_shared<telemetry::ExportStats>();
  const auto gauge = [&](const char* metric, const char* help, auto read) {
    metrics_.on_scrape(metric, help, {{"exporter", name}},
                       [stats, read] { return static_cast<double>(read(*stats)); });
  };
  using Stats = telemetry::ExportStats;
  gauge("headgate_otlp_exported_spans", "Spans that the collector has taken.",
        [](const Stats& s) { return s.exported.load(); });
  gauge("headgate_otlp_queue_bytes", "What waits on disk for the collector.",
        [](const Stats& s) { return s.queue_bytes.load(); });
  gauge("headgate_otlp_queue_spans", "Spans that wait on disk for the collector.",
        [](const Stats& s) { return s.queue_spans.load(); });
  gauge("headgate_otlp_export_requests", "Requests to the collector.",
        [](const Stats& s) { return s.requests.load(); });
  gauge("headgate_otlp_export_failures",
        "Of those, the ones that had to come again; and queues that could not be read.",
        [](const Stats& s) { return s.failures.load(); });
  gauge("headgate_otlp_export_failing", "1 while the collector does not take what it is sent.",
        [](const Stats& s) { return s.failing.load() ? 1 : 0; });
  for (std::size_t i = 0; i < telemetry::kExportLossCount; ++i) {
    const auto loss = static_cast<ExportLoss>(i);
    metrics_.on_scrape("headgate_otlp_dropped_spans",
                       "Spans that no collector will get, by reason.",
                       {{"exporter", name}, {"reason", std::string(telemetry::name(loss))}},
                       [stats, i] { return static_cast<double>(stats->lost[i].load()); });
  }
}

void ExportService::apply(ExportPlans plans) {
  if (!thread_.joinable()) {
    if (auto ok = start(std::move(plans)); !ok) {
      log_.error("otlp_export_not_started", {{"error", ok.error().detail}});
    }
    return;
  }
  const std::lock_guard lock(mutex_);
  wanted_ = std::move(plans);
  is_changed_ = true;
}

void ExportService::run() {
  priority_.begin();
  for (auto& [name, running] : running_) tasks_.spawn(keep_sending(running));
  tasks_.spawn(keep_draining());
  loop_.run();
}

base::Async<void> ExportService::keep_sending(std::shared_ptr<Running> running) {
  running->has_begun = true;
  co_await running->exporter.run();
  running->has_ended = true;
}

base::Async<void> ExportService::keep_draining() {
  while (!stopping_) {
    reconcile();
    drain();
    if (has_room()) priority_.behind();
    const base::MonoTime next = loop_.now() + kDrainInterval;
    co_await base::sleep_until(loop_, next);
  }
}

bool ExportService::has_room() const {
  return std::all_of(journals_.begin(), journals_.end(), [](const auto& journal) {
    return journal->pending() < journal->capacity() / kRoomShare;
  });
}

void ExportService::reconcile() {
  std::erase_if(ending_, [](const auto& each) { return each->has_ended; });
  const std::lock_guard lock(mutex_);
  if (!is_changed_) return;
  is_changed_ = false;
  for (auto at = running_.begin(); at != running_.end();) {
    if (wanted_.contains(at->first)) {
      ++at;
      continue;
    }
    telemetry::Exporter& exporter = at->second->exporter;
    log_.info("otlp_exporter_removed",
              {{"exporter", at->first}, {"spans_left_on_disk", exporter.queue().spans()}});
    exporter.stop(loop_.now());
    ending_.push_back(std::move(at->second));
    at = running_.erase(at);
  }
  for (const auto& [name, plan] : wanted_) {
    const auto found = running_.find(name);
    const bool still_ends = std::any_of(ending_.begin(), ending_.end(), [&name = name](auto& each) {
      return each->name == name && !each->has_ended;
    });
    if (found != running_.end()) {
      found->second->follow(loop_, plan);
    } else if (still_ends) {
      is_changed_ = true;  // its queue is in use until then
    } else if (auto ok = add(name, plan); ok) {
      tasks_.spawn(keep_sending(running_.find(name)->second));
    } else {
      log_.error("otlp_export_not_started", {{"exporter", name}, {"error", ok.error().detail}});
    }
  }
  open_taps(!running_.empty());
}

void ExportService::open_taps(bool open) {
  for (std::size_t i = 0; i < taps_.size(); ++i) {
    taps_[i].open(open ? journals_[i].get() : nullptr, &priority_);
  }
}

void ExportService::drain() {
  policies_.follow(sampling_.load(), loop_.now());
  for (const auto& journal : left_) drain(*journal);
  for (const auto& journal : journals_) drain(*journal);
}

// Everything that a journal has, to every queue that has not taken it yet.
void ExportService::drain(Journal& journal) {
  struct To {
    telemetry::Exporter* exporter;
    std::uint64_t from;
  };
  std::vector<To> all;
  std::uint64_t position = UINT64_MAX;
  for (auto& [name, running] : running_) {
    const std::uint64_t from = journal.resume(running->exporter.queue().next_of(journal.id()));
    all.push_back({&running->exporter, from});
    position = std::min(position, from);
  }
  if (all.empty()) position = journal.resume(0);
  const auto flush = [&] {
    for (const To& to : all) {
      to.exporter->queue().flush();
      to.exporter->note_queue();
    }
    journal.release(position);
  };
  std::size_t bytes = 0;
  for (;;) {
    const Journal::Record record = journal.read(position);
    if (record.next == position) break;
    const std::uint64_t begin = record.next - record.framed.size();
    position = record.next;
    if (record.payload.empty()) break;
    bytes += record.payload.size();
    const bool deferred = is_deferred(journal, record.payload);
    const auto spans = static_cast<std::uint32_t>(telemetry::encoded_spans(record.payload));
    const QueueSource source{journal.id(), record.next};
    for (const To& to : all) {
      telemetry::DiskQueue& queue = to.exporter->queue();
      if (begin < to.from) continue;
      if (deferred) {
        queue.pass(source);
      } else {
        queue.append(record.payload, spans, source, to.exporter->rules().queue_bytes);
      }
    }
    if (bytes < kDrainBytes) continue;
    flush();
    bytes = 0;
  }
  if (bytes > 0) flush();
}

// While the caretaker may not look at what is stored by the new policy yet, nobody else would send
// what it alone defers.
bool ExportService::is_deferred(const Journal& journal, std::span<const std::byte> payload) {
  if (!policies_.current().samples() || journal.path().ends_with(kKeptTap)) return false;
  const auto record = decoder_.decode(payload);
  if (!record) return false;
  const bool is_call = record->spans.front().kind == telemetry::SpanKind::request;
  return policies_.all_defer(record->route, is_call, loop_.now());
}

// What the route keeps anyway says nothing of sampling.
bool ExportService::take_kept(const telemetry::ExchangeRecord& record) {
  ExportTap& tap = taps_.back();
  if (record.sampled.reason == storage::name(storage::KeptFor::route))
    return tap.try_record(record);
  return tap.try_record(KeptRecord(record).record());
}

void ExportService::set_sampling(std::shared_ptr<const storage::SamplingPolicy> policy) {
  sampling_.store(storage::or_none(std::move(policy)));
}

void ExportService::stop() {
  if (!thread_.joinable()) return;
  base::asio::post(loop_.io(), [this] { tasks_.spawn(finish()); });
  priority_.beside();
  thread_.join();
  open_taps(false);
}

base::Async<void> ExportService::finish() {
  stopping_ = true;
  const base::MonoTime until = loop_.now() + kFinishMax;
  drain();
  for (auto& [name, running] : running_) running->exporter.stop(until);
  const auto is_done = [this] {
    return std::all_of(running_.begin(), running_.end(),
                       [](const auto& each) { return each.second->has_ended; });
  };
  while (!is_done() && loop_.now() < until) {
    const base::MonoTime next = loop_.now() + kDrainInterval;
    co_await base::sleep_until(loop_, next);
  }
  loop_.stop();
}

}  // namespace headgate::server

#include "storage/job_thread.h"

#include <utility>

namespace headgate::storage {

JobThread::JobThread(std::function<void()> between)
    : between_(std::move(between)), thread_([this] { run(); }) {}

JobThread::~JobThread() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

bool JobThread::push(std::function<void()> run, std::size_t bytes) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_ >= kJobsMax || bytes_ + bytes > kJobBytesMax) return false;
    ++waiting_;
    bytes_ += bytes;
    jobs_.push_back({std::move(run), bytes});
  }
  wake_.notify_one();
  return true;
}

void JobThread::run() {
  std::deque<Job> batch;
  while (wait(batch)) {
    for (; !batch.empty(); batch.pop_front()) {
      batch.front().run();
      done(batch.front());
    }
    between_();
  }
}

// False: stop. An empty batch: it was quiet for a while.
bool JobThread::wait(std::deque<Job>& batch) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, kBetweenEvery, [this] { return stopping_ || !jobs_.empty(); });
  batch.swap(jobs_);
  return !batch.empty() || !stopping_;
}

void JobThread::done(const Job& job) {
  const std::lock_guard lock(mutex_);
  --waiting_;
  bytes_ -= job.bytes;
}

}  // namespace headgate::storage

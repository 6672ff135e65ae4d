// A thread of a store, so that no loop waits for a disk. Jobs run in the order they came, all that
// wait in one go; between such batches, and at least once a minute, the thread does what its owner
// has for it (deleting what is old, one sync for many writes). Safe from any thread; stops when it
// is destroyed, after what was handed to it. Whoever owns it declares it last: it uses the others.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "base/clock.h"

namespace headgate::storage {

class JobThread {
 public:
  static constexpr base::seconds kBetweenEvery{60};

  explicit JobThread(std::function<void()> between);
  ~JobThread();
  JobThread(const JobThread&) = delete;
  JobThread& operator=(const JobThread&) = delete;

  /// `bytes`: that the job holds. False: too much waits already, the job is dropped.
  bool push(std::function<void()> run, std::size_t bytes = 0);

 private:
  struct Job {
    std::function<void()> run;
    std::size_t bytes;
  };
  static constexpr std::size_t kJobsMax = 100'000;
  static constexpr std::size_t kJobBytesMax = 256 * 1024 * 1024;

  void run();
  bool wait(std::deque<Job>& batch);
  void done(const Job& job);

  std::function<void()> between_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;
  std::size_t waiting_ = 0;  // jobs, those of the batch that runs included
  std::size_t bytes_ = 0;    // of them
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace headgate::storage

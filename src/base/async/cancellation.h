// Tells a request in flight that nobody waits for its answer any more. Callbacks run at once, on
// the loop that owns the request; not thread-safe. A callback registered after cancel() runs at
// once.
#pragma once

namespace headgate::base {

class Cancellation {
 public:
  /// Runs `fire(owner)` on cancel for as long as it lives. Nests: last registered, first told.
  class Callback {
   public:
    Callback(Cancellation& source, void (*fire)(void*), void* owner)
        : source_(source), fire_(fire), owner_(owner), below_(source.top_) {
      source_.top_ = this;
      if (!source_.cancelled_) return;
      fired_ = true;
      fire_(owner_);
    }
    ~Callback() {
      Callback** link = &source_.top_;
      while (*link != this) link = &(*link)->below_;
      *link = below_;
    }
    Callback(const Callback&) = delete;
    Callback& operator=(const Callback&) = delete;

   private:
    friend class Cancellation;
    Cancellation& source_;
    void (*fire_)(void*);
    void* owner_;
    Callback* below_;
    bool fired_ = false;
  };

  bool cancelled() const { return cancelled_; }
  void cancel() {
    if (cancelled_) return;
    cancelled_ = true;
    // From the top again after each: a callback may end its own and its neighbours' lives.
    for (Callback* c = top_; c != nullptr;) {
      if (c->fired_) {
        c = c->below_;
        continue;
      }
      c->fired_ = true;
      c->fire_(c->owner_);
      c = top_;
    }
  }

 private:
  Callback* top_ = nullptr;
  bool cancelled_ = false;
};

}  // namespace headgate::base

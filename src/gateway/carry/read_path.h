// What the paths have in common that read a stream as events: from the provider's dialect, on to a
// writer and an assembler, the end held back until the answer is stored. How an event is passed on
// is for each to say (place). One object a stream.
#pragma once

#include <memory>
#include <string>

#include "gateway/carry/stream_path.h"
#include "llm/chat/assembler.h"

namespace headgate::gateway {

class ReadPath : public StreamPath {
 public:
  base::Result<void> take(const http::SseBlock& block, std::string& out) override;
  base::Result<void> close(std::string& out) override;
  void release_end(std::string& out) override;
  bool ended() const override { return assembler_.ended(); }
  bool has_content() const override { return assembler_.has_content(); }
  std::optional<llm::chat::ProviderError> error() const override { return assembler_.error(); }
  void fail(const base::Error& error, std::string& out) override;
  void keep_alive(std::string& out) override { writer_->keep_alive(out); }
  void note(Attempt& attempt) const override;
  const llm::chat::Answer* answer() const override;
  std::optional<UnfinishedAnswer> release() override;

 protected:
  /// `attempt` may end before this does.
  ReadPath(const Attempt& attempt, std::unique_ptr<llm::chat::StreamWriter> writer);

  /// Passes on one of the events of what was taken.
  virtual void place(llm::chat::Event& event, std::string& out) = 0;
  void place_all(std::string& out);
  bool is_held(const llm::chat::Event& event) const;

  const Call& call_;
  const llm::chat::Dialect dialect_;  // of the provider
  std::unique_ptr<llm::chat::StreamWriter> writer_;
  llm::chat::Assembler assembler_;
  llm::chat::Events events_;
  bool part_open_ = false;

 private:
  bool holds_end_;
  std::unique_ptr<llm::chat::StreamReader> reader_;
};

}  // namespace headgate::gateway

// What all drivers of golden files share: reading tests/golden/<folder>/*.test (the format is in
// README.md), and driving a reader with a stream's bytes as a relay does, cut in two wherever
// asked. Plain values, for one test at a time.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "http/sse.h"
#include "llm/chat/codec.h"
#include "llm/chat/event.h"
#include "llm/chat/grammar.h"

namespace headgate::golden {

struct Golden {
  std::string name;
  std::map<std::string, std::string> options;
  std::string bytes;  // with the line ends that the file asks for
  std::string facts;

  bool has(const std::string& key) const { return options.count(key) > 0; }
  std::string option(const std::string& key, const std::string& otherwise) const;
  /// The dialect that option names; `otherwise` where it names none.
  llm::chat::Dialect dialect(const std::string& key, llm::chat::Dialect otherwise) const;
};

/// All files of a folder, by name.
std::vector<Golden> all(const std::string& folder);

/// Feeds a reader through the SSE parser and the grammar of events.
class Drive {
 public:
  using OnEvent = std::function<void(const llm::chat::Event&)>;

  /// `reader` outlives the drive; `on_event` is called for each event, after `facts` has it.
  Drive(llm::chat::StreamReader& reader, OnEvent on_event)
      : reader_(reader), on_event_(std::move(on_event)) {}

  /// All of `bytes`, cut in two at `cut`, to the end of the stream.
  base::Result<void> run(std::string_view bytes, std::size_t cut);
  /// One event's data, for streams that are not SSE.
  base::Result<void> read(std::string_view name, std::string_view data);
  base::Result<void> finish();
  const llm::chat::Events& events() const { return events_; }
  /// What went against the grammar, a line each.
  const std::string& wrong() const { return wrong_; }

 private:
  void feed(std::string_view bytes);
  void drain();
  void take(const llm::chat::Events& events);

  llm::chat::StreamReader& reader_;
  OnEvent on_event_;
  http::SseParser parser_;
  llm::chat::Grammar grammar_;
  base::Result<void> ok_;
  std::string wrong_;
  llm::chat::Events events_;
};

/// What the events add up to.
llm::chat::Answer assembled(const llm::chat::Events& events);

}  // namespace headgate::golden

// What a client makes of the body of a reply: the text, how it ended and what else was said, as the
// SDKs of OpenAI read it. Shares no code with the gateway. One a reply.
#pragma once

#include <string>
#include <string_view>

#include "history.h"

namespace headgate::sim {

class AnswerReader {
 public:
  explicit AnswerReader(Seen& seen) : seen_(seen) {}

  /// The head says which of the two forms the body has.
  void begin(int status, std::string_view content_type);
  void feed(std::string_view body);
  /// The body has come whole.
  void end();

 private:
  void read_line(std::string_view line);
  void read_event();
  void read_whole();

  Seen& seen_;
  std::string in_;
  std::string data_;  // of the event being read
};

}  // namespace headgate::sim

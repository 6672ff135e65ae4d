#include "agents/journal/message.h"

namespace headgate::agents {

void write_message(base::json::Writer& to, std::string_view role, std::string_view content) {
  to.begin_object();
  to.member("role", role);
  to.member("content", content);
  to.end_object();
}

std::string message_of(std::string_view role, std::string_view content) {
  std::string out;
  base::json::Writer writer(out);
  write_message(writer, role, content);
  return out;
}

}  // namespace headgate::agents

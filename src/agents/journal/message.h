// A message of a conversation in OpenAI's form, {"role":…,"content":…}: what runs keep, what models
// are asked with, what a session is remembered by. One spelling for all of them. Pure, and JSON
// that is valid as long as the text is UTF-8.
#pragma once

#include <string>
#include <string_view>

#include "base/json/writer.h"

namespace headgate::agents {

/// As an element of the array that is being written.
void write_message(base::json::Writer& to, std::string_view role, std::string_view content);
std::string message_of(std::string_view role, std::string_view content);

}  // namespace headgate::agents

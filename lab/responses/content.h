// The content of messages and tool results in the Responses API: text, images, files. Checks each
// part as the provider does; addresses are not fetched. Pure functions over parsed JSON.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>

#include "lab/openai/wording.h"

namespace headgate::lab::responses {

/// Who speaks decides which parts may stand in the content.
enum class Speaker : std::uint8_t { user, assistant, tool };

struct Content {
  std::string text;  // text parts joined by newlines
  std::int64_t media = 0;
  boost::json::array parts;        // as the API lists them, also where a plain text was sent
  bool breakpoint = false;         // of the prompt cache, at the end of one of the parts
  std::optional<bool> long_lived;  // none: as the request says
};

/// `content` is a text or a list of parts; `path` says where it stands.
openai::Problem read_content(const boost::json::value& content, const std::string& path,
                             Speaker speaker, Content& out);

}  // namespace headgate::lab::responses

// `tools`, `tool_choice` and `text` of a Responses request: what the model may call and in which
// form it must answer, with the provider's checks, its strict schemas among them. Each keeps how
// the response repeats it. Pure functions over parsed JSON.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <string>
#include <vector>

#include "lab/neutral/prompt.h"
#include "lab/openai/wording.h"

namespace headgate::lab::responses {

struct Tools {
  std::vector<OfferedTool> offered;  // functions and custom tools: what a client runs
  std::vector<std::string> custom;   // of these, by name
  std::vector<std::string> types;    // of all that were sent, in order
  boost::json::array echo;
};

struct Choice {
  ToolChoice mode = ToolChoice::automatic;
  std::vector<std::string> allowed;  // by name; empty: all
};

struct TextFormat {
  ReplyFormat format = ReplyFormat::text;
  boost::json::value schema;
  std::string verbosity;  // empty: not given
  boost::json::object echo;
};

openai::Problem read_tools(const boost::json::value& tools, Tools& out);
openai::Problem read_tool_choice(const boost::json::value& choice, const Tools& tools, Choice& out);
openai::Problem read_text_format(const boost::json::value& text, TextFormat& out);

}  // namespace headgate::lab::responses

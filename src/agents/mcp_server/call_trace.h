// What one call of a tool leaves behind: a span in the trace of its caller, and the metrics of the
// tool. Written when the outcome is known, before the client is; a call that ends otherwise, by
// being cancelled, is recorded when this goes. Lives in the frame of the call.
#pragma once

#include <string>
#include <string_view>

#include "agents/mcp_server/rpc.h"

namespace headgate::agents::mcp {

class CallTrace {
 public:
  CallTrace(RpcRequest& request, const Tool& tool, std::string_view arguments);
  ~CallTrace();
  CallTrace(const CallTrace&) = delete;
  CallTrace& operator=(const CallTrace&) = delete;

  void ended(const ToolResult& result);
  void failed(const base::Error& error);
  /// The call has ended with questions to its client.
  void asked(const InputRequired& required);

 private:
  void record(std::string_view outcome, std::string_view output, const base::Error* error);

  RpcRequest& request_;
  const Tool& tool_;
  const std::string_view arguments_;
  const base::MonoTime begun_;
  const std::int64_t begun_unix_us_;
  bool recorded_ = false;
};

}  // namespace headgate::agents::mcp

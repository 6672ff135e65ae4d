// What a host asks of the caller in the middle of a request, and what the caller answers. In the
// modern era the question is the result and the client comes again with its answers and the sealed
// state; in the legacy one the questions go out on the stream and the request goes on. Either way
// the host is called again. One a request, in its frame.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agents/mcp_server/rpc.h"

namespace headgate::agents::mcp {

class InputRounds {
 public:
  /// `name`: of the tool or prompt, or the URI; with `arguments`, what a state is bound to.
  InputRounds(RpcRequest& request, std::string_view name, std::string_view arguments);
  InputRounds(const InputRounds&) = delete;
  InputRounds& operator=(const InputRounds&) = delete;

  /// Reads what the client has brought. An error is the reply.
  std::optional<RpcError> begin();
  CallerInputs inputs() const { return {responses_, state_}; }
  /// What the host asks. A reply: it is the request's. Nothing: inputs() has the answers.
  base::Async<std::optional<RpcReply>> ask(const InputRequired& required);

 private:
  std::optional<RpcError> check(const InputRequired& required) const;
  RpcReply give_back(const InputRequired& required) const;
  base::Task<void> ask_client(const InputRequired& required);
  StateBinding binding() const;

  RpcRequest& request_;
  std::string digest_;
  std::string responses_;
  std::string state_;
  std::int64_t round_ = 0;
};

}  // namespace headgate::agents::mcp

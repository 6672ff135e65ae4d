#include "provider.h"

#include "lab/script/script_reader.h"

namespace {

headgate::lab::Script script_of(std::string_view yaml) {
  return headgate::lab::read_script(yaml, "provider.yaml").value();
}

}  // namespace

Provider::Provider(std::string_view script)
    : engine_(script_of(script), {}),
      server_(
          {&loop_}, {}, [this](headgate::http::Exchange& it) { return service_.serve(it); },
          [](const headgate::base::Error& error) { return error.detail; }, log_) {
  address_ = server_.listen({}).value();
  thread_ = std::thread([this] { loop_.run(); });
}

Provider::~Provider() {
  loop_.stop();
  thread_.join();
}

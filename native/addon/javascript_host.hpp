#pragma once

#include <memory>

#include "addon/javascript_call.hpp"
#include "env/environment_host.hpp"
#include "env/hosted_environment.hpp"

namespace gflownet {

// An environment that JavaScript runs: src/env/defined/environment-session.ts answers (kind, state, action).
class JavaScriptHost final : public EnvironmentHost {
 public:
  using Call = JavaScriptCall<HostResponse>;

  JavaScriptHost(HostedSizes sizes, std::shared_ptr<Call> call) : sizes_(std::move(sizes)), call_(std::move(call)) {}

  HostResponse ask(const HostRequest& request) override;

 private:
  HostedSizes sizes_;
  std::shared_ptr<Call> call_;
  int32_t states_ = 0;  // named so far
};

}  // namespace gflownet

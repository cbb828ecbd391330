#pragma once

#include <memory>
#include <optional>
#include <string>

#include "env/conditioned.hpp"
#include "env/environment_host.hpp"
#include "env/hosted_environment.hpp"
#include "env/parameters.hpp"
#include "sampler/sampler.hpp"

namespace gflownet {

// The sampler of a registered environment; ERR_ARGUMENT for an unknown name.
std::unique_ptr<Sampler> makeSampler(const std::string& environment, const Parameters& parameters,
                                     const std::optional<TemperatureCondition>& temperature);

// The sampler of an environment that a host runs.
std::unique_ptr<Sampler> makeSampler(const HostedSizes& sizes, std::shared_ptr<EnvironmentHost> host,
                                     const std::optional<TemperatureCondition>& temperature);

}  // namespace gflownet

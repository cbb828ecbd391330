#pragma once

#include <memory>
#include <string>

#include "env/parameters.hpp"
#include "sampler/sampler.hpp"

namespace gflownet {

// The sampler of a registered environment; ERR_ARGUMENT for an unknown name.
std::unique_ptr<Sampler> makeSampler(const std::string& environment, const Parameters& parameters);

}  // namespace gflownet

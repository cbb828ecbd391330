#include "sampler/make_sampler.hpp"

#include <type_traits>
#include <utility>

#include "env/registry.hpp"
#include "sampler/environment_sampler.hpp"

namespace gflownet {

std::unique_ptr<Sampler> makeSampler(const std::string& environment, const Parameters& parameters,
                                     const std::optional<TemperatureCondition>& temperature) {
  return visitEnvironment(environment, parameters, temperature, [](auto&& env) -> std::unique_ptr<Sampler> {
    using E = std::remove_cvref_t<decltype(env)>;
    return std::make_unique<EnvironmentSampler<E>>(std::forward<decltype(env)>(env));
  });
}

std::unique_ptr<Sampler> makeSampler(const HostedSizes& sizes, std::shared_ptr<EnvironmentHost> host,
                                     const std::optional<TemperatureCondition>& temperature) {
  using E = Conditioned<HostedEnvironment>;
  return std::make_unique<EnvironmentSampler<E>>(E(HostedEnvironment(sizes, std::move(host)), temperature));
}

}  // namespace gflownet

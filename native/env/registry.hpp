#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "env/bit_sequence.hpp"
#include "env/bit_sequence_autoregressive.hpp"
#include "env/bit_sequence_prepend_append.hpp"
#include "env/conditional_hypergrid.hpp"
#include "env/conditioned.hpp"
#include "env/dag.hpp"
#include "env/environment.hpp"
#include "env/factors.hpp"
#include "env/hypergrid.hpp"
#include "env/hypergrid_2021.hpp"
#include "env/ising.hpp"
#include "env/molecule.hpp"
#include "env/parameters.hpp"
#include "env/permutation.hpp"
#include "env/sequence.hpp"
#include "env/set.hpp"

namespace gflownet {

template <Environment... Es>
struct EnvironmentList {};

// Every environment; src/env/registry.ts has the same names.
using Environments =
    EnvironmentList<Hypergrid, Hypergrid2021, ConditionalHypergrid, BitSequence, BitSequenceAutoregressive,
                    BitSequencePrependAppend, Ising, SetAddition, Sequence, Factors, Permutation, Dag, Molecule>;

namespace detail {

template <class Visitor, Environment First, Environment... Rest>
auto visitEnvironment(EnvironmentList<First, Rest...> /*list*/, std::string_view name, const Parameters& parameters,
                      const std::optional<TemperatureCondition>& temperature, Visitor&& visitor) {
  if (name == First::name) {
    return std::forward<Visitor>(visitor)(Conditioned<First>(First(parameters), temperature));
  }
  if constexpr (sizeof...(Rest) > 0) {
    return visitEnvironment(EnvironmentList<Rest...>{}, name, parameters, temperature, std::forward<Visitor>(visitor));
  } else {
    throw Error("ERR_ARGUMENT", "environment: expected a registered name, got " + std::string(name));
  }
}

}  // namespace detail

// Calls the visitor with the environment of that name and its condition, whose part `temperature` may be;
// ERR_ARGUMENT if there is none. The visitor returns the same type for every environment.
template <class Visitor>
auto visitEnvironment(std::string_view name, const Parameters& parameters,
                      const std::optional<TemperatureCondition>& temperature, Visitor&& visitor) {
  return detail::visitEnvironment(Environments{}, name, parameters, temperature, std::forward<Visitor>(visitor));
}

}  // namespace gflownet

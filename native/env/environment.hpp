#pragma once

#include <concepts>
#include <cstdint>

// Marks what runs on the host and, compiled by nvcc, on the device.
#ifdef __CUDACC__
#define HD __host__ __device__
#else
#define HD
#endif

namespace gflownet {

// A Markov decision process that builds objects step by step: the twin of src/env/environment.ts, whose laws hold here
// too, with the same integers. A state is stateSize() integers; apply and undo change it in place and are called on
// allowed actions only. A key is keyWords() words, an observation observationWidth() integers.
template <class E>
concept Environment = requires(const E e, const int32_t* s, int32_t* m, int action, uint64_t* key) {
  { e.stateSize() } noexcept -> std::same_as<int>;
  { e.actions() } noexcept -> std::same_as<int>;
  { e.backwardActions() } noexcept -> std::same_as<int>;
  { e.keyWords() } noexcept -> std::same_as<int>;
  { e.observationWidth() } noexcept -> std::same_as<int>;
  { e.maximumLength() } noexcept -> std::same_as<int>;
  { e.initial(m) } noexcept -> std::same_as<void>;
  { e.allowed(s, action) } noexcept -> std::same_as<bool>;
  // Returns the backward action that undoes the step.
  { e.apply(m, action) } noexcept -> std::same_as<int>;
  { e.backwardAllowed(s, action) } noexcept -> std::same_as<bool>;
  // Returns the forward action that redoes the step in the parent.
  { e.undo(m, action) } noexcept -> std::same_as<int>;
  { e.isTerminal(s) } noexcept -> std::same_as<bool>;
  { e.key(s, key) } noexcept -> std::same_as<void>;
  { e.observe(s, m) } noexcept -> std::same_as<void>;
  // log R at beta = 1 of a terminal state, -infinity for R = 0.
  { e.logReward(s) } noexcept -> std::same_as<double>;
};

// An environment that must be asked before its edges are used, from one thread: HostedEnvironment. To the outside its
// states are others, externalSize() integers each.
template <class E>
concept PreparedEnvironment = Environment<E> && requires(E e) { e.beginBatch(); };

// What an integer of an observation is below; 0 where it is the bits of a number.
template <Environment E>
int observationBound(const E& environment, int position) noexcept {
  if constexpr (PreparedEnvironment<E>) {
    return environment.observationBound(position);
  } else {
    return environment.observationSize();
  }
}

// Integers of a state as the outside gives and gets it.
template <Environment E>
int externalSize(const E& environment) noexcept {
  if constexpr (PreparedEnvironment<E>) {
    return environment.externalSize();
  } else {
    return environment.stateSize();
  }
}

// mask: [actions] 1 where the action is allowed. An environment that can fill it faster than action by action has a
// member of this name.
template <Environment E>
HD void allowedMask(const E& environment, const int32_t* state, uint8_t* mask) noexcept {
  if constexpr (requires { environment.allowedMask(state, mask); }) {
    environment.allowedMask(state, mask);
  } else {
    for (int a = 0; a < environment.actions(); a++) mask[a] = environment.allowed(state, a) ? 1 : 0;
  }
}

// mask: [backwardActions] 1 where the backward action is allowed; an environment may have a member of this name too.
template <Environment E>
HD void backwardMask(const E& environment, const int32_t* state, uint8_t* mask) noexcept {
  if constexpr (requires { environment.backwardMask(state, mask); }) {
    environment.backwardMask(state, mask);
  } else {
    for (int b = 0; b < environment.backwardActions(); b++) mask[b] = environment.backwardAllowed(state, b) ? 1 : 0;
  }
}

}  // namespace gflownet

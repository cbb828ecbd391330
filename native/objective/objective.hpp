#pragma once

#include <variant>

#include "objective/detailed_balance.hpp"
#include "objective/flow_matching.hpp"
#include "objective/sub_trajectory_balance.hpp"
#include "objective/trajectory_balance.hpp"
#include "objective/vargrad.hpp"

namespace gflownet {

// The training objectives: flow matching works on edge flows, the others on the terms of trajectories.
using Objective = std::variant<FlowMatching, DetailedBalance, TrajectoryBalance, VarGrad, SubTrajectoryBalance>;

}  // namespace gflownet

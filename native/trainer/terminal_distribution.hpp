#pragma once

#include <vector>

#include "model/flow_model.hpp"
#include "sampler/enumeration.hpp"

namespace gflownet {

// The probability with which P_F ends in each terminal state, [terminal]. Replaces the model's rows, by maximumRows at
// most.
std::vector<double> terminalDistribution(const Enumeration& graph, FlowModel& model, int maximumRows);

}  // namespace gflownet

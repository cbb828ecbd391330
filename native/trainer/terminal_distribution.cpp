#include "trainer/terminal_distribution.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace gflownet {
namespace {

// States evaluated at once.
constexpr int kStateChunk = 4096;

// P_F of the edges out of a state.
void setProbabilities(const Enumeration& graph, int state, const float* logits, double* probability) {
  const int64_t begin = graph.edgeOffset[state];
  const int64_t end = graph.edgeOffset[state + 1];
  double largest = -std::numeric_limits<double>::infinity();
  for (int64_t edge = begin; edge < end; edge++) {
    largest = std::max(largest, double{logits[graph.edgeAction[edge]]});
  }
  double sum = 0;
  for (int64_t edge = begin; edge < end; edge++) {
    sum += probability[edge] = std::exp(logits[graph.edgeAction[edge]] - largest);
  }
  for (int64_t edge = begin; edge < end; edge++) probability[edge] /= sum;
}

// P_F of every edge.
std::vector<double> edgeProbabilities(const Enumeration& graph, FlowModel& model, int maximumRows) {
  std::vector<double> probability(graph.edgeAction.size());
  const int chunk = std::clamp(maximumRows, 1, kStateChunk);
  for (int first = 0; first < graph.interior; first += chunk) {
    model.clear();
    model.extend(std::min(chunk, graph.interior - first));
    const auto observe = [&](int from, int to, int /*worker*/) {
      for (int row = from; row < to; row++) {
        model.observe(row, graph.observation.data() + static_cast<size_t>(first + row) * graph.observationWidth);
      }
    };
    const auto softmax = [&](int from, int to, int /*worker*/) {
      for (int row = from; row < to; row++) {
        setProbabilities(graph, first + row, model.forwardLogits(row), probability.data());
      }
    };
    model.evaluate(0, observe, softmax);
  }
  return probability;
}

}  // namespace

std::vector<double> terminalDistribution(const Enumeration& graph, FlowModel& model, int maximumRows) {
  const std::vector<double> probability = edgeProbabilities(graph, model, maximumRows);
  std::vector<double> reach(static_cast<size_t>(graph.interior), 0.0);
  std::vector<double> terminal(static_cast<size_t>(graph.terminal), 0.0);
  reach[0] = 1;
  for (const int32_t state : graph.order) {
    for (int64_t edge = graph.edgeOffset[state]; edge < graph.edgeOffset[state + 1]; edge++) {
      const int32_t child = graph.edgeChild[edge];
      (child >= 0 ? reach[child] : terminal[-1 - child]) += reach[state] * probability[edge];
    }
  }
  return terminal;
}

}  // namespace gflownet

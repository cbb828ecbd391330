#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "reward/reward_model.hpp"
#include "reward/reward_transform.hpp"
#include "reward/score_cache.hpp"
#include "sampler/sampler.hpp"
#include "trainer/reward_host.hpp"

namespace gflownet {

// A reward that an ONNX graph computes from what the environment shows of an object, on the thread that asks. The
// integers of an object are those of its observation, then those of its state.
class OnnxReward final : public RewardHost {
 public:
  // cache: objects whose rewards are remembered; scoredSize: first integers of a state on which the score depends.
  OnnxReward(Sampler& sampler, std::unique_ptr<RewardModel> model, RewardTransform transform, size_t cache,
             size_t scoredSize);

  bool isImmediate() const override { return true; }
  // What fails is thrown by the question's wait().
  std::unique_ptr<RewardQuestion> ask(std::vector<int32_t> terminalStates, int count) override;

 private:
  std::vector<double> score(std::span<const int32_t> terminalStates, int count);
  std::vector<double> scoreAll(std::span<const int32_t> terminalStates, int count);
  std::vector<double> scoreOnce(ScoreCache& cache, std::span<const int32_t> terminalStates, int count);
  double logReward(double score, std::span<const int32_t> state) const;

  Sampler& sampler_;
  std::unique_ptr<RewardModel> model_;
  RewardTransform transform_;
  size_t scoredSize_;
  std::optional<ScoreCache> cache_;
};

}  // namespace gflownet

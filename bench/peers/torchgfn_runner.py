"""torchgfn (PyTorch): on-policy training without a second evaluation of the forward policy, its run-time checks off."""

import torch
from gfn.estimators import DiscretePolicyEstimator
from gfn.gflownet import FMGFlowNet, TBGFlowNet
from gfn.gym import DiscreteEBM, HyperGrid
from gfn.gym.bitSequenceNonAutoregressive import NonAutoregressiveBitSequence
from gfn.gym.discrete_ebm import IsingModel
from gfn.preprocessors import KHotPreprocessor, Preprocessor
from gfn.utils.modules import MLP

from protocol import serve
from pytorch_training import PyTorchRunner
from torus import torus_adjacency


class OneHotEntries(Preprocessor):
    """Entries from `smallest` to `smallest + values - 1`, each one-hot."""

    def __init__(self, width, smallest, values):
        super().__init__(output_dim=width * values)
        self.smallest, self.values = smallest, values

    def preprocess(self, states):
        return torch.nn.functional.one_hot(states.tensor.long() - self.smallest, self.values).flatten(-2)


def hypergrid(parameters):
    dimensions, side = parameters["dimensions"], parameters["side"]
    constants = {name: parameters[f"reward{name}"] for name in ("R0", "R1", "R2")}
    environment = HyperGrid(dimensions, side, "original", constants, validate_modes=False)
    return environment, KHotPreprocessor(height=side, ndim=dimensions)


def bit_sequence(parameters):
    length, word_bits, modes = (parameters[name] for name in ("length", "wordBits", "modes"))
    environment = NonAutoregressiveBitSequence(
        word_size=word_bits,
        seq_size=length,
        n_modes=len(modes),
        reward_exponent=1.0,
        H=torch.tensor([[int(character) for character in mode] for mode in modes]),
    )
    return environment, OneHotEntries(length // word_bits, -1, 2**word_bits + 1)


def ising(parameters):
    sites = parameters["side"] ** 2
    couplings = parameters["coupling"] * torus_adjacency(parameters["side"])
    return DiscreteEBM(sites, energy=IsingModel(couplings).requires_grad_(False)), OneHotEntries(sites, -1, 3)


PROBLEMS = {"hypergrid": hypergrid, "bit-sequence": bit_sequence, "ising": ising}


class Runner(PyTorchRunner):
    def __init__(self, scenario):
        super().__init__(scenario)
        self.environment, preprocessor = PROBLEMS[scenario["environment"]["name"]](scenario["environment"]["parameters"])
        self.model = self.make_model(scenario, preprocessor)
        log_z = [parameter for name, parameter in self.model.named_parameters() if name == "logZ"]
        weights = [parameter for name, parameter in self.model.named_parameters() if name != "logZ"]
        self.make_optimizer(scenario, weights, log_z)

    def make_model(self, scenario, preprocessor):
        actions = self.environment.n_actions
        width, *others = scenario["hidden"]
        if any(other != width for other in others):
            raise ValueError(f"hidden: expected layers of one width, got {scenario['hidden']}")
        layers = len(scenario["hidden"])
        forward = MLP(preprocessor.output_dim, actions, hidden_dim=width, n_hidden_layers=layers)
        forward_policy = DiscretePolicyEstimator(forward, actions, preprocessor)
        if scenario["objective"] == "flow-matching":
            return FMGFlowNet(forward_policy)
        if scenario["objective"] == "trajectory-balance":
            backward = MLP(preprocessor.output_dim, actions - 1, trunk=forward.trunk)
            backward_policy = DiscretePolicyEstimator(backward, actions, preprocessor, is_backward=True)
            return TBGFlowNet(forward_policy, backward_policy, init_logZ=0.0)
        raise ValueError(f"objective: expected trajectory-balance or flow-matching, got {scenario['objective']}")

    def log_rewards(self, states):
        return self.environment.log_reward(self.environment.States(torch.tensor(states))).tolist()

    def train(self, steps):
        flow_matching = isinstance(self.model, FMGFlowNet)
        for _ in range(steps):
            trajectories = self.model.sample_trajectories(
                self.environment, n=self.batch_size, save_logprobs=not flow_matching
            )
            samples = self.model.to_training_samples(trajectories)
            self.optimizer.zero_grad()
            loss = self.model.loss(self.environment, samples, recalculate_all_logprobs=False)
            loss.backward()
            self.optimizer.step()

    def statistics(self):
        with torch.no_grad():
            trajectories = self.model.sample_trajectories(self.environment, n=self.batch_size)
        states = trajectories.states
        distinct = states.tensor[~states.is_sink_state].unique(dim=0)
        return trajectories.terminating_idx.float().mean().item(), len(distinct)


if __name__ == "__main__":
    serve(Runner, ["torchgfn", "torch"])

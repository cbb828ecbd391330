"""The environments of the plain PyTorch loop, a batch of states at a time: states are integers [n, width]."""

import torch
from torch.nn.functional import one_hot

from torus import torus_adjacency


class Hypergrid:
    """Bengio et al. 2021, section 4.1. A state is the coordinates; the stop action ends a trajectory and changes none."""

    def __init__(self, parameters):
        self.width, self.side = parameters["dimensions"], parameters["side"]
        self.constants = tuple(parameters[f"reward{name}"] for name in ("R0", "R1", "R2"))
        self.inputs = self.width * self.side
        self.actions = self.width + 1
        self.backward_actions = self.width
        self.longest = self.width * (self.side - 1) + 1

    def initial(self, count):
        return torch.zeros(count, self.width, dtype=torch.long)

    def encode(self, states):
        return one_hot(states, self.side).flatten(1).float()

    def allowed(self, states):
        return torch.cat([states < self.side - 1, states.new_ones(len(states), 1, dtype=torch.bool)], 1)

    def apply(self, states, actions):
        """Next states, and which of the trajectories have ended."""
        return states + one_hot(actions, self.actions)[:, : self.width], actions == self.width

    def backward_allowed(self, states):
        return states > 0

    def backward_action(self, actions):
        return actions

    # The stop action is undone in one way only: ended trajectories have no backward policy to ask.
    asks_at_end = False

    def log_reward(self, states):
        distance = (states / (self.side - 1) - 0.5).abs()
        r0, r1, r2 = self.constants
        outer = (distance > 0.25).all(1)
        band = ((distance > 0.3) & (distance < 0.4)).all(1)
        return torch.log(r0 + r1 * outer + r2 * band)


class Filled:
    """Positions that are filled in any order, one a step, each with one of `values` values; the entry 0 is empty."""

    asks_at_end = True

    def __init__(self, width, values):
        self.width, self.values = width, values
        self.inputs = width * (values + 1)
        self.actions = width * values
        self.backward_actions = width
        self.longest = width

    def initial(self, count):
        return torch.zeros(count, self.width, dtype=torch.long)

    def encode(self, states):
        return one_hot(states, self.values + 1).flatten(1).float()

    def allowed(self, states):
        return (states == 0).repeat_interleave(self.values, 1)

    def apply(self, states, actions):
        position, value = self.backward_action(actions), actions % self.values
        following = states.scatter(1, position[:, None], value[:, None] + 1)
        return following, (following > 0).all(1)

    def backward_allowed(self, states):
        return states > 0

    def backward_action(self, actions):
        return actions // self.values


class BitSequence(Filled):
    def __init__(self, parameters):
        self.length, self.word_bits = parameters["length"], parameters["wordBits"]
        super().__init__(self.length // self.word_bits, 2**self.word_bits)
        self.modes = torch.tensor([[int(character) for character in mode] for mode in parameters["modes"]])

    def log_reward(self, states):
        shifts = torch.arange(self.word_bits - 1, -1, -1)
        bits = ((states[..., None] - 1 >> shifts) & 1).flatten(1)
        return -(bits[:, None] != self.modes).sum(2).amin(1) / self.length


class Ising(Filled):
    def __init__(self, parameters):
        super().__init__(parameters["side"] ** 2, 2)
        self.couplings = parameters["coupling"] * torus_adjacency(parameters["side"])

    def log_reward(self, states):
        spins = 2.0 * (states - 1) - 1
        return (spins @ self.couplings * spins).sum(1)


ENVIRONMENTS = {"hypergrid": Hypergrid, "bit-sequence": BitSequence, "ising": Ising}

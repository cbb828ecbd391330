"""gfnx (JAX): trajectory balance, many steps a call in one compiled loop."""

import equinox as eqx
import gfnx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from gfnx.reward.ising import IsingRewardParams
from gfnx.utils.ising import get_true_ising_J
from gfnx.utils.rollout import forward_rollout

from protocol import serve


class Problem:
    """What the runner asks of an environment, as a hypergrid answers it."""

    @staticmethod
    def encode(observation):
        return observation  # one-hot already

    @staticmethod
    def entries(state):
        return state.state

    @staticmethod
    def with_entries(state, entries):
        return state.replace(state=entries)


class Hypergrid(Problem):
    def __init__(self, parameters):
        dimensions, side = parameters["dimensions"], parameters["side"]
        constants = (parameters[f"reward{name}"] for name in ("R0", "R1", "R2"))
        reward = gfnx.GeneralHypergridRewardModule(*constants)
        self.environment = gfnx.HypergridEnvironment(reward, dim=dimensions, side=side)
        self.parameters = self.environment.init(jax.random.key(0))
        self.inputs = dimensions * side


class BitSequence(Problem):
    def __init__(self, parameters):
        length, word_bits = parameters["length"], parameters["wordBits"]
        modes = jnp.array([[character == "1" for character in mode] for mode in parameters["modes"]])
        reward = gfnx.BitseqRewardModule(length, word_bits, mode_set_size=len(modes))
        self.environment = gfnx.BitseqEnvironment(reward, n=length, k=word_bits)
        self.parameters = self.environment.init(jax.random.key(0)).replace(reward_params={"mode_set": modes})
        self.values = 2**word_bits + 1
        self.inputs = length // word_bits * self.values

    def encode(self, observation):
        words = observation[..., 1:]  # the first token only says that a sequence begins
        return jax.nn.one_hot(words, self.values).reshape(*words.shape[:-1], self.inputs)

    @staticmethod
    def entries(state):
        return state.tokens

    @staticmethod
    def with_entries(state, entries):
        return state.replace(tokens=entries)


class Ising(Problem):
    def __init__(self, parameters):
        side = parameters["side"]
        self.environment = gfnx.IsingEnvironment(gfnx.IsingRewardModule(), dim=side * side)
        couplings = IsingRewardParams(J=get_true_ising_J(side, parameters["coupling"]))
        self.parameters = self.environment.init(jax.random.key(0)).replace(reward_params=couplings)
        self.inputs = 3 * side * side

    def encode(self, observation):
        return jax.nn.one_hot(observation + 1, 3).reshape(*observation.shape[:-1], self.inputs)

    @staticmethod
    def with_entries(state, entries):
        return state.replace(state=entries.astype(jnp.int8))


PROBLEMS = {"hypergrid": Hypergrid, "bit-sequence": BitSequence, "ising": Ising}


def sampled(log_probabilities, actions):
    return jnp.take_along_axis(log_probabilities, actions[..., None], axis=-1)[..., 0]


class Runner:
    def __init__(self, scenario):
        if scenario["objective"] != "trajectory-balance":
            raise ValueError(f"objective: expected trajectory-balance, got {scenario['objective']}")
        self.problem = PROBLEMS[scenario["environment"]["name"]](scenario["environment"]["parameters"])
        environment = self.problem.environment
        self.batch_size = scenario["batchSize"]
        self.actions = environment.action_space.n
        width, *others = scenario["hidden"]
        if any(other != width for other in others):
            raise ValueError(f"hidden: expected layers of one width, got {scenario['hidden']}")

        network_key, self.key = jax.random.split(jax.random.key(scenario["seed"]))
        network = eqx.nn.MLP(
            self.problem.inputs,
            self.actions + environment.backward_action_space.n,
            width_size=width,
            depth=len(scenario["hidden"]),
            key=network_key,
        )
        weights, self.network_structure = eqx.partition(network, eqx.is_array)
        parameters = (weights, jnp.zeros(()))
        self.optimizer = optax.scale_by_adam()
        self.carry = (parameters, self.optimizer.init(parameters), self.key)
        self.learning_rates = (scenario["learningRate"], scenario["learningRateLogZ"])
        self.run = jax.jit(self._run, donate_argnums=0)
        self.sample = jax.jit(self._sample)

    def log_rewards(self, states):
        entries = jnp.array(states, dtype=jnp.int32)
        state = self.problem.with_entries(self.problem.environment.get_init_state(len(states)), entries)
        values = self.problem.environment.reward_module.log_reward(state, self.problem.parameters)
        return np.asarray(values, dtype=float).tolist()

    def train(self, steps):
        self.carry = jax.block_until_ready(self.run(self.carry, steps, *self.learning_rates))

    def freeze(self):
        self.learning_rates = (0.0, 0.0)

    def statistics(self):
        parameters, optimizer_state, key = self.carry
        key, sampling_key = jax.random.split(key)
        self.carry = (parameters, optimizer_state, key)
        trajectories, info = self.sample(sampling_key, parameters[0])
        entries = np.asarray(self.problem.entries(trajectories.state))
        distinct = np.unique(entries.reshape(-1, entries.shape[-1]), axis=0)
        return float(np.mean(info["trajectory_length"])), len(distinct)

    def logits(self, weights, observation):
        """[..., forward actions], [..., backward actions]"""
        network = eqx.combine(weights, self.network_structure)
        inputs = self.problem.encode(observation)
        rows = jax.vmap(network)(inputs.reshape(-1, inputs.shape[-1]))
        return jnp.split(rows.reshape(*inputs.shape[:-1], -1), [self.actions], axis=-1)

    def _sample(self, key, weights):
        def policy(_, observation, weights):
            return self.logits(weights, observation)[0], {}

        return forward_rollout(
            key, self.batch_size, policy, weights, self.problem.environment, self.problem.parameters
        )

    def loss(self, parameters, trajectories, log_rewards):
        """Malkin et al. 2022, equation 14."""
        weights, log_z = parameters
        environment, environment_parameters = self.problem.environment, self.problem.parameters
        forward, backward = self.logits(weights, trajectories.obs)

        def flat(tree):
            return jax.tree.map(lambda leaf: leaf.reshape(-1, *leaf.shape[2:]), tree)

        pad = trajectories.pad[:, :-1]
        states = flat(jax.tree.map(lambda leaf: leaf[:, :-1], trajectories.state))
        next_states = flat(jax.tree.map(lambda leaf: leaf[:, 1:], trajectories.state))
        actions = flat(trajectories.action[:, :-1])
        backward_actions = environment.get_backward_action(states, actions, next_states, environment_parameters)
        # A padded step counts for nothing; with all actions masked its gradient would not be a number.
        padded = flat(pad)[:, None]
        forward_allowed = padded | ~environment.get_invalid_mask(states, environment_parameters)
        backward_allowed = padded | ~environment.get_invalid_backward_mask(next_states, environment_parameters)
        log_pf = sampled(jax.nn.log_softmax(flat(forward[:, :-1]), where=forward_allowed), actions)
        log_pb = sampled(jax.nn.log_softmax(flat(backward[:, 1:]), where=backward_allowed), backward_actions)
        ratio = jnp.where(pad, 0.0, (log_pf - log_pb).reshape(pad.shape)).sum(axis=1)
        return jnp.mean((log_z + ratio - log_rewards) ** 2)

    def _run(self, carry, steps, learning_rate, learning_rate_log_z):
        def step(_, carry):
            parameters, optimizer_state, key = carry
            key, sampling_key = jax.random.split(key)
            trajectories, info = self._sample(sampling_key, parameters[0])
            gradient = jax.grad(self.loss)(parameters, trajectories, info["log_gfn_reward"])
            (update, update_log_z), optimizer_state = self.optimizer.update(gradient, optimizer_state)
            weights = jax.tree.map(lambda value, change: value - learning_rate * change, parameters[0], update)
            return (weights, parameters[1] - learning_rate_log_z * update_log_z), optimizer_state, key

        return jax.lax.fori_loop(0, steps, step, carry)


if __name__ == "__main__":
    serve(Runner, ["gfnx", "jax", "equinox", "optax"])

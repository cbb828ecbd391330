"""A plain PyTorch loop: trajectories advance together without gradients, then one pass over all their states."""

import torch
from torch import nn

from protocol import serve
from pytorch_environments import ENVIRONMENTS
from pytorch_training import PyTorchRunner


class Policy(nn.Module):
    """One trunk, a head of forward logits and one of backward logits."""

    def __init__(self, inputs, hidden, actions, backward_actions):
        super().__init__()
        layers = []
        for width in hidden:
            layers += [nn.Linear(inputs, width), nn.ReLU()]
            inputs = width
        self.trunk = nn.Sequential(*layers)
        self.forward_head = nn.Linear(inputs, actions)
        self.backward_head = nn.Linear(inputs, backward_actions) if backward_actions else None


def log_policy(logits, allowed, actions):
    """log P of the actions, [n]."""
    return logits.masked_fill(~allowed, -torch.inf).log_softmax(1).gather(1, actions[:, None])[:, 0]


class Rollout:
    """The transitions of a batch, step by step: of step t those of the trajectories that were still under way."""

    def __init__(self, environment, policy, batch_size):
        states = environment.initial(batch_size)
        trajectory = torch.arange(batch_size)
        self.terminal = torch.empty_like(states)
        froms, tos, actions, trajectories, ends = [], [], [], [], []
        with torch.no_grad():
            while len(states) > 0:
                logits = policy.forward_head(policy.trunk(environment.encode(states)))
                logits = logits.masked_fill_(~environment.allowed(states), -torch.inf)
                action = torch.multinomial(logits.softmax(1), 1)[:, 0]
                following, ended = environment.apply(states, action)
                for whole, part in zip(
                    (froms, tos, actions, trajectories, ends), (states, following, action, trajectory, ended)
                ):
                    whole.append(part)
                self.terminal[trajectory[ended]] = following[ended]
                states, trajectory = following[~ended], trajectory[~ended]
        self.states, self.next_states = torch.cat(froms), torch.cat(tos)
        self.actions, self.trajectory, self.ended = torch.cat(actions), torch.cat(trajectories), torch.cat(ends)

    def evaluated(self, environment):
        """States to evaluate, those of the transitions first; the row of each transition's next state where that is
        asked for P_B; where it is asked."""
        count = len(self.states)
        asked = ~self.ended
        # Transitions stand step by step in the order of trajectories: those that go on are the next step's, in order.
        next_row = torch.empty(count, dtype=torch.long)
        next_row[asked] = torch.arange(len(self.terminal), count)
        if not environment.asks_at_end:
            return self.states, next_row, asked
        next_row[self.ended] = count + self.trajectory[self.ended]
        return torch.cat([self.states, self.terminal]), next_row, torch.ones_like(asked)


class Runner(PyTorchRunner):
    def __init__(self, scenario):
        super().__init__(scenario)
        self.environment = ENVIRONMENTS[scenario["environment"]["name"]](scenario["environment"]["parameters"])
        losses = {"trajectory-balance": self.trajectory_balance, "flow-matching": self.flow_matching}
        if scenario["objective"] not in losses:
            raise ValueError(f"objective: expected {' or '.join(losses)}, got {scenario['objective']}")
        self.loss = losses[scenario["objective"]]
        learned = scenario["objective"] == "trajectory-balance"
        self.policy = Policy(
            self.environment.inputs,
            scenario["hidden"],
            self.environment.actions,
            self.environment.backward_actions if learned else 0,
        )
        self.log_z = nn.Parameter(torch.zeros(()))
        self.make_optimizer(scenario, self.policy.parameters(), [self.log_z] if learned else [])

    def log_rewards(self, states):
        first = 0 if isinstance(self.environment, ENVIRONMENTS["hypergrid"]) else 1  # 0 is an empty position
        return self.environment.log_reward(torch.tensor(states) + first).tolist()

    def train(self, steps):
        for _ in range(steps):
            loss = self.loss(Rollout(self.environment, self.policy, self.batch_size))
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()

    def statistics(self):
        rollout = Rollout(self.environment, self.policy, self.batch_size)
        distinct = torch.cat([rollout.states, rollout.terminal]).unique(dim=0)
        return len(rollout.states) / self.batch_size, len(distinct)

    def trajectory_balance(self, rollout):
        """Malkin et al. 2022, equation 14."""
        environment = self.environment
        states, next_row, asked = rollout.evaluated(environment)
        hidden = self.policy.trunk(environment.encode(states))
        log_pf = log_policy(
            self.policy.forward_head(hidden[: len(rollout.states)]),
            environment.allowed(rollout.states),
            rollout.actions,
        )
        log_pb = log_policy(
            self.policy.backward_head(hidden[next_row[asked]]),
            environment.backward_allowed(rollout.next_states[asked]),
            environment.backward_action(rollout.actions[asked]),
        )
        residual = self.log_z - environment.log_reward(rollout.terminal)
        residual = residual.index_add(0, rollout.trajectory, log_pf)
        residual = residual.index_add(0, rollout.trajectory[asked], log_pb, alpha=-1)
        return residual.square().mean()

    def flow_matching(self, rollout):
        """Bengio et al. 2021, equation 12, of a hypergrid: every state but the first, and every terminal one."""
        environment = self.environment
        going_on = ~rollout.ended
        states = rollout.next_states[going_on]
        child, dimension = states.nonzero(as_tuple=True)  # one row for each parent of each state
        parents = states[child] - nn.functional.one_hot(dimension, environment.width)
        count = len(states)
        rows = torch.cat([states, parents, rollout.terminal])
        log_flow = self.policy.forward_head(self.policy.trunk(environment.encode(rows)))
        outgoing = log_flow[:count].masked_fill(~environment.allowed(states), -torch.inf).logsumexp(1)
        edges = log_flow[count : count + len(parents)].gather(1, dimension[:, None])[:, 0]
        incoming = log_flow.new_full((count, environment.width), -torch.inf)
        incoming = incoming.index_put((child, dimension), edges).logsumexp(1)
        terminal = log_flow[count + len(parents) :, -1] - environment.log_reward(rollout.terminal)
        return torch.cat([incoming - outgoing, terminal]).square().mean()


if __name__ == "__main__":
    serve(Runner, ["torch"])

"""Losses and gradients of every objective on hand-made batches, by PyTorch autograd in double.

Usage: python make_objectives.py > objectives.json
"""

import json

import torch

torch.manual_seed(7)
torch.set_default_dtype(torch.float64)

REGRESSION_LOSSES = [
    {"kind": "squared"},
    {"kind": "half-squared"},
    {"kind": "absolute"},
    {"kind": "huber", "delta": 0.7},
    {"kind": "log-cosh"},
    {"kind": "shifted-cosh"},
    {"kind": "linex", "alpha": 0.5},
]
WEIGHTINGS = [
    "geometric-within",
    "geometric",
    "equal-within",
    "equal",
    "trajectory-balance",
    "detailed-balance",
    "modified-detailed-balance",
]


def g(loss, t):
    kind = loss["kind"]
    if kind == "squared":
        return t**2
    if kind == "half-squared":
        return t**2 / 2
    if kind == "absolute":
        return t.abs()
    if kind == "huber":
        return torch.nn.functional.huber_loss(t, torch.zeros_like(t), reduction="none", delta=loss["delta"])
    if kind == "log-cosh":
        return torch.log(torch.cosh(t))
    if kind == "shifted-cosh":
        return torch.exp(t) + torch.exp(-t) - 2
    return (torch.exp(loss["alpha"] * t) - loss["alpha"] * t - 1) / loss["alpha"] ** 2


# Balance objectives: four trajectories of 3, 1, 5 and 2 transitions.
LENGTHS = [3, 1, 5, 2]
OFFSET = [0, 3, 4, 9, 11]
BALANCE = {
    "logPf": -torch.rand(11) * 2,
    "logPb": -torch.rand(11) * 2,
    "logF": torch.randn(15),
    "logReward": torch.randn(4),
    "logZ": torch.tensor(0.4),
}
for b, n in enumerate(LENGTHS):
    BALANCE["logF"][OFFSET[b + 1] + b] = BALANCE["logReward"][b]


def residual(terms, b, i, j):
    """From state i to state j of trajectory b, with log F at both ends."""
    steps = slice(OFFSET[b] + i, OFFSET[b] + j)
    log_f = terms["logF"]
    start = OFFSET[b] + b
    return log_f[start + i] + (terms["logPf"] - terms["logPb"])[steps].sum() - log_f[start + j]


def whole(terms, b):
    steps = slice(OFFSET[b], OFFSET[b + 1])
    return (terms["logPf"] - terms["logPb"])[steps].sum() - terms["logReward"][b]


def balance_loss(objective, terms):
    loss = objective["regressionLoss"]
    name = objective["name"]
    count = len(LENGTHS)
    if name == "trajectory-balance":
        return g(loss, torch.stack([terms["logZ"] + whole(terms, b) for b in range(count)])).mean()
    if name == "vargrad":
        c = torch.stack([whole(terms, b) for b in range(count)])
        return g(loss, c - c.mean().detach()).mean()
    if name == "detailed-balance":
        parts = []
        for b, n in enumerate(LENGTHS):
            for t in range(n):
                weight = objective["leafCoefficient"] if t == n - 1 else 1
                parts.append(weight * g(loss, residual(terms, b, t, t + 1)))
        return torch.stack(parts).mean()
    values = {
        (b, i, j): g(loss, residual(terms, b, i, j))
        for b, n in enumerate(LENGTHS)
        for i in range(n)
        for j in range(i + 1, n + 1)
    }
    within = [{(i, j): v for (c, i, j), v in values.items() if c == b} for b in range(count)]
    mean = lambda items: torch.stack(list(items)).mean()
    lam = objective["lambda"]
    weighting = objective["weighting"]
    if weighting == "geometric-within":
        return mean(
            sum(lam ** (j - i) * v for (i, j), v in one.items()) / sum(lam ** (j - i) for (i, j) in one)
            for one in within
        )
    if weighting == "geometric":
        lengths = range(1, max(LENGTHS) + 1)
        means = [lam**k * mean(v for (_, i, j), v in values.items() if j - i == k) for k in lengths]
        return sum(means) / sum(lam**k for k in lengths)
    if weighting == "equal-within":
        return mean(mean(one.values()) for one in within)
    if weighting == "equal":
        return mean(values.values())
    if weighting == "trajectory-balance":
        return mean(one[0, n] for one, n in zip(within, LENGTHS))
    if weighting == "detailed-balance":
        return mean(v for (_, i, j), v in values.items() if j - i == 1)
    return mean(mean(v for (i, j), v in one.items() if j - i == 1) for one in within)


# Flow matching: rows 0 (initial) to 3 visited, row 4 an unvisited parent, then three terminal states; 3 actions.
FLOW = {
    "allowed": [[1, 1, 1], [1, 1, 1], [1, 0, 1], [0, 1, 1], [1, 1, 1]],
    "offset": [0, 0, 1, 2, 4, 5, 7, 8],
    "row": [0, 0, 1, 2, 1, 3, 4, 0],
    "action": [0, 1, 1, 0, 2, 1, 2, 2],
    "multiplicity": [3, 2, 1, 2],
    "visitedRows": 4,
    "transitions": 8,
}
LOGITS = torch.randn(5, 3).float().double()
FLOW_LOG_REWARD = torch.tensor([0.3, -1.2, 0.8])


def flow_loss(objective, logits):
    epsilon = torch.tensor(objective["flowEpsilon"])
    rows = FLOW["visitedRows"]
    log_in, log_out, weights = [], [], []
    for node in range(1, rows + 3):
        edges = range(FLOW["offset"][node], FLOW["offset"][node + 1])
        inflow = sum(torch.exp(logits[FLOW["row"][e], FLOW["action"][e]]) for e in edges)
        if node < rows:
            outflow = (torch.exp(logits[node]) * torch.tensor(FLOW["allowed"][node])).sum()
        else:
            outflow = torch.exp(FLOW_LOG_REWARD[node - rows])
        log_in.append(torch.log(epsilon + inflow))
        log_out.append(torch.log(epsilon + outflow))
        weights.append(FLOW["multiplicity"][node] if node < rows else 1)
    values = g(objective["regressionLoss"], torch.stack(log_in) - torch.stack(log_out)) * torch.tensor(weights)
    interior, terminal = values[: rows - 1].sum(), values[rows - 1 :].sum()
    states = sum(FLOW["multiplicity"][1:])
    if objective["weighting"] == "mean":
        return (interior + objective["leafCoefficient"] * terminal) / (states + 3)
    return interior / states + objective["leafCoefficient"] * terminal / 3


def balance_case(objective):
    terms = {name: value.clone().requires_grad_(True) for name, value in BALANCE.items()}
    loss = balance_loss(objective, terms)
    loss.backward()
    zero = lambda value: torch.zeros_like(value) if value.grad is None else value.grad
    gradients = {name: zero(terms[name]).tolist() for name in ("logPf", "logPb", "logF", "logZ")}
    return {"objective": objective, "loss": loss.item(), "gradients": gradients}


def flow_case(objective):
    logits = LOGITS.clone().requires_grad_(True)
    loss = flow_loss(objective, logits)
    loss.backward()
    return {"objective": objective, "loss": loss.item(), "gradient": logits.grad.flatten().tolist()}


balance, flow = [], []
for regression in REGRESSION_LOSSES:
    balance.append({"name": "trajectory-balance", "regressionLoss": regression})
    balance.append({"name": "vargrad", "regressionLoss": regression})
    balance.append({"name": "detailed-balance", "leafCoefficient": 2.5, "regressionLoss": regression})
    for weighting in WEIGHTINGS:
        balance.append(
            {
                "name": "sub-trajectory-balance",
                "lambda": 1.9 if weighting == "geometric" else 0.9,
                "weighting": weighting,
                "regressionLoss": regression,
            }
        )
    for weighting in ("mean", "balanced"):
        for epsilon in (0.0, 0.05):
            flow.append(
                {
                    "name": "flow-matching",
                    "flowEpsilon": epsilon,
                    "leafCoefficient": 3.0,
                    "weighting": weighting,
                    "regressionLoss": regression,
                }
            )

print(
    json.dumps(
        {
            "balance": {
                "offset": OFFSET,
                "terms": {name: value.tolist() for name, value in BALANCE.items()},
                "cases": [balance_case(objective) for objective in balance],
            },
            "flow": {
                **FLOW,
                "logits": LOGITS.flatten().tolist(),
                "logReward": FLOW_LOG_REWARD.tolist(),
                "cases": [flow_case(objective) for objective in flow],
            },
        }
    )
)

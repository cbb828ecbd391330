"""Steps of torch.optim.AdamW with global-norm clipping, float32. Usage: python make_adam.py > adam.json"""

import json

import torch

torch.manual_seed(3)


def run(learning_rate, weight_decay, clip):
    parameters = torch.nn.Parameter(torch.randn(9))
    initial = parameters.detach().tolist()
    optimizer = torch.optim.AdamW([parameters], lr=learning_rate, weight_decay=weight_decay)
    gradients, norms, after = [], [], []
    for step in range(6):
        gradient = torch.randn(9) * 10.0 ** (step - 3)
        gradients.append(gradient.tolist())
        parameters.grad = gradient.clone()
        limit = clip if clip > 0 else float("inf")
        norms.append(torch.nn.utils.clip_grad_norm_([parameters], limit).item())
        optimizer.step()
        after.append(parameters.detach().tolist())
    return {
        "learningRate": learning_rate,
        "weightDecay": weight_decay,
        "clip": clip,
        "initial": initial,
        "gradients": gradients,
        "norms": norms,
        "parameters": after,
    }


print(json.dumps([run(0.01, 0.0, 0.0), run(0.1, 0.3, 0.0), run(0.001, 0.01, 0.5)]))

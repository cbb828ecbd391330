"""Writes pytorch-autograd.json and pytorch-autograd-{17,20}.onnx beside this file: a small model as PyTorch exports it
in two operator sets (Gelu is an operator of the second one only), and the outputs and parameter gradients of
PyTorch's autograd. Needs torch and onnx: python pytorch-autograd.py
"""

import json
import pathlib
import warnings

import torch
from torch import nn


class Model(nn.Module):
    """Two linear layers with LayerNorm and both forms of Gelu, and two heads; one sees a softmax."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(6, 8)
        self.norm = nn.LayerNorm(8)
        self.second = nn.Linear(8, 8)
        self.policy = nn.Linear(8, 3)
        self.flow = nn.Linear(8, 1)

    def forward(self, observation):
        hidden = nn.functional.gelu(self.norm(self.first(observation)))
        hidden = hidden + nn.functional.gelu(self.second(hidden), approximate="tanh")
        logits = self.policy(hidden)
        return logits, self.flow(torch.softmax(hidden, -1) * 8) + logits.mean(-1, keepdim=True)


def main():
    folder = pathlib.Path(__file__).parent
    torch.manual_seed(1)
    model = Model()
    nn.init.normal_(model.norm.weight)
    nn.init.normal_(model.norm.bias)
    observation = torch.randn(5, 6)
    logits, flow = model(observation)
    weights = torch.randn(5, 3), torch.randn(5, 1)
    ((logits * weights[0]).sum() + (flow * weights[1]).sum()).backward()

    warnings.simplefilter("ignore")
    for opset in (17, 20):
        torch.onnx.export(
            model,
            (observation,),
            str(folder / f"pytorch-autograd-{opset}.onnx"),
            input_names=["observation"],
            output_names=["forward_logits", "log_state_flow"],
            dynamic_axes={name: {0: "batch"} for name in ("observation", "forward_logits", "log_state_flow")},
            opset_version=opset,
            dynamo=False,
        )

    def numbers(tensor):
        return {"shape": list(tensor.shape), "data": tensor.detach().flatten().tolist()}

    golden = {
        "torch": torch.__version__,
        "observation": numbers(observation),
        "outputs": {"forward_logits": numbers(logits), "log_state_flow": numbers(flow)},
        "outputGradients": {"forward_logits": numbers(weights[0]), "log_state_flow": numbers(weights[1])},
        "gradients": {name: numbers(parameter.grad) for name, parameter in model.named_parameters()},
    }
    (folder / "pytorch-autograd.json").write_text(json.dumps(golden) + "\n")


main()

"""What the runners on PyTorch have in common."""

import torch


class PyTorchRunner:
    """A runner of a scenario: a subclass's training steps use `self.optimizer`."""

    def __init__(self, scenario):
        torch.set_num_threads(scenario["threads"])
        torch.manual_seed(scenario["seed"])
        self.batch_size = scenario["batchSize"]

    def make_optimizer(self, scenario, weights, log_z):
        """Adam over the network's weights and, where there is one, log Z."""
        groups = [{"params": list(weights), "lr": scenario["learningRate"]}]
        if log_z:
            groups.append({"params": list(log_z), "lr": scenario["learningRateLogZ"]})
        self.optimizer = torch.optim.Adam(groups, fused=True)

    def freeze(self):
        for group in self.optimizer.param_groups:
            group["lr"] = 0.0

#!/usr/bin/env python3
"""The steps of `elbo bench realnvp-2d maf-21 maf-21-sample flow-conditional` in eager PyTorch, for comparison.

    apt-get install python3-torch; OMP_NUM_THREADS=1 python3 bench/peers/torch_flows.py

Training: forward, backward and Adam at batch 512 (flow-conditional: 50).  maf-21-sample draws 1,000 samples, a pass of
each network for each column, as it is usually done.  Prints the median of 9 repeats.
"""
import math
import statistics
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

BOUND = 3.0


class Coupling(nn.Module):
    """One column of two is scaled and shifted by a network of the other."""

    def __init__(self, kept):
        super().__init__()
        self.kept = kept
        self.net = nn.Sequential(nn.Linear(1, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 2))

    def inverse(self, y, _):
        kept, mapped = y[:, self.kept:self.kept + 1], y[:, 1 - self.kept:2 - self.kept]
        shift, raw = self.net(kept).chunk(2, 1)
        log_scale = BOUND * torch.tanh(raw / BOUND)
        mapped = (mapped - shift) * torch.exp(-log_scale)
        parts = [kept, mapped] if self.kept == 0 else [mapped, kept]
        return torch.cat(parts, 1), -log_scale.sum(1)


class Masked(nn.Module):
    """A masked autoregressive layer: a MADE with two hidden layers."""

    def __init__(self, dim, hidden, context, flipped):
        super().__init__()
        self.dim = dim
        order = torch.arange(1, dim + 1)
        order = order.flip(0) if flipped else order
        least = 0 if context else 1
        units = least + torch.arange(hidden) * (dim - least) // hidden
        degrees = [order, units, units, torch.cat([order, order]) - 1]
        self.layers = nn.ModuleList(nn.Linear(len(a), len(b)) for a, b in zip(degrees, degrees[1:]))
        for i, (a, b) in enumerate(zip(degrees, degrees[1:])):
            self.register_buffer(f"mask{i}", (a[None, :] <= b[:, None]).float())
        self.context = nn.Linear(context, hidden, bias=False) if context else None
        self.places = order.argsort().tolist()

    def outputs(self, x, context):
        h = x
        for i, layer in enumerate(self.layers):
            h = F.linear(torch.relu(h) if i else h, layer.weight * getattr(self, f"mask{i}"), layer.bias)
            if i == 0 and self.context is not None:
                h = h + self.context(context)
        shift, raw = h.chunk(2, 1)
        return shift, BOUND * torch.tanh(raw / BOUND)

    def inverse(self, y, context):
        shift, log_scale = self.outputs(y, context)
        return (y - shift) * torch.exp(-log_scale), -log_scale.sum(1)

    def forward(self, z, context=None):
        y = torch.zeros_like(z)
        for column in self.places:
            shift, log_scale = self.outputs(y, context)
            y[:, column] = shift[:, column] + torch.exp(log_scale[:, column]) * z[:, column]
        return y


def density_step(layers, x, context=None):
    layers = nn.ModuleList(layers)
    adam = torch.optim.Adam(layers.parameters(), lr=1e-3)

    def step():
        adam.zero_grad(set_to_none=True)
        z, log_det = x, 0.0
        for layer in reversed(layers):
            z, term = layer.inverse(z, context)
            log_det = log_det + term
        log_prob = log_det - 0.5 * (z ** 2).sum(1) - 0.5 * z.shape[1] * math.log(2 * math.pi)
        (-log_prob.mean()).backward()
        adam.step()

    return step


def sample_step(layers, rows, dim):
    def step():
        with torch.no_grad():
            y = torch.randn(rows, dim)
            for layer in layers:
                y = layer(y)

    return step


def main():
    torch.manual_seed(0)
    print(f"PyTorch {torch.__version__}, {torch.get_num_threads()} threads", file=sys.stderr)
    maf = [Masked(21, 512, 0, k % 2 == 1) for k in range(5)]
    steps = {
        "realnvp-2d": density_step([Coupling(k % 2) for k in range(8)], torch.randn(512, 2)),
        "maf-21": density_step(maf, torch.randn(512, 21)),
        "maf-21-sample": sample_step(maf, 1000, 21),
        "flow-conditional": density_step(
            [Masked(5, 50, 8, k % 2 == 1) for k in range(5)], torch.randn(50, 5), torch.randn(50, 8)),
    }
    for name, step in steps.items():
        start = time.perf_counter()
        for _ in range(3):
            step()
        count = max(1, int(0.3 / ((time.perf_counter() - start) / 3)))
        times = []
        for _ in range(9):
            start = time.perf_counter()
            for _ in range(count):
                step()
            times.append((time.perf_counter() - start) / count * 1e3)
        print(f"{name:18s} {statistics.median(times):8.2f} ms a step (from {min(times):.2f} to {max(times):.2f})")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""The steps of `elbo bench vae-kong-li vae-planar-8 vae-planar-80` in eager PyTorch, for comparison on one machine.

    apt-get install python3-torch; OMP_NUM_THREADS=2 python3 bench/peers/torch_vae.py

Forward, backward and Adam at batch 128, noise drawn inside the step; prints the median of 9 repeats of 20 steps.
"""
import statistics
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F


class Vae(nn.Module):
    def __init__(self, latent, layers):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(784, 500), nn.ReLU(), nn.Linear(500, 500), nn.ReLU())
        self.loc, self.log_scale = nn.Linear(500, latent), nn.Linear(500, latent)
        self.decoder = nn.Sequential(
            nn.Linear(latent, 500), nn.ReLU(), nn.Linear(500, 500), nn.ReLU(), nn.Linear(500, 784))
        self.w = nn.Parameter(torch.randn(layers, latent) * 0.1)
        self.u = nn.Parameter(torch.randn(layers, latent) * 0.1)
        self.b = nn.Parameter(torch.zeros(layers))

    def negative_elbo(self, x):
        h = self.encoder(x)
        loc, log_scale = self.loc(h), self.log_scale(h)
        noise = torch.randn_like(loc)
        z = loc + log_scale.exp() * noise
        if len(self.b) == 0:
            kl = (0.5 * (loc ** 2 + (2 * log_scale).exp() - 1) - log_scale).sum(1)
        else:
            log_q = (-0.5 * noise ** 2 - log_scale).sum(1)
            wu = (self.w * self.u).sum(1, keepdim=True)
            u_hat = self.u + (F.softplus(wu) - 1 - wu) * self.w / (self.w ** 2).sum(1, keepdim=True)
            w_u = (self.w * u_hat).sum(1)
            for k in range(len(self.b)):
                t = torch.tanh(z @ self.w[k] + self.b[k])
                z = z + t[:, None] * u_hat[k]
                log_q = log_q - torch.log1p((1 - t ** 2) * w_u[k])
            kl = log_q + 0.5 * (z ** 2).sum(1)
        logits = self.decoder(z)
        return F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(1) + kl


def main():
    torch.manual_seed(0)
    images = (torch.rand(128, 784) < 0.2).float() * torch.rand(128, 784)
    print(f"PyTorch {torch.__version__}, {torch.get_num_threads()} threads", file=sys.stderr)
    models = {"vae-kong-li": (20, 0), "vae-planar-8": (20, 8), "vae-planar-80": (40, 80)}
    steps = {}
    for name, (latent, layers) in models.items():
        vae = Vae(latent, layers)
        adam = torch.optim.Adam(vae.parameters(), lr=1e-3)

        def step(vae=vae, adam=adam):
            adam.zero_grad(set_to_none=True)
            loss = vae.negative_elbo(images).mean()
            loss.backward()
            adam.step()

        for _ in range(5):
            step()
        steps[name] = step
    times = {name: [] for name in models}
    for _ in range(9):
        for name, step in steps.items():
            start = time.perf_counter()
            for _ in range(20):
                step()
            times[name].append((time.perf_counter() - start) / 20 * 1e3)
    for name, values in times.items():
        print(f"{name:15s} {statistics.median(values):8.2f} ms a step (from {min(values):.2f} to {max(values):.2f})")


if __name__ == "__main__":
    main()

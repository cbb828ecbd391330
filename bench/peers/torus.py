"""The square lattice whose opposite edges meet."""

import torch


def torus_adjacency(side):
    """[side² × side²], 1 where two sites are neighbours; at side 2 the left one is the right one too and counts twice."""
    sites = torch.arange(side * side).reshape(side, side)
    adjacency = torch.zeros(side * side, side * side)
    for shift in (1, -1):
        for axis in (0, 1):
            adjacency[sites.flatten(), sites.roll(shift, axis).flatten()] += 1
    return adjacency

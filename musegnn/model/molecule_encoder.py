"""Encoder of molecules: messages between atoms, a virtual node, and a code with its deviation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import torch
from torch import nn
from torch.nn import functional

from musegnn.molecules.molecular_graphs import ATOM_SIZES, BOND_SIZES, ELEMENTS

N_ELEMENTS: Final = len(ELEMENTS) + 1
_BOUND: Final = 8.0  # of the logarithm of a variance
_SMALL: Final = 0.02  # deviation of the weights that give the logarithm of the variance


@dataclass(frozen=True)
class MoleculeBatch:
    """Molecules as tensors.

    Parameters
    ----------
    atoms
        `(A, 9)` int64 codes.
    ends
        `(2, B)` int64: from which atom to which.
    bonds
        `(B,)` int64: one code for all features of a bond.
    molecule_of
        `(A,)` int64.
    n_molecules
        M.
    features
        `(M, F)` float32 fingerprint and descriptors; no columns where they are not read.
    """

    atoms: torch.Tensor
    ends: torch.Tensor
    bonds: torch.Tensor
    molecule_of: torch.Tensor
    n_molecules: int
    features: torch.Tensor


@dataclass(frozen=True)
class Codes:
    """What the encoder says.

    Parameters
    ----------
    mean, log_variance
        `(M, C)` of the normal distribution of each code.
    atoms
        `(A, W)` states of the atoms.
    """

    mean: torch.Tensor
    log_variance: torch.Tensor
    atoms: torch.Tensor

    def rate(self) -> torch.Tensor:
        """Nats that each code keeps, `(M,)`: divergence from the standard normal distribution."""
        terms = self.mean.square() + self.log_variance.exp() - 1 - self.log_variance
        return 0.5 * terms.sum(dim=1)

    def sample(self, generator: torch.Generator) -> torch.Tensor:
        """Draw a code of each molecule, `(M, C)`."""
        drawn = torch.randn(self.mean.shape, generator=generator, device=self.mean.device)
        return self.mean + drawn * (0.5 * self.log_variance).exp()


class Isomorphism(nn.Module):
    r"""Graph isomorphism convolution with features of bonds.

    :math:`x'_i = MLP((1 + \epsilon) x_i + \sum_{j \in N(i)} ReLU(x_j + e_{ij}))`.

    Parameters
    ----------
    width
        Numbers in the state of an atom.

    References
    ----------
    Xu et al., ICLR 2019; Hu et al., ICLR 2020 (features of bonds).
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.epsilon = nn.Parameter(torch.zeros(1))
        self.bonds = nn.ModuleList(nn.Embedding(size, width) for size in BOND_SIZES)
        self.network = two_layers(width, 2 * width, width)

    def forward(self, atoms: torch.Tensor, ends: torch.Tensor, bonds: torch.Tensor) -> torch.Tensor:
        """Convolve `(A, W)` states."""
        # there are 60 kinds of bonds: their vectors are made once, not for each bond
        first, second, third = (torch.as_tensor(table.weight) for table in self.bonds)
        kinds = (first[:, None, None] + second[:, None] + third).flatten(0, 2)
        messages = torch.relu(atoms[ends[0]] + kinds[bonds])
        heard = torch.zeros_like(atoms).index_add_(0, ends[1], messages)
        return torch.as_tensor(self.network((1 + self.epsilon) * atoms + heard))


class MoleculeEncoder(nn.Module):
    """Codes of molecules.

    Parameters
    ----------
    layers, width
        Of the convolutions.
    code_width
        Numbers in a code.
    n_features
        F, numbers in fingerprint and descriptors; 0 reads the graph alone.
    hidden_width
        Numbers in the middle of the branch that reads them.
    dropout
        Share of numbers that is dropped in training.

    References
    ----------
    Liu et al., ICLR 2025 (InfoAlign): 5 layers of 300 with a virtual node, sum over atoms, mean and
    deviation. The branch of fingerprint and descriptors is not theirs.
    """

    def __init__(
        self,
        *,
        layers: int,
        width: int,
        code_width: int,
        n_features: int = 0,
        hidden_width: int = 256,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.dropout, self.n_features = dropout, n_features
        self.atoms = nn.ModuleList(nn.Embedding(size, width) for size in ATOM_SIZES)
        self.convolutions = nn.ModuleList(Isomorphism(width) for _ in range(layers))
        self.norms = nn.ModuleList(nn.BatchNorm1d(width) for _ in range(layers))
        self.virtual = nn.Parameter(torch.zeros(1, width))
        self.of_virtual = nn.ModuleList(
            two_layers(width, 2 * width, width) for _ in range(layers - 1)
        )
        self.elements = nn.Linear(width, N_ELEMENTS)
        read = width
        if n_features:
            self.branch = nn.Sequential(nn.Linear(n_features, hidden_width), nn.ReLU())
            self.pooled_norm = nn.LayerNorm(width)
            read += hidden_width
        self.mean = nn.Linear(read, code_width)
        self.log_variance = nn.Linear(read, code_width)
        nn.init.normal_(self.log_variance.weight, std=_SMALL)

    def forward(self, batch: MoleculeBatch, generator: torch.Generator | None = None) -> Codes:
        """Encode; `generator` is what training drops by.

        Batches of training need two atoms and two molecules, since normalisation is over them.
        """
        states = self._states(batch, generator)
        pooled = _sum_of(states, batch)
        if self.n_features:
            branch = self._drop(self.branch(batch.features), generator)
            pooled = torch.cat([self.pooled_norm(pooled), branch], dim=1)
        log_variance = self.log_variance(pooled).float().clamp(-_BOUND, _BOUND)
        return Codes(self.mean(pooled).float(), log_variance, states)

    def _states(self, batch: MoleculeBatch, generator: torch.Generator | None) -> torch.Tensor:
        """States of the atoms after all rounds, `(A, W)`."""
        states = torch.stack(
            [table(batch.atoms[:, column]) for column, table in enumerate(self.atoms)]
        ).sum(dim=0)
        virtual = self.virtual.expand(batch.n_molecules, -1)
        last = len(self.convolutions) - 1
        for number, (convolve, norm) in enumerate(zip(self.convolutions, self.norms, strict=True)):
            heard = states + virtual[batch.molecule_of]
            states = norm(convolve(heard, batch.ends, batch.bonds).float())
            if number < last:
                states = torch.relu(states)
                told = self.of_virtual[number](virtual + _sum_of(heard, batch))
                virtual = self._drop(torch.relu(told.float()), generator)
            states = self._drop(states, generator)
        return states

    def _drop(self, values: torch.Tensor, generator: torch.Generator | None) -> torch.Tensor:
        """Drop numbers in training, by a generator that checkpoints keep."""
        if not self.training or not self.dropout or generator is None:
            return values
        kept = torch.rand(values.shape, generator=generator, device=values.device) >= self.dropout
        return values * kept / (1 - self.dropout)


class ContextDecoders(nn.Module):
    """One decoder for each block of nodes that has features.

    Parameters
    ----------
    code_width
        Numbers in a code.
    hidden_width
        Numbers in the middle of a decoder.
    sizes
        Number of a block -> its features.
    """

    def __init__(self, code_width: int, hidden_width: int, sizes: Mapping[int, int]) -> None:
        super().__init__()
        self.of_block = nn.ModuleDict(
            {
                str(block): nn.Sequential(
                    nn.Linear(code_width, hidden_width), nn.ReLU(), nn.Linear(hidden_width, size)
                )
                for block, size in sizes.items()
            }
        )

    def forward(self, block: int, codes: torch.Tensor) -> torch.Tensor:
        """Logits of the features of nodes of a block, `(N, F)`, told from the codes."""
        return torch.as_tensor(self.of_block[str(block)](codes)).float()


class BottleneckNetwork(nn.Module):
    """Encoder and decoders: every weight of a training."""

    def __init__(self, encoder: MoleculeEncoder, decoders: ContextDecoders) -> None:
        super().__init__()
        self.encoder, self.decoders = encoder, decoders


def surplus_entropy(logits: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """Nats by which features are told worse than they could be, mean of each row.

    Binary cross-entropy of features between 0 and 1 without the entropy of the features
    themselves, which no code can change: 0 is perfect.
    """
    crossed = functional.binary_cross_entropy_with_logits(logits, wanted, reduction="none")
    own = torch.special.entr(wanted) + torch.special.entr(1 - wanted)
    return (crossed - own).mean(dim=1)


def one_code(bonds: Sequence[torch.Tensor] | torch.Tensor) -> torch.Tensor:
    """Number the features of bonds, `(B, 3)`, as one code, `(B,)`."""
    columns = torch.as_tensor(bonds).long()
    return (columns[:, 0] * BOND_SIZES[1] + columns[:, 1]) * BOND_SIZES[2] + columns[:, 2]


def two_layers(read: int, hidden: int, told: int) -> nn.Sequential:
    """Linear, normalisation over the batch, ReLU, linear."""
    return nn.Sequential(
        nn.Linear(read, hidden), nn.BatchNorm1d(hidden), nn.ReLU(), nn.Linear(hidden, told)
    )


def _sum_of(states: torch.Tensor, batch: MoleculeBatch) -> torch.Tensor:
    """Sum of the states of the atoms of each molecule, `(M, W)`."""
    total = torch.zeros(batch.n_molecules, states.shape[1], device=states.device)
    return total.index_add_(0, batch.molecule_of, states.float())

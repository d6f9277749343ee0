"""The bottleneck objective: tell the context of a molecule from a code that costs what it keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch.nn import functional

from musegnn.errors import InputError
from musegnn.model.molecule_encoder import (
    N_ELEMENTS,
    BottleneckNetwork,
    ContextDecoders,
    MoleculeBatch,
    MoleculeEncoder,
    one_code,
    surplus_entropy,
)
from musegnn.molecules.context_graph import MOLECULE, ContextGraph
from musegnn.molecules.context_walks import NOWHERE, walk
from musegnn.molecules.encoder_inputs import BITS, EncoderInputs, FeatureScale
from musegnn.molecules.molecular_graphs import HIDDEN
from musegnn.runs.kinds.molecules import MoleculeSettings
from musegnn.training.objective import LOSS
from musegnn.training.precision import matrix_products

TERMS = ("structure", "context", "rate_bits", "elements")
_BITS = float(1 / np.log(2))  # of a nat
_PART = 512  # molecules that are encoded at once


class BottleneckObjective:
    """Weights, optimiser state and random draws of a training on molecules.

    The code of a molecule has to tell its own fingerprint and the features of the nodes that walks
    over the context visit, each weighted by the product of the weights of the edges to it
    (sufficiency), and pays `beta` for each nat that it keeps (minimality). Elements of hidden atoms
    are told from the states of the atoms.

    Parameters
    ----------
    context
        Its first block holds the molecules.
    inputs
        The same molecules as the encoder reads them, all of which could be read.
    scale
        On which the encoder reads descriptors.
    settings
        All settings.
    device
        Where it computes.

    Raises
    ------
    InputError
        If there are fewer than four molecules, or they are not those of the context.
    """

    step_setting, least_step = "batch", 2  # normalisation is over the molecules of a step

    def __init__(
        self,
        context: ContextGraph,
        inputs: EncoderInputs,
        scale: FeatureScale,
        settings: MoleculeSettings,
        device: torch.device,
    ) -> None:
        molecules = context.blocks[0] if context.blocks else None
        if molecules is None or molecules.kind != MOLECULE or len(molecules) != len(inputs):
            msg = f"Expected the {len(inputs):,} molecules of the context first in it."
            raise InputError(msg, "Make the context again.")
        if len(inputs) < 4 or not inputs.is_read.all():
            msg = f"Expected at least 4 molecules that can be read, found {len(inputs)}."
            raise InputError(msg, "Give more structures.")
        self.settings, self.device = settings, device
        self.rng = np.random.default_rng([settings.seed, 2])
        self._drawing = torch.Generator(device).manual_seed(settings.seed)
        self.generator: torch.Generator | None = self._drawing  # which checkpoints keep
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(settings.seed)
            network = make_network(sizes_of(context), scale, settings)
        self._network = network.to(device)
        self._optimiser = torch.optim.Adam(
            network.parameters(), settings.learning_rate, weight_decay=settings.weight_decay
        )
        self._context, self._inputs, self._scale = context, inputs, scale
        self._scaled = scale.scaled(inputs) if settings.reads_fingerprints else inputs
        self._told = [
            torch.from_numpy(np.asarray(block.features, np.float32)).to(device)
            for block in context.blocks
        ]

    @property
    def network(self) -> BottleneckNetwork:
        """Every weight."""
        return self._network

    @property
    def optimiser(self) -> torch.optim.Optimizer:
        """Over all weights."""
        return self._optimiser

    def run_epoch(self) -> dict[str, torch.Tensor]:
        """Walk from all molecules, and take a step for each batch; mean of the loss and terms."""
        self._network.train()
        n, settings = len(self._inputs), self.settings
        visited = self._walk(np.arange(n))
        order = self.rng.permutation(n)
        sums = {name: torch.zeros((), device=self.device) for name in (LOSS, *TERMS)}
        batches = [
            b for b in np.split(order, range(settings.batch, n, settings.batch)) if len(b) > 1
        ]
        for rows in batches:
            terms = self._terms(rows, visited[0][rows], visited[1][rows])
            loss = self._weighted(terms)
            self._optimiser.zero_grad(set_to_none=True)
            loss.backward()
            self._optimiser.step()
            for name, value in {LOSS: loss, **terms}.items():
                sums[name] += value.detach()
        return {name: value / len(batches) for name, value in sums.items()}

    @property
    def step_size(self) -> int:
        """Molecules in the largest step."""
        return min(self.settings.batch, len(self._inputs))

    def try_step(self, size: int) -> None:
        """Compute the gradients of a step of the largest molecules and forget them."""
        atoms = np.diff(self._inputs.graphs.atom_start)
        rows = np.argsort(-atoms, kind="stable")[:size]
        self._network.train()
        try:
            self._weighted(self._terms(rows, *self._walk(rows))).backward()
        finally:
            self._optimiser.zero_grad(set_to_none=True)

    def _walk(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Nodes that walks from some molecules visit, and the weight of each, `(R, V)`."""
        starts = np.repeat(rows, self.settings.walks)
        walks = walk(self._context.adjacency, starts, self.rng, length=self.settings.walk_length)
        return walks.nodes.reshape(len(rows), -1), walks.weight.reshape(len(rows), -1)

    def _weighted(self, terms: dict[str, torch.Tensor]) -> torch.Tensor:
        """Sum the terms with their factors."""
        settings = self.settings
        loss = terms["structure"] + settings.context_weight * terms["context"]
        loss = loss + settings.beta * terms["rate_bits"] / _BITS
        return loss + settings.masked_weight * terms["elements"]

    def _terms(
        self, rows: np.ndarray, nodes: np.ndarray, weight: np.ndarray
    ) -> dict[str, torch.Tensor]:
        """Terms of the loss of some molecules, whose walks visited some nodes."""
        batch = batch_of(
            self._scaled.take(rows), self.device, reads=self.settings.reads_fingerprints
        )
        hidden = self.rng.random(len(batch.atoms)) < self.settings.masked_share
        is_hidden = torch.from_numpy(hidden).to(self.device)
        elements = batch.atoms[:, 0].clone()
        batch.atoms[:, 0] = torch.where(is_hidden, HIDDEN, elements)
        with matrix_products(self.settings.precision, self.device):
            codes = self._network.encoder(batch, self._drawing)
            is_drawn = self.settings.decodes == "sample"
            drawn = codes.sample(self._drawing) if is_drawn else codes.mean
            own = surplus_entropy(self._network.decoders(0, drawn), self._told[0][rows]).mean()
            told = self._network.encoder.elements(codes.atoms).float()
        wrong = functional.cross_entropy(told, elements.clamp(max=N_ELEMENTS - 1), reduction="none")
        return {
            "structure": own,
            "context": self._context_term(drawn, nodes, weight),
            "rate_bits": codes.rate().mean() * _BITS,
            "elements": (wrong * is_hidden).sum() / is_hidden.sum().clamp(min=1),
        }

    def _context_term(
        self, codes: torch.Tensor, nodes: np.ndarray, weight: np.ndarray
    ) -> torch.Tensor:
        """Sum over blocks of how badly visited nodes are told, by the weights of the walks.

        The first node of a walk is the molecule itself, which the term of the structure has.
        """
        length = self.settings.walk_length + 1
        is_asked = (nodes != NOWHERE) & (np.arange(nodes.shape[1]) % length > 0)
        at, column = np.nonzero(is_asked)
        node, heavy = nodes[at, column], weight[at, column]
        block = self._context.block_of[node]
        total = torch.zeros((), device=self.device)
        for number, told in enumerate(self._told):
            here = np.flatnonzero(block == number)
            if not len(here) or not told.shape[1]:
                continue
            # a node that several walks visit is told once, with the sum of their weights
            pairs = np.stack([at[here], node[here]])
            unique, which = np.unique(pairs, axis=1, return_inverse=True)
            weights = np.bincount(which.ravel(), heavy[here], minlength=unique.shape[1])
            codes_here = codes[torch.from_numpy(unique[0]).to(self.device)]
            places = torch.from_numpy(unique[1] - self._context.starts[number]).to(self.device)
            with matrix_products(self.settings.precision, self.device):
                logits = self._network.decoders(number, codes_here)
            wrong = surplus_entropy(logits, told[places])
            heaviness = torch.from_numpy(weights.astype(np.float32)).to(self.device)
            total = total + (wrong * heaviness).sum() / (len(codes) * self.settings.walks)
        return total

    def encode(self, numbers: Sequence[int] | None = None) -> list[np.ndarray]:
        """Mean codes of all molecules, `(M, C)` float32; the one graph, so to say."""
        return [self.codes()[0]]

    def codes(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean codes of all molecules and the bits that each keeps, as `encode_molecules`."""
        return encode_molecules(self._network.encoder, self._inputs, self._scale, self.device)


def sizes_of(context: ContextGraph) -> dict[int, int]:
    """Number of each block that has features -> how many."""
    return {
        number: block.features.shape[1]
        for number, block in enumerate(context.blocks)
        if block.features.shape[1] and len(block)
    }


def make_network(
    sizes: Mapping[int, int], scale: FeatureScale, settings: MoleculeSettings
) -> BottleneckNetwork:
    """Make encoder and decoders for the blocks of a context."""
    return BottleneckNetwork(
        make_encoder(settings, scale),
        ContextDecoders(settings.code_width, settings.hidden_width, sizes),
    )


def make_encoder(settings: MoleculeSettings, scale: FeatureScale) -> MoleculeEncoder:
    """Make an encoder without trained weights."""
    return MoleculeEncoder(
        layers=settings.layers,
        width=settings.width,
        code_width=settings.code_width,
        n_features=BITS + scale.levels.shape[1] if settings.reads_fingerprints else 0,
        hidden_width=settings.hidden_width,
        dropout=settings.dropout,
    )


def batch_of(inputs: EncoderInputs, device: torch.device, *, reads: bool) -> MoleculeBatch:
    """Bring molecules, whose descriptors are scaled, to a device.

    `reads` tells whether the encoder reads fingerprints and descriptors.
    """
    graphs = inputs.graphs
    parts = [inputs.fingerprints, inputs.descriptors] if reads else [np.zeros((len(inputs), 0))]
    features = np.concatenate([part.astype(np.float32) for part in parts], axis=1)
    return MoleculeBatch(
        torch.from_numpy(graphs.atoms.astype(np.int64)).to(device),
        torch.from_numpy(graphs.ends.astype(np.int64)).to(device),
        one_code(torch.from_numpy(graphs.bonds.astype(np.int64))).to(device),
        torch.from_numpy(graphs.molecule_of).to(device),
        len(inputs),
        torch.from_numpy(features).to(device),
    )


@torch.no_grad()
def encode_molecules(
    encoder: MoleculeEncoder, inputs: EncoderInputs, scale: FeatureScale, device: torch.device
) -> tuple[np.ndarray, np.ndarray]:
    """Encode molecules, some at a time.

    Returns
    -------
    Mean codes `(M, C)` float32 and the bits that each keeps `(M,)`; zeros where a structure could
    not be read.
    """
    was_training = encoder.training
    encoder.eval()
    width = encoder.mean.out_features
    means, bits = np.zeros((len(inputs), width), np.float32), np.zeros(len(inputs), np.float32)
    readable = np.flatnonzero(inputs.is_read)
    for at in range(0, len(readable), _PART):
        rows = readable[at : at + _PART]
        part = scale.scaled(inputs.take(rows))
        codes = encoder(batch_of(part, device, reads=encoder.n_features > 0))
        means[rows] = codes.mean.cpu().numpy()
        bits[rows] = codes.rate().cpu().numpy() * _BITS
    encoder.train(was_training)
    return means, bits

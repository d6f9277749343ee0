"""Settings of a training run: frozen, complete, one class for each method."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

from musegnn.errors import InputError
from musegnn.model.aligned_network import AlignedNetworkConfig
from musegnn.model.attention import KernelName
from musegnn.model.network import NetworkConfig
from musegnn.training.precision import PRECISIONS, Precision
from musegnn.validation import check_choice, check_positive, check_share


@dataclass(frozen=True)
class TrainingConfig:
    """What every method has.

    Parameters
    ----------
    epochs
        Rounds over all graphs.
    seed
        Of initial weights and of every draw.
    patience
        Stop when the AUROC of edges hidden for validation has not risen for so many validations;
        0 trains to the end and hides nothing.
    validate_every
        Epochs from one validation to the next.
    precision
        "float32", or "bfloat16" for matrix products (see `musegnn.training.precision`).
    """

    epochs: int = 100
    seed: int = 0
    patience: int = 0
    validate_every: int = 5
    precision: Precision = "float32"
    method: ClassVar[str] = ""

    def __post_init__(self) -> None:
        """Check ranges."""
        for name in ("epochs", "validate_every"):
            check_positive(getattr(self, name), name=name)
        for name in ("seed", "patience"):
            if getattr(self, name) < 0:
                msg = f"Expected `{name}` to be 0 or more, found {getattr(self, name)}."
                raise InputError(msg, "Choose a whole number such as 0.")
        check_choice(self.precision, PRECISIONS, name="precision")

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as plain values, ready for JSON; `method` names the class."""
        return {"method": self.method, **asdict(self)}

    @property
    def hash(self) -> str:
        """First 12 digits of the SHA-256 of the settings."""
        text = json.dumps(self.to_dict(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]


@dataclass(frozen=True)
class PublishedConfig(TrainingConfig):
    """The published method; the defaults are the published numbers.

    Parameters
    ----------
    encoder_learning_rate, decoder_learning_rate
        Of Adam, per step; one step a graph.
    similarity_weight
        Factor of the weighted similarity term.
    contrastive_weight
        Factor lambda_c of the contrastive term.
    contrastive_genes
        Most genes drawn from each graph of a pair for the contrastive term.
    temperature
        tau of the contrastive term.
    scale_features
        Divide the features of each graph by their root mean square.
    kernel
        "auto", "dgl" or "dense".
    network
        Sizes of the network.
    """

    epochs: int = 2000
    encoder_learning_rate: float = 1e-4
    decoder_learning_rate: float = 1e-3
    similarity_weight: float = 1.0
    contrastive_weight: float = 0.01
    contrastive_genes: int = 100
    temperature: float = 0.07
    scale_features: bool = False
    kernel: KernelName = "auto"
    network: NetworkConfig = field(default_factory=NetworkConfig)
    method: ClassVar[str] = "published"

    def __post_init__(self) -> None:
        """Check ranges."""
        super().__post_init__()
        for name in ("encoder_learning_rate", "decoder_learning_rate", "temperature"):
            check_positive(getattr(self, name), name=name)
        check_choice(self.kernel, ("auto", "dgl", "dense"), name="kernel")


@dataclass(frozen=True)
class AlignedConfig(TrainingConfig):
    """Features aligned by Procrustes before training, all graphs of a group in one step.

    Parameters
    ----------
    learning_rate
        Of Adam.
    n_components
        Leading features of each graph that are aligned.
    company_weight, abundance_weight
        Length of the company of a gene (see `musegnn.graphs.company`) and of its abundance (see
        `musegnn.graphs.abundance`) against that of its aligned features, which is 1, where the
        consensus is sought; 0 leaves them out.
    consensus_weight
        Length of the consensus (see `musegnn.graphs.consensus`) against that of the aligned
        features, which is 1, in the start of a gene; 0 leaves it out.
    consensus_ridge
        Penalty of the regressions onto the consensus, against the mean square of a feature.
    consensus_power
        How much more a direction counts that graphs agree on, 0 or more.
    smoothing
        Share of the mean of its neighbours in the aligned features of a gene, 0 to 1.
    graphs_per_step
        Graphs in one step, drawn anew in each epoch; bounds the memory.
    hidden_edges
        Share of the edges hidden from attention in each step, which the decoder must find, 0 to 1.
    dropout
        Share of features and of hidden units left out, 0 to 1.
    reconstruction_weight
        Factor of the reconstruction term.
    edge_weight
        Weight of an edge against a non-edge in the reconstruction term.
    tether_weight
        Factor of the term that holds vectors to their start.
    contrastive_weight
        Factor of the term by which the same gene must find itself in another graph.
    temperature
        tau of that term.
    pairs_per_step
        Most pairs of graphs compared in one step.
    network
        Sizes of the network.
    """

    epochs: int = 40
    learning_rate: float = 3e-3
    n_components: int = 64
    company_weight: float = 0.6
    abundance_weight: float = 0.4
    consensus_weight: float = 1.25
    consensus_ridge: float = 0.7
    consensus_power: float = 3.0
    smoothing: float = 0.0
    graphs_per_step: int = 12
    hidden_edges: float = 0.5
    dropout: float = 0.4
    reconstruction_weight: float = 0.3
    edge_weight: float = 5.0
    tether_weight: float = 3.0
    contrastive_weight: float = 0.1
    temperature: float = 0.1
    pairs_per_step: int = 12
    network: AlignedNetworkConfig = field(default_factory=AlignedNetworkConfig)
    method: ClassVar[str] = "aligned"

    def __post_init__(self) -> None:
        """Check ranges."""
        super().__post_init__()
        above_zero = ("learning_rate", "n_components", "graphs_per_step", "temperature")
        for name in (*above_zero, "consensus_ridge"):
            check_positive(getattr(self, name), name=name)
        lengths = ("company_weight", "abundance_weight", "consensus_weight", "consensus_power")
        for name in lengths:
            if getattr(self, name) < 0:
                msg = f"Expected `{name}` to be 0 or more, found {getattr(self, name)}."
                raise InputError(msg, "Choose a number such as 0.6.")
        for name in ("smoothing", "hidden_edges"):
            check_share(getattr(self, name), name=name)
        if not 0 <= self.dropout < 1:
            msg = f"Expected `dropout` to be at least 0 and below 1, found {self.dropout}."
            raise InputError(msg, "Choose a share such as 0.4.")


CONFIGS: dict[str, type[TrainingConfig]] = {
    config.method: config for config in (PublishedConfig, AlignedConfig)
}

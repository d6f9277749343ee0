"""Settings of the training methods as schemas, for forms and for checks before a run starts.

The settings themselves are dataclasses beside the networks (`musegnn.training.config`), which pages
cannot load: they come with torch. A test holds both to the same names, types and defaults.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0, le=1e6)]
Weight = Annotated[float, Field(ge=0, le=1e6)]
Width = Annotated[int, Field(ge=1, le=1024)]
Heads = Annotated[int, Field(ge=1, le=64)]
Count = Annotated[int, Field(ge=1, le=100_000)]


class _Form(BaseModel):
    """Values keep their type, and no key is let through that nobody reads."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class PublishedNetwork(_Form):
    """Sizes of the published network."""

    dataset_width: Width = Field(32, description="Width of one head in the layer of a dataset")
    dataset_heads: Heads = Field(4, description="Heads of the layer of a dataset")
    shared_width: Width = Field(32, description="Width of one head in the shared layer")
    shared_heads: Heads = Field(2, description="Heads of the shared layer")
    embedding_width: Width = Field(32, description="Numbers in the vector of a gene")
    decoder_width: Width | None = Field(None, description="Width of the decoder; none: all genes")


class AlignedNetwork(_Form):
    """Sizes of the network that corrects aligned features."""

    width: Width = Field(32, description="Width of one head")
    heads: Heads = Field(4, description="Heads of attention")
    embedding_width: Width = Field(32, description="Numbers in the vector of a gene")


class _TrainingForm(_Form):
    """What every method has."""

    epochs: int = Field(100, ge=1, le=1_000_000, description="Rounds over all datasets")
    seed: int = Field(0, ge=0, lt=2**31, description="Seed of initial weights and of every draw")
    patience: int = Field(
        0, ge=0, le=100_000, description="Stop after so many validations without gain; 0: never"
    )
    validate_every: Count = Field(5, description="Epochs from one validation to the next")
    precision: Literal["float32", "bfloat16"] = Field(
        "float32", description="Number format of matrix products; bfloat16 is for GPUs"
    )


class PublishedSettings(_TrainingForm):
    """The published method (preset `paper`)."""

    method: Literal["published"] = "published"
    epochs: int = Field(2000, ge=1, le=1_000_000, description="Rounds over all datasets")
    encoder_learning_rate: Positive = Field(1e-4, description="Step size of the encoders")
    decoder_learning_rate: Positive = Field(1e-3, description="Step size of the decoders")
    similarity_weight: Weight = Field(1.0, description="Factor of the weighted similarity term")
    contrastive_weight: Weight = Field(0.01, description="Factor of the contrastive term")
    contrastive_genes: Count = Field(100, description="Most genes drawn for the contrastive term")
    temperature: Positive = Field(0.07, description="Temperature of the contrastive term")
    scale_features: bool = Field(False, description="Divide features by their root mean square")  # noqa: FBT003 - the default
    kernel: Literal["auto", "dgl", "dense"] = Field("auto", description="How attention is computed")
    network: PublishedNetwork = Field(default_factory=PublishedNetwork)  # type: ignore[arg-type]


class AlignedSettings(_TrainingForm):
    """Features aligned before training (preset `default`)."""

    method: Literal["aligned"] = "aligned"
    epochs: int = Field(40, ge=1, le=1_000_000, description="Rounds over all datasets")
    learning_rate: Positive = Field(3e-3, description="Step size of the optimiser")
    n_components: Width = Field(64, description="Leading features of each dataset that are aligned")
    company_weight: Weight = Field(0.6, description="Length of a gene's company; 0 leaves it out")
    abundance_weight: Weight = Field(0.4, description="Length of a gene's abundance; 0: left out")
    consensus_weight: Weight = Field(1.25, description="Length of what datasets agree on; 0: none")
    consensus_ridge: Positive = Field(0.7, description="Penalty of the map onto the consensus")
    consensus_power: Weight = Field(3.0, description="How much more agreed directions count")
    smoothing: Share = Field(0.0, description="Share of the neighbours in the aligned features")
    graphs_per_step: Count = Field(12, description="Datasets in one step; bounds the memory")
    hidden_edges: Share = Field(0.5, description="Share of edges hidden from attention")
    dropout: float = Field(0.4, ge=0, lt=1, description="Share of features and units left out")
    reconstruction_weight: Weight = Field(0.3, description="Factor of the reconstruction term")
    edge_weight: Weight = Field(5.0, description="Weight of an edge against a non-edge")
    tether_weight: Weight = Field(3.0, description="Factor that holds vectors to their start")
    contrastive_weight: Weight = Field(0.1, description="Factor of the contrastive term")
    temperature: Positive = Field(0.1, description="Temperature of the contrastive term")
    pairs_per_step: Count = Field(12, description="Most pairs of datasets compared in one step")
    network: AlignedNetwork = Field(default_factory=AlignedNetwork)  # type: ignore[arg-type]


TrainingSettings = Annotated[PublishedSettings | AlignedSettings, Field(discriminator="method")]
FORMS: dict[str, type[PublishedSettings] | type[AlignedSettings]] = {
    "published": PublishedSettings,
    "aligned": AlignedSettings,
}

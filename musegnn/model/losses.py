"""The three terms of the loss."""

from __future__ import annotations

import torch
from torch.nn import functional


def reconstruction_loss(
    logits: torch.Tensor, adjacency: torch.Tensor, known: torch.Tensor | None = None
) -> torch.Tensor:
    """Binary cross-entropy of edge logits, mean over all ordered pairs of different genes.

    Parameters
    ----------
    logits
        `(G, G)`; with `known` also `(B, G, G)` for a batch of graphs.
    adjacency
        Same shape, float, 1 for an edge.
    known
        Same shape, weight of each pair, 0 for pairs that must teach nothing; None counts all alike.
    """
    n_genes = logits.shape[0]
    loss = functional.binary_cross_entropy_with_logits(logits, adjacency, reduction="none")
    if known is None:
        return (loss.sum() - loss.diagonal().sum()) / (n_genes * (n_genes - 1))
    counted = known - torch.diag_embed(known.diagonal(dim1=-2, dim2=-1))
    return (loss * counted).sum() / counted.sum().clamp_min(1)


def weighted_similarity_loss(
    vectors: torch.Tensor, partner_vectors: torch.Tensor, weight: torch.Tensor
) -> torch.Tensor:
    """Pull vectors of the same gene in two graphs together.

    L = -(1/n) sum_g w_g cos(z_g, z'_g)

    Parameters
    ----------
    vectors, partner_vectors
        `(n, D)`: rows are the same genes in the same order.
    weight
        `(n,)` in [0, 1]: Jaccard overlap of the gene's neighbours in the two graphs.

    Returns
    -------
    Scalar in [-1, 1]; for n = 0 a zero through which `backward` still works.
    """
    if len(weight) == 0:
        return vectors.sum() * 0
    return -(weight * functional.cosine_similarity(vectors, partner_vectors, dim=1)).mean()


def contrastive_loss(
    anchors: torch.Tensor, positives: torch.Tensor, temperature: float
) -> torch.Tensor:
    r"""NT-Xent: each anchor must find its positive among all other vectors, and vice versa.

    :math:`L = -\frac{1}{2n}\sum_a \log\frac{e^{cos(a, p)/\tau}}{\sum_{b \ne a} e^{cos(a, b)/\tau}}`

    Parameters
    ----------
    anchors, positives
        `(n, D)`: row i of one belongs to row i of the other.
    temperature
        tau, greater than 0.

    Returns
    -------
    Scalar; for n = 0 a zero through which `backward` still works.

    References
    ----------
    Chen et al., ICML 2020, equation 1.
    """
    n = len(anchors)
    if n == 0:
        return anchors.sum() * 0
    vectors = functional.normalize(torch.cat([anchors, positives]), dim=1)  # (2n, D)
    logits = vectors @ vectors.T / temperature  # (2n, 2n)
    logits = logits.masked_fill(
        torch.eye(2 * n, dtype=torch.bool, device=logits.device), float("-inf")
    )
    target = torch.arange(2 * n, device=logits.device).roll(n)
    return functional.cross_entropy(logits, target)

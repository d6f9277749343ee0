"""The encoder of molecules, beside dense matrices and torch's own distributions."""

import numpy as np
import pytest
import torch
from torch.distributions import Bernoulli, Normal, kl_divergence

from musegnn.model.molecule_encoder import Codes, MoleculeEncoder, one_code, surplus_entropy
from musegnn.molecules.encoder_inputs import FeatureScale, read_inputs
from musegnn.training.bottleneck import batch_of

STRUCTURES = ("CC(=O)Oc1ccccc1C(=O)O", "C/C=C/C#N", "C[C@H](N)C(=O)[O-]", "O=S(=O)(Cl)c1ccncc1")


@pytest.fixture(scope="module")
def batch():
    inputs = read_inputs(STRUCTURES)
    scale = FeatureScale.of(inputs.descriptors)
    return batch_of(scale.scaled(inputs), torch.device("cpu"), reads=True)


def dense_codes(encoder, batch):
    """Encode molecule by molecule with adjacency matrices, one atom and bond at a time."""
    means, variances = [], []
    for molecule in range(batch.n_molecules):
        own = torch.nonzero(batch.molecule_of == molecule)[:, 0]
        place = {int(atom): row for row, atom in enumerate(own)}
        state = torch.zeros(len(own), encoder.virtual.shape[1])
        for column, table in enumerate(encoder.atoms):
            state += table.weight[batch.atoms[own, column]]
        virtual = encoder.virtual[0].clone()
        n = len(encoder.convolutions)
        for number in range(n):
            convolve, norm = encoder.convolutions[number], encoder.norms[number]
            heard = state + virtual
            total = (1 + convolve.epsilon) * heard
            for a, b, kind in zip(*batch.ends.tolist(), batch.bonds.tolist(), strict=True):
                if b in place:
                    first, rest = divmod(kind, 12)
                    second, third = divmod(rest, 2)
                    bond = (
                        convolve.bonds[0].weight[first]
                        + convolve.bonds[1].weight[second]
                        + convolve.bonds[2].weight[third]
                    )
                    extra = torch.zeros_like(total)
                    extra[place[b]] = torch.relu(heard[place[a]] + bond)
                    total = total + extra
            state = norm(convolve.network(total))
            if number < n - 1:
                state = torch.relu(state)
                virtual = torch.relu(
                    encoder.of_virtual[number]((virtual + heard.sum(dim=0))[None])[0]
                )
        pooled = state.sum(dim=0)
        if encoder.n_features:
            branch = encoder.branch(batch.features[molecule])
            pooled = torch.cat([encoder.pooled_norm(pooled), branch])
        means.append(encoder.mean(pooled))
        variances.append(encoder.log_variance(pooled))
    return torch.stack(means), torch.stack(variances)


@pytest.mark.parametrize("n_features", [0, None])
def test_messages_are_those_of_a_dense_matrix(batch, n_features):
    torch.manual_seed(0)
    width = batch.features.shape[1] if n_features is None else n_features
    encoder = MoleculeEncoder(layers=3, width=12, code_width=5, n_features=width, hidden_width=7)
    for norm in encoder.norms:  # statistics that do something
        norm.running_mean.normal_()
        norm.running_var.uniform_(0.5, 2)
    with torch.no_grad():
        encoder.virtual.normal_()
        for convolve in encoder.convolutions:
            convolve.epsilon.fill_(0.3)
    encoder.eval()
    with torch.no_grad():
        codes = encoder(batch)
        mean, log_variance = dense_codes(encoder, batch)
    torch.testing.assert_close(codes.mean, mean, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(codes.log_variance, log_variance, rtol=1e-4, atol=1e-5)


def test_a_molecule_has_the_same_code_whatever_stands_beside_it(batch):
    torch.manual_seed(0)
    encoder = MoleculeEncoder(layers=2, width=8, code_width=4).eval()
    alone = batch_of(read_inputs(STRUCTURES[2:3]), torch.device("cpu"), reads=False)
    with torch.no_grad():
        torch.testing.assert_close(encoder(alone).mean[0], encoder(batch).mean[2])


def test_rate_is_the_divergence_that_torch_computes():
    torch.manual_seed(1)
    mean, log_variance = torch.randn(6, 9), torch.randn(6, 9)
    codes = Codes(mean, log_variance, torch.zeros(0, 1))
    own = Normal(mean, (0.5 * log_variance).exp())
    expected = kl_divergence(own, Normal(0.0, 1.0)).sum(dim=1)
    torch.testing.assert_close(codes.rate(), expected)
    assert Codes(mean * 0, mean * 0, mean).rate().abs().max() == 0


def test_samples_have_the_mean_and_deviation_that_the_code_says():
    mean, log_variance = torch.tensor([[2.0, -1.0]]), torch.tensor([[0.0, -2.0]])
    codes = Codes(mean.expand(20_000, -1), log_variance.expand(20_000, -1), mean)
    drawn = codes.sample(torch.Generator().manual_seed(0))
    torch.testing.assert_close(drawn.mean(dim=0), mean[0], atol=0.03, rtol=0)
    deviation = (0.5 * log_variance[0]).exp()
    torch.testing.assert_close(drawn.std(dim=0), deviation, atol=0.03, rtol=0)


def test_surplus_is_the_divergence_of_what_is_told_from_what_is():
    torch.manual_seed(2)
    logits, wanted = torch.randn(4, 7), torch.rand(4, 7)
    expected = kl_divergence(Bernoulli(wanted), Bernoulli(logits=logits)).mean(dim=1)
    torch.testing.assert_close(surplus_entropy(logits, wanted), expected, rtol=1e-4, atol=1e-6)
    perfect = torch.logit(wanted)
    assert surplus_entropy(perfect, wanted).abs().max() < 1e-6


def test_features_of_a_bond_make_one_code_each():
    grid = np.stack(np.meshgrid(range(5), range(6), range(2), indexing="ij"), axis=-1)
    found = one_code(torch.from_numpy(grid.reshape(-1, 3)))
    assert found.tolist() == list(range(60))


def test_scale_gives_normal_deviates_of_ranks():
    rng = np.random.default_rng(0)
    inputs = read_inputs(["C"] * 400)
    values = np.repeat(rng.lognormal(size=(400, 1)), inputs.descriptors.shape[1], axis=1)
    values[:5, 1] = np.nan
    values[:, 2] = 3
    made = inputs.__class__(inputs.graphs, inputs.bits, values, inputs.scaffolds, inputs.keys)
    found = FeatureScale.of(values).scaled(made).descriptors
    assert abs(found[:, 0].mean()) < 0.05
    assert 0.9 < found[:, 0].std() < 1.1
    assert np.abs(found[:5, 1]).max() < 0.05
    assert (found[:, 2] == 0).all()

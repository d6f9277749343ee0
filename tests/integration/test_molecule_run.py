"""A training on molecules, from a context to an encoder that embeds other structures."""

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

from musegnn.embeddings.vector_set import VectorSet, read_vector_set
from musegnn.errors import DataFileError
from musegnn.molecules.context_build import ContextTables, Measured, build_context
from musegnn.molecules.context_graph import write_context
from musegnn.molecules.embedding import embed_text
from musegnn.molecules.encoder_inputs import read_inputs
from musegnn.molecules.forms import forms_digest
from musegnn.molecules.plain_encoder import read_plain_encoder
from musegnn.runs.kinds.molecules import CONTEXT, MoleculeSettings
from musegnn.worker.here import perform_on_files
from musegnn.worker.molecules import read_encoder

TEXTS = tuple(f"{'C' * n}{tail}" for n in range(1, 7) for tail in ("O", "N", "Cl", "c1ccccc1"))
SETTINGS = MoleculeSettings(
    epochs=2, batch=8, layers=1, width=8, code_width=4, hidden_width=16, walks=1
)


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    folder = tmp_path_factory.mktemp("molecules")
    inputs = read_inputs(TEXTS)
    rng = np.random.default_rng(0)
    signatures = Measured("made", inputs.keys, rng.normal(size=(len(TEXTS), 5)), tuple("ABCDE"))
    tables = ContextTables(
        inputs.keys, TEXTS, inputs.scaffolds, inputs.fingerprints, expression=(signatures,)
    )
    write_context(build_context(tables), folder / "context.npz")
    perform_on_files(folder / "run", SETTINGS, {CONTEXT: folder / "context.npz"}, device="cpu")
    return folder / "run" / "result"


def test_a_run_leaves_molecules_that_open_as_a_set(result):
    found = read_vector_set(result / "molecules.h5ad", VectorSet)
    assert len(found) == len(TEXTS)
    assert found.vectors.shape[1] == 4
    assert set(found.table["smiles"]) == set(TEXTS)
    assert set(found.table["scaffold"]) == {"no rings", "c1ccccc1"}
    assert (found.table["bits kept"] > 0).all()


def test_its_encoder_gives_other_lists_the_codes_of_the_run_and_names_what_is_no_molecule(result):
    trained = read_vector_set(result / "molecules.h5ad", VectorSet)
    drug = "CC(=O)Oc1ccccc1C(=O)O"
    found = embed_text(
        "\n".join([*TEXTS, "nonsense", TEXTS[-1], drug]),
        read_plain_encoder(result / "encoder.safetensors"),
        None,
    )
    # some have fewer than four heavy atoms, of which nothing is said
    assert set(found.refused["row"]) >= {1, len(TEXTS) + 1, len(TEXTS) + 2}
    by_text = dict(zip(trained.table["smiles"], trained.vectors, strict=True))
    given = {row: TEXTS[row - 1] for row in found.table["row"] if row <= len(TEXTS)}
    assert len(given) > len(TEXTS) / 2
    assert found.table["row"].iloc[-1] == len(TEXTS) + 3
    for row, vector in zip(found.table["row"], found.codes, strict=True):
        if row in given:
            np.testing.assert_allclose(vector, by_text[given[row]], atol=2e-3, rtol=2e-3)


def test_its_encoder_gives_the_same_codes_without_the_library_that_trained_it(result):
    inputs = read_inputs([*TEXTS, "no molecule", "CC(=O)Oc1ccccc1C(=O)O"])
    codes, bits = read_encoder(result / "encoder.safetensors").encode(inputs)
    plain = read_plain_encoder(result / "encoder.safetensors")
    found, kept = plain.encode(inputs)
    np.testing.assert_allclose(found, codes, atol=1e-4, rtol=1e-4)
    np.testing.assert_allclose(kept, bits, atol=1e-3, rtol=1e-3)
    assert not found[len(TEXTS)].any()


def test_a_plain_encoder_is_refused_where_weights_do_not_fit(result, tmp_path):
    with safe_open(str(result / "encoder.safetensors"), "np") as stream:
        told = stream.metadata()
        tensors = {name: stream.get_tensor(name) for name in stream.keys()}  # noqa: SIM118
    path = tmp_path / "odd.safetensors"
    changes = {
        "lacks": {k: v for k, v in tensors.items() if k != "mean.bias"},
        "shape": {**tensors, "virtual": np.zeros((1, 3), np.float32)},
        "not finite": {**tensors, "mean.bias": np.full(4, np.nan, np.float32)},
    }
    for odd in changes.values():
        save_file(odd, path, metadata=told)
        with pytest.raises(DataFileError, match="Expected an encoder of molecules"):
            read_plain_encoder(path)
    save_file(tensors, path, metadata={"musegnn": told["musegnn"].replace("MolLogP", "Other")})
    with pytest.raises(DataFileError, match="descriptors that RDKit computes here"):
        read_plain_encoder(path)
    save_file(tensors, path, metadata={"musegnn": told["musegnn"].replace(forms_digest(), "0")})
    for read in (read_plain_encoder, read_encoder):
        with pytest.raises(DataFileError, match="for the forms that molecules have here"):
            read(path)


def test_what_is_no_encoder_is_said(result, tmp_path):
    odd = tmp_path / "odd.safetensors"
    odd.write_bytes((result / "encoder.safetensors").read_bytes()[:200])
    with pytest.raises(DataFileError, match="encoder of molecules"):
        read_encoder(odd)

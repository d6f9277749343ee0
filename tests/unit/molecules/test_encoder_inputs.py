"""Graphs, fingerprints and descriptors of structures, beside RDKit asked one by one."""

import numpy as np
import pytest
from rdkit import Chem
from rdkit.Chem import Descriptors

from musegnn.molecules.encoder_inputs import descriptor_names, read_inputs
from musegnn.molecules.molecular_graphs import ATOM_SIZES, BOND_SIZES, ELEMENTS, join_graphs
from musegnn.molecules.structures import fingerprints

STRUCTURES = (
    "CC(=O)Oc1ccccc1C(=O)O",
    "not a molecule",
    "C[C@H](N)C(=O)[O-].[Na+]",
    "C/C=C/C#N",
    "InChI=1S/CH4/h1H4",
    "[Cu]",
    "",
)


@pytest.fixture(scope="module")
def inputs():
    return read_inputs(STRUCTURES)


def test_graphs_have_the_atoms_and_bonds_of_rdkit(inputs):
    for text in (STRUCTURES[0], STRUCTURES[3]):
        row = STRUCTURES.index(text)
        molecule = Chem.MolFromSmiles(text)
        part = inputs.graphs.take(np.array([row]))
        assert len(part.atoms) == molecule.GetNumAtoms()
        numbers = [atom.GetAtomicNum() for atom in molecule.GetAtoms()]
        assert [ELEMENTS[code] for code in part.atoms[:, 0]] == numbers
        table = np.zeros((len(numbers), len(numbers)), dtype=int)
        table[part.ends[0], part.ends[1]] = 1
        np.testing.assert_array_equal(table, Chem.GetAdjacencyMatrix(molecule))
    assert (inputs.graphs.atoms < np.array(ATOM_SIZES)).all()
    assert (inputs.graphs.bonds < np.array(BOND_SIZES)).all()


def test_what_is_no_molecule_keeps_its_place(inputs):
    assert inputs.is_read.tolist() == [True, False, True, True, True, True, False]
    assert [bool(key) for key in inputs.keys] == inputs.is_read.tolist()
    assert not inputs.bits[1].any()
    assert np.isnan(inputs.descriptors[1]).all()


def test_of_a_salt_the_largest_part_counts(inputs):
    assert len(inputs.graphs.take(np.array([2])).atoms) == 6
    alone = Chem.MolToInchiKey(Chem.MolFromSmiles("C[C@H](N)C(=O)[O-]"))
    assert inputs.keys[2] == alone


def test_fingerprints_are_those_of_the_product(inputs):
    np.testing.assert_array_equal(inputs.fingerprints, fingerprints(STRUCTURES))


def test_descriptors_at_once_are_those_asked_one_by_one(inputs):
    names = descriptor_names()
    assert len(set(names)) == len(names) > 100
    single = dict(Descriptors.descList)
    order = [n for n in single if n.startswith("BCUT2D_")]
    molecule = Chem.MolFromSmiles(STRUCTURES[0])
    for column, name in enumerate(names):
        known = order[column] if name.startswith("BCUT2D") else name
        expected = single[known](molecule)
        assert inputs.descriptors[0, column] == pytest.approx(expected, rel=1e-5, abs=1e-5), name


def test_batches_are_the_molecules_asked_for(inputs):
    rows = np.array([3, 0, 3])
    batch = inputs.take(rows)
    joined = join_graphs(inputs.graphs.take(np.array([row])) for row in rows)
    for name in ("atoms", "ends", "bonds", "atom_start", "bond_start"):
        np.testing.assert_array_equal(getattr(batch.graphs, name), getattr(joined, name))
    assert batch.keys == tuple(inputs.keys[row] for row in rows)
    assert len(np.unique(batch.graphs.molecule_of)) == 3


def test_nothing_is_read_of_nothing():
    empty = read_inputs(())
    assert len(empty) == 0
    assert empty.descriptors.shape == (0, len(descriptor_names()))


def test_progress_counts_molecules():
    told = []
    read_inputs(("C", "CC"), tell=told.append)
    assert told == [2]

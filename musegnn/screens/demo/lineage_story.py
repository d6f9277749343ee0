"""Story of a lineage: cells of the pancreas on their way, and a gene that rises along it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from musegnn import keys
from musegnn.embeddings.atlas import Atlas
from musegnn.errors import MuseGNNError
from musegnn.screens.demo.steps import NAMED, Step, listed, module_step, neighbours_step
from musegnn.screens.shell.permalink import clean
from musegnn.screens.shell.words import escaped
from musegnn.settings import REPOSITORY

SHIPPED: Final = REPOSITORY / "data" / "lineages" / "pancreas"


def to_hormones(atlas: Atlas) -> Iterator[Step | None]:
    """Pseudotime, the gene that rises most along it, its company in the adult organ, beta cells."""
    # an atlas is opened by many who never ask about cells
    from musegnn.lineages.programs import RISES  # noqa: PLC0415
    from musegnn.lineages.result import read_lineage  # noqa: PLC0415

    try:
        found = read_lineage(SHIPPED)
        shown = set(found.shown_genes)
    except MuseGNNError:  # no lineage ships with this program
        return
    programs = found.programs
    rising = [str(gene) for gene in programs.loc[programs["direction"] == RISES, "gene"]]
    yield Step(
        "Lineages",
        f"{len(found.cells):,} cells of a mouse's pancreas before birth, ordered from the group "
        f"*{escaped(found.root)}*. **{found.n_rising:,} of {found.n_tested:,} genes** rise on the "
        f"way, first of all {listed(rising[:NAMED])}. The order is made from the same genes: this "
        "ranks them and tests nothing.",
        {"lineage": "", "cell_colour": "pseudotime", "cell_gene": ""},
    )
    gene, group = next(
        (
            (gene, group)
            for gene, group in _groups_of(rising, atlas).items()
            if gene in shown and neighbours_step(atlas, group, "pancreas") is not None
        ),
        ("", ""),
    )
    if gene:
        rho = float(programs.loc[programs["gene"] == gene, "rho"].iloc[0])
        yield Step(
            "Lineages",
            f"{escaped(gene)} rises from group to group: Spearman's correlation with the order is "
            f"**{rho:.2f}**.",
            {"lineage": "", "cell_colour": "gene", "cell_gene": clean("cell_gene", gene)},
        )
        yield neighbours_step(atlas, group, "pancreas")
    yield module_step(atlas, "beta cell")


def _groups_of(genes: list[str], atlas: Atlas) -> dict[str, str]:
    """Return the ortholog group of each gene that the atlas has, in their order."""
    table = atlas.embedding.genes
    groups = table.drop_duplicates(keys.GENE).set_index(keys.GENE)[keys.ORTHOLOG].astype(str)
    groups.index = groups.index.astype(str)
    return {gene: str(groups[gene]) for gene in genes if gene in groups.index}

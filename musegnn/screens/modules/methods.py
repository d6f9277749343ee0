"""Modules methods: how the table of pairs is made, as a program."""

from __future__ import annotations

from musegnn.analysis.modules.gene_modules import GeneModule
from musegnn.analysis.modules.module_scores import DRAWS, FEWEST_MEMBERS, NEAREST
from musegnn.embeddings.embedding_set import EmbeddingSet
from musegnn.screens.modules.view import ModulesView
from musegnn.screens.shell.methods import Methods, describe

_SCORES = """\
from musegnn.analysis.modules.gene_modules import MODULES{more}
from musegnn.analysis.modules.module_scores import score_modules, with_q
from musegnn.embeddings.atlas import Atlas
from musegnn.embeddings.known_names import open_search

atlas = Atlas(embedding, open_search(embedding, Settings.from_environment().knowledge))
scores = score_modules(MODULES, atlas=atlas)
"""
_OWN = """\
own = GeneModule({name!r}, tuple({members!r}.split()), {source!r})
scores = with_q(pd.concat([score_modules((own,), atlas=atlas), scores], ignore_index=True))
"""
_TABLE = 'table = scores[scores["auroc"].notna()].reset_index(drop=True)\n'


def modules_methods(
    view: ModulesView, own: GeneModule | None, *, embedding: EmbeddingSet
) -> Methods:
    """Say how the table of pairs was made, with the program that makes it again."""
    code = _SCORES.format(more="" if own is None else ", GeneModule")
    if own is None:
        code = code.replace(", with_q", "")
    else:
        code = f"import pandas as pd\n\n{code}" + _OWN.format(
            name=own.name, members=" ".join(own.members), source=own.source
        )
    return describe(
        embedding.origin,
        title="Known modules in every context",
        sentences=(view.statement,),
        parameters={
            "draws": DRAWS,
            "seed": 0,
            "nearest": NEAREST,
            "fewest_members": FEWEST_MEMBERS,
            **({} if own is None else {"own genes": own.source}),
        },
        code=code + _TABLE,
    )

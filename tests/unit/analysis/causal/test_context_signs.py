import numpy as np

from musegnn import keys
from musegnn.analysis.causal.causal_question import load_signs
from musegnn.analysis.causal.context_signs import count_agreement, read_context_signs
from tests.ui_fixtures import make_graph


def test_signs_equal_a_loop_over_the_graphs(atlas):
    graphs = [make_graph(atlas, str(name)) for name in atlas.datasets.index]
    found = read_context_signs(graphs)
    assert found.contexts == tuple(sorted(graph.name for graph in graphs))
    rng = np.random.default_rng(0)
    names = sorted(set(atlas.genes[keys.COMMON_GENE]))
    first, second = (list(rng.choice([*names, "nobody"], 200)) for _ in range(2))
    table = found.of_pairs(first, second)
    by_name = {graph.name: graph for graph in graphs}
    for number, context in enumerate(found.contexts):
        graph = by_name[context]
        place = {}
        for row, name in enumerate(graph.genes[keys.COMMON_GENE]):
            place.setdefault(name, row)
        for pair, (a, b) in enumerate(zip(first, second, strict=True)):
            if a == b or a not in place or b not in place:
                assert np.isnan(table[pair, number])
            else:
                assert table[pair, number] == graph.significance[place[a], place[b]]
    assert np.isnan(table).any()
    assert (table == 1).any()


def test_agreement_is_counted_against_the_expected_sign():
    signs = np.array([[1, 1, -1, 0, np.nan], [1, 1, -1, 0, np.nan], [1, -1, -1, -1, 0]])
    measured, agree, oppose = count_agreement(signs, np.array([1, -1, 0]))
    assert measured.tolist() == [4, 4, 5]
    assert agree.tolist() == [2, 1, 0]
    assert oppose.tolist() == [1, 2, 0]


def test_graphs_that_are_not_at_hand_are_left_out(atlas_without_graphs):
    from musegnn.embeddings.embedding_set import read_embedding_set

    assert load_signs(read_embedding_set(atlas_without_graphs)).contexts == ()

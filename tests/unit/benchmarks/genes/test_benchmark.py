"""The table of all metrics: what is in it, what it takes, and that it agrees with its parts."""

from __future__ import annotations

import io
import math
import tarfile
from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse, stats

from musegnn import keys
from musegnn.benchmarks.comparison import read_comparison
from musegnn.benchmarks.genes.benchmark import (
    Benchmark,
    Knowledge,
    read_knowledge,
    vectors_by_graph,
)
from musegnn.benchmarks.genes.dosage import (
    DOUBTFUL_LISTS,
    SENSITIVE_LISTS,
    UNIVERSE_LIST,
    DosageLabels,
    classify_dosage,
    read_dosage_labels,
)
from musegnn.benchmarks.genes.edge_prediction import (
    edges_of_unseen_cells,
    hidden_edges,
    score_pairs,
)
from musegnn.benchmarks.genes.metrics import METRICS
from musegnn.benchmarks.genes.relation_prediction import related_pairs
from musegnn.benchmarks.genes.retrieval import SAME, retrieve
from musegnn.benchmarks.registry import find_metrics
from musegnn.cli.main import main
from musegnn.embeddings.embedding_set import read_embedding_set, write_embedding_set
from musegnn.errors import DataFileError, InputError
from musegnn.graphs.gene_graph import write_gene_graph
from musegnn.graphs.hold_out import draw_hold_out
from musegnn.graphs.known_relations import KnownRelations
from musegnn.knowledge.catalogue import GENE_LIST, GENE_SETS, INTERACTIONS, read_catalogue
from musegnn.knowledge.importing import import_table
from musegnn.knowledge.store import KnowledgeStore
from tests.toy_graphs import planted_graph
from tests.ui_fixtures import make_embedding, make_graph

MODULE = [f"G{i}" for i in range(20)]


@pytest.fixture(scope="module")
def graphs():
    return [planted_graph("first", seed=1), planted_graph("second", seed=2)]


@pytest.fixture(scope="module")
def vectors(graphs):
    rng = np.random.default_rng(0)
    module = np.arange(40)[:, None] // 20 == np.arange(2)
    return [2 * module.astype(float) @ np.eye(2, 6) + rng.normal(size=(40, 6)) for _ in graphs]


@pytest.fixture(scope="module")
def knowledge():
    terms = {"T": frozenset(MODULE), "U": frozenset({"G30", "G31", "RPL3"})}
    pairs = [(f"G{i}", f"G{i + 1}") for i in range(0, 38, 2)]
    return Knowledge(KnownRelations(terms, pairs), {"P": frozenset([*MODULE[:12], "G35"])})


@pytest.fixture(scope="module")
def measured(vectors, graphs, knowledge):
    return Benchmark(graphs, draw_hold_out(graphs, 3), knowledge).score(vectors)


def groups_with_a_number(measured):
    metrics = find_metrics()
    return {metrics[k].group.name for k, found in measured.items() if not math.isnan(found.value)}


def test_every_metric_is_explained():
    for metric in METRICS:
        assert metric.group.meaning.endswith((".", "?"))
        assert metric.meaning.endswith((".", "?"))
        assert metric.failure.endswith(".")
        assert metric.chance
        assert metric.range_text
    assert len({metric.title + metric.group.name for metric in METRICS}) == len(METRICS)


def test_every_metric_has_a_number_in_its_range_or_a_reason(measured):
    assert list(measured) == [key for key in find_metrics() if key in {m.key for m in METRICS}]
    groups = {"hidden edges", "known relations", "hidden names", "published six"}
    assert groups_with_a_number(measured) == groups
    for key, found in measured.items():
        metric = find_metrics()[key]
        if math.isnan(found.value):
            assert found.note
        else:
            assert metric.low <= found.value <= (metric.high or math.inf)


def test_edges_of_depth_are_asked_of_the_vectors_of_the_other_half(graphs):
    knows = [np.where(np.arange(40)[:, None] < 20, [[1.0, 0]], [[0, 1.0]]) for _ in graphs]
    inside = np.equal.outer(np.arange(40) < 20, np.arange(40) < 20) & ~np.eye(40, dtype=bool)
    by_depth = [sparse.csr_matrix(inside) for _ in graphs]
    unseen = [(rows, graph.adjacency) for rows, graph in zip(knows, graphs, strict=True)]
    asked = Benchmark(graphs)
    key = "depth_edges_auroc"
    assert asked.score(knows, unseen, by_depth)[key].value == 1
    blind = [(np.ones((40, 2)), graph.adjacency) for graph in graphs]
    assert asked.score(knows, blind, by_depth)[key].value == 0.5
    assert "no cells were kept apart" in asked.score(knows)[key].note


@pytest.mark.parametrize("hides", [True, False])
def test_each_function_gives_just_what_is_declared_with_it(
    monkeypatch, vectors, graphs, knowledge, hides
):
    """A number without a record would be lost, and a record without a number never be filled."""
    factors = DosageLabels(frozenset(MODULE), frozenset(f"G{i}" for i in range(20, 40)))
    seen = []
    monkeypatch.setattr(
        "musegnn.benchmarks.genes.benchmark.measure_all", lambda _, inputs: seen.append(inputs)
    )
    hold_out = draw_hold_out(graphs, 3) if hides else None
    known = replace(knowledge, dosage=factors)
    unseen = [(rows, graph.adjacency) for rows, graph in zip(vectors, graphs, strict=True)]
    by_depth = [graph.adjacency for graph in graphs]
    Benchmark(graphs, hold_out, known).score(vectors, unseen, by_depth)
    answers = {measure: measure(seen[0]) for measure in {metric.measure for metric in METRICS}}
    refused = {measure.__name__ for measure, found in answers.items() if isinstance(found, str)}
    assert refused == (
        {"measure_seen_names"} if hides else {"measure_hidden_edges", "measure_hidden_names"}
    )
    for measure, found in answers.items():
        if not isinstance(found, str):
            assert set(found) == {metric.key for metric in METRICS if metric.measure is measure}


def test_numbers_are_those_of_the_single_metrics(measured, vectors, graphs, knowledge):
    hold_out = draw_hold_out(graphs, 3)
    scores = [hidden_edges(v, p) for v, p in zip(vectors, hold_out.pairs, strict=True)]
    expected = np.mean([score["matched"].auprc for score in scores])
    assert measured["edges_matched_auprc"].value == pytest.approx(expected)
    truths = [knowledge.relations.truths(g.genes[keys.ORTHOLOG].tolist()) for g in graphs]
    relations = [
        score_pairs(v, *related_pairs(t["interaction"])).auroc
        for v, t in zip(vectors, truths, strict=True)
    ]
    assert measured["interaction_auroc"].value == pytest.approx(np.mean(relations))
    found = retrieve(vectors, graphs, hold_out.names)[SAME]
    assert measured["same_tissue_mrr"].value == pytest.approx(found.mean_reciprocal_rank)
    assert measured["same_tissue_rank"].n == len(found.ranks) == 16


def test_edges_of_unseen_cells_are_those_of_each_dataset(vectors, graphs):
    halves = [(rows[:, :2], g.adjacency) for rows, g in zip(vectors, graphs, strict=True)]
    found = Benchmark(graphs).score(vectors, halves)["unseen_edges_auroc"]
    expected = {
        graph.name: edges_of_unseen_cells(rows, adjacency).auroc
        for graph, (rows, adjacency) in zip(graphs, halves, strict=True)
    }
    assert found.by_dataset == expected
    assert found.value == pytest.approx(np.mean(list(expected.values())))
    assert (found.n, found.counted) == (2, "datasets")


def test_a_step_that_no_two_datasets_make_is_nan_and_says_why(measured):
    found = measured["ortholog_rank"]
    assert math.isnan(found.value)
    assert found.n == 0
    assert found.note == "no two datasets make this step (ortholog)"


def test_what_was_not_given_is_said(vectors, graphs):
    measured = Benchmark(graphs).score(vectors)
    assert groups_with_a_number(measured) == {"names seen in training", "published six"}
    assert not math.isnan(measured["seen_same_tissue_mrr"].value)
    expected = {
        "edges_uniform_auroc": "nothing was hidden from training",
        "unseen_edges_auroc": "no cells were kept apart",
        "go_auroc": "no gene sets and no interactions are at hand",
        "same_tissue_rank": "nothing was hidden from training",
        "dosage_auroc": "no lists of dosage-sensitive genes are at hand",
    }
    for key, reason in expected.items():
        assert measured[key].note.startswith(reason)
        assert math.isnan(measured[key].value)


def test_order_of_the_graphs_and_length_of_the_vectors_change_nothing(vectors, graphs, knowledge):
    asked = Benchmark(graphs, None, knowledge)
    first, longer = (asked.score([scale * rows for rows in vectors]) for scale in (1, 4))
    numbers = [[found.value for found in measured.values()] for measured in (first, longer)]
    assert numbers[0] == pytest.approx(numbers[1], nan_ok=True)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda v: v[:1], "vectors of 2 graphs, found them for 1"),
        (lambda v: [v[0], v[1][:, :3]], "one width, found \\[3, 6\\]"),
        (lambda v: [v[0], v[1][:9]], "Expected 40 vectors for second, found 9"),
        (lambda v: [v[0], np.full_like(v[1], np.nan)], "found NaN or infinity in second"),
    ],
)
def test_vectors_that_do_not_fit_are_refused(vectors, graphs, change, message):
    with pytest.raises(InputError, match=message):
        Benchmark(graphs).score(change(vectors))


def test_no_graph_and_a_hold_out_of_other_graphs_are_refused(graphs):
    with pytest.raises(InputError, match="at least one gene graph"):
        Benchmark([])
    with pytest.raises(InputError, match="each of 1 graphs, found them for 2"):
        Benchmark(graphs[:1], draw_hold_out(graphs, 0))


def write_lists(folder, lists):
    """Write the archive of gene lists, each under its name in the archive."""
    folder.mkdir(exist_ok=True)
    entries = {entry.name: entry for entry in read_catalogue()}
    with tarfile.open(folder / "macarthur_gene_lists.tar.gz", "w:gz") as archive:
        for name, genes in lists.items():
            content = "\n".join(genes).encode()
            member = tarfile.TarInfo(entries[name].member)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


def test_dosage_labels_come_from_the_lists(tmp_path):
    assert read_dosage_labels(None) is None
    assert read_dosage_labels(KnowledgeStore(tmp_path)) is None
    (tmp_path / "TF_human_lambert2018.txt").write_text("\n".join("ABCDEF"), encoding="utf-8")
    assert read_dosage_labels(KnowledgeStore(tmp_path)) is None
    lists = {name: ["Z"] for name in (*SENSITIVE_LISTS, *DOUBTFUL_LISTS)}
    lists |= {SENSITIVE_LISTS[0]: ["A", "X"], "disease_dominant": ["A", "B"]}
    lists |= {"essential_mouse": ["C"]}
    write_lists(tmp_path / "evaluation", {**lists, UNIVERSE_LIST: list("ABCDEX")})
    labels = read_dosage_labels(KnowledgeStore(tmp_path))
    assert labels == DosageLabels(frozenset("A"), frozenset("DE"))
    write_lists(tmp_path / "evaluation", lists)
    with pytest.raises(DataFileError, match=r"Expected lists/universe\.tsv in"):
        read_dosage_labels(KnowledgeStore(tmp_path))
    (tmp_path / "evaluation" / "macarthur_gene_lists.tar.gz").write_bytes(b"no archive")
    with pytest.raises(DataFileError, match="Expected an archive of tables"):
        read_dosage_labels(KnowledgeStore(tmp_path))


def test_an_imported_list_stands_in_for_the_catalogued_one(tmp_path):
    (tmp_path / "TF_human_lambert2018.txt").write_text("A\nB\nC\n", encoding="utf-8")
    lists = {name: ["Z"] for name in (*SENSITIVE_LISTS, *DOUBTFUL_LISTS)}
    write_lists(tmp_path, {**lists, UNIVERSE_LIST: list("ABC")})
    (tmp_path / "mine.txt").write_text("B\n", encoding="utf-8")
    about = {"kind": GENE_LIST, "species": "human", "release": "1", "licence": "CC0"}
    import_table(tmp_path / "mine.txt", tmp_path, name=SENSITIVE_LISTS[0], **about)
    found = read_knowledge(tmp_path).dosage
    assert found == DosageLabels(frozenset("B"), frozenset("AC"))


def test_dosage_is_found_by_direction_and_not_by_name():
    rng = np.random.default_rng(0)
    names = np.repeat([f"F{i}" for i in range(60)], 3)
    labels = DosageLabels(frozenset(names[:60]), frozenset(names[60:]))
    told = np.arange(180) < 60
    apart = rng.normal(size=(180, 8)) + 3 * told[:, None] * np.eye(1, 8)
    found = classify_dosage(apart, names, labels)
    assert found.value > 0.9
    assert (found.n, found.note) == (
        60,
        "20 sensitive, 40 without evidence, so chance alone gives 0.5 \u00b1 0.16",
    )
    # one vector a name could be learnt by heart if a gene stood on both sides of a split
    by_heart = np.repeat(rng.normal(size=(60, 40)), 3, axis=0)
    assert abs(classify_dosage(by_heart, names, labels).value - 0.5) < 0.2


def test_dosage_needs_ten_genes_on_each_side():
    names = [f"F{i}" for i in range(30)]
    found = classify_dosage(np.eye(30), names, DosageLabels(frozenset(names[:9]), frozenset(names)))
    assert math.isnan(found.value)
    assert found.note.startswith("too few genes: 9 sensitive")


def test_shared_tables_give_all_three_relations_and_labels(shared):
    folder = shared / "knowledge"
    found = read_knowledge(folder)
    assert "CD3E" in {gene for genes in found.pathways.values() for gene in genes}
    assert found.relations.terms
    assert found.relations.interactions
    assert {"GATA3", "PAX6"} <= found.dosage.sensitive
    assert len(found.dosage.insensitive) > 500
    assert len(found.dosage.sensitive) == 87
    assert read_knowledge(None) == Knowledge()


def test_imported_tables_under_any_file_name_are_external_truth(tmp_path):
    sets = "pathway\t\t" + "\t".join(MODULE[:12]) + "\n"
    (tmp_path / "mine.gmt").write_text(sets, encoding="utf-8")
    (tmp_path / "pairs.tsv").write_text("a\tb\nG1\tG2\n", encoding="utf-8")
    about = {"species": "human", "release": "1", "licence": "CC0"}
    folder = tmp_path / "store"
    for name, kind, file in [
        ("go_biological_process_own", GENE_SETS, "mine.gmt"),
        ("reactome_own", GENE_SETS, "mine.gmt"),
        ("my_pairs", INTERACTIONS, "pairs.tsv"),
    ]:
        import_table(tmp_path / file, folder, name=name, kind=kind, **about)
    found = read_knowledge(folder)
    assert found.pathways == {"pathway": frozenset(MODULE[:12])}
    assert found.relations.terms == found.pathways
    assert found.relations.interactions == [("G1", "G2")]
    assert found.dosage is None


@pytest.fixture
def result(tmp_path):
    embedding = make_embedding()
    for name in embedding.datasets.index:
        graph = make_graph(embedding, str(name))
        write_gene_graph(graph, tmp_path / keys.GRAPHS_FOLDER / f"{name}.h5ad")
    write_embedding_set(embedding, tmp_path / keys.EMBEDDING_FILE)
    return tmp_path


@pytest.fixture(autouse=True)
def no_knowledge(monkeypatch):
    monkeypatch.delenv("MUSEGNN_KNOWLEDGE", raising=False)


def test_command_prints_a_table_and_writes_a_benchmark(result, capsys):
    out = result / "benchmark.json"
    assert main(["benchmark", str(result), "--json", str(out)]) == 0
    text = capsys.readouterr().out
    assert "names seen in training: The same gene in another context" in text
    assert "hidden edges: not measured (nothing was hidden from training; no cells" in text
    assert "by chance" in text
    written = read_comparison(out)
    assert written.runs[0].split is None
    assert written.runs[0].seed == 0
    vectors, graphs = embedding_and_graphs(result)
    expected = Benchmark(graphs).score(vectors)
    assert written.runs[0].measured["auc"].value == expected["auc"].value
    assert f"wrote {sum(not math.isnan(m.value) for m in expected.values())} metrics to" in text


def add_seed(result, seed, **config):
    """Write the embedding of another seed of the same graphs; return its folder."""
    embedding = read_embedding_set(result)
    rng = np.random.default_rng(seed)
    noise = rng.normal(scale=0.3, size=embedding.vectors.shape).astype(np.float32)
    settings = {"method": "aligned", "width": 8, "seed": seed, **config}
    folder = result / f"other_{seed}"
    write_embedding_set(
        replace(
            embedding,
            vectors=embedding.vectors + noise,
            provenance={**embedding.provenance, "seed": seed, "config": settings},
        ),
        folder / keys.EMBEDDING_FILE,
    )
    return folder


def test_command_compares_seeds_and_methods(result, capsys):
    graphs = sorted(map(str, (result / keys.GRAPHS_FOLDER).glob("*.h5ad")))
    seeds = [add_seed(result, seed) for seed in (1, 2, 3)]
    other = add_seed(result, 4, width=9)
    out = result / "all.json"
    given = [*map(str, seeds), str(other)]
    assert main(["benchmark", *given, "--graphs", *graphs, "--json", str(out)]) == 0
    text = capsys.readouterr().out
    assert "mean ± half of the 95 % interval over seeds" in text
    assert "average rank" in text
    written = read_comparison(out)
    assert len(written.methods) == 2
    assert [run.seed for run in written.runs] == [1, 2, 3, 4]
    auc = [run.measured["auc"].value for run in written.runs[:3]]
    half = stats.t.ppf(0.975, 2) * np.std(auc, ddof=1) / np.sqrt(3)
    line = next(line for line in text.splitlines() if line.startswith("AUC"))
    assert f"{np.mean(auc):.3f} ± {half:.3f}" in line
    # the same embedding twice is no second seed
    assert main(["benchmark", given[0], given[0], "--graphs", *graphs]) == 2
    assert "more than once" in capsys.readouterr().err


def test_command_scores_what_training_hid(result, capsys):
    keep_hold_out(result, {"seed": 5, "edge_share": 0.1, "name_share": 0.2})
    assert main(["benchmark", str(result), "--hold-out", "5"]) == 0
    assert "hidden edges" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("recorded", "message"),
    [
        (None, "trained with `--hold-out 5`, found no hold-out. Train with"),
        ({"seed": 6}, "found the hold-out of seed 6. Say `--hold-out 6`"),
    ],
)
def test_command_refuses_a_hold_out_that_training_saw(result, capsys, recorded, message):
    keep_hold_out(result, recorded)
    assert main(["benchmark", str(result), "--hold-out", "5"]) == 2
    assert message in capsys.readouterr().err


def test_command_refuses_part_of_the_graphs_for_a_hold_out(result, capsys):
    keep_hold_out(result, {"seed": 5, "edge_share": 0.1, "name_share": 0.2})
    one = result / "graphs" / "blood_human.h5ad"
    arguments = ["benchmark", str(result), "--hold-out", "5", "--graphs", str(one)]
    assert main(arguments) == 2
    assert "Expected all graphs of the training" in capsys.readouterr().err


def test_command_refuses_graphs_of_other_data(result, capsys, graphs, tmp_path):
    write_gene_graph(graphs[0], tmp_path / "first.h5ad")
    assert main(["benchmark", str(result), "--graphs", str(tmp_path / "first.h5ad")]) == 2
    assert "Expected vectors of first, found those of pancreas" in capsys.readouterr().err
    named = replace(graphs[0], name="blood_human")
    write_gene_graph(named, tmp_path / "first.h5ad")
    assert main(["benchmark", str(result), "--graphs", str(tmp_path / "first.h5ad")]) == 2
    assert "found none for 40: G0, G1" in capsys.readouterr().err


def test_command_refuses_one_graph_twice_and_none_at_all(result, capsys, tmp_path):
    one = str(result / "graphs" / "blood_human.h5ad")
    assert main(["benchmark", str(result), "--graphs", one, one]) == 2
    assert "found blood_human twice" in capsys.readouterr().err
    alone = tmp_path / "alone"
    alone.mkdir()
    (result / keys.EMBEDDING_FILE).rename(alone / keys.EMBEDDING_FILE)
    assert main(["benchmark", str(alone)]) == 2
    assert "Give those it was trained on with `--graphs" in capsys.readouterr().err


def test_command_refuses_a_missing_folder_of_knowledge(result, capsys):
    assert main(["benchmark", str(result), "--knowledge", str(result / "absent")]) == 2
    assert "Expected a folder with gene sets, found none" in capsys.readouterr().err


def embedding_and_graphs(result):
    embedding = read_embedding_set(result)
    names = sorted(str(name) for name in embedding.datasets.index)
    graphs = [make_graph(embedding, name) for name in names]
    return vectors_by_graph(embedding, graphs), graphs


def keep_hold_out(result, recorded):
    embedding = make_embedding()
    provenance = dict(embedding.provenance)
    if recorded is not None:
        provenance["hold_out"] = recorded
    write_embedding_set(replace(embedding, provenance=provenance), result / keys.EMBEDDING_FILE)


def test_rows_of_the_embedding_may_stand_in_any_order(tmp_path):
    embedding = make_embedding()
    graph = make_graph(embedding, "blood_human")
    expected = vectors_by_graph(embedding, [graph])[0]
    order = np.random.default_rng(0).permutation(len(embedding.genes))
    shuffled = replace(
        embedding,
        vectors=embedding.vectors[order],
        table=embedding.genes.iloc[order].reset_index(drop=True),
    )
    assert (vectors_by_graph(shuffled, [graph])[0] == expected).all()

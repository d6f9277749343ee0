import pandas as pd
import pytest

from musegnn.embeddings.context_names import context_labels, short_technique


def table(*rows):
    columns = ["tissue", "species", "modality", "technique", "n_cells"]
    return pd.DataFrame(rows, columns=columns, index=[f"file_{i}" for i in range(len(rows))])


def test_a_context_reads_as_what_it_is():
    labels = context_labels(
        table(
            ("blood", "human", "scrna", "scRNA-seq 10x", 3774),
            ("liver", "mouse", "spatial", "Spatial Transcriptomics (ST array)", 1),
            ("iPSC heart", "human", "scrna", "", 12),
            ("brain", "mouse", "scatac", "SNARE-seq ATAC gene activity, same cells", 10309),
        )
    )
    assert list(labels.values()) == [
        "Blood, human, 10x, 3,774 cells",
        "Liver, mouse, ST, 1 spot",
        "IPSC heart, human, single cells, 12 cells",
        "Brain, mouse, SNARE-seq ATAC, 10,309 cells",
    ]


def test_two_contexts_never_share_a_label():
    alike = ("blood", "human", "scrna", "10x", 5)
    labels = context_labels(table(alike, alike, ("blood", "human", "scrna", "10x", 6)))
    assert labels["file_0"] == "Blood, human, 10x, 5 cells (file_0)"
    assert labels["file_2"] == "Blood, human, 10x, 6 cells"
    assert len(set(labels.values())) == 3


def test_a_record_that_lacks_everything_keeps_its_name():
    empty = pd.DataFrame({"species": ["", None]}, index=["first", "second"])
    assert list(context_labels(empty).values()) == ["(first)", "(second)"]
    unknown = table(("blood", "human", "scrna", None, float("nan")))
    assert context_labels(unknown)["file_0"] == "Blood, human, single cells"


def test_contexts_of_knowledge_have_no_cells():
    labels = context_labels(table(("knowledge", "human", "knowledge", "fusion of GO", 0)))
    assert labels["file_0"] == "File_0"


@pytest.mark.parametrize(
    ("technique", "short"),
    [
        ("snRNA-seq", "snRNA-seq"),
        ("scRNA-seq 10x (spliced counts in X)", "10x"),
        ("x" * 60, "x" * 27 + "\u2026"),
    ],
)
def test_a_technique_is_said_in_few_words(technique, short):
    assert short_technique(technique) == short

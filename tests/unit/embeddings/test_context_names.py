import random

import pandas as pd
import pytest

from musegnn.embeddings.context_names import (
    as_called,
    context_labels,
    short_context_labels,
    short_technique,
)


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


def test_a_heading_says_no_more_than_tells_contexts_apart():
    alike = ("blood", "human", "scrna", "10x", 5)
    labels = short_context_labels(
        table(
            ("liver", "mouse", "spatial", "ST", 7),
            alike,
            alike,
            ("blood", "human", "scrna", "inDrop", 5),
            ("Blood, human", "", "scrna", "", 0),  # of another, it would be the short label
        )
    )
    assert list(labels.values()) == [
        "Liver, mouse",
        "Blood, human, 10x, 5 cells (file_1)",
        "Blood, human, 10x, 5 cells (file_2)",
        "Blood, human, inDrop",
        "Blood, human, single cells",
    ]


@pytest.mark.parametrize("made", [context_labels, short_context_labels])
def test_odd_records_never_share_a_label(made):
    rng = random.Random(0)
    texts = ["", "blood", "Blood", "human", "blood, human", "10x", "blood, human, 10x"]
    for _ in range(300):
        labels = made(
            table(*((*rng.choices(texts, k=2), "scrna", rng.choice(texts), 0) for _ in range(5)))
        )
        assert len({label.casefold() for label in labels.values()}) == 5
        assert all(labels.values())


def test_what_was_chosen_is_said_with_contexts_called_as_people_call_them():
    names = {"a": "Blood, human", " to ": "never a context"}
    assert as_called(("from ", "a", " to ", "b"), names) == "from Blood, human to b"
    assert as_called(("a",), names) == "a"  # words, though a context is named so


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

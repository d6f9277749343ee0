"""The correlations that ship beside the atlas are what its manifest says."""

import hashlib
import json

from musegnn import keys
from musegnn.analysis.causal.cause_correlations import FOLDER
from musegnn.embeddings.embedding_set import read_embedding_set
from musegnn.settings import REPOSITORY

ATLAS = REPOSITORY / "data" / "atlas"


def test_every_context_has_correlations_with_the_hash_of_the_manifest():
    manifest = json.loads((ATLAS / keys.MANIFEST_FILE).read_text(encoding="utf-8"))
    files = sorted((ATLAS / FOLDER).iterdir())
    found = {
        f"{FOLDER}/{path.name}": hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    }
    assert found == manifest["correlations"]["files"]
    assert manifest["correlations"]["command"].startswith("python data/build_correlations.py")
    assert [path.stem for path in files] == sorted(read_embedding_set(ATLAS).datasets.index)
    assert sum(path.stat().st_size for path in files) < 7_000_000

"""Border: foreign bytes come in here and nowhere else, whoever sends them.

What a person can give is read in three ways: `documents` for small texts with structure (JSON,
YAML), `regular` for plain bytes, and `apart` for what needs a parser written in C (HDF5,
MatrixMarket, Parquet, long tables): in a process of its own, with limits, which may crash.
"""

"""Border: foreign bytes come in here and nowhere else, whoever sends them.

What a person can give is read in five ways: `regular` for plain bytes of plain files, `documents`
and `yaml_text` for small texts with structure (JSON, YAML), `text` for long ones, packed or not,
`packed` for archives, and `apart` for what needs a parser written in C (HDF5, MatrixMarket,
Parquet, tables of counts): in a process of its own, with limits, which may crash.
"""

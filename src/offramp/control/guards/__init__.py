"""Guards: one file a red line, pure. `interface.py` says what a guard is, `registry.py` lists them."""

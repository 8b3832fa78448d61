"""The sub-commands of `offramp terms`, one module each; `commands/terms.py` registers them."""

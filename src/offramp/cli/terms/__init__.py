"""The sub-commands of `offramp terms`, one to a module; `commands/terms.py` registers them."""

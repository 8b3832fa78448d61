"""The ledger: a Merkle log of what happened, its checkpoints, and packs that verify offline."""

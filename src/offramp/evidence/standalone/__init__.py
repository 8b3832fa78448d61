"""Checks what `offramp` hands over, without offramp: Python 3.11 and the package `cryptography` are enough.

    python verify.py PACK.zip --key KEY [--earlier FILE] [--supplier-key KEY]... [--authority CERTIFICATE]...
    python verify.py FOLDER_OF_TILES --key KEY [--earlier FILE]
    python verify.py ENTRY.tlog-proof --entry ENTRY.json --key KEY
    python verify.py STATEMENT.dsse.json --key KEY [--signer KEY]... [--threshold K]

KEY is the ledger's public key, or a file that holds it, got by another way than what is checked; so is this
file, for whoever forges a pack forges the checker in it too. Prints a JSON verdict; exits 0 when everything
verifies, 1 when something does not, 2 when it could not be looked at. It imports nothing of offramp and
shares no code with it: the formats are in spec/ledger.md, spec/evidence-pack.md and spec/statements.md.
"""

"""Values every room shares. A closed list: adding a file here needs a decision record.

`ids, instants, periods, spans, findings, verdicts, digests, secrets, errors, yaml_nodes, yaml_values`. Import
from the module that owns the name, for example `from offramp.core.instants import Instant`; this room has no
wider door because its modules are small nouns.
"""

"""Traffic in logs: who called whose model, how often, on which day. Read by DuckDB, compressed or not.

Which kinds of log there are is data (`formats/*.toml`); what a host or a model's name means is the profiles'.
"""

from offramp.inventory.logs.formats_known import LogFormat, log_formats
from offramp.inventory.logs.scanning import scan_logs

__all__ = ["LogFormat", "log_formats", "scan_logs"]

"""Bills of materials as input: CycloneDX (JSON, XML) and SPDX (2.x JSON and tag-value, 3.0 JSON-LD).

What somebody else's tool found is taken as it is; which of it is a vendor's is the profiles' knowledge.
"""

from offramp.inventory.sbom.findings import is_sbom_name, sbom_findings, scan_sbom

__all__ = ["is_sbom_name", "sbom_findings", "scan_sbom"]

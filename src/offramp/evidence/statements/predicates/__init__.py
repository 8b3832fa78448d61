"""What can be stated, one file for each predicate. `PREDICATES` lists them in alphabetical order."""

from collections.abc import Mapping

from offramp.evidence.statements.predicates.cut_over import CutOver, cut_over
from offramp.evidence.statements.predicates.decision import Decision, decision
from offramp.evidence.statements.predicates.deletion_receipt import DeletionReceipt, deletion_receipt
from offramp.evidence.statements.predicates.drill import Drill, drill
from offramp.evidence.statements.predicates.inventory import Inventory, inventory
from offramp.evidence.statements.predicates.non_use import NonUse, Source, non_use
from offramp.evidence.statements.predicates.restoration import Restoration, restoration
from offramp.evidence.statements.predicates.retention_export import RetentionExport, retention_export
from offramp.evidence.statements.predicates.supplier_response import SupplierResponse, supplier_response
from offramp.evidence.statements.predicates.trial import Trial, trial
from offramp.evidence.statements.statement import Claim

PREDICATES: Mapping[str, type[Claim]] = {
    "cut-over": CutOver,
    "decision": Decision,
    "deletion-receipt": DeletionReceipt,
    "drill": Drill,
    "inventory": Inventory,
    "non-use": NonUse,
    "restoration": Restoration,
    "retention-export": RetentionExport,
    "supplier-response": SupplierResponse,
    "trial": Trial,
}

__all__ = [
    "PREDICATES",
    "CutOver",
    "Decision",
    "DeletionReceipt",
    "Drill",
    "Inventory",
    "NonUse",
    "Restoration",
    "RetentionExport",
    "Source",
    "SupplierResponse",
    "Trial",
    "cut_over",
    "decision",
    "deletion_receipt",
    "drill",
    "inventory",
    "non_use",
    "restoration",
    "retention_export",
    "supplier_response",
    "trial",
]

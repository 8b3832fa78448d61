"""The detectors, in alphabetical order. Each is a module here, a page of docs and a case file of one slug."""

from offramp.inventory.detectors import (
    agent_cli,
    agent_config,
    ci,
    container,
    credential,
    declared,
    dependency,
    endpoint,
    iac,
    log_traffic,
    mention,
    model_id,
    provider_selector,
    sdk_call,
    sdk_import,
    transitive_dependency,
)
from offramp.inventory.sheet import Detector

DETECTORS: tuple[Detector, ...] = (
    agent_cli.DETECTOR,
    agent_config.DETECTOR,
    ci.DETECTOR,
    container.DETECTOR,
    credential.DETECTOR,
    declared.DETECTOR,
    dependency.DETECTOR,
    endpoint.DETECTOR,
    iac.DETECTOR,
    log_traffic.DETECTOR,
    mention.DETECTOR,
    model_id.DETECTOR,
    provider_selector.DETECTOR,
    sdk_call.DETECTOR,
    sdk_import.DETECTOR,
    transitive_dependency.DETECTOR,
)
"""What runs on each file. `declared` and `log-traffic` find nothing there: they take what is handed in."""

__all__ = ["DETECTORS"]

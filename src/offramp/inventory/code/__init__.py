"""Imports, the names they bind, and the calls made through those names, for languages with a syntax tree."""

from offramp.inventory.code.bindings import Sdk, SdkCall, SdkImport, sdk_of
from offramp.inventory.code.shapes import Call, Module

__all__ = ["Call", "Module", "Sdk", "SdkCall", "SdkImport", "sdk_of"]

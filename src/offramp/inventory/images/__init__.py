"""Container images from files: docker archives and OCI layouts, layer by layer, without a daemon.

What an image is made of is read here; what its files hold is found by the engine every scan uses.
"""

from offramp.inventory.images.blobs import is_image
from offramp.inventory.images.scanning import scan_image

__all__ = ["is_image", "scan_image"]

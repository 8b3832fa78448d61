"""A workspace: `offramp.yaml`, instruments and declarations read into one frozen value, or located errors."""

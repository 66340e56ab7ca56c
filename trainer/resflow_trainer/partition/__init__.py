"""The partition's networks: chip encoders, and the hash network that learns codes from clusters."""

"""The lengths of passwords: what is counted, at least and at most; and what is shown of one."""

DEFAULT_LENGTH = 15
"""Code points, after NFC, that a password has at least, if its directory says nothing else."""
LEAST_LENGTH = 8
"""The fewest that a directory may ask for. Fewer than by default are a risk to `doctor`."""
MOST_LENGTH = 128
"""Code points, after NFC, that a password has at most; it is never cut."""
MOST_BYTES = 512
"""The same in bytes of UTF-8."""
NOT_KEPT = "<not kept>"
"""What a failure report has in the place of a password."""

"""The version of this software, as verdicts record it."""

VERSION = "0.1.0"
SOFTWARE = f"exit-inspection {VERSION}"

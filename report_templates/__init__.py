"""Documents on paper: pure functions from a frozen sheet of figures to the bytes of a PDF."""

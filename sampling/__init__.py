"""From a register to a verdict's figures: frame, plan, draw and estimate.

The package stands alone: `python -m sampling` needs no web application and no database, and
nothing here imports one. Importing the package itself loads nothing; each module brings what it
needs.
"""

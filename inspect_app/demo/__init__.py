"""The demonstration: real places, a simulated register on top, interviews made from its hidden truth."""

"""The demonstration: real places, a simulated register, interviews made from its hidden truth."""

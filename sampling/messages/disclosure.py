"""Sentences about what published figures give away."""

TEXTS: dict[str, tuple[str, str]] = {
    "disclosure.contradiction": (
        "所给数字互相矛盾，没有任何户数能满足",
        "the figures contradict each other: no counts of households meet them all",
    ),
}

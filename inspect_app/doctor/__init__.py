"""The doctor: looks at an installation from outside and inside, and says what to do."""

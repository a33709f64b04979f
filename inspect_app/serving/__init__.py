"""Serving: one gunicorn configuration for an office and for production, and what it runs."""

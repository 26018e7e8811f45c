"""Reads the user's files and rewrites exact spans of them: lint, fix, annotate. Imports neither keras nor a backend."""

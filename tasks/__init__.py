"""Prefect tasks: one for each operation of the two APIs, one file for each service."""

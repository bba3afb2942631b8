"""Prefect flows: one file for each business process, composition only."""

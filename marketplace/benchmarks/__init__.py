"""Measurements of Holdfast on data of their own: one module a benchmark, all run by `manage.py benchmark`.

Part of the roof: it may import every app.
"""

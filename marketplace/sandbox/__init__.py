"""Sandbox Pay: a payment provider and a parcel carrier to try Holdfast with.

It is another system that merely lives in this repository: a Django project with its own settings, database and
process. It imports nothing of the shop's, and nothing of the shop's imports it; they meet over HTTP alone. Run it
with `python -m marketplace.sandbox`.
"""

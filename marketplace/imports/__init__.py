"""Moving in from another marketplace: its file is read, staged, replayed through our own actions, and reported.

Part of the roof: it may import every app.
"""

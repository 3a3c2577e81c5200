"""Feedback: what buyer and seller say of each other after an order, and the reputation made of it.

Nothing is here yet but the room: an app that sits beside `disputes`, above `orders`.
"""

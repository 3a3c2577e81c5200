"""Disputes: what happens when something is wrong, from the buyer's claim to a mediator's ruling.

Nothing is here yet but the room: an app that sits beside `feedback`, above `orders`, and moves money only
through `orders.actions`.
"""

"""The pages of orders, a module a noun."""

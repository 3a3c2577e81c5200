"""The demo: believable people, shops and orders, made through the same actions that people use."""

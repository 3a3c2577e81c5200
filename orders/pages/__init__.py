"""What the pages about orders show: made from an order and the tables, with no query and no HTML of its own."""

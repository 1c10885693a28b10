"""Single changes of the kinds that a redesign, or a slip of a hand, makes on a page, and what a parse makes of them."""

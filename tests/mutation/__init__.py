"""make mutate: one place at a time in the engine, the lifter, the tables and the rules is changed, and the random problems must see it."""

"""From tensors to a program of array operations, planned by cost."""

"""What an axis is: dimensions, and the shapes made of them."""

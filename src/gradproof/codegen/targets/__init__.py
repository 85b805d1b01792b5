"""From a program to text: one file a target."""

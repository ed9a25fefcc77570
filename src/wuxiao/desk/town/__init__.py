"""What the town has adopted: rule books, streets and addresses."""

"""Which setting means which file and which driver; nobody else knows. What is slow or columnar is imported late."""

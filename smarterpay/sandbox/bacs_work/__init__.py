"""What Bacs does over days (sections 10 to 12), and the payments and credits it does it to."""

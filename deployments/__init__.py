"""What runs where and when: schedules, work pools, limits; nothing is deployed yet."""

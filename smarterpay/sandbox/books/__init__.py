"""Where records are kept, how they change and survive; knows no resource."""

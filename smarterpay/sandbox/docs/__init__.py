"""What a reader is shown: the OpenAPI document and the page about it."""

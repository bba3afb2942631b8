"""The examples of the operations reference, one module per page; each function is one example."""

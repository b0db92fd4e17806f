"""From a request to a message that was sent, once, or to the reason why not."""
